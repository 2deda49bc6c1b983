//! No two files of a crate need each other: whoever reads one can stop where it stops.
//!
//! A folder's file and the files in it belong together, so what stands above is not counted. Tests
//! are not either: they look at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{code, files, read};

/// A module of a crate, as a path of names: `store::user`.
type Module = Vec<String>;

#[test]
fn no_files_need_each_other() {
    let (mut edges, mut circles) = (0, BTreeSet::new());
    for crate_ in super::crates() {
        let needs = needs(&crate_.join("src"));
        edges += needs.values().map(BTreeSet::len).sum::<usize>();
        for module in needs.keys() {
            let reached = reachable(&needs, module);
            let back = |other: &&Module| reachable(&needs, other).contains(module);
            let circle: BTreeSet<String> = reached
                .iter()
                .filter(back)
                .map(|it| it.join("::"))
                .collect();
            if !circle.is_empty() {
                circles.insert((crate_.clone(), circle));
            }
        }
    }
    assert!(edges > 200, "the walk finds what files use: {edges}");
    assert!(
        circles.is_empty(),
        "files that need each other: {circles:#?}"
    );
}

/// What each file of a crate uses of the others.
fn needs(source: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut texts = BTreeMap::new();
    for path in files(source, ".rs") {
        let inside = path.strip_prefix(source).expect("below").with_extension("");
        let module: Module = inside
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .filter(|part| part != "lib" && part != "main")
            .collect();
        if !module.iter().any(|part| part.ends_with("tests")) {
            texts.insert(module, program(&read(&path)));
        }
    }
    let modules: BTreeSet<Module> = texts.keys().cloned().collect();
    let needed = |(module, text): (Module, String)| {
        let used = used(&module, &text).into_iter();
        let homes = used.filter_map(|path| home(&modules, &path));
        let others = homes.filter(|home| !module.starts_with(home) && !home.starts_with(&module));
        let others = others.collect();
        (module, others)
    };
    texts.into_iter().map(needed).collect()
}

/// The code of a file before its tests.
fn program(text: &str) -> String {
    let code = code(text);
    let program = code.split("#[cfg(test)]\nmod tests {").next();
    program.unwrap_or_default().to_owned()
}

/// The file that a path leads to: the longest beginning of it that is one.
fn home(modules: &BTreeSet<Module>, path: &[String]) -> Option<Module> {
    let beginnings = (1..=path.len()).rev().map(|length| path[..length].to_vec());
    beginnings.into_iter().find(|it| modules.contains(it))
}

/// The paths into its own crate that a file has, from the crate's root.
fn used(module: &Module, text: &str) -> Vec<Module> {
    let starts = text
        .match_indices("crate::")
        .chain(text.match_indices("super::"));
    let starts = starts.chain(text.match_indices("self::"));
    let whole = |at: usize| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$')
    };
    let mut used = Vec::new();
    for (at, _) in starts.filter(|(at, _)| whole(*at)) {
        let mut found = Vec::new();
        expand(&text[at..], Vec::new(), &mut found);
        let inside = [module.clone(), inline(&text[..at])].concat();
        used.extend(found.into_iter().map(|path| absolute(&inside, path)));
    }
    used
}

/// The modules that stand in the file itself and are open at the end of this beginning of it.
fn inline(before: &str) -> Module {
    let mut open: Vec<(usize, String)> = Vec::new();
    for line in before.lines() {
        let declaration = line.trim_start();
        let indent = line.len() - declaration.len();
        let (_, name) = declaration.split_once("mod ").unwrap_or_default();
        if let Some(name) = name.strip_suffix(" {") {
            open.push((indent, name.to_owned()));
        } else if declaration == "}" {
            open.pop_if(|(of, _)| *of == indent);
        }
    }
    open.into_iter().map(|(_, name)| name).collect()
}

/// Adds the paths that a tree of names says, such as `super::{a, b::{self, C}}`; answers what
/// follows it.
fn expand<'a>(text: &'a str, before: Module, found: &mut Vec<Module>) -> &'a str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let mut path = before;
    path.push(name.to_owned());
    let Some(inner) = rest.strip_prefix("::") else {
        found.push(path);
        return rest;
    };
    let Some(mut list) = inner.strip_prefix('{') else {
        return expand(inner, path, found);
    };
    loop {
        list = list.trim_start_matches([' ', '\n', ',']);
        if let Some(rest) = list.strip_prefix('}') {
            return rest;
        }
        if list.is_empty() {
            return list;
        }
        let rest = expand(list, path.clone(), found);
        // what is renamed, and a star
        let next = rest.find([',', '}']).unwrap_or(rest.len());
        list = &rest[next..];
    }
}

/// A path from the crate's root.
fn absolute(module: &Module, path: Module) -> Module {
    let mut base = module.clone();
    let mut names = path.into_iter().peekable();
    if names.next_if(|name| name == "crate").is_some() {
        base.clear();
    }
    while let Some(name) = names.next_if(|name| name == "super" || name == "self") {
        if name == "super" {
            base.pop();
        }
    }
    base.extend(names.filter(|name| name != "self"));
    base
}

/// What a file needs, directly or through others; itself where others lead back to it.
fn reachable(needs: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in needs.get(module).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    seen
}

#[test]
fn what_a_file_uses_is_found() {
    let text =
        "use super::{a, b::{self, C as D}, *};\nuse crate::e::F;\nlet x = super::super::g::h();";
    let module = ["store", "user"].map(str::to_owned).to_vec();
    let found: BTreeSet<String> = used(&module, text)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    for expected in ["store::a", "store::b", "store::b::C", "e::F", "g::h"] {
        assert!(found.contains(expected), "{expected} in {found:?}");
    }
}
