//! The draft as HTML, made from its plain text: paragraphs, line breaks, and one link, ours.
//!
//! Everything a person wrote is text and is escaped; another URL in it stays text.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value, context};
use platform::wording::Language;

use super::letter::Letter;
use super::link::{Link, PLACEHOLDER};

/// Escapes by the file's ending.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates
        .add_template("draft.html", include_str!("../../templates/draft.html"))
        .expect("the template is part of the program, and every test of this module renders it");
    templates
});

/// A whole HTML document of a letter.
pub(super) fn document(letter: &Letter, link: &Link, language: &Language) -> String {
    TEMPLATES
        .get_template("draft.html")
        .and_then(|template| {
            template.render(context! {
                language => language.to_string(),
                subject => letter.subject(),
                paragraphs => paragraphs(letter.text()),
                placeholder => PLACEHOLDER,
                // Link::parse has let no character through that would need escaping
                link => Value::from_safe_string(link.as_str().to_owned()),
            })
        })
        .expect("the template uses these values only")
}

/// The lines of a text in groups, as blank lines divide them.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text.split('\n').collect();
    lines
        .split(|line| line.trim().is_empty())
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| paragraph.iter().copied().map(str::to_owned).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_divide_paragraphs() {
        assert_eq!(
            paragraphs("\na\nb\n \n\n\nc\n"),
            [vec!["a", "b"], vec!["c"]]
        );
    }
}
