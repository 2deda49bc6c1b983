//! The rules of the source, as tests: who depends on whom, what stays pure, what is documented,
//! what is cited.

mod circles;
mod requirements;
mod resources;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message;
use prost_types::method_options::IdempotencyLevel;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

const SERVICES: [&str; 4] = ["invitation", "relationship", "notification", "directory"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests stand below the top")
        .to_owned()
}

/// Files below `folder` that end in `ending`, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// The folders of the crates.
fn crates() -> Vec<PathBuf> {
    let manifests = files(&root().join("crates"), "Cargo.toml");
    let folders = manifests
        .iter()
        .filter_map(|path| Some(path.parent()?.to_owned()));
    folders.collect()
}

fn sources() -> Vec<PathBuf> {
    let mut all = files(&root().join("crates"), ".rs");
    all.extend(files(&root().join("tests"), ".rs"));
    assert!(all.len() > 40, "the walk finds the source: {}", all.len());
    all
}

/// Services meet only in protobuf; `vocabulary` is the ground, `proto` and `platform` stand on it;
/// only the program knows all.
#[test]
fn services_do_not_depend_on_each_other() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo answers JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| package["name"].as_str().expect("a name"))
        .collect();
    assert!(SERVICES.iter().all(|service| ours.contains(service)));
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let used: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .map(|dependency| dependency["name"].as_str().expect("a name"))
            .filter(|used| ours.contains(used))
            .collect();
        let allowed: &[&str] = match name {
            "vocabulary" => &[],
            "proto" => &["vocabulary"],
            // dev-dependencies count: not even the tests of a service know another
            "demo" | "platform" | "tests" => &["proto", "platform", "vocabulary"],
            "partner-connect" => continue,
            _ => &["proto", "platform", "vocabulary", "tests"],
        };
        for used in used {
            assert!(allowed.contains(&used), "{name} depends on {used}");
        }
        if name == "platform" {
            let normal = package["dependencies"].as_array().expect("dependencies");
            assert!(
                !normal
                    .iter()
                    .any(|d| d["name"] == "proto" && d["kind"].is_null()),
                "platform knows no message of the programme"
            );
        }
        if name == "vocabulary" {
            const PURE: [&str; 6] = [
                "bitflags",
                "icu_properties",
                "strum",
                "thiserror",
                "unicode-normalization",
                "uuid",
            ];
            let always = package["dependencies"].as_array().expect("dependencies");
            let always = always.iter().filter(|d| d["optional"] == false);
            for used in always.map(|d| d["name"].as_str().expect("a name")) {
                assert!(PURE.contains(&used), "the words of the domains know {used}");
            }
        }
    }
}

/// `domain` is pure and synchronous; `store` does not know `api`.
#[test]
fn the_domain_is_pure() {
    const BANNED: [&str; 16] = [
        "sea_orm",
        "sqlx",
        "tonic",
        "prost",
        "proto::",
        "tokio",
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "SystemTime",
        "Instant",
        "Clock",
        "async ",
        "crate::store",
        "crate::api",
    ];
    let mut seen = 0;
    for service in SERVICES {
        let source = root().join("crates").join(service).join("src");
        for path in files(&source, ".rs") {
            let inside = path.strip_prefix(&source).expect("below").to_owned();
            let text = code(&read(&path));
            if inside.starts_with("domain") || inside == Path::new("domain.rs") {
                seen += 1;
                for banned in BANNED {
                    assert!(!text.contains(banned), "{} uses {banned}", path.display());
                }
            }
            if inside.starts_with("store") || inside == Path::new("store.rs") {
                assert!(
                    !text.contains("crate::api"),
                    "{} knows the api",
                    path.display()
                );
            }
        }
    }
    assert!(seen >= SERVICES.len(), "every service has a domain");
}

/// The pages for people know the public API and nothing behind it: no internal message, no table
/// but that of sessions, and no other service by its name.
#[test]
fn pages_know_the_public_api_alone() {
    let source = root().join("crates/web/src");
    for path in files(&source, ".rs") {
        let text = code(&read(&path));
        for banned in ["internal::v1", "Peer", "ServiceSigner", "directory::v1"] {
            assert!(!text.contains(banned), "{} uses {banned}", path.display());
        }
    }
}

/// The text without comments.
fn code(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every file says what is in it, none is a drawer, none is too long to read.
#[test]
fn every_file_has_a_header_and_a_bound() {
    for path in sources() {
        let text = read(&path);
        assert!(text.starts_with("//! "), "{} has no header", path.display());
        let lines = text.lines().count();
        assert!(
            lines <= 500,
            "{} has {lines} lines: split it by meaning",
            path.display()
        );
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert!(
            !["mod.rs", "utils.rs", "util.rs", "helpers.rs", "common.rs"].contains(&name.as_str()),
            "{} says nothing by its name",
            path.display()
        );
        let ignored = concat!("#[ign", "ore");
        assert!(!text.contains(ignored), "{} skips a test", path.display());
    }
}

/// Comments end where a line does: at 100 columns, but for examples, which are pasted as they are.
#[test]
fn comments_end_at_100_columns() {
    let mut all = sources();
    all.extend(files(&root().join("proto/partnerconnect"), ".proto"));
    for path in all {
        for (number, line) in (1..).zip(read(&path).lines()) {
            let comment = line.trim_start().starts_with("//") && !line.contains("Example: ");
            let table = line.contains("finish          resend");
            assert!(
                !comment || table || line.chars().count() <= 100,
                "{}:{number}: {line}",
                path.display()
            );
        }
    }
}

fn descriptors() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).expect("our own descriptors");
    set.file
        .into_iter()
        .filter(|file| file.package().starts_with("partnerconnect."))
        .collect()
}

