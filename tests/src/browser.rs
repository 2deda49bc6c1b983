//! A real browser, as somebody uses it who reads pages: a headless Chromium, driven over WebDriver.
//!
//! What is pressed, filled and ticked is found by the words that stand on the page, never by its
//! code. Every browser has its own driver, profile and cookies, reaches nothing but loopback, and
//! ends with its test. `tests/run` says where the programs are (`CHROMIUM`, `CHROMEDRIVER`,
//! `AXE_CORE`).

mod check;
mod session;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use serde_json::{Value, json};

use check::{PAGE, faults, keep_screenshot};
pub use session::Reader;
use session::{SOON, Session};

/// The widths that every page is checked at: a telephone, or a window zoomed to 400 %, and a desk.
const WIDTHS: [u32; 2] = [320, 1280];

/// A browser with one window. Dropping it ends it.
///
/// Where its reader has no scripts they are off by the browser's own setting for contents, as
/// somebody sets it by hand: nothing that a page brings runs, `noscript` is shown, and events and
/// timers reach no script. What WebDriver itself runs inside a page is not the page's, and still
/// does, whatever its Content-Security-Policy says; so a page is checked in the same session,
/// scripts or not. Every start shows on a page of its own that scripts are what was asked for.
pub struct Browser {
    session: Session,
    reader: Reader,
}

impl Browser {
    /// Starts one for this reader, with no page open.
    pub async fn start(reader: Reader) -> Browser {
        let session = Session::start(reader).await;
        Browser { session, reader }
    }

    /// Who reads. The width is the present one.
    pub fn reader(&self) -> Reader {
        self.reader
    }

    /// Opens an address and waits until the page is there, whatever its status.
    pub async fn open(&self, url: &str) {
        let opened = self.session.client().goto(url).await;
        opened.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Presses what reads so and waits for the page that it leads to, which may be the same one
    /// anew, or another place on it. See [`Browser::press_here`] for what leads nowhere.
    pub async fn press(&self, name: &str) {
        let element = self.pressable(name).await;
        self.run("window.beforePressed = location.href", &[]).await;
        self.done(name, element.click().await).await;
        let arrived = "return document.readyState === 'complete' \
            && window.beforePressed !== location.href";
        self.until(arrived, &[], &format!("a page after {name:?}"))
            .await;
    }

    /// Presses what reads so, and waits for nothing: what a script answers, what opens or closes on
    /// the page, what the browser itself refuses to send.
    pub async fn press_here(&self, name: &str) {
        let element = self.pressable(name).await;
        self.done(name, element.click().await).await;
    }

    /// Gives the field of this label a value in the place of the one it has; of a choice, the
    /// option that reads so. A date is written as in HTML: `2030-01-31`.
    pub async fn fill(&self, label: &str, value: &str) {
        let field = self.field(label).await;
        let script = "const [field, value] = arguments;
            if (field instanceof HTMLSelectElement)
                return [...field.options].filter(option => squeezed(option.text) === squeezed(value));
            if (/^(date|time|datetime-local|month|week|color|range)$/.test(field.type)) {
                field.value = value;
                field.dispatchEvent(new Event('input', { bubbles: true }));
                field.dispatchEvent(new Event('change', { bubbles: true }));
                return field.value === value ? 'set' : 'refused';
            }
            field.focus(); field.select(); return 'focused'";
        match self.run(script, &[json!(field), json!(value)]).await {
            Value::Array(options) => match options.as_slice() {
                [option] => {
                    let option = self.session.element(option);
                    self.done(value, option.click().await).await;
                }
                _ => {
                    let found = options.len();
                    let what = format!("{label:?} has {found} options {value:?}");
                    self.give_up(&what).await
                }
            },
            told if told == "focused" && value.is_empty() => {
                self.done(label, field.clear().await).await;
            }
            told if told == "focused" => {
                // keys are typed by drivers only where a keyboard has them; text can be any
                let text = json!({ "text": value });
                self.session.browser("Input.insertText", text).await;
            }
            told if told == "set" => {}
            _ => {
                let what = format!("{label:?} takes no {value:?}");
                self.give_up(&what).await
            }
        }
    }

    /// Types into the field of this name, on pages of others whose fields have no labels.
    pub async fn type_into(&self, name: &str, text: &str) {
        let script = "document.getElementsByName(arguments[0])[0].focus()";
        self.run(script, &[json!(name)]).await;
        let text = json!({ "text": text });
        self.session.browser("Input.insertText", text).await;
    }

    /// Ticks the box, or chooses the one of several, of this label. Again it stays so.
    pub async fn tick(&self, label: &str) {
        let field = self.field(label).await;
        let ticked = async || {
            self.run("return arguments[0].checked", &[json!(field)])
                .await
        };
        if ticked().await == false {
            self.done(label, field.click().await).await;
        }
        if ticked().await != true {
            self.give_up(&format!("{label:?} is not ticked")).await;
        }
    }

    /// Whether the page reads so somewhere, however its lines break.
    pub async fn reads(&self, text: &str) -> bool {
        let script = "return squeezed(document.body.innerText).includes(squeezed(arguments[0]))";
        self.run(script, &[json!(text)]).await == true
    }

    /// Waits until the page reads so somewhere.
    pub async fn wait_for(&self, text: &str) {
        let script = "return squeezed(document.body.innerText).includes(squeezed(arguments[0]))";
        self.until(script, &[json!(text)], &format!("{text:?}"))
            .await;
    }

    /// What the page reads: its visible text.
    pub async fn text(&self) -> String {
        self.told("return document.body.innerText").await
    }

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.told("return document.title").await
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        self.told("return location.href").await
    }

