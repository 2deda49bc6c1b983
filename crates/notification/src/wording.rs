//! The texts of this service in every language it has: one file each under `locales/`, read in when
//! it is built.

use platform::wording::Wording;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // marks around arguments would break a link and the text copied with it
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// What this service says.
pub(crate) static WORDING: Wording = Wording::new(&LOCALES);

#[cfg(test)]
mod tests {
    /// R44: a language that lacks a text cannot be built.
    #[test]
    fn every_language_is_complete() {
        let locales = concat!(env!("CARGO_MANIFEST_DIR"), "/locales");
        assert_eq!(::tests::gaps(locales), [""; 0]);
    }
}
