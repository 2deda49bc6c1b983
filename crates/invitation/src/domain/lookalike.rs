//! What in a text reads as a link of ours, genuine or not, on whatever host.
//!
//! Only how it looks is asked here; whether a link is genuine, [`LinkKeys::verify`] says.

use vocabulary::link;

use super::LinkKeys;

impl LinkKeys {
    /// Whether a text holds a link of ours, or what a reader could take for one: anything where our
    /// links begin, or a token of their form anywhere.
    pub fn resembled_in(&self, text: &str) -> bool {
        let is_ours = |(before, word): (&str, &str)| {
            link::named_in(word).is_some() || link::ends_with_base(before, self.base())
        };
        text.lines()
            .flat_map(link::readings)
            .any(|reading| link::words(&reading).any(is_ours))
    }
}

#[cfg(test)]
mod tests {
    use platform::clock::Time;
    use platform::keys::SecretKey;

    use super::*;
    use crate::domain::{Generation, LinkIssue};
    use vocabulary::id::InvitationId;

    fn keys() -> LinkKeys {
        let key = SecretKey {
            id: "k1".to_owned(),
            secret: [1; 32],
        };
        LinkKeys::new("https://connect.example:8443", vec![key]).unwrap()
    }

    fn link() -> String {
        let id = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        let issue = LinkIssue {
            generation: Generation::kept(12),
            key_id: "k1".to_owned(),
            expire_time: Time::from_micros(0),
            finish_time: None,
        };
        keys().link(id, &issue).unwrap().reveal()
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
            format!("https://evil.example/i/{}", token.replace('.', "%2E")),
            format!("https://evil.example/i/{}", token.replace('.', "%25252e")),
            format!(
                "https://evil.example/i/{}",
                token.replace(".12", "\u{200b}.12")
            ),
            format!("https://evil.example/i/{}", token.replace('.', "．")),
            format!("evil.example {token}\u{2060}x"),
            "ｃｏｎｎｅｃｔ。example:8443/i/x".to_owned(),
            "https:\\\\con\u{ad}nect.example:8443\\i\\x".to_owned(),
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
            "https://connect.example:8443/i/\nx",
            "https://connect.example:8443/i/…",
            "https://contoso.example/100%25?q=%2Fi%2Fx.y.1.z",
            "https://connect.example:9999/i/x",
            "1.2.3.4 and a.b.c.d",
        ] {
            assert!(!keys().resembled_in(text), "{text}");
        }
    }
}
