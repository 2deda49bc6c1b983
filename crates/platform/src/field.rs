//! What the fields of a request may hold, and the list of those that hold something else.
//!
//! Requests are parsed once, at the edge: a handler collects every violation and answers them
//! together. Nothing here trims or normalises a text: what is accepted is kept exactly as it came.

use vocabulary::text::is_visible;

use crate::error::{SharedRefusal, Violation};

/// Whether a text may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Empty is a violation.
    Required,
    /// Empty means: not given.
    Optional,
}

/// What the only field of a request holds, or its refusal.
pub fn only<T>(field: &str, parsed: Result<T, impl ToString>) -> Result<T, SharedRefusal> {
    parsed.map_err(|error| SharedRefusal::invalid(field, error))
}

/// The value of an enum field; a number that no value has is refused.
pub fn known<E: TryFrom<i32>>(field: &str, number: i32) -> Result<E, Violation> {
    E::try_from(number).map_err(|_| Violation::new(field, "must be a value of this enum"))
}

/// The violations of one request.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, field: &str, description: impl ToString) {
        self.0.push(Violation::new(field, description));
    }

    /// Takes the value out of the result of parsing a field, or adds the error.
    pub fn check<T>(&mut self, field: &str, parsed: Result<T, impl ToString>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error)).ok()
    }

    /// Takes the value out of the result of parsing a field, or adds its violation.
    pub fn take<T>(&mut self, parsed: Result<T, Violation>) -> Option<T> {
        parsed.map_err(|violation| self.0.push(violation)).ok()
    }

    /// Refuses the request when anything was added.
    pub fn finish(self) -> Result<(), SharedRefusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(SharedRefusal::InvalidFields(self.0))
        }
    }

    /// Refuses the request when anything was added, or builds what was parsed:
    /// `v.build(|| Some(Parsed { a: a?, b: b? }))`.
    ///
    /// `None` without a violation is a mistake of the caller; it is refused as well.
    pub fn build<T>(self, parsed: impl FnOnce() -> Option<T>) -> Result<T, SharedRefusal> {
        match parsed() {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(SharedRefusal::InvalidFields(self.0)),
        }
    }
}

/// A text on one line: at most `max` characters, one of them visible, no control or
/// direction-changing characters.
pub fn line(field: &str, value: &str, max: usize, presence: Presence) -> Result<String, Violation> {
    text(field, value, max, presence, |_, _| false)
}

/// A text that may have several lines: as [`line`](fn@line), and line ends (`\n`, `\r\n`) and tabs
/// are allowed.
pub fn lines(
    field: &str,
    value: &str,
    max: usize,
    presence: Presence,
) -> Result<String, Violation> {
    text(
        field,
        value,
        max,
        presence,
        |character, next| match character {
            '\n' | '\t' => true,
            '\r' => next == Some('\n'),
            _ => false,
        },
    )
}

fn text(
    field: &str,
    value: &str,
    max: usize,
    presence: Presence,
    allowed: impl Fn(char, Option<char>) -> bool,
) -> Result<String, Violation> {
    let violation = |description: String| Err(Violation::new(field, description));
    if value.is_empty() && presence == Presence::Optional {
        return Ok(String::new());
    }
    // the length in bytes first: counting the characters of a huge text is work for nothing
    if value.len() > max.saturating_mul(4) || value.chars().count() > max {
        return violation(format!("must have at most {max} characters"));
    }
    if !value.chars().any(is_visible) {
        return violation("must not be empty: it needs a character that can be seen".to_owned());
    }
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        if is_unsafe(character) && !allowed(character, characters.peek().copied()) {
            return violation(format!(
                "must not contain the character U+{:04X}",
                u32::from(character)
            ));
        }
    }
    Ok(value.to_owned())
}

/// Control characters, line and paragraph separators, and those that change the direction of the
/// text around them.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_what_it_takes() {
        for good in [
            "a",
            " a ",
            "Ünïcødé",
            "e\u{301}",
            "\u{e9}",
            "👩‍👩‍👧",
            "{{7*7}}",
            "<script>",
            "' OR 1=1 --",
        ] {
            assert_eq!(line("f", good, 100, Presence::Required).unwrap(), good);
        }
        assert_eq!(line("f", "", 1, Presence::Optional).unwrap(), "");
        assert!(line("f", &"é".repeat(100), 100, Presence::Required).is_ok());
    }

    #[test]
    fn a_line_refuses_what_can_do_harm() {
        let long = "é".repeat(101);
        let huge = "a".repeat(1 << 20);
        for bad in [
            "",
            "   ",
            "\u{a0}",
            "a\0",
            "a\nb",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{2028}b",
            &long,
            &huge,
        ] {
            assert!(line("f", bad, 100, Presence::Required).is_err(), "{bad:?}");
        }
        assert!(line("f", " ", 100, Presence::Optional).is_err());
        let violation = line("f", "a\0", 100, Presence::Required).unwrap_err();
        assert_eq!(
            violation.description,
            "must not contain the character U+0000"
        );
    }

    /// What a reader cannot see is no name, and no reason or message either.
    #[test]
    fn a_text_has_something_to_see() {
        for unseen in [
            "\u{3164}",
            "\u{ffa0}\u{115f}\u{1160}",
            "\u{2800} \u{2800}",
            "\u{200b}\u{200d}\u{2060}\u{feff}",
            "\u{200e}\u{200f}\u{61c}",
            "\u{ad}\u{fe0f}\u{e0062}\u{e0100}",
            "\u{301}",
            "\u{e000}",
        ] {
            for presence in [Presence::Required, Presence::Optional] {
                for read in [line, lines] {
                    let violation = read("f", unseen, 100, presence).unwrap_err();
                    assert_eq!(
                        violation.description,
                        "must not be empty: it needs a character that can be seen"
                    );
                }
            }
        }
        for seen in [
            "می\u{200c}خواهم",
            "\u{200f}אדאטום\u{200e} (Adatum)\u{61c}",
            "क्\u{200d}ष",
            "❤\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "Con\u{ad}toso",
            ".",
        ] {
            assert_eq!(line("f", seen, 100, Presence::Required).unwrap(), seen);
        }
    }

    #[test]
    fn lines_may_end_but_not_with_a_bare_carriage_return() {
        assert!(lines("f", "a\r\n.\r\nb\n\tc", 100, Presence::Required).is_ok());
        assert!(lines("f", "a\rb", 100, Presence::Required).is_err());
        assert!(lines("f", "a\r", 100, Presence::Required).is_err());
    }

    #[test]
    fn every_violation_is_collected() {
        let mut violations = Violations::new();
        let number = violations.check("n", "x".parse::<u8>());
        let name = violations.take(line("name", "", 10, Presence::Required));
        let Err(SharedRefusal::InvalidFields(found)) = violations.build(|| Some((number?, name?)))
        else {
            panic!("accepted");
        };
        assert_eq!(
            found.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(),
            ["n", "name"]
        );

        let mut violations = Violations::new();
        let number = violations.check("n", "7".parse::<u8>());
        assert_eq!(violations.build(|| Some((number?, 1))), Ok((7, 1)));
    }
}
