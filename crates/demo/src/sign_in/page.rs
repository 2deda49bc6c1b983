//! The pages of the development sign-in: whom to be, why not, and that nobody is signed in.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use super::codes::Asked;
use super::people::{PEOPLE, Person};

const STYLE: &str = include_str!("page/style.css");

/// What a page may do: show itself, with its own style. Where its form leads to is not limited:
/// browsers hold the address that people are sent back to against it as well.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// What the choice is introduced with.
const WHOM: &str = "This sign-in is for development, on this machine alone: nobody needs a password. Whom do you want to be?";

/// Escapes by the file's ending.
static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    let added = pages.add_template("page.html", include_str!("page/page.html"));
    added.expect("the template is part of the program, and its tests show it");
    pages
});

/// Everybody to choose from, with what was asked for in the form.
pub(super) fn choice(asked: &Asked) -> String {
    page("Development sign-in", WHOM, &PEOPLE, asked)
}

/// Why nobody can sign in like this.
pub(super) fn refusal(what: &str) -> String {
    page("This sign-in cannot go on", what, &[], &Asked::default())
}

/// That one has signed out.
pub(super) fn signed_out() -> String {
    page(
        "Signed out",
        "Nobody is signed in here.",
        &[],
        &Asked::default(),
    )
}

fn page(title: &str, message: &str, people: &[Person], asked: &Asked) -> String {
    let shown = |person: &Person| {
        context! { id => person.id, name => person.name, role => person.role }
    };
    let people: Vec<_> = people.iter().map(shown).collect();
    let style = Value::from_safe_string(STYLE.to_owned());
    let asked = Value::from_pairs(asked.parameters());
    PAGES
        .get_template("page.html")
        .and_then(|page| page.render(context! { title, message, people, asked, style }))
        .expect("the template uses these values only")
}
