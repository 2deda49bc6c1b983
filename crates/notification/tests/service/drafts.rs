//! Drafts as the gateway gets them: every form, both languages, and what is refused.

use mail_parser::MessageParser;
use notification::{Config, Limits};
use proto::invitation::v1::Invitation;
use proto::notification::v1::Draft;
use tests::{Store, on_both_stores, refused};
use tonic::Code;
use url::Url;

use crate::sample::{INVITATION, MAC, joint, link, solo};
use crate::support::Service;

on_both_stores!(
    every_form_in_both_languages,
    nothing_is_sent_and_nobody_is_told,
    broken_descriptions_are_refused,
    names_and_messages_have_limits_of_their_own,
);

/// R13, R14, R15, R30, R44: subject, text, HTML, mailto and message file, in English and Brazilian
/// Portuguese.
async fn every_form_in_both_languages(store: Store) {
    let service = Service::start(&store).await;
    for (invitation, language, subject, words) in [
        (
            solo(""),
            "en",
            "Contoso would like to work with you",
            "manage your licences",
        ),
        (
            joint("en"),
            "en",
            "Contoso and Fabrikam would like to work with you",
            "place orders on your behalf",
        ),
        (
            solo("pt-BR"),
            "pt-BR",
            "Contoso gostaria de trabalhar com a sua organização",
            "gerenciar suas licenças",
        ),
        (
            joint("pt"),
            "pt-BR",
            "Contoso e Fabrikam gostariam de trabalhar com a sua organização",
            "fazer pedidos em seu nome",
        ),
    ] {
        let draft = service.render(invitation, &link(1)).await.unwrap();
        assert_eq!(draft.invitation, INVITATION);
        assert_eq!(
            (draft.language.as_str(), draft.subject.as_str()),
            (language, subject)
        );
        assert!(
            draft.text.contains(words) && draft.text.contains("Até já — José 👋"),
            "{}",
            draft.text
        );
        assert!(!draft.edited);
        assert_every_form(&draft);
    }
}

/// The link stands alone on its line in everything that the draft decodes to.
fn assert_every_form(draft: &Draft) {
    let alone = |text: &str| {
        text.lines()
            .filter(|line| line.contains(&MAC[4..]))
            .eq([link(1)])
    };
    assert!(alone(&draft.text));
    assert!(
        draft
            .html
            .contains(&format!("<html lang=\"{}\">", draft.language))
    );
    assert!(
        draft
            .html
            .contains(&format!("<a href=\"{0}\">{0}</a>", link(1)))
    );

    let message = MessageParser::default().parse(&draft.eml[..]).unwrap();
    assert_eq!(message.header_raw("X-Unsent").map(str::trim), Some("1"));
    assert_eq!(message.subject(), Some(draft.subject.as_str()));
    let to = message
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address());
    assert_eq!(to, Some("ana@adatum.example"));
    assert_eq!(
        message.body_text(0).unwrap().replace("\r\n", "\n"),
        draft.text
    );
    assert_eq!(
        message.body_html(0).unwrap().replace("\r\n", "\n"),
        draft.html
    );

    assert!(draft.mailto.len() <= 1_900);
    let mailto = Url::parse(&draft.mailto).unwrap();
    assert_eq!(
        (mailto.scheme(), mailto.path()),
        ("mailto", "ana@adatum.example")
    );
    let fields: Vec<(String, String)> = mailto.query_pairs().into_owned().collect();
    assert_eq!(fields[0], ("subject".to_owned(), draft.subject.clone()));
    assert_eq!(fields[1].0, "body");
    assert!(alone(&fields[1].1));
    assert_eq!(
        fields[1].1.replace("\r\n", "\n") == draft.text,
        !draft.mailto_shortened
    );
}

/// R20: rendering and editing send nothing and tell nobody; only a fact makes a notice.
async fn nothing_is_sent_and_nobody_is_told(store: Store) {
    let service = Service::start(&store).await;
    service.render(joint("en"), &link(1)).await.unwrap();
    service.keep(&link(1), "Hi", &link(1), "").await.unwrap();
    for partner in ["contoso", "fabrikam", "adatum"] {
        assert_eq!(service.notices(partner).await, []);
    }
}

/// R44: a language that we do not have, and anything that could do harm in a text or a header, is
/// refused field by field.
async fn broken_descriptions_are_refused(store: Store) {
    let service = Service::start(&store).await;
    type Break = fn(&mut Invitation);
    let broken: [(&str, Break); 13] = [
        ("invitation.name", |invitation| {
            invitation.name = "invitations/1".to_owned()
        }),
        ("invitation.language", |invitation| {
            invitation.language = "de".to_owned()
        }),
        ("invitation.language", |invitation| {
            invitation.language = "../../etc/passwd".to_owned()
        }),
        ("invitation.parties", |invitation| {
            invitation.parties.clear()
        }),
        ("invitation.parties", |invitation| {
            invitation.parties.reverse()
        }),
        ("invitation.parties[0].display_name", |invitation| {
            invitation.parties[0].display_name.clear()
        }),
        ("invitation.parties[1].display_name", |invitation| {
            invitation.parties[1].display_name = "a\r\nBcc: b".to_owned()
        }),
        ("invitation.parties[1].permissions", |invitation| {
            invitation.parties[1].permissions = vec![999]
        }),
        ("invitation.message", |invitation| {
            invitation.message = "\u{1A}".to_owned()
        }),
        ("invitation.message", |invitation| {
            invitation.message = "\u{202E}".to_owned()
        }),
        ("invitation.expire_time", |invitation| {
            invitation.expire_time = None
        }),
        ("invitation.expire_time", |invitation| {
            invitation.expire_time.as_mut().unwrap().seconds = i64::MAX
        }),
        ("invitation.privilege_lifetime_days", |invitation| {
            invitation.privilege_lifetime_days = -1
        }),
    ];
    for (field, breaks) in broken {
        let mut invitation = joint("en");
        breaks(&mut invitation);
        let refused = refused(&service.render(invitation, &link(1)).await.unwrap_err());
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS"),
            "{field}"
        );
        assert_eq!(refused.fields, [field]);
    }
    for bad in [
        "",
        "https://connect.example/",
        "https://connect.example/i/<script>",
    ] {
        let refused = refused(&service.render(joint("en"), bad).await.unwrap_err());
        assert_eq!(refused.fields, ["link"], "{bad:?}");
    }
}

/// R13: what a partner may write in a draft can be configured shorter than what an invitation
/// brings; its draft is there all the same.
async fn names_and_messages_have_limits_of_their_own(store: Store) {
    let limits = Limits {
        subject: 50,
        text: 500,
        ..Limits::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    let mut longest = joint("en");
    longest.parties[1].display_name = "ã".repeat(100);
    longest.message = "ã".repeat(1_000);
    let draft = service.render(longest.clone(), &link(1)).await.unwrap();
    assert!(draft.text.contains(&longest.message));
    assert!(draft.text.contains(&longest.parties[1].display_name));
    assert!(draft.subject.chars().count() <= 50);

    longest.parties[1].display_name.push('a');
    longest.message.push('a');
    let refused = refused(&service.render(longest, &link(1)).await.unwrap_err());
    assert_eq!(
        refused.fields,
        ["invitation.parties[1].display_name", "invitation.message"]
    );
}
