//! ListNotices: whose they are, their order, paging, and their language.

use proto::notification::v1::{ListNoticesRequest, Notice};
use tests::{Store, on_both_stores, refused};
use tonic::Code;

use crate::sample::{decided, declined, fact};
use crate::support::Service;

on_both_stores!(
    pages_follow_each_other_newest_first,
    a_page_token_is_good_for_its_own_list_only,
    notices_are_told_in_the_language_asked_for,
);

fn request(page_size: i32, page_token: &str) -> ListNoticesRequest {
    ListNoticesRequest {
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    }
}

/// R8: every notice of the partner comes once, newest first, also those of the same moment, and
/// nobody else's.
async fn pages_follow_each_other_newest_first(store: Store) {
    let service = Service::start(&store).await;
    for number in 1..=11 {
        let mut request = fact(number, decided("contoso", true, ""));
        // 4, 5 and 6 happened at once
        request.occur_time.as_mut().unwrap().seconds -= number.clamp(4, 6) as i64 - 4;
        service.deliver(request).await.unwrap();
    }
    service
        .deliver(fact(99, decided("fabrikam", true, "")))
        .await
        .unwrap();

    for size in [1, 2, 3, 10, 11, 0, 501, i32::MAX] {
        let (mut found, mut token): (Vec<Notice>, _) = (Vec::new(), String::new());
        loop {
            let page = service
                .list("contoso", request(size, &token))
                .await
                .unwrap();
            assert!(size == 0 || page.notices.len() <= size as usize);
            found.extend(page.notices);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found.len(), 11, "{size}");
        let order = |notice: &Notice| (notice.occur_time.unwrap().seconds, notice.name.clone());
        assert!(
            found
                .windows(2)
                .all(|pair| order(&pair[0]) > order(&pair[1])),
            "{size}"
        );
    }
    assert_eq!(service.notices("northwind").await, []);
}

/// A page goes on in the list that it began in: not in another's, nor with a token that was
/// changed.
async fn a_page_token_is_good_for_its_own_list_only(store: Store) {
    let service = Service::start(&store).await;
    for number in 1..=2 {
        service
            .deliver(fact(number, decided("contoso", true, "")))
            .await
            .unwrap();
        service
            .deliver(fact(10 + number, decided("fabrikam", true, "")))
            .await
            .unwrap();
    }
    let token = service
        .list("contoso", request(1, ""))
        .await
        .unwrap()
        .next_page_token;
    for (partner, size, token, field) in [
        ("fabrikam", 1, token.as_str(), "page_token"),
        ("contoso", 1, &token[1..], "page_token"),
        ("contoso", 1, "x", "page_token"),
        ("contoso", -1, "", "page_size"),
        ("contoso", i32::MIN, "", "page_size"),
    ] {
        let refused = refused(
            &service
                .list(partner, request(size, token))
                .await
                .unwrap_err(),
        );
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS")
        );
        assert_eq!(refused.fields, [field]);
    }
    // the language is how a list is told, not which list it is
    let portuguese = ListNoticesRequest {
        language: "pt-BR".to_owned(),
        ..request(1, &token)
    };
    assert_eq!(
        service
            .list("contoso", portuguese)
            .await
            .unwrap()
            .notices
            .len(),
        1
    );
}

/// R44: the same notice in English and Brazilian Portuguese; a customer's words stay as they are.
async fn notices_are_told_in_the_language_asked_for(store: Store) {
    let service = Service::start(&store).await;
    let request = fact(1, declined("ainda não {{7*7}} <b>"));
    service.deliver(request).await.unwrap();
    for (language, expected) in [
        (
            "",
            "Customer adatum declined your invitation. Reason given: ainda não {{7*7}} <b>",
        ),
        (
            "en-GB",
            "Customer adatum declined your invitation. Reason given: ainda não {{7*7}} <b>",
        ),
        (
            "pt-BR",
            "O cliente adatum recusou o seu convite. Motivo informado: ainda não {{7*7}} <b>",
        ),
        (
            "PT",
            "O cliente adatum recusou o seu convite. Motivo informado: ainda não {{7*7}} <b>",
        ),
    ] {
        let request = ListNoticesRequest {
            language: language.to_owned(),
            ..Default::default()
        };
        let page = service.list("contoso", request).await.unwrap();
        assert_eq!(page.notices[0].text, expected);
    }
    for unknown in ["de", "../../etc/passwd", "\0"] {
        let request = ListNoticesRequest {
            language: unknown.to_owned(),
            ..Default::default()
        };
        let refused = refused(&service.list("contoso", request).await.unwrap_err());
        assert_eq!(
            (refused.reason.as_str(), refused.fields),
            ("INVALID_FIELDS", vec!["language".to_owned()])
        );
    }
}
