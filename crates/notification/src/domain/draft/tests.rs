//! Drafts in every form and both languages, read back by parsers that others wrote.

use std::borrow::Cow;
use std::collections::HashMap;

use mail_parser::{MessageParser, MimeHeaders};
use platform::clock::Time;
use url::Url;

use super::*;
use crate::domain::sample::{LINK, every, joint, link, solo};
use crate::domain::{Missing, Party, Recipient};
use crate::wording::WORDING;

fn render(invitation: &Invitation) -> Draft {
    let letter = Letter::compose(invitation, &Limits::default());
    Draft::render(&letter, invitation, &link(), &Limits::default())
}

fn render_edited(subject: &str, text: &str) -> Draft {
    let letter = Letter::edited(subject.to_owned(), text, &link()).unwrap();
    Draft::render(&letter, &solo("en"), &link(), &Limits::default())
}

/// The headers and the two parts of a message file, by a parser of others.
struct Message {
    headers: HashMap<String, String>,
    text: String,
    html: String,
}

fn parse(eml: &[u8]) -> Message {
    let parsed = MessageParser::default().parse(eml).expect("a message");
    let headers = parsed
        .headers_raw()
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    assert_eq!(parsed.text_body_count(), 1);
    assert_eq!(parsed.html_body_count(), 1);
    assert_eq!(parsed.attachment_count(), 0);
    assert!(parsed.is_content_type("multipart", "alternative"));
    Message {
        headers,
        text: parsed.body_text(0).map(Cow::into_owned).expect("a text"),
        html: parsed.body_html(0).map(Cow::into_owned).expect("HTML"),
    }
}

/// The subject and the body of a `mailto:` URI, by a parser of others.
fn decode(mailto: &str) -> (String, String, String) {
    let url = Url::parse(mailto).expect("a URI");
    assert_eq!(url.scheme(), "mailto");
    let fields: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(fields.len(), 2);
    (
        url.path().to_owned(),
        fields["subject"].clone(),
        fields["body"].clone(),
    )
}

fn lines_with_link(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains(LINK)).collect()
}

/// R15, R30, R44: in every draft the link stands once, alone on its line, unbroken, and nothing is
/// left unfilled.
#[test]
fn the_link_stands_alone_on_its_line() {
    for invitation in every() {
        let draft = render(&invitation);
        assert_eq!(lines_with_link(&draft.text), [LINK]);
        assert_eq!(draft.text.matches("/i/").count(), 1);
        assert!(
            !draft
                .text
                .contains(['\u{1A}', '\r', '{', '}', '\u{2068}', '\u{2069}']),
            "{}",
            draft.text
        );
        assert!(draft.subject.chars().count() <= 200 && !draft.subject.contains('\n'));
        assert!(draft.text.contains(&invitation.message));
    }
}

/// R14, R30: the message file is an unsent draft whose two parts decode to the text and its HTML.
#[test]
fn the_message_file_is_an_unsent_draft() {
    for invitation in every() {
        let draft = render(&invitation);
        let message = parse(&draft.eml);
        assert_eq!(message.headers["X-Unsent"], "1");
        assert_eq!(message.headers["MIME-Version"], "1.0");
        assert_eq!(
            message.headers.get("To").map(String::as_str),
            invitation.recipient.as_ref().map(|_| "ana@adatum.example")
        );
        for absent in ["From", "Date", "Message-ID", "Bcc", "Cc"] {
            assert!(!message.headers.contains_key(absent), "{absent}");
        }
        let parsed = MessageParser::default().parse(&draft.eml).unwrap();
        assert_eq!(parsed.subject(), Some(draft.subject.as_str()));
        assert_eq!(message.text.replace("\r\n", "\n"), draft.text);
        assert_eq!(message.html.replace("\r\n", "\n"), draft.html);
        assert_eq!(lines_with_link(&message.text), [LINK]);
        assert!(
            draft.eml.is_ascii()
                && draft
                    .eml
                    .split(|byte| *byte == b'\n')
                    .all(|line| line.len() <= 998)
        );
    }
}

/// R14: the same draft is the same file, so that reading it twice changes nothing.
#[test]
fn a_draft_renders_alike_each_time() {
    let (one, two) = (render(&joint("pt-BR")), render(&joint("pt-BR")));
    assert_eq!(
        (one.eml, one.html, one.mailto),
        (two.eml, two.html, two.mailto)
    );
}

