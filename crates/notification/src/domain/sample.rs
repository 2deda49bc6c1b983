//! Invitations that the tests of this folder write drafts for.

use platform::clock::Time;
use vocabulary::name::InvitationName;
use vocabulary::permission::Permission;

use super::{Invitation, Link, Party, Recipient};
use crate::wording::WORDING;

/// Its present link.
pub(super) const LINK: &str = "http://127.0.0.1:8080/i/k1.AZfzoFt-fDqdWAwdLj9KWw.1.3Jq5xkz0cXn8mT2vYb7wLd4sHf9aPg1rEo6uKiCjQhM";

pub(super) fn link() -> Link {
    Link::parse(LINK).unwrap()
}

/// An invitation by the reseller alone.
pub(super) fn solo(language: &str) -> Invitation {
    Invitation {
        name: InvitationName::parse(
            "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b",
        )
        .unwrap(),
        language: WORDING.choose(language).unwrap(),
        reseller: Party {
            name: "Contoso".to_owned(),
            permissions: vec![
                Permission::ManageAccount,
                Permission::ManageSubscriptions,
                Permission::ManageLicenses,
                Permission::ManageUsers,
                Permission::ViewRecord,
            ],
        },
        provider: None,
        message: String::new(),
        recipient: None,
        // 2026-12-01T09:05:59Z
        expire_time: Time::from_micros(1_796_115_959_000_000),
        privilege_days: 0,
    }
}

/// The same together with the provider.
pub(super) fn joint(language: &str) -> Invitation {
    let provider = Party {
        name: "Fabrikam".to_owned(),
        permissions: vec![Permission::SubmitOrders, Permission::ViewRecord],
    };
    Invitation {
        provider: Some(provider),
        ..solo(language)
    }
}

/// Both in every language, with and without all that may be absent.
pub(super) fn every() -> Vec<Invitation> {
    let mut all = Vec::new();
    for language in WORDING.languages() {
        for invitation in [solo(&language.to_string()), joint(&language.to_string())] {
            let message = "Olá, Ana: ligue para mim.\n\n— José 👋".to_owned();
            let recipient = Recipient::of("ana@adatum.example");
            all.push(Invitation {
                message,
                recipient,
                privilege_days: 365,
                ..invitation.clone()
            });
            all.push(invitation);
        }
    }
    assert!(all.len() >= 8);
    all
}