/// Every service, method, message, field, enum and value of the API is documented.
#[test]
fn every_proto_element_has_a_comment() {
    let mut methods = 0;
    for file in descriptors() {
        let info = file.source_code_info.as_ref().expect("source info is kept");
        let comment = |path: &[i32]| {
            info.location
                .iter()
                .find(|location| location.path == path)
                .map(|location| location.leading_comments().trim().to_owned())
                .unwrap_or_default()
        };
        for (m, message) in (0..).zip(&file.message_type) {
            assert!(
                !comment(&[4, m]).is_empty(),
                "{} has no comment",
                message.name()
            );
            for (f, field) in (0..).zip(&message.field) {
                let text = comment(&[4, m, 2, f]);
                assert!(
                    !text.is_empty(),
                    "{}.{} has no comment",
                    message.name(),
                    field.name()
                );
            }
        }
        for (e, of) in (0..).zip(&file.enum_type) {
            assert!(!comment(&[5, e]).is_empty(), "{} has no comment", of.name());
            for (v, value) in (0..).zip(&of.value) {
                assert!(
                    !comment(&[5, e, 2, v]).is_empty(),
                    "{} has no comment",
                    value.name()
                );
            }
        }
        for (s, service) in (0..).zip(&file.service) {
            assert!(
                !comment(&[6, s]).is_empty(),
                "{} has no comment",
                service.name()
            );
            for (m, method) in (0..).zip(&service.method) {
                methods += 1;
                let text = comment(&[6, s, 2, m]);
                let name = format!("{}/{}", service.name(), method.name());
                let paragraphs = text.split("\n\n").count();
                assert!(paragraphs >= 3, "{name}: what, errors, what it returns");
                // whichever line a word stands on
                let text = text.replace("\n ", " ");
                assert!(
                    text.contains("epeating"),
                    "{name} does not say whether repeating is safe"
                );
                assert!(
                    text.contains("Returns "),
                    "{name} does not say what it returns"
                );
                // a method without either is repeated with its request_id alone
                let level = match method
                    .options
                    .clone()
                    .unwrap_or_default()
                    .idempotency_level()
                {
                    IdempotencyLevel::NoSideEffects => "Read only",
                    IdempotencyLevel::Idempotent => "epeating",
                    IdempotencyLevel::IdempotencyUnknown => "request_id",
                };
                assert!(
                    text.contains(level),
                    "{name}: {level} is not in its comment"
                );
                let reads = level == "Read only";
                assert!(
                    reads == text.contains("Read only"),
                    "{name} only reads, and does not say so"
                );
                let internal = file.package().contains(".internal.");
                assert!(
                    internal || text.contains("Example: `{"),
                    "{name} has no example to paste"
                );
            }
        }
    }
    assert!(methods > 35, "the descriptors are ours: {methods} methods");
}

/// A field's comment opens with its behaviour and the annotation says the same.
#[test]
fn field_comments_and_annotations_agree() {
    let mut seen = 0;
    let proto = files(&root().join("proto/partnerconnect"), ".proto");
    // what a declaration says of a method is nobody's request
    let messages = proto
        .iter()
        .filter(|it| !it.ends_with("method_policy.proto"));
    for path in messages {
        let mut behaviour = String::new();
        let mut statement = String::new();
        for line in read(path).lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("// ") {
                if statement.is_empty() && behaviour.is_empty() {
                    behaviour = comment.split('.').next().unwrap_or_default().to_owned();
                }
                continue;
            }
            statement.push_str(line);
            if line.ends_with(';') && is_field(&statement) {
                seen += 1;
                let expected = behaviour.to_uppercase().replace(' ', "_");
                assert!(
                    statement.contains(&format!("field_behavior) = {expected}")),
                    "{}: `{behaviour}` stands above {statement}",
                    path.display()
                );
            }
            if line.is_empty() || line.ends_with([';', '{', '}']) {
                statement.clear();
                behaviour.clear();
            }
        }
    }
    assert!(seen > 150, "the walk finds the fields: {seen}");
}

/// Whether a statement declares a field: a type, a name, and a number, in a message.
fn is_field(statement: &str) -> bool {
    let declaration = statement.split(['[', ';']).next().unwrap_or_default();
    let words: Vec<&str> = declaration.split_whitespace().collect();
    // `repeated` and a type, or a type alone; an enum's value has no type
    matches!(words.as_slice(), [.., _, _, "=", number] if number.parse::<u32>().is_ok())
}

/// Every reason that `partnerconnect.platform.v1` documents is one that platform answers, under
/// just that name.
#[test]
fn platform_answers_every_reason_that_is_documented() {
    let documented: BTreeSet<String> = descriptors()
        .iter()
        .filter(|file| file.package() == "partnerconnect.platform.v1")
        .flat_map(|file| &file.enum_type)
        .filter(|declared| declared.name() == "ErrorReason")
        .flat_map(|declared| &declared.value)
        .map(|value| value.name().trim_start_matches("ERROR_REASON_").to_owned())
        .filter(|reason| reason != "UNSPECIFIED")
        .collect();
    let source: String = files(&root().join("crates/platform/src"), ".rs")
        .iter()
        .filter(|path| !path.to_string_lossy().contains("tests"))
        .map(|path| {
            let text = read(path);
            let program = text.split("#[cfg(test)]").next().unwrap_or_default();
            program.to_owned()
        })
        .collect();
    for reason in &documented {
        assert!(
            source.contains(&format!("\"{reason}\"")),
            "{reason} is never answered"
        );
    }
}
