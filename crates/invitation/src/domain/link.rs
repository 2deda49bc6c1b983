//! The personalised link: made from an invitation's id and generation, and checked before anything
//! is looked up.
//!
//! Nothing secret is kept: a link is derived again whenever it is shown. A link that was changed
//! anywhere is worthless, and a genuine one says which invitation it is for, never what became of
//! it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use platform::keys::SecretKey;
use sha2::Sha256;
use uuid::Uuid;
use vocabulary::id::InvitationId;
use vocabulary::link;
use vocabulary::text::is_ignorable;

use super::{LinkIssue, Refusal};

/// What is signed begins with this, so that the same key never vouches for anything but a link.
const PURPOSE: &str = "partnerconnect.invitation.link.1:";

/// The keys that sign links: the first signs, all verify.
#[derive(Clone, Debug)]
pub struct LinkKeys {
    base: String,
    keys: Vec<SecretKey>,
}

/// A link as the partner mails it. Secret until then: its `Debug` hides it, and it has no
/// `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

/// What a genuine link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedLink {
    /// The invitation that it is for.
    pub invitation: InvitationId,
    /// Which of its links it is.
    pub generation: Generation,
}

/// Counts the links of an invitation: the first is 1, each resend makes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(i32);

/// A configuration that no link can be made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkConfigError {
    /// There must be one to sign with.
    #[error("there is no link key")]
    NoKey,
    /// The id stands in every link, between dots.
    #[error("a link key's id must be 1 to 32 of A-Z a-z 0-9 _ -, and no two keys have the same")]
    KeyId,
    /// Links begin with it.
    #[error(
        "the public URL must begin with http:// or https:// and have neither a path, a query nor a space"
    )]
    PublicUrl,
}

impl LinkKeys {
    /// Keys for the links of one installation, which all begin with `{public_url}/i/`.
    pub fn new(public_url: &str, keys: Vec<SecretKey>) -> Result<Self, LinkConfigError> {
        let origin = public_url.strip_suffix('/').unwrap_or(public_url);
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let plain = |host: &str| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b"/?#<>\"".contains(&b))
        };
        if !host.is_some_and(plain) {
            return Err(LinkConfigError::PublicUrl);
        }
        for (at, key) in keys.iter().enumerate() {
            let id = &key.id;
            if !link::is_key_id(id) || keys[..at].iter().any(|earlier| earlier.id == *id) {
                return Err(LinkConfigError::KeyId);
            }
        }
        if keys.is_empty() {
            return Err(LinkConfigError::NoKey);
        }
        Ok(Self {
            base: format!("{origin}{}", link::PATH),
            keys,
        })
    }

    /// Id of the key that signs new links.
    pub fn signing(&self) -> &str {
        &self.keys[0].id
    }

    /// The ids of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// The present link of an invitation, the same every time; `None` when its key is not
    /// configured any more.
    pub fn link(&self, invitation: InvitationId, issue: &LinkIssue) -> Option<Link> {
        let key = self.keys.iter().find(|key| key.id == issue.key_id)?;
        let id = URL_SAFE_NO_PAD.encode(invitation.uuid());
        let signed = format!("{}.{id}.{}", key.id, issue.generation.0);
        let mac = URL_SAFE_NO_PAD.encode(mac(key, &signed).finalize().into_bytes());
        Some(Link(format!("{}{signed}.{mac}", self.base)))
    }

    /// Checks that a text is a link of ours. White space, angle brackets and what is not drawn come
    /// with pasting and do not count around it; whatever else has been added has to go. Anything
    /// that is no link of ours is `NotFound`, however near it comes.
    pub fn verify(&self, text: &str) -> Result<VerifiedLink, Refusal> {
        let comes_with_pasting = |character: char| {
            character.is_whitespace() || matches!(character, '<' | '>') || is_ignorable(character)
        };
        let pasted = text.trim_matches(comes_with_pasting);
        let (before, rest) = pasted.split_once(&self.base).ok_or(Refusal::NotFound)?;
        let length = link::token_length(rest).ok_or(Refusal::NotFound)?;
        // asked of the form alone: it says nothing of whether the link in it is genuine
        if !before.is_empty() || length < rest.len() {
            return Err(Refusal::LinkAltered);
        }
        self.open(rest).ok_or(Refusal::NotFound)
    }

    /// What every link begins with.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    fn open(&self, token: &str) -> Option<VerifiedLink> {
        let (signed, found) = token.rsplit_once('.')?;
        let found = URL_SAFE_NO_PAD.decode(found).ok()?;
        let mut parts = signed.split('.');
        let (key_id, id, generation) = (parts.next()?, parts.next()?, parts.next()?);
        // an unknown key takes as long to refuse as a wrong MAC
        let known = self.keys.iter().find(|key| key.id == key_id);
        let genuine = mac(known.unwrap_or(&self.keys[0]), signed)
            .verify_slice(&found)
            .is_ok();
        if !genuine || known.is_none() || parts.next().is_some() {
            return None;
        }
        let id = URL_SAFE_NO_PAD.decode(id).ok()?;
        let invitation = InvitationId::from(Uuid::from_slice(&id).ok()?);
        Some(VerifiedLink {
            invitation,
            generation: Generation(generation.parse().ok()?),
        })
    }
}

