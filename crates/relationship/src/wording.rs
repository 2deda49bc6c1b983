//! What this service says in people's languages: what a partner attests at a removal, and what
//! comes next.
//!
//! A changed text needs a new id, or what was attested could not be told any more; a test keeps
//! watch.

use platform::wording::{Language, Wording};
use sha2::{Digest, Sha256};

use crate::domain::relationship;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The texts, and the languages that there are.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);

/// What is attested at a removal, with the partner's duty of legal notice (R41).
pub(crate) fn removal_text(language: &Language) -> String {
    WORDING.text(language, "removal-text", &[])
}

/// What a partner does after a removal (R43).
pub(crate) fn next_step(language: &Language) -> String {
    WORDING.text(language, "removal-next-step", &[])
}

/// What is kept of the text that is attested in this language.
pub(crate) fn removal(language: &Language) -> relationship::Wording {
    relationship::Wording {
        id: WORDING.text(language, "removal-id", &[]),
        language: language.to_string(),
        text_sha256: hex(&Sha256::digest(removal_text(language))),
    }
}

/// The wording attested now in just this language; `None` where there is no such language.
pub(crate) fn current_removal(language: &str) -> Option<relationship::Wording> {
    let languages = WORDING.languages();
    languages
        .iter()
        .find(|known| known.to_string() == language)
        .map(removal)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R44: every text, in every language.
    #[test]
    fn every_language_is_complete() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/locales");
        assert_eq!(::tests::gaps(folder), [""; 0]);
    }

    /// R40: an id stands for one text. Who changes a text gives it a new id, in every language, and
    /// pins both here.
    #[test]
    fn an_attested_text_never_changes_under_its_id() {
        let pinned = [
            (
                "en",
                "removal-1",
                "fd760eeb89618434f26b2a94800df8ebe8c1a3dcc59924859a0c80e5061657b6",
            ),
            (
                "pt-BR",
                "removal-1",
                "e988b9b5b91a0456210be480621a21a65925506aad09c4f1b74bc249a757488a",
            ),
        ];
        let found: Vec<_> = WORDING.languages().iter().map(removal).collect();
        let found: Vec<_> = found
            .iter()
            .map(|wording| {
                (
                    wording.language.as_str(),
                    wording.id.as_str(),
                    wording.text_sha256.as_str(),
                )
            })
            .collect();
        assert_eq!(found, pinned);
    }

    /// R40, R41: each of the four points and the duty of legal notice are in the text, in words of
    /// the language.
    #[test]
    fn the_text_says_what_is_attested() {
        let says = [
            (
                "en",
                [
                    "good faith",
                    "legitimate business purpose",
                    "agreement",
                    "harmless",
                    "notice",
                ],
            ),
            (
                "pt-BR",
                [
                    "boa-fé",
                    "finalidade comercial legítima",
                    "contrato",
                    "isenta",
                    "avisos",
                ],
            ),
        ];
        for (language, words) in says {
            let text = removal_text(&WORDING.choose(language).unwrap());
            for word in words {
                assert!(text.contains(word), "{language}: {word}");
            }
        }
    }

    #[test]
    fn only_the_very_language_is_current() {
        assert!(current_removal("pt-BR").is_some());
        for other in ["pt", "PT-br", "de", ""] {
            assert_eq!(current_removal(other), None, "{other:?}");
        }
    }
}
