//! What this service says in people's languages: what a partner attests at a removal, and what
//! comes next.
//!
//! A changed text needs a new id, or what was attested could not be told any more; a test keeps
//! watch. What is not attested any more is in `superseded/`.

use platform::wording::{Language, UnknownLanguage, Wording, text_sha256};

use crate::domain::relationship;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}
fluent_templates::static_loader! {
    static SUPERSEDED_LOCALES = {
        locales: "./superseded",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The texts, and the languages that there are.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);
/// What was attested before.
static SUPERSEDED: Wording = Wording::new(&SUPERSEDED_LOCALES);

/// What is attested at a removal, with the partner's duty of legal notice (R41); or what was.
#[derive(Debug)]
pub(crate) struct RemovalWording {
    /// Names it, whatever the language, and is the key of its text.
    pub(crate) id: &'static str,
    /// Whether it can be attested now.
    pub(crate) current: bool,
}

/// What is attested now.
pub(crate) const REMOVAL: RemovalWording = RemovalWording {
    id: "removal-2",
    current: true,
};
/// Everything that has ever been attested.
static REMOVALS: [RemovalWording; 2] = [
    REMOVAL,
    RemovalWording {
        id: "removal-1",
        current: false,
    },
];

impl RemovalWording {
    /// The one with this id, whenever it was attested.
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        REMOVALS.iter().find(|wording| wording.id == id)
    }

    /// The language that a request asks for, among those in which this was ever read.
    pub(crate) fn language(&self, requested: &str) -> Result<Language, UnknownLanguage> {
        self.texts().choose(requested)
    }

    /// What is read.
    pub(crate) fn text(&self, language: &Language) -> String {
        self.texts().text(language, self.id, &[])
    }

    /// What is kept of it once it is attested in this language.
    pub(crate) fn kept(&self, language: &Language) -> relationship::Wording {
        relationship::Wording {
            id: self.id.to_owned(),
            language: language.to_string(),
            text_sha256: text_sha256(&self.text(language)),
        }
    }

    fn texts(&self) -> &'static Wording {
        match self.current {
            true => &WORDING,
            false => &SUPERSEDED,
        }
    }
}

/// What a partner does after a removal (R43).
pub(crate) fn next_step(language: &Language) -> String {
    WORDING.text(language, "removal-next-step", &[])
}

/// The wording attested now in just this language; `None` where there is no such language.
pub(crate) fn current_removal(language: &str) -> Option<relationship::Wording> {
    let language = WORDING.named(language)?;
    Some(REMOVAL.kept(&language))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R44: every text, in every language.
    #[test]
    fn every_language_is_complete() {
        for folder in ["locales", "superseded"] {
            let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(::tests::gaps(folder), [""; 0]);
        }
    }

    /// R40, P5: an id stands for one text. Who changes a text gives it a new id, in every language,
    /// pins both here, and moves the one before to `superseded`.
    #[test]
    fn an_attested_text_never_changes_under_its_id() {
        let pinned = [
            "removal-2 en de790854265545890f92ef37ce11a747005502222bc7e361394de829d3b91152",
            "removal-2 pt-BR 0a435a4aea0aa992c3024617def691c7f92e522752ff32cf466b8588c51f450a",
            "removal-1 en fd760eeb89618434f26b2a94800df8ebe8c1a3dcc59924859a0c80e5061657b6",
            "removal-1 pt-BR e988b9b5b91a0456210be480621a21a65925506aad09c4f1b74bc249a757488a",
        ];
        let found: Vec<_> = REMOVALS
            .iter()
            .flat_map(|wording| {
                let languages = wording.texts().languages();
                languages
                    .into_iter()
                    .map(|language| wording.kept(&language))
            })
            .map(|kept| format!("{} {} {}", kept.id, kept.language, kept.text_sha256))
            .collect();
        assert_eq!(found, pinned);
        assert!(RemovalWording::find("removal-next-step").is_none());
    }

    /// R40, R41, R44: each of the four points and the duty of legal notice are in the text, in the
    /// words of the programme, and nothing that those replaced.
    #[test]
    fn the_text_says_what_is_attested() {
        let says: [(&str, &[&str], &[&str]); 2] = [
            (
                "en",
                &[
                    "good faith",
                    "legitimate business purpose",
                    "in line with your agreement with your customer or partner",
                    "defend and hold harmless the programme and its operator against third-party claims",
                    "notice",
                    "or until they expire",
                ],
                &["partner agreement", "holds the programme"],
            ),
            (
                "pt-BR",
                &[
                    "boa-fé",
                    "finalidade comercial legítima",
                    "contrato firmado com o cliente ou parceiro",
                    "defender e isentar o programa e seu operador de responsabilidade por reivindicações de terceiros",
                    "comunicar os avisos",
                    "ou até que expirem",
                ],
                &[
                    "contrato de parceiro",
                    "reclamações",
                    "fazer ao cliente",
                    "o prazo deles",
                ],
            ),
        ];
        for (language, words, gone) in says {
            let text = REMOVAL.text(&WORDING.choose(language).unwrap());
            for word in words {
                assert!(text.contains(word), "{language}: {word}");
            }
            for word in gone {
                assert!(!text.contains(word), "{language}: {word}");
            }
        }
    }

    #[test]
    fn only_the_very_language_is_current() {
        assert_eq!(current_removal("pt-BR").unwrap().id, "removal-2");
        for other in ["pt", "PT-br", "de", ""] {
            assert_eq!(current_removal(other), None, "{other:?}");
        }
    }
}