/// R14, R30: the `mailto:` URI decodes back to subject and text, or says that it is short.
#[test]
fn the_mailto_uri_decodes_back() {
    for invitation in every() {
        let draft = render(&invitation);
        assert!(draft.mailto.len() <= 1_900 && draft.mailto.is_ascii());
        let (to, subject, body) = decode(&draft.mailto);
        assert_eq!(
            to,
            if invitation.recipient.is_some() {
                "ana@adatum.example"
            } else {
                ""
            }
        );
        assert_eq!(subject, draft.subject);
        assert_eq!(lines_with_link(&body), [LINK]);
        assert_eq!(
            body.replace("\r\n", "\n") == draft.text,
            !draft.mailto_shortened
        );
        assert!(!body.replace("\r\n", "").contains(['\r', '\n']));
    }
    // what we write has room, unless the partner adds to it
    for language in WORDING.languages() {
        assert!(
            !render(&joint(&language.to_string())).mailto_shortened,
            "{language}"
        );
    }
    let (_, subject, body) =
        decode(&render_edited("1 + 1 = 2 & more?", &format!("a+b%20c#&=\r\n{LINK}")).mailto);
    assert_eq!(
        (subject.as_str(), body),
        ("1 + 1 = 2 & more?", format!("a+b%20c#&=\r\n{LINK}"))
    );
}

/// The subject of a message with this header, as a mail program reads it.
fn read_subject(header: &str) -> String {
    let message = format!("Subject: {header}\r\n\r\n");
    let parsed = MessageParser::default().parse(&message).expect("a message");
    parsed.subject().expect("a subject").to_owned()
}

/// What looks like an encoded word (RFC 2047) is what the partner wrote: mail programs decode one
/// in a header, and in a `mailto:` URI as well (RFC 6068), which would let in what a subject must
/// not have.
#[test]
fn what_looks_encoded_reaches_the_reader_as_it_is() {
    assert_eq!(
        read_subject("=?utf-8?q?a=0D=0Ab?="),
        "a\r\nb",
        "it is decoded"
    );
    let long = "=?utf-8?q?a?= ".repeat(14);
    for subject in [
        "=?utf-8?q?a=0D=0ABcc:_eve=40evil.example?=",
        "=?UTF-8?B?4oCuZXZpbA==?=",
        "=?iso-8859-1?Q?caf=E9?= =?x-unknown?q?x?=",
        "Re: =?utf-8?q?a?=\u{20}=?utf-8?q?b?= - Olá 👋",
        "=?utf-8?q?a",
        "=?",
        long.trim(),
    ] {
        let draft = render_edited(subject, LINK);
        let parsed = MessageParser::default().parse(&draft.eml).unwrap();
        assert_eq!(parsed.subject(), Some(subject));
        let file = String::from_utf8(draft.eml).unwrap();
        assert!(file.lines().all(|line| line.len() <= 78), "{file}");
        let (_, header, _) = decode(&draft.mailto);
        assert_eq!(read_subject(&header), subject);
        assert_eq!(draft.subject, subject);
    }
    let named = Party {
        name: "=?utf-8?q?Bank?=".to_owned(),
        ..solo("en").reseller
    };
    let draft = render(&Invitation {
        reseller: named,
        ..solo("en")
    });
    let parsed = MessageParser::default().parse(&draft.eml).unwrap();
    assert!(parsed.subject().unwrap().starts_with("=?utf-8?q?Bank?="));
}

/// R14: a text that is too long gives way to a short one with the link, however long everything
/// around it is.
#[test]
fn a_long_text_is_shortened_in_mailto_only() {
    let long = "palavra ".repeat(2_400);
    let longest_link = format!("https://{}.example/i/k.a.1.b", "%".repeat(374));
    assert_eq!(longest_link.len(), 400);
    for subject in ["Olá".to_owned(), "👋".repeat(200)] {
        for recipient in [
            "ana@adatum.example".to_owned(),
            format!("{}@{}.example", "+".repeat(64), "a.".repeat(80) + "a"),
        ] {
            for (url, language) in [
                (LINK, "en"),
                (&longest_link, "en"),
                (LINK, "pt-BR"),
                (&longest_link, "pt-BR"),
            ] {
                let link = Link::parse(url).unwrap();
                let letter =
                    Letter::edited(subject.clone(), &format!("{long}\n{url}\n"), &link).unwrap();
                let recipient = Some(Recipient::of(&recipient).unwrap());
                let invitation = Invitation {
                    recipient,
                    ..joint(language)
                };
                let draft = Draft::render(&letter, &invitation, &link, &Limits::default());
                assert!(draft.mailto.len() <= 1_900, "{}", draft.mailto.len());
                assert!(draft.mailto_shortened);
                let (_, _, body) = decode(&draft.mailto);
                assert_eq!(body.lines().filter(|line| *line == url).count(), 1);
                assert_eq!(parse(&draft.eml).text.replace("\r\n", "\n"), draft.text);
                assert!(draft.text.starts_with(&long));
            }
        }
    }
}