fn mac(key: &SecretKey, signed: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(&key.secret).expect("HMAC takes a key of any length");
    mac.chain_update(PURPOSE).chain_update(signed)
}

impl Link {
    /// The link itself, for an answer to its own partner.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Generation {
    /// That of an invitation's first link.
    pub const FIRST: Self = Self(1);

    /// The generation with this number, as it was kept.
    pub fn kept(number: i32) -> Self {
        Self(number)
    }

    /// The next one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use platform::clock::Time;

    use super::*;

    const URL: &str = "https://connect.example";

    fn key(id: &str, byte: u8) -> SecretKey {
        SecretKey {
            id: id.to_owned(),
            secret: [byte; 32],
        }
    }

    fn keys(keys: Vec<SecretKey>) -> LinkKeys {
        LinkKeys::new(URL, keys).unwrap()
    }

    fn issue(generation: i32, key_id: &str) -> LinkIssue {
        let expire_time = Time::from_micros(0);
        LinkIssue {
            generation: Generation(generation),
            key_id: key_id.into(),
            expire_time,
            finish_time: None,
        }
    }

    fn invitation() -> InvitationId {
        InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap()
    }

    fn link() -> String {
        keys(vec![key("k1", 1)])
            .link(invitation(), &issue(7, "k1"))
            .unwrap()
            .reveal()
    }

    /// R18: the link is personalised and can be checked without a store.
    #[test]
    fn a_link_says_which_invitation_and_generation_it_is_for() {
        assert!(link().starts_with("https://connect.example/i/k1.AZfzoFt-fDqdWAwdLj9KWw.7."));
        let verified = keys(vec![key("k1", 1)]).verify(&link()).unwrap();
        assert_eq!(
            verified,
            VerifiedLink {
                invitation: invitation(),
                generation: Generation(7)
            }
        );
    }

    /// R18: a changed link is worthless, whichever character was changed.
    #[test]
    fn a_link_changed_anywhere_is_not_found() {
        let (keys, link) = (keys(vec![key("k1", 1)]), link());
        for at in 0..link.len() {
            for other in ['A', 'b', '1', '.', '-', '_', '=', '%', '\0', 'é'] {
                let mut changed: Vec<char> = link.chars().collect();
                if changed[at] != other {
                    changed[at] = other;
                    let changed: String = changed.into_iter().collect();
                    assert_eq!(keys.verify(&changed), Err(Refusal::NotFound), "{changed}");
                }
            }
        }
    }

    /// R18: what comes with pasting does not count.
    #[test]
    fn a_link_is_taken_as_it_is_pasted() {
        let (keys, link) = (keys(vec![key("k1", 1)]), link());
        for pasted in [
            format!(" {link}"),
            format!("{link}\r\n"),
            format!("\n\t{link} \u{a0}"),
            format!("<{link}>"),
            format!(" < {link} >\n"),
            format!("\u{feff}{link}\u{200b}"),
        ] {
            assert_eq!(keys.verify(&pasted), keys.verify(&link), "{pasted:?}");
            assert!(keys.verify(&pasted).is_ok());
        }
    }

