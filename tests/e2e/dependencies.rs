//! The versions below which a dependency of ours is known to be unsafe. What is locked is what is
//! built.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use semver::Version;

/// The oldest version of each that has no known hole that matters here.
const FLOORS: [(&str, &str); 6] = [
    ("h2", "0.4.16"),
    ("tonic", "0.12.3"),
    ("jsonwebtoken", "10.3.0"),
    ("lettre", "0.11.22"),
    ("rustls-webpki", "0.103.13"),
    ("tracing-subscriber", "0.3.20"),
];

/// The versions of every package of a lock file, of which there may be several.
fn locked(lock: &str) -> BTreeMap<&str, Vec<Version>> {
    let value = |line: &'static str| format!("{line} = \"");
    let (name, version) = (value("name"), value("version"));
    let mut packages: BTreeMap<&str, Vec<Version>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let of = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|line| line.strip_suffix('"'))
                .expect("a name and a version")
        };
        let version = Version::parse(of(&version)).expect("a version");
        packages.entry(of(&name)).or_default().push(version);
    }
    packages
}

/// What of a lock file is below its floor, or is not there.
fn below(lock: &str) -> Vec<String> {
    let locked = locked(lock);
    let mut below = Vec::new();
    for (name, floor) in FLOORS {
        let Some(versions) = locked.get(name) else {
            below.push(format!("{name} is not locked: is its floor still needed?"));
            continue;
        };
        let floor = Version::parse(floor).expect("a version");
        let low = versions.iter().filter(|version| **version < floor);
        below.extend(low.map(|version| format!("{name} {version} is below {floor}")));
    }
    below
}

fn lock() -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let file = top
        .expect("the tests stand below the top")
        .join("Cargo.lock");
    fs::read_to_string(file).expect("a lock file")
}

#[test]
fn no_dependency_is_below_its_floor() {
    assert_eq!(below(&lock()), [""; 0]);
}

/// Each floor is seen to hold: also a second version beside a good one, an alpha of the floor, and
/// a package that is gone.
#[test]
fn a_dependency_below_its_floor_is_told() {
    let lock = lock();
    for (name, floor) in FLOORS {
        let second =
            format!("{lock}\n[[package]]\nname = \"{name}\"\nversion = \"{floor}-alpha.1\"\n");
        assert_eq!(
            below(&second),
            [format!("{name} {floor}-alpha.1 is below {floor}")]
        );
        let gone = lock.replace(&format!("\nname = \"{name}\"\n"), "\nname = \"other\"\n");
        assert_eq!(below(&gone).len(), 1, "{name}");
    }
}
