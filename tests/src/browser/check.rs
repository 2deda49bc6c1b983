//! What is wrong with the page that is open, and how it looks.

use std::env;
use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::session::{Session, named};

/// What is found on a page.
pub(super) const PAGE: &str = include_str!("page.js");

/// Every fault of the page at its present width, in words: what axe-core finds, and what is wider
/// than the window.
pub(super) async fn faults(session: &Session, scripts: bool) -> Vec<String> {
    let mut faults = violations(session, scripts).await;
    let script = format!("{PAGE}\nreturn overflowing()");
    let wide = session.run(&script, &[]).await.expect("widths are told");
    faults.extend(words(&wide));
    faults
}

/// Where scripts are switched off no timer of the page's ever fires, and axe-core would wait for
/// one forever: it is given one that fires at once, of the kind that still does. No timer that
/// waits is needed by it where nothing hangs.
async fn violations(session: &Session, scripts: bool) -> Vec<String> {
    let axe = fs::read_to_string(named("AXE_CORE")).expect("axe-core is a script");
    let timer = if scripts {
        "window.setTimeout.bind(window)"
    } else {
        "(what, wait, ...given) => { if (!wait) Promise.resolve().then(() => what(...given)); }"
    };
    let script = format!(
        "const done = arguments[arguments.length - 1];
        (setTimeout => {{ {axe} }})({timer});
        const told = ({{ id, help, nodes }}) =>
            `${{id}}: ${{help}}: ${{nodes.map(node => node.html).join('; ')}}`;
        axe.run(document, {{ preload: false }}).then(
            found => done(found.passes.length ? found.violations.map(told) : ['axe-core looked at nothing']),
            error => done([`axe-core: ${{error}}`]),
        );"
    );
    let found = session.client().execute_async(&script, Vec::new()).await;
    words(&found.unwrap_or_else(|error| panic!("axe-core: {error}")))
}

fn words(told: &Value) -> Vec<String> {
    let told = told.as_array().expect("a list is told");
    let words = told.iter().map(|word| word.as_str().expect("a word"));
    words.map(str::to_owned).collect()
}

/// Keeps a picture of the whole page, however long it is.
pub(super) async fn keep_screenshot(session: &Session, name: &str) {
    let metrics = session.browser("Page.getLayoutMetrics", json!({})).await;
    let size = &metrics["cssContentSize"];
    let clip = json!({
        "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1,
    });
    let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
    let picture = session.browser("Page.captureScreenshot", asked).await;
    let data = picture["data"].as_str().expect("a picture");
    let picture = BASE64_STANDARD.decode(data).expect("it is in base64");
    let folder = folder();
    fs::create_dir_all(&folder).expect("a folder for screenshots");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a screenshot is kept");
}

/// `SCREENSHOTS`, or a folder beside what the build made.
fn folder() -> PathBuf {
    if let Some(named) = env::var_os("SCREENSHOTS") {
        return PathBuf::from(named);
    }
    let test = env::current_exe().expect("a test has a path");
    let target = test.ancestors().nth(3);
    target
        .expect("tests stand in a folder of the target folder")
        .join("screenshots")
}
