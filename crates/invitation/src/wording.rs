//! What this service says: the consent that a customer reads before it accepts, and how its
//! acceptance stands.
//!
//! The texts are in `locales/`, one file for each language; consents that are not asked for any
//! more in `superseded/`. What was read is named by an id, a language and the hash of the text as
//! it was shown, and is made again from these and the invitation.

use fluent_templates::fluent_bundle::FluentValue;
use platform::wording::{Language, UnknownLanguage, Wording};
use sha2::{Digest, Sha256};
use vocabulary::acting_user::ActingUser;
use vocabulary::permission::Permission;
use vocabulary::void_reason::VoidReason;

use crate::domain::{AcceptanceState, AccountData, Consent, Invitation, Party, Refusal};

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

/// The texts of this service.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);
/// The consents that were asked for before.
static SUPERSEDED: Wording = Wording::new(&SUPERSEDED_LOCALES);

/// A consent that is asked for, or was.
#[derive(Debug)]
pub(crate) struct ConsentWording {
    /// Names it, whatever the language, and is the key of its text.
    pub(crate) id: &'static str,
    /// Whether it names a provider beside the reseller.
    pub(crate) joint: bool,
    /// Whether it can be agreed to now.
    pub(crate) current: bool,
}

const ALONE: ConsentWording = ConsentWording {
    id: "consent-2",
    joint: false,
    current: true,
};
const JOINT: ConsentWording = ConsentWording {
    id: "joint-consent-2",
    joint: true,
    current: true,
};
/// Every consent that there has ever been.
static CONSENTS: [ConsentWording; 4] = [
    ALONE,
    JOINT,
    ConsentWording {
        id: "consent-1",
        joint: false,
        current: false,
    },
    ConsentWording {
        id: "joint-consent-1",
        joint: true,
        current: false,
    },
];

/// What a consent names: who asks for what, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The reseller, which invites.
    pub(crate) reseller: AskingParty,
    /// The provider, where it is joint.
    pub(crate) provider: Option<AskingParty>,
    /// Days that the reseller's privilege lasts; 0: no end.
    pub(crate) privilege_days: u16,
}

/// One partner as a consent names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskingParty {
    /// Its display name when the invitation was made.
    pub(crate) display_name: String,
    /// What it may do then.
    pub(crate) permissions: Vec<Permission>,
}

/// The consent of one invitation, as it is shown in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShownConsent {
    /// Names the wording, whatever the language.
    pub(crate) id: &'static str,
    /// What the customer reads.
    pub(crate) text: String,
}

/// What a customer says that it has read and agrees to, and who says so.
#[derive(Clone, Debug)]
pub(crate) struct GivenConsent {
    /// The wording's id.
    pub(crate) wording_id: String,
    /// The language in which it was read.
    pub(crate) language: String,
    /// Who accepts.
    pub(crate) user: ActingUser,
    /// With what an account is opened.
    pub(crate) account: Option<AccountData>,
}