    /// The language that the page says it is in.
    pub async fn language(&self) -> String {
        self.told("return document.documentElement.lang").await
    }

    /// The code of the page, as the browser has it now.
    pub async fn source(&self) -> String {
        self.told("return document.documentElement.outerHTML").await
    }

    /// The names of the cookies that the page's address is sent, also of those that no script
    /// sees, in order.
    pub async fn cookies(&self) -> Vec<String> {
        let all = self.session.client().get_all_cookies().await;
        let all = all.expect("the browser tells its cookies");
        let mut names: Vec<_> = all.iter().map(|one| one.name().to_owned()).collect();
        names.sort();
        names
    }

    /// Goes back to the page of before.
    pub async fn back(&self) {
        let gone = self.session.client().back().await;
        self.done("back", gone).await;
    }

    /// Gives the window another width, in CSS pixels.
    pub async fn resize(&mut self, width: u32) {
        self.reader.width = width;
        self.session.resize(width).await;
    }

    /// Every fault of the page at its present width, in words: what axe-core finds by all its
    /// rules, and what is wider than the window.
    pub async fn faults(&self) -> Vec<String> {
        faults(&self.session, self.reader.scripts).await
    }

    /// Checks the page at 320 and at 1,280 pixels: it has no fault. Keeps a screenshot of each in
    /// the folder `SCREENSHOTS`, else `screenshots` in the target folder, as
    /// `{name}-{language}-{scripts|noscripts}-{width}.png`. Afterwards the width is as it was.
    pub async fn check(&self, name: &str) {
        let mut found = Vec::new();
        let Reader {
            language, scripts, ..
        } = self.reader;
        let with = if scripts { "scripts" } else { "noscripts" };
        for width in WIDTHS {
            self.session.resize(width).await;
            let picture = format!("{name}-{language}-{with}-{width}");
            keep_screenshot(&self.session, &picture).await;
            let faults = self.faults().await;
            found.extend(faults.iter().map(|fault| format!("at {width}: {fault}")));
        }
        self.session.resize(self.reader.width).await;
        if !found.is_empty() {
            let (address, found) = (self.address().await, found.join("\n"));
            panic!("{name} ({language}, {with}), {address}, has faults:\n{found}");
        }
    }

    /// The one visible button or link with exactly this text, or else whose accessible name it is.
    async fn pressable(&self, name: &str) -> Element {
        let all = self.run("return pressable()", &[]).await;
        let all = all.as_array().expect("a list");
        let words = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut found: Vec<_> = all.iter().filter(|one| one["text"] == words).collect();
        if found.len() != 1 {
            let among = if found.is_empty() {
                all.iter().collect()
            } else {
                found
            };
            found = Vec::new();
            for one in among {
                let element = self.session.element(&one["element"]);
                if self.session.accessible_name(&element).await == words {
                    found.push(one);
                }
            }
        }
        match found.as_slice() {
            [one] => self.session.element(&one["element"]),
            several => {
                let several = several.len();
                let what = format!("{several} buttons or links are called {name:?}");
                self.give_up(&what).await
            }
        }
    }

    /// The one field that a visible label of exactly this text is for.
    async fn field(&self, label: &str) -> Element {
        let script = "return labelled(arguments[0])";
        let all = self.run(script, &[json!(label)]).await;
        match all.as_array().expect("a list").as_slice() {
            [one] => self.session.element(one),
            several => {
                let several = several.len();
                let what = format!("{several} fields are labelled {label:?}");
                self.give_up(&what).await
            }
        }
    }

    async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let script = format!("{PAGE}\n{script}");
        let told = self.session.run(&script, arguments).await;
        told.unwrap_or_else(|error| panic!("the page tells nothing: {error}"))
    }

    async fn told(&self, script: &str) -> String {
        let told = self.run(script, &[]).await;
        told.as_str().expect("a text").to_owned()
    }

    /// Asks until the answer is yes; while one page makes room for another there is none.
    async fn until(&self, script: &str, arguments: &[Value], what: &str) {
        let script = format!("{PAGE}\n{script}");
        let asking = async {
            loop {
                let answer = self.session.run(&script, arguments).await;
                if answer.is_ok_and(|answer| answer == true) {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(SOON, asking).await.is_err() {
            self.give_up(&format!("waited {SOON:?} in vain for {what}"))
                .await
        }
    }

    async fn done(&self, what: &str, done: Result<(), CmdError>) {
        if let Err(error) = done {
            self.give_up(&format!("{what:?}: {error}")).await
        }
    }

    /// Ends the test with what is on the page.
    async fn give_up(&self, what: &str) -> ! {
        let (address, text) = (self.address().await, self.text().await);
        panic!("{what}; {address} reads:\n{text}");
    }
}
