//! The form of an invitation's link, `{public base URL}/i/{token}` with the token
//! `{key}.{invitation}.{generation}.{mac}`, and what in a text reads as one, genuine or not, on
//! whatever host.
//!
//! Only how it looks is asked here. Texts are read for comparing, as browsers and mail programs
//! read them; what is kept is what came.

use unicode_normalization::UnicodeNormalization;

use crate::text::is_ignorable;

/// Between the public base URL and the token of a link.
pub const PATH: &str = "/i/";
/// The longest id of a key and the longest generation in a token, in bytes; the id of an invitation
/// and the MAC are always as long as this.
const KEY_ID_MAX: usize = 32;
const GENERATION_MAX: usize = 10;
const INVITATION: usize = 22;
const MAC: usize = 43;

/// The ways in which a text is read: as it is written, and as what it shows and leads to.
///
/// The second has no character that is not drawn, every percent-encoding decoded, however often it
/// was encoded, and whatever stands for an ASCII character replaced by it, as in the name of a host
/// (UTS #46); case stays.
pub fn readings(text: &str) -> [String; 2] {
    // what is decoded may hold what is not drawn, or stands for something else
    [text.to_owned(), shown(&percent_decoded(&shown(text)))]
}

/// The words of a line that could be tokens, each with all that stands before it.
pub fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + line[rest..].find(is_token_character)?;
        let length = line[start..].find(|character| !is_token_character(character));
        let end = length.map_or(line.len(), |length| start + length);
        rest = end;
        // a full stop after a link belongs to the sentence
        Some((&line[..start], line[start..end].trim_end_matches('.')))
    })
    .filter(|(_, word)| !word.is_empty())
}

/// How long the token is with which a text begins, if it begins with one by its form.
pub fn token_length(text: &str) -> Option<usize> {
    let mut parts = text.splitn(4, '.');
    let mut part = || parts.next();
    let (key, invitation, generation, mac) = (part()?, part()?, part()?, part()?);
    let mac = mac.get(..MAC)?;
    let well_formed = is_key_id(key)
        && invitation.len() == INVITATION
        && (1..=GENERATION_MAX).contains(&generation.len())
        && generation.bytes().all(|byte| byte.is_ascii_digit())
        && [invitation, mac].iter().all(|part| is_base64url(part));
    well_formed.then_some(key.len() + INVITATION + generation.len() + MAC + 3)
}

/// Whether a key that signs links may be called so.
pub fn is_key_id(id: &str) -> bool {
    (1..=KEY_ID_MAX).contains(&id.len()) && is_base64url(id)
}

/// The invitation and the generation that a word names, where it holds a token.
///
/// What stands right before or after the token does not hide it.
pub fn named_in(word: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = word.split('.').collect();
    parts.windows(4).find_map(|parts| {
        let [key, invitation, generation, mac] = parts else {
            return None;
        };
        let well_formed = !key.is_empty()
            && invitation.len() == INVITATION
            && !generation.is_empty()
            && generation.bytes().all(|byte| byte.is_ascii_digit())
            && mac.len() >= MAC;
        well_formed.then_some((*invitation, *generation))
    })
}

/// Whether a text ends with the base of our links, `{public base URL}/i/`, whatever its scheme and
/// case.
pub fn ends_with_base(text: &str, base: &str) -> bool {
    let base = base.split_once("://").map_or(base, |(_, rest)| rest);
    let Some(at) = text.len().checked_sub(base.len()) else {
        return false;
    };
    let ours = text
        .get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case(base));
    // a longer host name that ends like ours is another host
    ours && !text[..at].ends_with(is_token_character)
}

/// Whether a token may have this character.
pub fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn is_base64url(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// What is drawn of a text, in its plainest characters.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|character| !is_ignorable(*character) && !character.is_control())
        .nfkc()
        .map(|character| match character {
            // ends a label of a host's name
            '\u{3002}' => '.',
            // divides a path in browsers
            '\\' => '/',
            _ => character,
        })
        .collect()
}