/// A link on a host of 40 characters, and the names of two companies as they are.
fn ordinary(language: &str) -> (Invitation, Link) {
    let host = format!("{}.example", "a".repeat(32));
    let link = LINK
        .replace("http://127.0.0.1:50051", &format!("https://{host}"))
        .replace("/k1.", "/gngOVxqu.");
    assert_eq!(host.len(), 40);
    let mut invitation = Invitation {
        recipient: Recipient::of("ana.souza@adatum.example"),
        privilege_days: 365,
        // 2026-12-29T19:05:59Z
        expire_time: Time::from_micros(1_798_571_159_000_000),
        ..joint(language)
    };
    invitation.reseller.name = "Contoso Soluções em Nuvem".to_owned();
    let provider = invitation.provider.as_mut().unwrap();
    provider.name = "Fabrikam Distribuição Ltda.".to_owned();
    (invitation, Link::parse(&link).unwrap())
}

/// R14, R30, R44: the whole joint text has room in a `mailto:` URI with ordinary names and hosts.
#[test]
fn a_joint_text_fits_with_ordinary_names() {
    for language in WORDING.languages() {
        let (invitation, link) = ordinary(&language.to_string());
        let letter = Letter::compose(&invitation, &Limits::default());
        let draft = Draft::render(&letter, &invitation, &link, &Limits::default());
        assert!(!draft.mailto_shortened, "{language}");
        let (to, subject, body) = decode(&draft.mailto);
        assert_eq!(to, "ana.souza@adatum.example");
        assert_eq!(subject, draft.subject);
        assert_eq!(body.replace("\r\n", "\n"), draft.text);
        assert!(draft.mailto.len() <= 1_900, "{}", draft.mailto.len());
    }
}

/// R14, R30, R44: the short text names both companies, keeps the personal message where that fits
/// and the letter still has it, and is signed.
#[test]
fn the_short_text_says_who_asks() {
    let short = |language: &str, message: &str, edit: Option<&str>| {
        let (invitation, link) = ordinary(language);
        let invitation = Invitation {
            message: message.to_owned(),
            ..invitation
        };
        let letter = match edit {
            None => Letter::compose(&invitation, &Limits::default()),
            Some(text) => {
                let text = format!("{text}\n{}", link.as_str());
                Letter::edited("Oi".to_owned(), &text, &link).unwrap()
            }
        };
        let draft = Draft::render(&letter, &invitation, &link, &Limits::default());
        assert!(draft.mailto_shortened && draft.mailto.len() <= 1_900);
        let (_, subject, body) = decode(&draft.mailto);
        assert_eq!(subject, draft.subject);
        body.replace("\r\n", "\n").replace(link.as_str(), "{link}")
    };
    let personal = "Foi um prazer conhecer a equipe de vocês. ".repeat(5);
    let portuguese = |message: &str| {
        format!(
            "Olá,\n\n\
             Nós, da equipe Contoso Soluções em Nuvem, gostaríamos de ser seu revendedor de serviços de nuvem. Nosso \
             provedor indireto, Fabrikam Distribuição Ltda., fornece os serviços e faz os pedidos.\n\n\
             {message}\
             Se estiver de acordo, um Administrador global da sua organização pode aceitar este convite pelo link:\n\n\
             {{link}}\n\n\
             Atenciosamente,\nContoso Soluções em Nuvem"
        )
    };
    let kept = portuguese(&format!("{personal}\n\n"));
    assert_eq!(short("pt-BR", &personal, None), kept);
    let without = portuguese("");
    assert_eq!(short("pt-BR", &personal.repeat(4), None), without);
    let long = "palavra ".repeat(2_400);
    assert_eq!(short("pt-BR", &personal, Some(&long)), without);
    let edited = format!("{personal}\n{long}");
    assert_eq!(short("pt-BR", &personal, Some(&edited)), kept);

    let english = short("en", &personal.repeat(2), None);
    assert!(english.starts_with("Hello,\n\nWe at Contoso Soluções em Nuvem would like"));
    assert!(english.contains("Fabrikam Distribuição Ltda., the indirect provider"));
    assert!(english.ends_with("Kind regards,\nContoso Soluções em Nuvem"));
}

