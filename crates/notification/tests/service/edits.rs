//! A partner's edits of a draft: what must stay, what is kept, and that no link is.

use proto::notification::v1::Draft;
use tests::{Store, on_both_stores, refused};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::sample::{MAC, joint, link};
use crate::support::{Service, rows};

on_both_stores!(
    an_edit_is_kept_and_carries_the_present_link,
    a_text_without_its_link_is_refused,
    another_link_of_ours_is_refused,
    hostile_texts_are_refused_or_kept_as_text,
    a_long_edit_is_shortened_in_mailto_only,
    an_etag_guards_an_edit,
    sixty_four_edits_at_once_are_kept_one_after_another,
    no_link_and_no_text_is_kept_where_it_does_not_belong,
);

fn text(link: &str) -> String {
    format!("Olá Ana,\n\n{link}\n\nAbraço")
}

/// R16, R30: the text is the partner's; a resent invitation's draft keeps it, with the new link
/// where the old one stood.
async fn an_edit_is_kept_and_carries_the_present_link(store: Store) {
    let service = Service::start(&store).await;
    let kept = service
        .keep(
            &link(1),
            "Convite",
            &text(&link(1)).replace('\n', "\r\n"),
            "",
        )
        .await
        .unwrap();
    assert_eq!(
        (kept.subject.as_str(), kept.text.as_str()),
        ("Convite", text(&link(1)).as_str())
    );
    assert!(kept.edited);
    assert_eq!(service.render(joint("en"), &link(1)).await.unwrap(), kept);

    let resent = service.render(joint("en"), &link(2)).await.unwrap();
    assert_eq!(resent.text, text(&link(2)));
    assert_eq!((resent.subject, resent.etag), (kept.subject, kept.etag));
    assert!(!resent.html.contains(&link(1)) && !resent.mailto.contains(&MAC.replace('5', "1")));

    let again = service
        .keep(&link(2), "Convite 2", &text(&link(2)), "")
        .await
        .unwrap();
    assert_eq!(again.subject, "Convite 2");
}

/// What a refused edit is told: the reason, what is missing, and that the text is where to go back
/// to.
fn refusal(result: Result<Draft, Status>) -> (String, Option<String>) {
    let status = result.unwrap_err();
    assert!(
        !format!("{status:?}{}", status.details().escape_ascii()).contains(&MAC[4..]),
        "no link is repeated"
    );
    let mut refused = refused(&status);
    assert_eq!(
        (refused.code, refused.domain.as_str()),
        (Code::InvalidArgument, "partnerconnect.notification")
    );
    assert_eq!(refused.fields, ["text"]);
    (refused.reason, refused.metadata.remove("missing"))
}

/// R17, R30: without the exact link alone on its line an edit is refused, says what is missing, and
/// changes nothing.
async fn a_text_without_its_link_is_refused(store: Store) {
    let service = Service::start(&store).await;
    let before = service.render(joint("en"), &link(1)).await.unwrap();
    for (bad, missing) in [
        ("Olá".to_owned(), "link"),
        (text("https://contoso.example/about"), "link"),
        (text(&format!("Abra {}", link(1))), "own-line"),
        (text(&format!("{}.", link(1))), "own-line"),
        (text(&format!("({})", link(1))), "own-line"),
        (text(&link(1).replace("3Jq", "3Jp")), "exact-link"),
        (text(&format!("{}x", link(1))), "exact-link"),
        (text(&link(1)[..link(1).len() - 9]), "exact-link"),
    ] {
        let told = refusal(service.keep(&link(1), "Convite", &bad, "").await);
        assert_eq!(
            told,
            ("LINK_MISSING".to_owned(), Some(missing.to_owned())),
            "{bad}"
        );
    }
    assert_eq!(service.render(joint("en"), &link(1)).await.unwrap(), before);
}

