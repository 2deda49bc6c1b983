//! An invitation as far as its draft tells of it. The invitation itself belongs to another service.

use std::str::FromStr;

use lettre::Address;
use platform::clock::Time;
use platform::wording::Language;
use vocabulary::name::InvitationName;
use vocabulary::permission::Permission;

use super::subject::ENCODED_WORD;

/// What a draft is made of.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Which invitation the draft is for.
    pub name: InvitationName,
    /// The language of the draft.
    pub language: Language,
    /// Who invites, and signs the draft.
    pub reseller: Party,
    /// Who is invited for as well, in a joint invitation.
    pub provider: Option<Party>,
    /// The inviter's personal message; empty when there is none.
    pub message: String,
    /// To whom the draft is addressed, where that is known.
    pub recipient: Option<Recipient>,
    /// When the link ends.
    pub expire_time: Time,
    /// Days that the permissions to manage last from the acceptance; 0: no end.
    pub privilege_days: u16,
}

/// A partner named by an invitation.
#[derive(Clone, Debug)]
pub struct Party {
    /// Its display name.
    pub name: String,
    /// What it may do once the invitation is accepted.
    pub permissions: Vec<Permission>,
}

/// An email address that a header of a message can carry: ASCII, one mailbox, nothing that mail
/// programs would decode to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient(Address);

impl Recipient {
    /// Takes an address, or nothing where a message cannot carry it: the partner then fills it in
    /// itself.
    pub fn of(address: &str) -> Option<Self> {
        let address = Address::from_str(address).ok()?;
        let written = address.to_string();
        let as_it_is = written.is_ascii() && !written.contains(ENCODED_WORD);
        as_it_is.then_some(Self(address))
    }

    pub fn address(&self) -> &Address {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_header_can_carry_is_left_out() {
        assert_eq!(
            Recipient::of("ana+crm@adatum.example")
                .unwrap()
                .address()
                .to_string(),
            "ana+crm@adatum.example"
        );
        let long = format!("{}@adatum.example", "a".repeat(65));
        for bad in [
            "",
            "ana",
            "ana@",
            "ana@adatum.example\r\nBcc: eve@evil.example",
            "ana@adatum.example, eve@evil.example",
            "Ana <ana@adatum.example>",
            "ana@exämple.example",
            "=?utf-8?q?eve=40evil.example?=@adatum.example",
            &long,
        ] {
            assert_eq!(Recipient::of(bad), None, "{bad:?}");
        }
    }
}
