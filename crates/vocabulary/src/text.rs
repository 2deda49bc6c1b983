//! What people see of a text: which characters show, and which do not.
//!
//! Nothing here changes a text that is kept, and nothing refuses one: that is the concern of
//! `field`.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory,
    GeneralCategoryGroup,
};

/// What stands for itself in a text. A mark that takes no room of its own does not: it shows on
/// another character only.
const SHOWING: GeneralCategoryGroup = GeneralCategoryGroup::Letter
    .union(GeneralCategoryGroup::SpacingMark)
    .union(GeneralCategoryGroup::Number)
    .union(GeneralCategoryGroup::Punctuation)
    .union(GeneralCategoryGroup::Symbol);

/// Whether a character shows when it stands alone.
///
/// Space, controls and whatever is ignored when it is drawn do not; neither do private characters
/// and those that Unicode does not know, of which nobody can say how they look.
pub fn is_visible(character: char) -> bool {
    SHOWING.contains(GeneralCategory::for_char(character))
        && !is_ignorable(character)
        && !is_drawn_blank(character)
}

/// Whether a character is ignored when a text is drawn, and by browsers in the name of a host:
/// zero-width characters, direction marks, soft hyphens, Hangul fillers, variation selectors, tags
/// (Unicode's `Default_Ignorable_Code_Point`).
pub fn is_ignorable(character: char) -> bool {
    DefaultIgnorableCodePoint::for_char(character)
}

/// Letters and symbols whose glyph is empty. Unicode has no property for them; these are all that
/// its charts show so.
fn is_drawn_blank(character: char) -> bool {
    matches!(
        character,
        // BRAILLE PATTERN BLANK, EGYPTIAN HIEROGLYPH FULL and HALF BLANK, MUSICAL SYMBOL NULL
        // NOTEHEAD
        '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{1D159}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_is_told_from_what_does_not() {
        for visible in "aéßЖ木ก한\u{0915}\u{093E}٣½€☃👋🇧.-_#".chars() {
            assert!(is_visible(visible), "{visible:?}");
        }
        let space = " \t\0\u{A0}\u{3000}";
        let ignored = "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\
            \u{2060}\u{2063}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\u{1D173}\u{E0001}\u{E0041}\u{E0100}";
        let blank = "\u{2800}\u{13441}\u{1D159}";
        let on_others_only = "\u{301}\u{20DD}";
        let unknown = "\u{E000}\u{FFFF}\u{10FFFF}";
        for invisible in [space, ignored, blank, on_others_only, unknown]
            .concat()
            .chars()
        {
            assert!(!is_visible(invisible), "{invisible:?}");
            assert_eq!(
                is_ignorable(invisible),
                ignored.contains(invisible),
                "{invisible:?}"
            );
        }
    }
}
