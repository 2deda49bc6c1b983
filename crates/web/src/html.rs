//! How every page looks: its frame, and the few parts that all pages are made of. Names are always
//! shown on their own, whatever direction they are written in.

use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_LANGUAGE, REFRESH};
use http::{HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, html};

use crate::form::TOKEN;
use crate::person::Person;
use crate::reader::Reader;
use crate::wording::{Text, WORDING};
use crate::{Web, assets};

/// What a signed-in person is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// The organisation as a customer.
    Customer,
    /// The organisation as a reseller.
    Reseller,
    /// The organisation as a provider.
    Provider,
    /// The organisation as a partner that it is not yet.
    Enrolling,
}

impl Area {
    /// The pages of an area: the keys of their names, and where they are.
    fn pages(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Customer => &[("reach", "/customer"), ("consents", "/customer/consents")],
            Self::Reseller => &[
                ("customers", "/partner/customers"),
                ("invitations", "/partner/invitations"),
                ("providers", "/partner/partnerships"),
                ("notices", "/partner/notices"),
                ("enrollment", "/partner/enrollment"),
            ],
            Self::Provider => &[
                ("customers", "/partner/customers"),
                ("resellers", "/partner/partnerships"),
                ("notices", "/partner/notices"),
                ("enrollment", "/partner/enrollment"),
            ],
            Self::Enrolling => &[("enrollment", "/partner/enrollment")],
        }
    }
}

/// A page to be shown.
pub(crate) struct Page<'a> {
    web: &'a Web,
    reader: &'a Reader,
    title: String,
    person: Option<(&'a Person, Area)>,
    refresh: Option<String>,
    status: StatusCode,
}

impl<'a> Page<'a> {
    /// A page for anybody.
    pub(crate) fn new(web: &'a Web, reader: &'a Reader, title: String) -> Self {
        Self {
            web,
            reader,
            title,
            person: None,
            refresh: None,
            status: StatusCode::OK,
        }
    }

    /// A page for somebody signed in.
    pub(crate) fn of(web: &'a Web, person: &'a Person, area: Area, title: String) -> Self {
        Self {
            person: Some((person, area)),
            ..Self::new(web, &person.reader, title)
        }
    }

    /// With this status.
    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Shows itself again after so many seconds, or shows another page then.
    pub(crate) fn refresh(self, seconds: u32, address: Option<&str>) -> Self {
        let refresh = match address {
            Some(address) => format!("{seconds}; url={address}"),
            None => seconds.to_string(),
        };
        Self {
            refresh: Some(refresh),
            ..self
        }
    }

    /// The page with this in it.
    pub(crate) fn show(self, content: Markup) -> Response {
        let text = &self.reader.text;
        let page = html! {
            (DOCTYPE)
            html lang=(text) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) " – " (text.of("product")) }
                    link rel="stylesheet" href=(assets::style());
                    script src=(assets::script()) defer {}
                }
                body {
                    a.skip href="#main" { (text.of("skip")) }
                    (self.head())
                    main id="main" tabindex="-1" {
                        h1 { (self.title) }
                        (content)
                    }
                    (self.foot())
                }
            }
        };
        let mut response = (self.status, Html(page.into_string())).into_response();
        let headers = response.headers_mut();
        if let Ok(language) = HeaderValue::from_str(&text.language.to_string()) {
            headers.insert(CONTENT_LANGUAGE, language);
        }
        let refresh = self.refresh.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(refresh)) = refresh {
            headers.insert(REFRESH, refresh);
        }
        response
    }

    fn head(&self) -> Markup {
        let text = &self.reader.text;
        html! {
            header {
                @if self.web.config.development {
                    p.development { (text.of("development")) }
                }
                div.bar {
                    a.brand href="/" { (text.of("product")) }
                    @if let Some((person, _)) = self.person { (self.who(person)) }
                }
                @if let Some((person, area)) = self.person { (navigation(text, person, area)) }
            }
        }
    }

    fn who(&self, person: &Person) -> Markup {
        let text = &self.reader.text;
        html! {
            div.who {
                span {
                    @if !person.name.is_empty() { (name(&person.name)) " · " }
                    (name(&person.tenant))
                }
                @if person.has_others { a href="/organizations" { (text.of("change-organization")) } }
                (form(&person.token, "/sign-out", html! {
                    button.quiet type="submit" { (text.of("sign-out")) }
                }))
            }
        }
    }

    fn foot(&self) -> Markup {
        let text = &self.reader.text;
        let fields = html! {
            (hidden("back", &self.reader.back))
            @for language in WORDING.languages() {
                @let is_own = language == text.language;
                @let tag = language.to_string();
                button.quiet type="submit" name="language" value=(tag) lang=(tag)
                    aria-pressed=(if is_own { "true" } else { "false" }) {
                    (Text { language }.of("language-name"))
                }
            }
        };
        let token = self.person.map_or("", |(person, _)| &person.token);
        html! {
            footer { (form(token, "/language", fields)) }
        }
    }
}

fn navigation(text: &Text, person: &Person, area: Area) -> Markup {
    html! {
        nav aria-label=(text.of("navigation")) {
            ul {
                @for (key, href) in area.pages() {
                    li { a href=(href) { (text.of(key)) } }
                }
                @if area != Area::Customer && person.is_global_admin() {
                    li { a href="/customer" { (text.of("as-customer")) } }
                } @else if area == Area::Customer {
                    li { a href="/partner" { (text.of("as-partner")) } }
                }
            }
        }
    }
}

