//! What a service says, in every language that it has a file for: `locales/{language}.ftl`,
//! embedded when it is compiled.
//!
//! A new language is a new file and nothing else. No text of any service is here.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, StaticLoader};
use sha2::{Digest, Sha256};

/// The language of a request that names none, and of a text that a language lacks.
pub const DEFAULT: &str = "en";

/// Of a longer list of languages the rest is not looked at.
const MAX_LANGUAGES: usize = 20;

/// The texts of one service.
///
/// ```text
/// fluent_templates::static_loader! {
///     static LOCALES = {
///         locales: "./locales",
///         fallback_language: "en",
///         customise: |bundle| bundle.set_use_isolating(false),
///     };
/// }
/// static WORDING: Wording = Wording::new(&LOCALES);
/// ```
pub struct Wording {
    texts: &'static LazyLock<StaticLoader>,
}

/// A language that there are texts in; prints as its BCP 47 tag, such as `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language(LanguageIdentifier);

/// A language that there are no texts in; its message lists those that there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: {0}")]
pub struct UnknownLanguage(String);

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Wording {
    /// The texts of a loader made by `fluent_templates::static_loader!`.
    pub const fn new(texts: &'static LazyLock<StaticLoader>) -> Self {
        Self { texts }
    }

    /// The languages there are, by name.
    pub fn languages(&self) -> Vec<Language> {
        let mut languages: Vec<_> = self.texts.locales().cloned().map(Language).collect();
        languages.sort_by_key(Language::to_string);
        languages
    }

    /// The language with just this tag, as it is kept beside what somebody has read.
    pub fn named(&self, tag: &str) -> Option<Language> {
        let languages = self.languages();
        languages
            .into_iter()
            .find(|language| language.to_string() == tag)
    }

    /// The language that a reader likes best among those that there are, by its `accept-language`
    /// (RFC 9110, 12.5.4); English where there is none.
    pub fn preferred(&self, accepted: &str) -> Language {
        let mut wanted: Vec<(f32, &str)> = accepted
            .split(',')
            .take(MAX_LANGUAGES)
            .filter_map(range)
            .collect();
        // The sort is stable: of two that are liked alike the first stays first.
        wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        wanted
            .into_iter()
            .find_map(|(_, tag)| self.choose(tag).ok())
            .unwrap_or_else(|| self.english())
    }

    /// The language of whoever wishes for none.
    pub fn english(&self) -> Language {
        self.choose("")
            .expect("without a wish the language is English, which there is")
    }

    /// The language that a request asks for: English when it names none; the same, whatever the
    /// case; or, when only the primary language fits, the first of those (`pt` and `pt-PT` are
    /// answered in `pt-BR`).
    pub fn choose(&self, requested: &str) -> Result<Language, UnknownLanguage> {
        let requested = if requested.is_empty() {
            DEFAULT
        } else {
            requested
        };
        let languages = self.languages();
        let primary = |tag: &str| {
            tag.split('-')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let same = languages
            .iter()
            .find(|language| language.to_string().eq_ignore_ascii_case(requested));
        // something that is no tag at all fits no language, even if it begins like one
        let is_tag = requested.parse::<LanguageIdentifier>().is_ok();
        let alike = || {
            languages
                .iter()
                .find(|language| is_tag && primary(&language.to_string()) == primary(requested))
        };
        same.or_else(alike).cloned().ok_or_else(|| {
            let names: Vec<_> = languages.iter().map(Language::to_string).collect();
            UnknownLanguage(names.join(", "))
        })
    }

    /// The text with this key. A key that the language lacks is answered in English; tests find
    /// those beforehand.
    pub fn text(
        &self,
        language: &Language,
        key: &str,
        arguments: &[(&str, FluentValue<'_>)],
    ) -> String {
        self.find(language, key, arguments).unwrap_or_else(|| {
            tracing::error!(key, %language, "text missing");
            key.to_owned()
        })
    }

    /// The text with this key, in English where the language lacks it; none where English does too,
    /// or where it has a variable that is no argument.
    pub fn find(
        &self,
        language: &Language,
        key: &str,
        arguments: &[(&str, FluentValue<'_>)],
    ) -> Option<String> {
        let arguments: HashMap<&str, FluentValue<'_>> = arguments.iter().cloned().collect();
        let lookup = |language| {
            self.texts
                .lookup_single_language(language, key, Some(&arguments))
        };
        lookup(&language.0)
            .or_else(|_| lookup(self.texts.fallback()))
            .ok()
    }
}

/// The SHA-256 of a text in hexadecimal, as it is kept of what somebody agreed to or attested.
pub fn text_sha256(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One entry of an `accept-language` and how much it is liked; none where it is malformed or not
/// liked at all.
fn range(entry: &str) -> Option<(f32, &str)> {
    let (tag, weight) = match entry.split_once(';') {
        Some((tag, parameter)) => (tag, parameter.trim().strip_prefix("q=")?.parse().ok()?),
        None => (entry, 1.0),
    };
    let tag = match tag.trim() {
        "" => return None,
        "*" => "",
        tag => tag,
    };
    (weight > 0.0).then_some((weight, tag))
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.languages()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fluent_templates::static_loader! {
        static LOCALES = {
            locales: "./tests/locales",
            fallback_language: "en",
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }

    static WORDING: Wording = Wording::new(&LOCALES);

    fn chosen(requested: &str) -> Result<String, String> {
        WORDING
            .choose(requested)
            .map(|language| language.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn languages_are_chosen_exactly_then_by_primary_language() {
        for (requested, expected) in [
            ("", "en"),
            ("en", "en"),
            ("pt-BR", "pt-BR"),
            ("PT-br", "pt-BR"),
            ("pt", "pt-BR"),
            ("en-GB", "en"),
        ] {
            assert_eq!(chosen(requested).as_deref(), Ok(expected), "{requested:?}");
        }
    }

    #[test]
    fn unknown_languages_are_refused_with_the_list_of_known_ones() {
        for requested in [
            "de",
            "p",
            "../../etc/passwd",
            "en/../x",
            "pt-\0",
            &"e".repeat(1 << 16),
        ] {
            assert_eq!(
                chosen(requested),
                Err("must be one of: en, pt-BR".to_owned()),
                "{requested:?}"
            );
        }
    }

    #[test]
    fn the_reader_gets_the_language_liked_best() {
        let cases = [
            ("", "en"),
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("PT-br,en;q=0.9", "pt-BR"),
            ("en;q=0.5, pt-BR;q=0.9", "pt-BR"),
            ("pt-BR;q=0, en", "en"),
            ("xx, pt;q=0.1", "pt-BR"),
            ("xx", "en"),
            ("*, pt;q=0.5", "en"),
            ("../../etc/passwd, ;;;, q=, pt;q=nan", "en"),
        ];
        for (accepted, expected) in cases {
            let language = WORDING.preferred(accepted);
            assert_eq!(language.to_string(), expected, "{accepted}");
        }
    }

    #[test]
    fn a_language_is_named_by_its_very_tag() {
        let named = |tag| WORDING.named(tag).map(|language| language.to_string());
        assert_eq!(named("pt-BR").as_deref(), Some("pt-BR"));
        for other in ["pt", "PT-br", "de", ""] {
            assert_eq!(named(other), None, "{other:?}");
        }
    }

    #[test]
    fn texts_take_arguments_without_marks_around_them() {
        let text = |language, name: &str| {
            WORDING.text(
                &WORDING.choose(language).unwrap(),
                "greeting",
                &[("name", name.into()), ("days", 2.into())],
            )
        };
        assert_eq!(text("en", "Ada"), "Hello Ada, 2 days");
        assert_eq!(text("pt", "{ $days }"), "Olá { $days }, 2 dias");
    }

    #[test]
    fn a_text_that_a_language_lacks_is_answered_in_english() {
        let portuguese = WORDING.choose("pt-BR").unwrap();
        assert_eq!(
            WORDING.text(&portuguese, "only-in-english", &[]),
            "Only here"
        );
        assert_eq!(WORDING.text(&portuguese, "nowhere", &[]), "nowhere");
        assert_eq!(WORDING.find(&portuguese, "nowhere", &[]), None);
        assert_eq!(WORDING.find(&portuguese, "greeting", &[]), None);
    }
}
