//! What this service says: the consent that a customer reads before it accepts, and how its acceptance stands.
//!
//! The texts are in `locales/`, one file for each language. What was read is named by an id, a language and the hash of
//! the text as it was shown.

use fluent_templates::fluent_bundle::FluentValue;
use platform::wording::{Language, Wording};
use sha2::{Digest, Sha256};

use crate::domain::{
    AccountData, Consent, Invitation, Party, Permission, Refusal, Standing, User, VoidReason,
};

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

/// What a customer says it has read, and who says so.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// The wording's id.
    pub(crate) wording_id: String,
    /// The language in which it was read.
    pub(crate) language: String,
    /// Who accepts.
    pub(crate) user: User,
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

impl Read {
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

/// How an acceptance stands, in a sentence.
pub(crate) fn standing(standing: &Standing, language: &Language) -> String {
    let key = match standing {
        Standing::Claimed => "acceptance-claimed",
        Standing::Established { .. } => "acceptance-established",
        Standing::Void {
            reason: VoidReason::PartnershipEnded,
            ..
        } => "acceptance-partnership-ended",
        Standing::Void {
            reason: VoidReason::ResellerNotActive,
            ..
        } => "acceptance-reseller-not-active",
        Standing::Void {
            reason: VoidReason::ProviderNotActive,
            ..
        } => "acceptance-provider-not-active",
    };
    WORDING.text(language, key, &[])
}