/// A name that somebody has given, set apart from what stands around it.
pub(crate) fn name(name: &str) -> Markup {
    html! { bdi { (name) } }
}

/// The name of somebody beside its id, or the id alone.
pub(crate) fn named(display_name: &str, resource: &str) -> Markup {
    let id = id_in(resource);
    html! {
        @if display_name.is_empty() {
            (name(id))
        } @else {
            (name(display_name)) " " span.id { "(" (name(id)) ")" }
        }
    }
}

/// The last part of the name of a resource.
pub(crate) fn id_in(resource: &str) -> &str {
    resource.rsplit('/').next().unwrap_or_default()
}

/// A link that looks like what it does.
pub(crate) fn action(href: &str, label: String) -> Markup {
    html! { a.action href=(href) { (label) } }
}

/// A form of this session.
pub(crate) fn form(token: &str, to: &str, fields: Markup) -> Markup {
    html! {
        form method="post" action=(to) {
            @if !token.is_empty() { (hidden(TOKEN, token)) }
            (fields)
        }
    }
}

/// A form that asks for a page, and changes nothing.
pub(crate) fn search(to: &str, fields: Markup) -> Markup {
    html! { form.search method="get" action=(to) role="search" { (fields) } }
}

pub(crate) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

pub(crate) fn submit(label: String) -> Markup {
    html! { button.action type="submit" { (label) } }
}

/// What ends something for good.
pub(crate) fn submit_ending(label: String) -> Markup {
    html! { button.ending type="submit" { (label) } }
}

/// A field of one line with its label, and what helps to fill it in.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) required: bool,
}

impl<'a> Field<'a> {
    /// A field that may stay empty.
    pub(crate) fn text(text: &Text, name: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label: text.of(&format!("field-{name}")),
            hint: text.find(&format!("hint-{name}")).unwrap_or_default(),
            value,
            kind: "text",
            required: false,
        }
    }

    /// Without what helps: the field only searches.
    pub(crate) fn searching(self) -> Self {
        Self {
            hint: String::new(),
            ..self
        }
    }

    pub(crate) fn number(self) -> Self {
        Self {
            kind: "number",
            ..self
        }
    }

    pub(crate) fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    fn label(&self) -> Markup {
        html! {
            label for=(self.name) { (self.label) }
            @if !self.hint.is_empty() {
                span.hint id={ (self.name) "-hint" } { (self.hint) }
            }
        }
    }

    fn described(&self) -> Option<String> {
        (!self.hint.is_empty()).then(|| format!("{}-hint", self.name))
    }

    /// On one line.
    pub(crate) fn input(self) -> Markup {
        html! {
            div.field {
                (self.label())
                input type=(self.kind) id=(self.name) name=(self.name) value=(self.value)
                    aria-describedby=[self.described()] required[self.required]
                    min=[(self.kind == "number").then_some("0")] dir="auto";
            }
        }
    }

    /// On several lines.
    pub(crate) fn lines(self, rows: u32) -> Markup {
        html! {
            div.field {
                (self.label())
                textarea id=(self.name) name=(self.name) rows=(rows)
                    aria-describedby=[self.described()] required[self.required] dir="auto" {
                    // the first line break in it is none of its own
                    "\n" (self.value)
                }
            }
        }
    }

    /// One of these.
    pub(crate) fn choice(self, choices: &[(&str, String)]) -> Markup {
        html! {
            div.field {
                (self.label())
                select id=(self.name) name=(self.name) aria-describedby=[self.described()]
                    required[self.required] {
                    @for (value, label) in choices {
                        option value=(value) selected[*value == self.value] { (label) }
                    }
                }
            }
        }
    }
}

/// A box to be ticked.
pub(crate) fn tick(name: &str, label: String, ticked: bool) -> Markup {
    html! {
        div.tick {
            input type="checkbox" id=(name) name=(name) value="yes" checked[ticked];
            label for=(name) { (label) }
        }
    }
}

/// Facts, each under its name.
pub(crate) fn facts(facts: &[(String, Markup)]) -> Markup {
    html! {
        dl {
            @for (label, fact) in facts {
                div { dt { (label) } dd { (fact) } }
            }
        }
    }
}

/// What there is one of for each thing in a list.
pub(crate) fn card(title: Markup, content: Markup) -> Markup {
    html! { li.card { h2 { (title) } (content) } }
}

/// The same, to be found at this place of its page.
pub(crate) fn card_at(id: &str, title: Markup, content: Markup) -> Markup {
    html! { li.card id=(id) { h2 { (title) } (content) } }
}

/// A list of cards, or what to do where there is none.
pub(crate) fn cards(cards: &[Markup], none: Markup) -> Markup {
    html! {
        @if cards.is_empty() {
            div.none { (none) }
        } @else {
            ul.cards { @for card in cards { (card) } }
        }
    }
}

/// The way to the next page of a list; `to` ends where its token begins.
pub(crate) fn more(text: &Text, to: &str, token: &str) -> Markup {
    html! {
        @if !token.is_empty() {
            p { a rel="next" href={ (to) (parameter(token)) } { (text.of("next-page")) } }
        }
    }
}

/// A text as it stands in an address.
pub(crate) fn parameter(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// What somebody else has written, in paragraphs.
pub(crate) fn prose(text: &str) -> Markup {
    html! { div.prose dir="auto" { (text) } }
}
