//! What the gateway says in people's languages: why a call was refused, whichever service refused
//! it.
//!
//! A reason has one text for each language in `locales/`; one without is not built.

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
    use std::collections::BTreeSet;

    use platform::serve::reason_key;

    use super::*;

    /// R44, P16: a language that lacks a text, or a variable of one, is not built.
    #[test]
    fn every_language_is_complete() {
        let gaps = ::tests::gaps(concat!(env!("CARGO_MANIFEST_DIR"), "/locales"));
        assert_eq!(gaps, [""; 0]);
    }

    /// Every reason of every package, as its texts are called.
    fn reasons() -> BTreeSet<String> {
        let enums = proto::descriptors().all_enums();
        let enums = enums.filter(|one| one.name() == "ErrorReason");
        let reasons = enums.flat_map(|one| {
            let domain = one.package_name().trim_end_matches(".v1").to_owned();
            let named: Vec<_> = one
                .values()
                .filter(|value| value.number() != 0)
                .map(|value| {
                    let reason = value.name().strip_prefix("ERROR_REASON_").unwrap();
                    reason_key(&domain, reason).expect("a package of ours")
                })
                .collect();
            named
        });
        reasons.collect()
    }

    /// P16: every reason that there is has a text, and no other reason has.
    #[test]
    fn every_reason_has_a_text() {
        let reasons = reasons();
        for domain in [
            "platform",
            "invitation",
            "relationship",
            "notification",
            "customer",
        ] {
            let of = format!("{domain}-");
            assert!(
                reasons.iter().any(|reason| reason.starts_with(&of)),
                "{domain}"
            );
        }
        let file = include_str!("../locales/en.ftl");
        let texts = file.lines().filter_map(|line| line.split_once(" ="));
        let texts = texts.map(|(key, _)| key.to_owned());
        let texts = texts.filter(|key| key.ends_with(|last: char| last.is_ascii_uppercase()));
        assert_eq!(texts.collect::<BTreeSet<_>>(), reasons);
    }

    /// P16: no text needs more than is told with every reason.
    #[test]
    fn texts_need_nothing_that_may_be_missing() {
        let always = ["reason", "fields", "state"];
        let always: Vec<_> = always.iter().map(|name| (*name, "x".into())).collect();
        for language in WORDING.languages() {
            for reason in reasons() {
                let text = WORDING.find(&language, &reason, &always);
                let text = text.unwrap_or_else(|| panic!("{language}: {reason} lacks a variable"));
                assert!(text.ends_with('.'), "{language}: {text}");
            }
        }
    }
}
