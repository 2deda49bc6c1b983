//! What this service says: the consent that a customer reads before it accepts, and how its
//! acceptance stands.
//!
//! The texts are in `locales/`, one file for each language. What was read is named by an id, a
//! language and the hash of the text as it was shown.

use fluent_templates::fluent_bundle::FluentValue;
use platform::wording::{Language, Wording};
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

/// The texts of this service.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);

/// The consent wording of one invitation, in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConsentWording {
    /// Names the wording, whatever the language.
    pub(crate) id: String,
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

/// The current wording for an invitation: who asks, what each may do then, and for how long.
pub(crate) fn consent(invitation: &Invitation, language: &Language) -> ConsentWording {
    let parties = &invitation.parties;
    let days = invitation.terms.privilege_days.unwrap_or_default();
    let mut arguments = vec![
        ("reseller", parties.reseller.display_name.clone().into()),
        (
            "reseller_permissions",
            permissions(&parties.reseller, language),
        ),
        ("days", days.into()),
    ];
    let key = match parties.provider() {
        None => "consent",
        Some(provider) => {
            arguments.push(("provider", provider.display_name.clone().into()));
            arguments.push(("provider_permissions", permissions(provider, language)));
            "joint-consent"
        }
    };
    ConsentWording {
        id: WORDING.text(language, &format!("{key}-id"), &[]),
        text: WORDING.text(language, key, &arguments),
    }
}

/// A line for each permission.
fn permissions(party: &Party, language: &Language) -> FluentValue<'static> {
    let lines = party.permissions.iter().map(|permission| {
        let key = match permission {
            Permission::ManageAccount => "permission-manage-account",
            Permission::ManageSubscriptions => "permission-manage-subscriptions",
            Permission::ManageLicenses => "permission-manage-licenses",
            Permission::ManageUsers => "permission-manage-users",
            Permission::SubmitOrders => "permission-submit-orders",
            Permission::ViewRecord => "permission-view-record",
        };
        format!("- {}", WORDING.text(language, key, &[]))
    });
    lines.collect::<Vec<_>>().join("\n").into()
}

impl GivenConsent {
    /// The consent to this invitation, if what was read is its current wording.
    pub(crate) fn consent_to(self, invitation: &Invitation) -> Result<Consent, Refusal> {
        let same = |language: &Language| language.to_string() == self.language;
        let language = WORDING.languages().into_iter().find(same);
        let current = language.map(|language| consent(invitation, &language));
        match current {
            Some(current) if current.id == self.wording_id => Ok(Consent {
                user: self.user,
                wording_id: current.id,
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
    let chosen = WORDING.choose(name).or_else(|_| WORDING.choose(""));
    chosen.expect("without a wish the language is English, which there is")
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
        assert_eq!(
            gaps(concat!(env!("CARGO_MANIFEST_DIR"), "/locales")),
            [""; 0]
        );
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

    /// What a customer has consented to is named by an id: whoever changes a text gives it a new
    /// id, here and in the files.
    #[test]
    fn a_changed_wording_has_a_new_id() {
        let mut found = Vec::new();
        for language in WORDING.languages() {
            for (of, days) in [
                (solo as fn(_) -> _, None),
                (invitation, None),
                (invitation, Some(1)),
                (invitation, Some(30)),
            ] {
                let shown = consent(&of(days), &language);
                let hash: [u8; 32] = Sha256::digest(&shown.text).into();
                let start: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
                found.push(format!("{} {language} {start}", shown.id));
            }
        }
        let pinned = [
            "consent-1 en 603c53bbb09b",
            "joint-consent-1 en 32aba35fb86c",
            "joint-consent-1 en d49c9bcb2595",
            "joint-consent-1 en a81eab01b406",
            "consent-1 pt-BR 7a7da8f4079d",
            "joint-consent-1 pt-BR 363bb34269d8",
            "joint-consent-1 pt-BR 4b0df73abfd7",
            "joint-consent-1 pt-BR b84b4f7ddebb",
        ];
        assert_eq!(found, pinned);
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

    #[test]
    fn only_the_current_wording_can_be_agreed_to() {
        let given = |wording_id: &str, language: &str| GivenConsent {
            wording_id: wording_id.to_owned(),
            language: language.to_owned(),
            user: ActingUser {
                issuer: "https://issuer.example".to_owned(),
                subject: "ana".to_owned(),
            },
            account: None,
        };
        let consent = given("joint-consent-1", "pt-BR")
            .consent_to(&invitation(None))
            .unwrap();
        assert_eq!(
            (consent.wording_id.as_str(), consent.language.as_str()),
            ("joint-consent-1", "pt-BR")
        );
        for (id, language) in [
            ("consent-1", "en"),
            ("joint-consent-0", "en"),
            ("joint-consent-1", "pt"),
            ("", ""),
        ] {
            let refused = given(id, language).consent_to(&invitation(None));
            assert_eq!(refused, Err(Refusal::WordingNotCurrent));
        }
    }
}
