//! What the language files of a service lack beside each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use fluent_syntax::parser;

/// The language whose texts answer where another lacks them.
const DEFAULT: &str = "en";

/// Each text with the variables in it; attributes as `key.attribute`.
type Texts = BTreeMap<String, BTreeSet<String>>;

/// What the language files (`{language}.ftl`) in a folder lack beside each other: texts, and the
/// variables in them.
pub fn gaps(folder: impl AsRef<Path>) -> Vec<String> {
    let mut files: BTreeMap<String, Texts> = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder of language files") {
        let path = entry.expect("a readable entry").path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            let name = path.file_stem().expect("a language").to_string_lossy();
            let file = fs::read_to_string(&path).expect("a readable file");
            files.insert(name.into_owned(), texts(&file));
        }
    }
    // of several with the same key the last one is what the others are held against
    let all: BTreeMap<&String, &BTreeSet<String>> =
        files.values().chain(files.get(DEFAULT)).flatten().collect();
    let mut gaps = Vec::new();
    for (language, texts) in &files {
        for (key, variables) in &all {
            match texts.get(*key) {
                None => gaps.push(format!("{language}: {key} is missing")),
                Some(found) if found != *variables => {
                    gaps.push(format!(
                        "{language}: {key} has other variables than elsewhere"
                    ));
                }
                Some(_) => {}
            }
        }
    }
    gaps
}

fn texts(file: &str) -> Texts {
    let resource = parser::parse(file).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut texts = Texts::new();
    let mut take = |key: String, pattern: &Pattern<&str>| {
        let mut variables = BTreeSet::new();
        of_pattern(pattern, &mut variables);
        texts.insert(key, variables);
    };
    for entry in &resource.body {
        let (id, value, attributes) = match entry {
            Entry::Message(it) => (it.id.name, it.value.as_ref(), &it.attributes),
            Entry::Term(it) => (it.id.name, Some(&it.value), &it.attributes),
            _ => continue,
        };
        if let Some(value) = value {
            take(id.to_owned(), value);
        }
        for attribute in attributes {
            take(format!("{id}.{}", attribute.id.name), &attribute.value);
        }
    }
    texts
}

fn of_pattern(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, variables);
        }
    }
}

fn of_expression(expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, variables),
        Expression::Select { selector, variants } => {
            of_inline(selector, variables);
            for variant in variants {
                of_pattern(&variant.value, variables);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, variables),
        InlineExpression::FunctionReference { arguments, .. } => of_call(arguments, variables),
        InlineExpression::TermReference {
            arguments: Some(arguments),
            ..
        } => {
            of_call(arguments, variables);
        }
        _ => {}
    }
}

fn of_call(arguments: &CallArguments<&str>, variables: &mut BTreeSet<String>) {
    let named = arguments.named.iter().map(|argument| &argument.value);
    for inline in arguments.positional.iter().chain(named) {
        of_inline(inline, variables);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_between_languages_are_found() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../crates/platform/tests/locales"
        );
        assert_eq!(
            gaps(folder),
            [
                "en: other is missing",
                "pt-BR: draft.subject has other variables than elsewhere",
                "pt-BR: only-in-english is missing",
            ]
        );
    }
}
