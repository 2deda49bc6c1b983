//! What is required, in the README of the tests, and the tests that prove it.

use std::collections::BTreeSet;

use super::{read, root, sources};

/// Each requirement has its line in the README of the tests, whose tests cite it; and whatever a
/// test cites has a line.
#[test]
fn every_requirement_is_cited_by_the_tests_that_its_line_names() {
    let cited = cited();
    let readme = read(&root().join("tests/README.md"));
    let mut lines = BTreeSet::new();
    for line in readme.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, _, proof] = cells[..] else {
            panic!("not a line of three: {line}")
        };
        if requirements(number).next().is_none() {
            continue;
        }
        assert!(lines.insert(number), "{number} has two lines");
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        let delivered = proof != "not delivered yet";
        assert_eq!(delivered, !named.is_empty(), "{number}: {proof}");
        for test in named {
            let proves = cited
                .iter()
                .any(|(number_, name)| number_ == number && name == test);
            assert!(proves, "no test {test} cites {number}");
        }
    }
    let wanted = (1..=44)
        .map(|n| format!("R{n}"))
        .chain((1..=16).map(|n| format!("P{n}")));
    let cited = cited.into_iter().map(|(number, _)| number);
    for number in wanted.chain(cited) {
        assert!(lines.contains(number.as_str()), "{number} has no line");
    }
}

/// What the doc comments of tests cite: each number with the name of the test.
fn cited() -> BTreeSet<(String, String)> {
    let mut cited = BTreeSet::new();
    for path in sources() {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for at in 0..lines.len() {
            if !is_test(&text, &lines, at) {
                continue;
            }
            let signature = lines[at]
                .trim_start_matches("async ")
                .trim_start_matches("fn ");
            let name = signature.split('(').next().unwrap_or_default();
            let above = lines[..at].iter().rev();
            let doc = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
            for number in doc.flat_map(|line| requirements(line)) {
                cited.insert((number, name.to_owned()));
            }
        }
    }
    cited
}

/// Whether a line begins a test: a function marked as one, or named in `on_both_stores!`.
fn is_test(text: &str, lines: &[&str], at: usize) -> bool {
    let signature = lines[at].trim_start_matches("async ");
    let Some(rest) = signature.strip_prefix("fn ") else {
        return false;
    };
    let name = rest.split('(').next().unwrap_or_default();
    let attributes = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#["));
    let marked = attributes.into_iter().any(|line| line.contains("test"));
    let listed = text
        .split_once("on_both_stores!(")
        .is_some_and(|(_, rest)| {
            let list = rest.split(')').next().unwrap_or_default();
            list.split(',').any(|listed| listed.trim() == name)
        });
    marked || listed
}

/// The numbers that a text cites: `R27, R36: …`, `R6–R8`.
fn requirements(text: &str) -> impl Iterator<Item = String> {
    let number = |word: &str| {
        let (kind, number) = word.split_at_checked(1)?;
        let known = ["R", "P", "F"].contains(&kind);
        Some((
            kind.to_owned(),
            number.parse::<u32>().ok().filter(|_| known)?,
        ))
    };
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '–');
    words.flat_map(move |word| {
        let mut ends = word.split('–').filter_map(number);
        let first = ends.next();
        let last = ends.next().or(first.clone());
        let range = first.zip(last);
        range.into_iter().flat_map(|((kind, first), (_, last))| {
            (first..=last).map(move |number| format!("{kind}{number}"))
        })
    })
}