    /// R18: whatever else stands around a link is told apart from a link that is none, by its form
    /// alone.
    #[test]
    fn what_was_added_to_a_link_has_to_go() {
        let (keys, link) = (keys(vec![key("k1", 1)]), link());
        let forged = link.replace(".7.", ".8.");
        for link in [&link, &forged] {
            for added in [
                format!("{link}."),
                format!("{link})"),
                format!("{link}\0"),
                format!("{link}="),
                format!("{link}x"),
                format!("{link}?utm=x"),
                format!("{link} {link}"),
                format!("see {link}"),
                format!("Link: <{link}>."),
            ] {
                assert_eq!(keys.verify(&added), Err(Refusal::LinkAltered), "{added}");
            }
        }
    }

    /// R18: what attackers make of a link.
    #[test]
    fn what_is_not_our_link_is_not_found() {
        let (keys, link) = (keys(vec![key("k1", 1)]), link());
        let token = link.rsplit('/').next().unwrap();
        for bad in [
            String::new(),
            "x".repeat(1 << 20),
            link.to_uppercase(),
            link.to_lowercase(),
            token.to_owned(),
            format!("https://connect.example.evil.example/i/{token}"),
            format!("http://connect.example/i/{token}"),
            format!("https://connect.example/i/..%2f{token}"),
            format!("https://connect.example/i//{token}"),
            link.replace(".7.", ".07."),
            link.replace(".7.", ".+7."),
            link.replace(".7.", ".6."),
            link.replace("k1.", "k2."),
            link[..link.len() - 1].to_owned(),
        ] {
            assert_eq!(
                keys.verify(&bad),
                Err(Refusal::NotFound),
                "{}",
                &bad[..bad.len().min(99)]
            );
        }
    }

    #[test]
    fn a_new_key_signs_and_the_old_one_still_verifies() {
        let old = keys(vec![key("k1", 1)]);
        let rotated = keys(vec![key("k2", 2), key("k1", 1)]);
        assert_eq!((old.signing(), rotated.signing()), ("k1", "k2"));
        let mailed = old.link(invitation(), &issue(1, "k1")).unwrap();
        assert_eq!(
            rotated.link(invitation(), &issue(1, "k1")),
            Some(mailed.clone())
        );
        assert!(rotated.verify(&mailed.clone().reveal()).is_ok());
        let new = rotated
            .link(invitation(), &issue(2, "k2"))
            .unwrap()
            .reveal();
        assert_eq!(old.verify(&new), Err(Refusal::NotFound));
        let retired = keys(vec![key("k2", 2)]);
        assert_eq!(retired.link(invitation(), &issue(1, "k1")), None);
        assert_eq!(retired.verify(&mailed.reveal()), Err(Refusal::NotFound));
    }

    #[test]
    fn a_key_proves_a_link_by_its_name_and_its_secret() {
        for other in [key("k1", 9), key("k9", 1)] {
            let verified = keys(vec![other]).verify(&link());
            assert_eq!(verified, Err(Refusal::NotFound));
        }
    }

    #[test]
    fn unusable_configurations_are_named() {
        let of = |url: &str, keys: Vec<SecretKey>| LinkKeys::new(url, keys).map(|_| ());
        let good = || vec![key("k1", 1)];
        assert_eq!(of(URL, vec![]), Err(LinkConfigError::NoKey));
        assert_eq!(
            of(URL, vec![key("k1", 1), key("k1", 2)]),
            Err(LinkConfigError::KeyId)
        );
        for id in ["", "a.b", "ä", &"a".repeat(33)] {
            assert_eq!(of(URL, vec![key(id, 1)]), Err(LinkConfigError::KeyId));
        }
        for url in [
            "",
            "https://",
            "ftp://a",
            "https://a/b",
            "https://a?b",
            "https://a b",
            "connect.example",
        ] {
            assert_eq!(of(url, good()), Err(LinkConfigError::PublicUrl), "{url}");
        }
        for url in ["https://connect.example/", "http://127.0.0.1:50051"] {
            assert_eq!(of(url, good()), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_link_does_not_print() {
        let link = keys(vec![key("k1", 1)])
            .link(invitation(), &issue(7, "k1"))
            .unwrap();
        assert_eq!(format!("{link:?}"), "Link(…)");
        assert!(!format!("{:?}", keys(vec![key("k1", 77)])).contains("77"));
    }
}
