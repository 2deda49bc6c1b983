//! Whether every text that pages ask for is there, in every language, and how times and countries
//! are written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn text(tag: &str) -> Text {
    let language = WORDING.named(tag).unwrap();
    Text { language }
}

/// R44, P1: a language that lacks a text, a variable of one or a country is not built.
#[test]
fn every_language_is_complete() {
    for folder in ["locales", "countries"] {
        let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(::tests::gaps(&folder), [""; 0]);
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// What stands in quotes directly behind one of these in the source.
fn keys(behind: &[&str]) -> BTreeSet<String> {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let mut keys = BTreeSet::new();
    for path in all.into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let source: String = fs::read_to_string(path).unwrap();
        let source: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
        for begin in behind {
            for part in source.split(begin).skip(1) {
                keys.extend(part.split('"').next().map(str::to_owned));
            }
        }
    }
    keys
}

/// A page asks for no text that there is not.
#[test]
fn every_text_that_a_page_asks_for_is_there() {
    let english = text("en");
    let asked = keys(&[".of(\"", ".with(\""]);
    assert!(asked.len() > 150, "{}", asked.len());
    let missing = |key: &String| {
        let dynamic = key.contains(['{', '$']);
        !dynamic && english.find(key).is_none() && key != "privileges-last"
    };
    let missing: Vec<_> = asked.into_iter().filter(|key| missing(key)).collect();
    assert_eq!(missing, ["licenses-of", "moment"], "they take arguments");
    let fields = keys(&[
        "Field::text(text, \"",
        "Field::text( text, \"",
        "field(\"",
        "labelled(\"",
    ]);
    assert!(fields.len() > 20, "{fields:?}");
    for field in fields {
        assert!(english.find(&format!("field-{field}")).is_some(), "{field}");
    }
    for done in keys(&["?done=", "back(&customer, \"", "back(\""]) {
        if !done.contains('{') {
            assert!(english.find(&format!("done-{done}")).is_some(), "{done}");
        }
    }
}

/// Every value of an enum that a page shows has a word, in every language.
#[test]
fn every_state_and_kind_has_a_word() {
    const SHOWN: [(&str, &str); 13] = [
        ("state", "InvitationState"),
        ("next", "InvitationState"),
        ("state", "AcceptanceState"),
        ("state", "PartnershipState"),
        ("state", "PartnerState"),
        ("state", "ImportState"),
        ("state", "SubscriptionState"),
        ("kind", "PartnerKind"),
        ("renewal", "Renewal"),
        ("order", "OrderKind"),
        ("notice", "NoticeKind"),
        ("may", "Permission"),
        ("warning", "WarningReason"),
    ];
    for (kind, name) in SHOWN {
        let mut enums = proto::descriptors().all_enums();
        let shown = enums.find(|one| one.name() == name).unwrap();
        for value in shown.values().filter(|value| value.number() != 0) {
            for tag in ["en", "pt-BR"] {
                let word = text(tag).word(kind, value.name());
                assert_ne!(word, value.name(), "{tag}: {kind}-{word}");
            }
        }
    }
}

/// Times are in UTC and say so; countries stand in the order of their names.
#[test]
fn times_and_countries_are_in_the_readers_language() {
    let time = Timestamp {
        seconds: 1_795_793_460,
        nanos: 0,
    };
    let shown = |tag: &str| text(tag).time(Some(&time)).into_string();
    let machine = "<time datetime=\"2026-11-27T15:31:00Z\">";
    assert_eq!(
        shown("en"),
        format!("{machine}27 Nov 2026, 15:31 UTC</time>")
    );
    assert_eq!(
        shown("pt-BR"),
        format!("{machine}27 de nov. de 2026, 15:31 UTC</time>")
    );
    assert_eq!(text("en").time(None).into_string(), "–");
    let countries = text("pt-BR").countries();
    assert_eq!(countries.len(), 249);
    let at = |code: &str| countries.iter().position(|(it, _)| *it == code).unwrap();
    assert!(at("AF") < at("ZA"), "Afeganistão before África do Sul");
    assert!(at("ZA") < at("DE"), "África do Sul before Alemanha");
    assert_eq!(text("pt-BR").country("XX"), "XX");
}
