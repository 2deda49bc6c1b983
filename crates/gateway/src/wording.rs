//! What the gateway says in people's languages: the page of a link.

use platform::wording::Wording;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// What the gateway says.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);

#[cfg(test)]
mod tests {
    /// R44: a language that lacks a text, or a variable of one, is not built.
    #[test]
    fn every_language_is_complete() {
        let gaps = ::tests::gaps(concat!(env!("CARGO_MANIFEST_DIR"), "/locales"));
        assert_eq!(gaps, [""; 0]);
    }
}