/// R17: a superseded link, another invitation's, a second one, and ours on a look-alike host are
/// refused.
async fn another_link_of_ours_is_refused(store: Store) {
    let service = Service::start(&store).await;
    let another = link(2).replace("AZfz", "BZfz");
    let look_alike = link(2).replace("connect.example", "connect.example.evil.example");
    let encoded = look_alike.replace(".1", "%2E1").replace('k', "%6b");
    let unseen = look_alike.replace("AZ", "A\u{200b}Z");
    for bad in [
        text(&link(1)),
        text(&another),
        text(&look_alike),
        format!("{}\n{encoded}", link(2)),
        format!("{}\n{unseen}", link(2)),
        format!("{}\n{}", link(2), link(1)),
        format!("{}\n{}", link(2), link(2)),
        format!("{}\nou {another}", link(2)),
        format!("{}\nou {look_alike}.", link(2)),
    ] {
        let told = refusal(service.keep(&link(2), "Convite", &bad, "").await);
        assert_eq!(told, ("FOREIGN_LINK".to_owned(), None), "{bad}");
    }
    for subject in [link(2), format!("Abra {}", link(1))] {
        let status = service
            .keep(&link(2), &subject, &text(&link(2)), "")
            .await
            .unwrap_err();
        let refused = refused(&status);
        assert_eq!(
            (refused.reason.as_str(), refused.fields),
            ("FOREIGN_LINK", vec!["subject".to_owned()])
        );
    }
    assert!(!service.render(joint("en"), &link(2)).await.unwrap().edited);
}

/// R16: what is only text stays text, in every form; what no text may have is refused by its field.
async fn hostile_texts_are_refused_or_kept_as_text(store: Store) {
    let service = Service::start(&store).await;
    for kept in [
        "{{7*7}} {% raw %} { $reseller }",
        "<script>alert(1)</script>",
        "a\n.\nb",
        "https://evil.example/i/ http://xn--evil.example/?a=b&c=d",
        "' OR 1=1 -- %s",
        "é e\u{301} 👩‍👩‍👧",
    ] {
        let draft = service
            .keep(
                &link(1),
                kept.lines().next().unwrap(),
                &format!("{kept}\n{}", link(1)),
                "",
            )
            .await
            .unwrap();
        assert!(draft.text.starts_with(kept), "{kept}");
        assert_eq!(draft.html.matches("<a ").count(), 1);
        assert!(
            !draft.html.contains("<script") && !draft.html.contains("49"),
            "{}",
            draft.html
        );
        assert!(!draft.eml.windows(5).any(|window| window == b"\r\n.\r\n"));
    }
    let valid = service.render(joint("en"), &link(1)).await.unwrap();

    let long = "é".repeat(20_001);
    for bad in [
        "a\rb",
        "a\0b",
        "a\u{202E}b",
        "a\u{2066}b",
        "a\u{1A}b",
        "a\u{7}b",
        &long,
    ] {
        let refused = refused(
            &service
                .keep(&link(1), "Hi", &format!("{bad}\n{}", link(1)), "")
                .await
                .unwrap_err(),
        );
        assert_eq!(
            (refused.reason.as_str(), refused.fields),
            ("INVALID_FIELDS", vec!["text".to_owned()]),
            "{bad:?}"
        );
    }
    let long = "é".repeat(201);
    for bad in [
        "",
        " ",
        "a\r\nBcc: eve@evil.example",
        "a\nb",
        "a\0",
        "a\u{202E}",
        &long,
    ] {
        let refused = refused(&service.keep(&link(1), bad, &link(1), "").await.unwrap_err());
        assert_eq!(
            (refused.reason.as_str(), refused.fields),
            ("INVALID_FIELDS", vec!["subject".to_owned()]),
            "{bad:?}"
        );
    }
    assert_eq!(service.render(joint("en"), &link(1)).await.unwrap(), valid);
}