impl ConsentWording {
    /// The one with this id, whenever it was asked for.
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        CONSENTS.iter().find(|wording| wording.id == id)
    }

    /// The current one for an invitation of one party or two.
    fn of(asked: &Asked) -> Self {
        match asked.provider {
            None => ALONE,
            Some(_) => JOINT,
        }
    }

    /// The language that a request asks for, among those in which this was ever read.
    pub(crate) fn language(&self, requested: &str) -> Result<Language, UnknownLanguage> {
        self.texts().choose(requested)
    }

    /// What was read, or would be: with placeholders such as `{reseller}` where nobody asks.
    pub(crate) fn text(&self, language: &Language, asked: Option<&Asked>) -> String {
        let arguments = match asked {
            Some(asked) => self.arguments(language, asked),
            None => PLACEHOLDERS
                .map(|name| (name, format!("{{{name}}}").into()))
                .to_vec(),
        };
        self.texts().text(language, self.id, &arguments)
    }

    fn texts(&self) -> &'static Wording {
        match self.current {
            true => &WORDING,
            false => &SUPERSEDED,
        }
    }

    fn arguments<'a>(
        &self,
        language: &Language,
        asked: &'a Asked,
    ) -> Vec<(&'static str, FluentValue<'a>)> {
        let Asked {
            reseller, provider, ..
        } = asked;
        let mut arguments = vec![
            ("reseller", reseller.display_name.as_str().into()),
            ("reseller_permissions", self.permissions(reseller, language)),
            ("days", asked.privilege_days.into()),
        ];
        if let Some(provider) = provider {
            arguments.push(("provider", provider.display_name.as_str().into()));
            arguments.push(("provider_permissions", self.permissions(provider, language)));
        }
        arguments
    }

    /// A line for each permission.
    fn permissions(&self, party: &AskingParty, language: &Language) -> FluentValue<'static> {
        let lines = party.permissions.iter().map(|permission| {
            let key = match permission {
                Permission::ManageAccount => "permission-manage-account",
                Permission::ManageSubscriptions => "permission-manage-subscriptions",
                Permission::ManageLicenses => "permission-manage-licenses",
                Permission::ManageUsers => "permission-manage-users",
                Permission::SubmitOrders => "permission-submit-orders",
                Permission::ViewRecord => "permission-view-record",
            };
            format!("- {}", self.texts().text(language, key, &[]))
        });
        lines.collect::<Vec<_>>().join("\n").into()
    }
}

/// What stands in a text for what nobody has named.
const PLACEHOLDERS: [&str; 5] = [
    "reseller",
    "reseller_permissions",
    "provider",
    "provider_permissions",
    "days",
];

impl Asked {
    /// What this invitation asks for.
    pub(crate) fn by(invitation: &Invitation) -> Self {
        let party = |party: &Party| AskingParty {
            display_name: party.display_name.clone(),
            permissions: party.permissions.clone(),
        };
        Self {
            reseller: party(&invitation.parties.reseller),
            provider: invitation.parties.provider().map(party),
            privilege_days: invitation.terms.privilege_days.unwrap_or_default(),
        }
    }
}

/// The current wording for an invitation: who asks, what each may do then, and for how long.
pub(crate) fn consent(invitation: &Invitation, language: &Language) -> ShownConsent {
    let asked = Asked::by(invitation);
    let current = ConsentWording::of(&asked);
    ShownConsent {
        id: current.id,
        text: current.text(language, Some(&asked)),
    }
}

impl GivenConsent {
    /// The consent to this invitation, if what was read is its current wording.
    pub(crate) fn consent_to(self, invitation: &Invitation) -> Result<Consent, Refusal> {
        let language = WORDING.named(&self.language);
        let current = language.map(|language| consent(invitation, &language));
        match current {
            Some(current) if current.id == self.wording_id => Ok(Consent {
                user: self.user,
                wording_id: self.wording_id,
                language: self.language,
                text_sha256: Sha256::digest(current.text).into(),
                account: self.account,
            }),
            _ => Err(Refusal::WordingNotCurrent),
        }
    }
}

/// The language that was chosen once and kept under this name; English where its file is gone
/// since.
pub(crate) fn kept(name: &str) -> Language {
    WORDING.choose(name).unwrap_or_else(|_| WORDING.english())
}

/// How an acceptance stands, in a sentence.
pub(crate) fn state(state: &AcceptanceState, language: &Language) -> String {
    let key = match state {
        AcceptanceState::Claimed => "acceptance-claimed",
        AcceptanceState::Established { .. } => "acceptance-established",
        AcceptanceState::Void {
            reason: VoidReason::PartnershipEnded,
            ..
        } => "acceptance-partnership-ended",
        AcceptanceState::Void {
            reason: VoidReason::ResellerNotActive,
            ..
        } => "acceptance-reseller-not-active",
        AcceptanceState::Void {
            reason: VoidReason::ProviderNotActive,
            ..
        } => "acceptance-provider-not-active",
    };
    WORDING.text(language, key, &[])
}