/// R14: names of any length leave room for the link.
#[test]
fn names_without_room_give_way() {
    let (mut invitation, link) = ordinary("pt-BR");
    invitation.reseller.name = "ありがとう".repeat(20);
    invitation.message = "Oi. ".repeat(250);
    let letter = Letter::compose(&invitation, &Limits::default());
    let draft = Draft::render(&letter, &invitation, &link, &Limits::default());
    assert!(draft.mailto_shortened && draft.mailto.len() <= 1_900);
    let (to, _, body) = decode(&draft.mailto);
    assert_eq!(to, "ana.souza@adatum.example");
    assert!(
        body.starts_with("Olá,\r\n\r\nPor favor, analise nosso convite"),
        "{body}"
    );
    assert!(body.contains(&format!("\r\n{}\r\n", link.as_str())));
}

/// R14, R44: the HTML says its language, has one link, ours, and everything people wrote is text in
/// it.
#[test]
fn html_is_escaped_text_with_one_link() {
    for invitation in every() {
        let html = render(&invitation).html;
        assert!(html.contains(&format!("<html lang=\"{}\">", invitation.language)));
        assert!(html.contains(&format!("<p><a href=\"{LINK}\">{LINK}</a></p>")));
        assert_eq!(html.matches("<a ").count(), 1);
    }
    let hostile = "<script>alert(1)</script>\n{{7*7}} {% raw %} { $reseller }\n<a href=\"https://evil.example/\">x</a> & 'y'";
    let draft = render_edited("<b>\"Hi\"</b>", &format!("{hostile}\n\n  - two\n{LINK}"));
    assert!(
        draft
            .html
            .contains("<title>&lt;b&gt;&quot;Hi&quot;&lt;&#x2f;b&gt;</title>"),
        "{}",
        draft.html
    );
    assert!(draft.html.contains("<p>&lt;script&gt;alert(1)&lt;&#x2f;script&gt;<br>\n{{7*7}} {% raw %} { $reseller }<br>\n"), "{}", draft.html);
    assert_eq!(draft.html.matches("<a ").count(), 1);
    assert!(!draft.html.contains("<script") && !draft.html.contains("49"));
    assert!(draft.text.starts_with(hostile));

    let named = Party {
        name: "<i>{{7*7}} { $provider }</i>".to_owned(),
        ..solo("en").reseller
    };
    let draft = render(&Invitation {
        reseller: named,
        message: hostile.to_owned(),
        ..solo("en")
    });
    assert!(
        draft
            .subject
            .starts_with("<i>{{7*7}} { $provider }</i> would")
    );
    assert!(
        draft.text.contains(hostile)
            && !draft.html.contains("<i>")
            && !draft.html.contains("<script")
    );
}

/// R16: an edit is kept as it came; line ends of mail and of the web are one.
#[test]
fn what_mail_programs_stumble_over_is_kept() {
    let text = format!(
        "first\r\n.\r\nFrom: eve\r\n{}\r\n{LINK}\r\n{}",
        "x".repeat(1_200),
        "é👩‍👩‍👧e\u{301}\t"
    );
    let draft = render_edited("Re: .", &text);
    assert_eq!(draft.text, text.replace("\r\n", "\n"));
    assert_eq!(parse(&draft.eml).text, text);
    assert!(!draft.eml.windows(5).any(|window| window == b"\r\n.\r\n"));
}

/// R17: see `link.rs` for every way in which the link can be missing.
#[test]
fn an_edit_without_its_link_is_refused() {
    let refused = Letter::edited("Hi".to_owned(), "Hello", &link()).err();
    assert_eq!(refused, Some(Refusal::LinkMissing(Missing::Link)));
}

fn edit(version: i64, text: &str) -> Edit {
    Edit {
        letter: Letter::kept("Hi".to_owned(), text.to_owned()),
        version,
    }
}

/// R16: edits follow each other; an etag that is not the latest loses, unless nothing would change.
#[test]
fn an_edit_is_kept_on_the_version_it_was_made_on() {
    let keep = |before: Option<Edit>, text: &str, etag: &str| {
        Edit::keep(before, edit(0, text).letter, etag).map(|edit| edit.version)
    };
    assert_eq!(Edit::etag(None), "0");
    assert_eq!(Edit::etag(Some(&edit(3, "a"))), "3");
    for (before, text, etag, expected) in [
        (None, "a", "", Ok(1)),
        (None, "a", "0", Ok(1)),
        (None, "a", "1", Err(Refusal::Stale)),
        (Some(edit(1, "a")), "b", "", Ok(2)),
        (Some(edit(1, "a")), "b", "1", Ok(2)),
        (Some(edit(2, "a")), "b", "1", Err(Refusal::Stale)),
        (Some(edit(2, "a")), "b", "x", Err(Refusal::Stale)),
        (Some(edit(2, "a")), "a", "", Ok(2)),
        (Some(edit(2, "a")), "a", "1", Ok(2)),
    ] {
        assert_eq!(keep(before, text, etag), expected, "{text} {etag}");
    }
}