/// R14: a text too long for `mailto:` is whole everywhere else, and the answer says so.
async fn a_long_edit_is_shortened_in_mailto_only(store: Store) {
    let service = Service::start(&store).await;
    let words = "a".repeat(20_000 - link(1).chars().count() - 1);
    let draft = service
        .keep(
            &link(1),
            &"é".repeat(200),
            &format!("{words}\n{}", link(1)),
            "",
        )
        .await
        .unwrap();
    assert!(draft.mailto_shortened && draft.mailto.len() <= 1_900);
    assert!(draft.text.contains(&words) && draft.html.contains(&words));
    let mailto = url::Url::parse(&draft.mailto).unwrap();
    let body = mailto
        .query_pairs()
        .find(|(name, _)| name == "body")
        .unwrap()
        .1
        .into_owned();
    assert!(body.lines().any(|line| line == link(1)), "{body}");
}

/// R16: an edit made on an older one is refused; the same text again is not an edit.
async fn an_etag_guards_an_edit(store: Store) {
    let service = Service::start(&store).await;
    let unedited = service.render(joint("en"), &link(1)).await.unwrap();
    let first = service
        .keep(&link(1), "Hi", &text(&link(1)), &unedited.etag)
        .await
        .unwrap();
    assert_ne!(first.etag, unedited.etag);
    let repeated = service
        .keep(&link(1), "Hi", &text(&link(1)), &unedited.etag)
        .await
        .unwrap();
    assert_eq!(repeated, first);
    let second = service
        .keep(&link(1), "Hello", &text(&link(1)), &first.etag)
        .await
        .unwrap();
    for stale in [&unedited.etag, &first.etag, "x"] {
        let refused = refused(
            &service
                .keep(&link(1), "Hey", &text(&link(1)), stale)
                .await
                .unwrap_err(),
        );
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::Aborted, "ETAG_MISMATCH")
        );
    }
    assert_eq!(service.render(joint("en"), &link(1)).await.unwrap(), second);
}

/// R16: of 64 first edits on the same etag one is kept; without an etag all are, each as a version
/// of its own.
async fn sixty_four_edits_at_once_are_kept_one_after_another(store: Store) {
    let service = std::sync::Arc::new(Service::start(&store).await);
    for (etag, expected) in [("0", 1), ("", 64)] {
        let mut racers = JoinSet::new();
        for number in 0..64 {
            let service = service.clone();
            let subject = format!("{etag} {number}");
            racers.spawn(async move {
                service
                    .keep(&link(1), &subject, &text(&link(1)), etag)
                    .await
            });
        }
        let mut etags = Vec::new();
        for outcome in racers.join_all().await {
            match outcome {
                Ok(draft) => etags.push(draft.etag),
                Err(status) => assert_eq!(refused(&status).reason, "ETAG_MISMATCH"),
            }
        }
        etags.sort();
        etags.dedup();
        assert_eq!(etags.len(), expected);
    }
}

/// R16: at rest a draft has a placeholder instead of its link, and the audit trail says who edited,
/// never what.
async fn no_link_and_no_text_is_kept_where_it_does_not_belong(store: Store) {
    let service = Service::start(&store).await;
    for _ in 0..2 {
        service
            .keep(&link(1), "Convite", &text(&link(1)), "")
            .await
            .unwrap();
    }
    let drafts = rows(&store, "SELECT subject, text FROM draft").await;
    assert_eq!(drafts.len(), 1);
    let kept: String = drafts[0].try_get("", "text").unwrap();
    assert_eq!(kept, text("\u{1A}"));

    let audit = rows(
        &store,
        "SELECT issuer, subject, tenant, action, resource, detail FROM audit",
    )
    .await;
    assert_eq!(audit.len(), 1, "a repeat is no second edit");
    let column = |name: &str| audit[0].try_get::<String>("", name).unwrap();
    assert_eq!(
        (column("subject"), column("tenant"), column("action")),
        ("ana".into(), "contoso".into(), "SaveDraft".into())
    );
    assert_eq!(column("detail"), "");
}
