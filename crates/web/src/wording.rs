//! What the pages say, in every language that they have a file for, and how times, permissions and
//! countries are written.

use std::fmt;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fluent_templates::fluent_bundle::FluentValue;
use maud::{Markup, html};
use platform::seal::chance;
use platform::wording::{Language, Wording};
use prost_types::Timestamp;
use proto::customer::v1::Permission;
use time::{Month, OffsetDateTime};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

fluent_templates::static_loader! {
    static COUNTRIES = {
        locales: "./countries",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// What the pages say.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);
/// What countries are called, by their codes.
static NAMES: Wording = Wording::new(&COUNTRIES);

/// Every country that there is a name of (ISO 3166-1 alpha-2).
static CODES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("../countries/en.ftl").lines();
    lines
        .filter_map(|line| line.strip_prefix("country-")?.split_once(" = "))
        .map(|(code, _)| code)
        .collect()
});

/// The texts of the pages in one language.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) language: Language,
}

impl Text {
    /// The text with this key.
    pub(crate) fn of(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text with this key, about these.
    pub(crate) fn with(&self, key: &str, about: &[(&str, FluentValue<'_>)]) -> String {
        WORDING.text(&self.language, key, about)
    }

    /// The text with this key, if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        WORDING.find(&self.language, key, &[])
    }

    /// The text for a value of an enum, such as `state-INVITATION_STATE_OPEN`; its name where there
    /// is none.
    pub(crate) fn word(&self, kind: &str, value: &str) -> String {
        self.find(&format!("{kind}-{value}"))
            .unwrap_or_else(|| value.to_owned())
    }

    /// A time, in UTC; a script puts it into the reader's zone.
    pub(crate) fn time(&self, time: Option<&Timestamp>) -> Markup {
        let Some(time) = time.and_then(read) else {
            return html! { "–" };
        };
        let machine = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
        );
        html! { time datetime=(machine) { (self.moment(time)) } }
    }

    fn moment(&self, time: OffsetDateTime) -> String {
        let (day, year) = (i64::from(time.day()), time.year().to_string());
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let about = [
            ("day", day.into()),
            ("month", self.month(time.month()).into()),
            ("year", year.into()),
            ("clock", clock.into()),
        ];
        self.with("moment", &about)
    }

    fn month(&self, month: Month) -> String {
        self.of(&format!("month-{}", u8::from(month)))
    }

    /// What a partner may do, in words.
    pub(crate) fn permissions(&self, permissions: &[i32]) -> Markup {
        let named = permissions
            .iter()
            .filter_map(|&value| Permission::try_from(value).ok());
        html! {
            ul.plain {
                @for permission in named {
                    li { (self.word("may", permission.as_str_name())) }
                }
            }
        }
    }

    /// The countries with their names, in the order of the language.
    pub(crate) fn countries(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> = CODES
            .iter()
            .map(|&code| (code, self.country(code)))
            .collect();
        all.sort_by_cached_key(|(_, name)| unaccented(name));
        all
    }

    /// What a country is called; its code where there is no name.
    pub(crate) fn country(&self, code: &str) -> String {
        NAMES
            .find(&self.language, &format!("country-{code}"), &[])
            .unwrap_or_else(|| code.to_owned())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.language.fmt(f)
    }
}

fn read(time: &Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.seconds).ok()
}

/// A name as it is sorted: accents count for nothing.
fn unaccented(name: &str) -> String {
    let plain = |character| match character {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    };
    name.to_lowercase().chars().map(plain).collect()
}

/// So many bytes of chance, in base64url.
pub(crate) fn nobody_guesses<const N: usize>() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(chance::<N>())
}

#[cfg(test)]
mod tests;
