//! What in a text reads as a link of ours, genuine or not, on whatever host.
//!
//! Only how it looks is asked here; whether a link is genuine, [`LinkKeys::verify`] says.

use super::LinkKeys;

impl LinkKeys {
    /// Whether a text holds a link of ours, or what a reader could take for one: anything where our
    /// links begin, or a token of their form anywhere.
    pub fn resembled_in(&self, text: &str) -> bool {
        let mut words = text.split(|character| !is_token_character(character));
        // a full stop after a link belongs to the sentence
        words.any(|word| has_the_form_of_a_token(word.trim_end_matches('.')))
            || begins_in(self.base(), text)
    }
}

/// Whether a link with this base begins somewhere in a text, whatever its scheme and case.
fn begins_in(base: &str, text: &str) -> bool {
    let base = base.split_once("://").map_or(base, |(_, rest)| rest);
    let (base, text) = (base.to_ascii_lowercase(), text.to_ascii_lowercase());
    text.match_indices(&base).any(|(at, _)| {
        // a longer host name that ends like ours is another host
        !text[..at].ends_with(is_token_character)
            && text[at + base.len()..].starts_with(is_token_character)
    })
}

/// `{key}.{invitation}.{generation}.{mac}`
fn has_the_form_of_a_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let [key, invitation, generation, mac] = parts[..] else {
        return false;
    };
    !key.is_empty()
        && invitation.len() == 22
        && !generation.is_empty()
        && generation.bytes().all(|byte| byte.is_ascii_digit())
        && mac.len() == 43
}

fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use platform::clock::Time;
    use platform::keys::LinkKey;

    use super::*;
    use crate::domain::{Generation, InvitationId, Sending};

    fn keys() -> LinkKeys {
        let key = LinkKey {
            id: "k1".to_owned(),
            secret: [1; 32],
        };
        LinkKeys::new("https://connect.example:8443", vec![key]).unwrap()
    }

    fn link() -> String {
        let id = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        let sending = Sending {
            generation: Generation::kept(12),
            key_id: "k1".to_owned(),
            expire_time: Time::from_micros(0),
            finish_time: None,
        };
        keys().link(id, &sending).unwrap().reveal()
    }

    /// R17, R18: whatever saving a draft refuses as a link of ours is seen.
    #[test]
    fn links_of_ours_are_seen_wherever_they_stand() {
        let token = link().rsplit('/').next().unwrap().to_owned();
        for text in [
            link(),
            format!("Dear Ana,\nopen {}.", link()),
            format!("<{}>", link()),
            token.clone(),
            format!("http://evil.example/i/{token}"),
            format!("https://connect.example:8443.evil.example/i/{token}?utm=x"),
            format!("https://connеct.example:8443/i/{token}"),
            format!("evil%2Fi%2F{token}"),
            link().replace("k1.", "another-key."),
            link().replace("connect", "CONNECT"),
            link()[..link().len() - 20].to_owned(),
            "http://CONNECT.example:8443/i/x".to_owned(),
            "é connect.example:8443/I/x".to_owned(),
        ] {
            assert!(keys().resembled_in(&text), "{text}");
        }
    }

    #[test]
    fn links_to_elsewhere_are_the_inviters_business() {
        for text in [
            "",
            "Até já — José 👋",
            "https://contoso.example/i/am",
            "https://myconnect.example:8443/i/photo",
            "https://my.connect.example:8443/i/photo",
            "https://connect.example:8443/about",
            "https://connect.example:8443/i/",
            "https://connect.example:9999/i/x",
            "1.2.3.4 and a.b.c.d",
        ] {
            assert!(!keys().resembled_in(text), "{text}");
        }
    }
}