#[cfg(test)]
mod tests {
    use ::tests::gaps;
    use platform::wording::text_sha256;

    use super::*;
    use crate::domain::BoundTo;
    use crate::domain::samples::{at, parties, terms};
    use vocabulary::id::InvitationId;

    fn invitation(days: Option<u16>) -> Invitation {
        let terms = crate::domain::Terms {
            privilege_days: days,
            ..terms(BoundTo::Anybody)
        };
        let mut parties = parties();
        parties.reseller.permissions = Permission::ALL.to_vec();
        let id = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        Invitation::create(id, parties, terms, "k1", at(0))
    }

    fn solo(days: Option<u16>) -> Invitation {
        let mut solo = invitation(days);
        solo.parties.joint = None;
        solo
    }

    /// R44: every text is there in every language, with the same variables.
    #[test]
    fn every_language_is_complete() {
        for folder in ["locales", "superseded"] {
            let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(gaps(folder), [""; 0]);
        }
        let languages: Vec<_> = WORDING
            .languages()
            .iter()
            .map(Language::to_string)
            .collect();
        assert_eq!(languages, ["en", "pt-BR"]);
    }

    /// An invitation, or an acceptance, outlives the language that it was made in.
    #[test]
    fn a_language_whose_file_is_gone_is_answered_in_english() {
        assert_eq!(kept("pt-BR").to_string(), "pt-BR");
        assert_eq!(kept("xx").to_string(), "en");
    }

    /// P5: what a customer has consented to is named by an id: whoever changes a text gives it a
    /// new id, and moves the one before to `superseded`, where it stays as it was read.
    #[test]
    fn a_changed_wording_has_a_new_id() {
        let mut found = Vec::new();
        for wording in &CONSENTS {
            for language in wording.texts().languages() {
                let days: &[_] = match wording.joint {
                    true => &[None, Some(1), Some(30)],
                    false => &[None],
                };
                for days in days {
                    let invitation = match wording.joint {
                        true => invitation(*days),
                        false => solo(*days),
                    };
                    let text = wording.text(&language, Some(&Asked::by(&invitation)));
                    let start = &text_sha256(&text)[..12];
                    found.push(format!("{} {language} {start}", wording.id));
                }
            }
        }
        let pinned = [
            "consent-2 en da8850c2571c",
            "consent-2 pt-BR 3c9226723779",
            "joint-consent-2 en bb3464f87c5c",
            "joint-consent-2 en 47930ab06f20",
            "joint-consent-2 en c0b013e31ec3",
            "joint-consent-2 pt-BR f488be5ba976",
            "joint-consent-2 pt-BR 9b302366669f",
            "joint-consent-2 pt-BR dccf03585dd8",
            "consent-1 en 603c53bbb09b",
            "consent-1 pt-BR 7a7da8f4079d",
            "joint-consent-1 en 32aba35fb86c",
            "joint-consent-1 en d49c9bcb2595",
            "joint-consent-1 en a81eab01b406",
            "joint-consent-1 pt-BR 363bb34269d8",
            "joint-consent-1 pt-BR 4b0df73abfd7",
            "joint-consent-1 pt-BR b84b4f7ddebb",
        ];
        assert_eq!(found, pinned);
    }

    /// P4, R44: what the consents say, in the words of the programme, and what they do not say any
    /// more.
    #[test]
    fn the_consents_use_the_words_of_the_programme() {
        let both = |language| {
            let language = WORDING.choose(language).unwrap();
            [solo(Some(30)), invitation(Some(30))].map(|it| consent(&it, &language).text)
        };
        let [alone, joint] = both("en");
        for text in [&alone, &joint] {
            assert!(
                text.contains("You can end a relationship at any time"),
                "{text}"
            );
            assert!(text.contains("30 days after your acceptance takes effect"));
        }
        assert!(joint.contains("ask your organisation for a reseller relationship with each"));
        assert!(!joint.contains("a relationship each"));

        let [alone, joint] = both("pt-BR");
        for text in [&alone, &joint] {
            assert!(
                text.contains("Você pode encerrar uma relação a qualquer momento"),
                "{text}"
            );
            assert!(text.contains("30 dias após a efetivação do seu aceite"));
            assert!(!text.contains("ser estabelecida"));
        }
        assert!(joint.contains("cada uma, uma relação de revendedor"));
        assert!(!joint.contains("cada um."));
        let all = include_str!("../locales/pt-BR.ftl").to_lowercase();
        assert!(all.contains("o seu aceite foi recebido") && !all.contains("aceitação"));
    }

