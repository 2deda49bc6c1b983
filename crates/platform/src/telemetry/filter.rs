//! What is logged, as it is configured: levels, and levels of targets.
//!
//! `tracing_subscriber` takes every other word for the name of a target, logs that one alone and
//! says nothing: a misspelt level would silence everything, errors too. Here it is refused.

use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// A part of a log filter that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither a level (off, error, warn, info, debug, trace) nor a target with one, such as sqlx=warn"
)]
pub struct Unreadable(String);

/// Reads a log filter: levels, and targets with their levels, divided by commas. Space around them
/// does not count.
pub fn log_filter(text: &str) -> Result<String, Unreadable> {
    let directives: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
        .collect();
    match directives.iter().find(|directive| !is_readable(directive)) {
        Some(unreadable) => Err(Unreadable((*unreadable).to_owned())),
        None if directives.is_empty() => Err(Unreadable(text.to_owned())),
        None => Ok(directives.join(",")),
    }
}

fn is_readable(directive: &str) -> bool {
    let (target, level) = match directive.rsplit_once('=') {
        Some((target, level)) => (Some(target), level),
        None => (None, directive),
    };
    target.is_none_or(is_target)
        && !level.is_empty()
        && LevelFilter::from_str(level).is_ok()
        && EnvFilter::try_new(directive).is_ok()
}

/// The path of a module, a span, or both; what is said of the span is left to the parser.
fn is_target(target: &str) -> bool {
    let path = target.split('[').next().unwrap_or_default();
    !target.is_empty()
        && path
            .chars()
            .all(|c| c.is_alphanumeric() || "_:-./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_levels_and_targets_with_levels() {
        for good in [
            "off",
            "WARN",
            "info,sqlx=warn",
            "warn,sqlx::query=debug,platform::store::db=debug",
            "info,opentelemetry-otlp=off",
            "info,[request]=debug,platform[request{tenant}]=trace",
        ] {
            assert_eq!(log_filter(good).unwrap(), good);
        }
        assert_eq!(log_filter(" info , sqlx=warn,").unwrap(), "info,sqlx=warn");
    }

    /// Each of these would be taken for the name of a target, or for nothing.
    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for (bad, named) in [
            ("warning", "warning"),
            ("debgu", "debgu"),
            ("info,sqlx", "sqlx"),
            ("sqlx=wran", "sqlx=wran"),
            ("sqlx=", "sqlx="),
            ("=info", "=info"),
            ("a=b=c", "a=b=c"),
            ("info;sqlx=warn", "info;sqlx=warn"),
            ("info sqlx=warn", "info sqlx=warn"),
            ("[request]", "[request]"),
            ("", ""),
            (" , ", " , "),
        ] {
            assert_eq!(log_filter(bad), Err(Unreadable(named.to_owned())), "{bad}");
        }
    }
}