/// A text without percent-encoding, also where what is decoded is encoded again.
fn percent_decoded(text: &str) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut decoded: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        decoded.push(byte);
        // a byte that was decoded may end another code
        while let [.., b'%', high, low] = decoded[..]
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            decoded.truncate(decoded.len() - 3);
            decoded.push(high << 4 | low);
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "k1.AZfzoFt-fDqdWAwdLj9KWw.2.3Jq5xkz0cXn8mT2vYb7wLd4sHf9aPg1rEo6uKiCjQhM";
    const BASE: &str = "https://connect.example:8443/i/";

    fn read(text: &str) -> String {
        let [_, read] = readings(text);
        read
    }

    #[test]
    fn a_text_is_read_as_programs_read_it() {
        for (text, expected) in [
            ("Até já — José 👋", "Até já — José 👋"),
            ("e\u{301}", "é"),
            ("a\u{200b}\u{ad}\u{2060}b\u{feff}\u{e0061}\tc", "abc"),
            ("%41%2e%2E%c3%A9", "A..é"),
            ("%25%32%35252E", "."),
            ("%%32%35%34%31", "A"),
            ("％２５２Ｅ", "."),
            ("%EF%BC%8E%E2%80%8B%E3%80%82", ".."),
            ("https:\\\\a｡b。c．d／i", "https://a.b.c.d/i"),
            ("100 % sure, 50%", "100 % sure, 50%"),
            ("%ff%", "\u{fffd}%"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        // as quick as it is long, however it is encoded
        assert_eq!(read(&format!("%{}41", "25".repeat(100_000))), "A");
    }

    #[test]
    fn a_token_is_seen_in_what_surrounds_it() {
        let named = Some(("AZfzoFt-fDqdWAwdLj9KWw", "2"));
        for word in [
            TOKEN.to_owned(),
            format!("{TOKEN}x"),
            format!("{TOKEN}.html"),
            format!("evil.example.{TOKEN}"),
        ] {
            assert_eq!(named_in(&word), named, "{word}");
        }
        for word in [
            "",
            "a.b.c.d",
            "1.2.3.4",
            &TOKEN[..TOKEN.len() - 1],
            &TOKEN[3..],
        ] {
            assert_eq!(named_in(word), None, "{word}");
        }
    }

    #[test]
    fn a_token_is_as_long_as_its_form() {
        for after in ["", "x", ".html", " and more", "?utm=x"] {
            let text = format!("{TOKEN}{after}");
            assert_eq!(token_length(&text), Some(TOKEN.len()), "{text}");
        }
        for none in ["", "a.b.c.d", &TOKEN[3..], &TOKEN[..TOKEN.len() - 1]] {
            assert_eq!(token_length(none), None, "{none}");
        }
        for (id, is) in [
            ("k1", true),
            ("K_-9", true),
            ("", false),
            ("k.1", false),
            (&"k".repeat(33), false),
        ] {
            assert_eq!(is_key_id(id), is, "{id}");
        }
    }

    #[test]
    fn words_have_what_stands_before_them() {
        let line = "see https://a.b/i/x. Or … ...";
        let found: Vec<_> = words(line)
            .map(|(before, word)| (before.len(), word))
            .collect();
        assert_eq!(
            found,
            [
                (0, "see"),
                (4, "https"),
                (12, "a.b"),
                (16, "i"),
                (18, "x"),
                (21, "Or")
            ]
        );
    }

    #[test]
    fn a_base_is_ours_whatever_its_scheme_and_case() {
        for text in [
            BASE,
            "http://CONNECT.example:8443/i/",
            "é connect.example:8443/I/",
        ] {
            assert!(ends_with_base(text, BASE), "{text}");
        }
        for text in [
            "",
            "/i/",
            "https://myconnect.example:8443/i/",
            "https://my.connect.example:8443/i/",
        ] {
            assert!(!ends_with_base(text, BASE), "{text}");
        }
    }
}