    /// P5: a text is made again, word for word, from what is kept of it; whoever only asks for it
    /// by its id reads placeholders.
    #[test]
    fn what_was_read_is_made_again() {
        for language in WORDING.languages() {
            for invitation in [invitation(Some(30)), solo(None)] {
                let shown = consent(&invitation, &language);
                let given = GivenConsent {
                    wording_id: shown.id.to_owned(),
                    language: language.to_string(),
                    ..given("", "")
                };
                let kept = given.consent_to(&invitation).unwrap();
                let wording = ConsentWording::find(&kept.wording_id).unwrap();
                let language = wording.language(&kept.language).unwrap();
                let text = wording.text(&language, Some(&Asked::by(&invitation)));
                assert_eq!(text, shown.text);
                assert_eq!(kept.text_sha256, <[u8; 32]>::from(Sha256::digest(text)));
            }
        }
        let english = WORDING.english();
        for wording in &CONSENTS {
            let text = wording.text(&english, None);
            assert!(text.starts_with("{reseller} "), "{text}");
            assert!(text.contains("may:\n{reseller_permissions}\n"), "{text}");
            assert!(text.contains("They end {days} days after"), "{text}");
            assert_eq!(text.contains("{provider_permissions}"), wording.joint);
        }
        assert!(ConsentWording::find("acceptance-claimed").is_none());
    }

    /// R35: each party is shown with its own permissions, and what a partner calls itself is never
    /// read as anything else.
    #[test]
    fn names_are_shown_as_they_are() {
        let mut joint = invitation(Some(30));
        joint.parties.reseller.display_name = "{ $provider } { 7 * 7 } <b>".to_owned();
        let english = WORDING.choose("en").unwrap();
        let text = consent(&joint, &english).text;
        assert!(
            text.starts_with("{ $provider } { 7 * 7 } <b> and Fabrikam ask your organisation"),
            "{text}"
        );
        let (resellers, providers) = text
            .split_once("Fabrikam, its indirect provider, may:")
            .unwrap();
        assert!(resellers.contains("- manage your users\n"));
        assert!(
            !providers.contains("manage your users")
                && providers.contains("- order on your behalf")
        );
        assert!(text.contains("They end 30 days after"), "{text}");
        assert!(
            consent(&invitation(Some(1)), &english)
                .text
                .contains("They end 1 day after")
        );
        assert!(!consent(&solo(None), &english).text.contains("Fabrikam"));
    }

    fn given(wording_id: &str, language: &str) -> GivenConsent {
        GivenConsent {
            wording_id: wording_id.to_owned(),
            language: language.to_owned(),
            user: ActingUser {
                issuer: "https://issuer.example".to_owned(),
                subject: "ana".to_owned(),
            },
            account: None,
        }
    }

    /// One that was superseded a moment ago is none: what is agreed to is what holds.
    #[test]
    fn only_the_current_wording_can_be_agreed_to() {
        let consent = given("joint-consent-2", "pt-BR")
            .consent_to(&invitation(None))
            .unwrap();
        assert_eq!(
            (consent.wording_id.as_str(), consent.language.as_str()),
            ("joint-consent-2", "pt-BR")
        );
        for (id, language) in [
            ("consent-2", "en"),
            ("joint-consent-1", "en"),
            ("joint-consent-2", "pt"),
            ("", ""),
        ] {
            let refused = given(id, language).consent_to(&invitation(None));
            assert_eq!(refused, Err(Refusal::WordingNotCurrent));
        }
    }
}
