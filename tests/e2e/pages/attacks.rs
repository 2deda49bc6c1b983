//! What somebody tries on the pages who wants what is not theirs: each is refused, and nothing is
//! changed.

use std::time::Duration;

use http::Method;
use tempfile::TempDir;
use tests::{Role, Store, Visitor, eventually, free_address, on_both_stores};

use super::House;
use crate::telemetry::collector;

on_both_stores!(
    scanners_accept_nothing,
    forms_of_other_sites_and_sessions_change_nothing,
);

/// How often a scanner looks at a link.
const LOOKS: usize = 100;

/// P1: whoever follows the link, and every link and form that is found there, without a session,
/// accepts nothing, whatever it is.
async fn scanners_accept_nothing(store: Store) {
    let house = House::open(store).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    let link = house.invited(&mut contoso).await;
    let mut first = String::new();
    for look in 0..LOOKS {
        let mut scanner = Visitor::new("en");
        let method = if look % 2 == 0 {
            Method::GET
        } else {
            Method::HEAD
        };
        scanner.open(&house.at("/")).await;
        let answer = scanner.ask(method.clone(), &link, &[], None).await;
        assert_eq!(answer.status, 200);
        if method == Method::GET {
            // the same for everybody but for the way back, which is sealed by chance
            let text = answer
                .body
                .split("name=\"back\"")
                .next()
                .unwrap_or_default()
                .to_owned();
            if first.is_empty() {
                first = text;
            } else {
                assert_eq!(text, first);
            }
        }
    }
    let mut scanner = Visitor::new("en");
    scanner.open(&link).await;
    for rest in ["/accept", "/decline"] {
        let body = "display_name=Scanner&country=BR&domain=scanner.example&wording=joint-consent-2&language=en";
        let to = format!("{link}{rest}");
        let answer = scanner
            .ask(Method::POST, &to, &[], Some(body.to_owned()))
            .await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        let answer = scanner.ask(Method::GET, &to, &[], None).await;
        assert_eq!(answer.status, 405, "{}", answer.body);
    }
    for address in scanner.addresses() {
        scanner.ask(Method::GET, &address, &[], None).await;
        scanner
            .ask(Method::POST, &address, &[], Some(String::new()))
            .await;
    }
    contoso.open("/partner/invitations").await;
    assert!(contoso.text().contains("\nOpen\n"), "{}", contoso.text());
    let mut beto = house.signed_in("beto", "en").await;
    beto.open(&link).await;
    assert!(
        beto.text().contains("Contoso Cloud"),
        "it can still be answered: {}",
        beto.text()
    );
}

/// A form that another site sends, or another session of the same browser has shown, is refused,
/// whoever is signed in.
async fn forms_of_other_sites_and_sessions_change_nothing(store: Store) {
    let house = House::open(store).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    let link = house.invited(&mut contoso).await;
    let mut beto = house.signed_in("beto", "en").await;
    beto.open(&link).await;
    let fields = [
        ("display_name", "Adatum"),
        ("country", "BR"),
        ("domain", "adatum.example"),
    ];
    let form = beto.fields("/accept", &fields);
    let accept = format!("{link}/accept");
    let pages = house.system.pages();
    for (headers, status, said) in [
        (
            vec![("origin", "https://evil.example")],
            403,
            "This did not come from here",
        ),
        (
            vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
            403,
            "This did not come from here",
        ),
        (
            vec![("origin", "null"), ("sec-fetch-site", "same-site")],
            403,
            "This did not come from here",
        ),
        (
            vec![("origin", pages.as_str()), ("sec-fetch-site", "cross-site")],
            403,
            "This did not come from here",
        ),
        (vec![("host", "evil.example")], 421, "Another address"),
    ] {
        let answer = beto
            .ask(Method::POST, &accept, &headers, Some(form.clone()))
            .await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
        assert!(answer.body.contains(said), "{headers:?}: {}", answer.body);
    }
    let token = form.split('&').find(|field| field.starts_with("token="));
    let token = token.expect("the form says whose session it is of");
    for other in ["", "token=", "token=AAAAAAAAAAAAAAAAAAAAAA"] {
        let form = form.replace(token, other);
        let answer = beto.ask(Method::POST, &accept, &[], Some(form)).await;
        assert_eq!(answer.status, 403, "{other}: {}", answer.body);
        assert!(
            answer.body.contains("Somebody else has signed in"),
            "{}",
            answer.body
        );
    }
    // in a second tab of the same browser somebody else has signed in
    let zoe = house.signed_in("zoe", "en").await;
    let answer = zoe
        .ask(Method::POST, &accept, &[], Some(form.clone()))
        .await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    contoso.open("/partner/invitations").await;
    assert!(
        contoso.text().contains("\nOpen\n"),
        "nothing has changed: {}",
        contoso.text()
    );
    let answer = beto
        .ask(Method::POST, &accept, &[("origin", &pages)], Some(form))
        .await;
    assert_eq!(
        answer.status, 303,
        "the form itself was good: {}",
        answer.body
    );
}

/// What every page says to browsers, and what is taken of whoever asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_nobodys_frame_and_nobodys_cache() {
    let house = House::open(Store::sqlite()).await;
    let mut beto = house.signed_in("beto", "en").await;
    for path in ["/", "/customer", "/nowhere", "/i/x", "/sign-in/return"] {
        let answer = beto.ask(Method::GET, &house.at(path), &[], None).await;
        for (header, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(header), value, "{path}: {header}");
        }
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(
                policy.split("; ").any(|directive| directive == part),
                "{path}: {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    // whoever names another host is not answered in its name
    for (headers, status) in [
        (vec![("host", "evil.example")], 421),
        (
            vec![
                ("x-forwarded-host", "evil.example"),
                ("forwarded", "host=evil.example"),
            ],
            200,
        ),
    ] {
        let answer = beto.ask(Method::GET, &house.at("/"), &headers, None).await;
        assert!(
            answer.status == status || answer.status == 303,
            "{headers:?}"
        );
        assert!(!answer.body.contains("evil"), "{}", answer.body);
        assert!(!answer.header("location").contains("evil"));
    }
    beto.open(&house.at("/customer")).await;
    let much = format!("language=en&back={}", "x".repeat(1024 * 1024));
    let answer = beto
        .ask(Method::POST, &house.at("/language"), &[], Some(much))
        .await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    let none = [("content-type", "text/plain")];
    let answer = beto
        .ask(
            Method::POST,
            &house.at("/language"),
            &none,
            Some("x".into()),
        )
        .await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let session = beto
        .ask(Method::GET, &house.at("/sign-in"), &[], None)
        .await;
    let line = session.header("set-cookie");
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(part), "{line}");
    }
}

/// Over TLS, which ends in front of the pages, their cookies are of this host alone, and browsers
/// come over TLS from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_cookies_are_of_this_host_alone() {
    let house = House::open_with(Store::sqlite(), |system| {
        system.option(Role::Web, "--public-url=https://connect.example");
    })
    .await;
    let visitor = Visitor::new("en");
    let host = [("host", "connect.example")];
    let answer = visitor
        .ask(Method::GET, &house.at("/sign-in"), &host, None)
        .await;
    let line = answer.header("set-cookie");
    assert!(line.starts_with("__Host-sign-in="), "{line}");
    assert!(line.contains("; Secure"), "{line}");
    assert!(
        answer
            .header("location")
            .contains("redirect_uri=https%3A%2F%2Fconnect.example%2F")
    );
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000"
    );
}

/// What somebody is called is text wherever it is shown, whatever stands in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_messages_are_text() {
    const NAME: &str = "<script>alert(1)</script> & \"Söhne\" עסק";
    let house = House::open(Store::sqlite()).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    contoso.open("/partner/enrollment").await;
    let rename = [("new_display_name", NAME)];
    contoso.submit("/partner/enrollment/rename", &rename).await;
    // what turns the direction of what follows is no name
    contoso
        .submit(
            "/partner/enrollment/rename",
            &[("new_display_name", "abc\u{202e}cba")],
        )
        .await;
    assert!(
        contoso.text().contains("not filled in as they must be"),
        "{}",
        contoso.text()
    );
    contoso.open("/partner/invitations/new").await;
    let fields = [
        ("message", "<img src=x onerror=alert(1)>"),
        ("correlation_id", "<b>ref</b>"),
    ];
    contoso.submit("/partner/invitations/new", &fields).await;
    let link = house.link_in(&contoso);
    let mut beto = house.signed_in("beto", "en").await;
    beto.open(&link).await;
    let body = [
        ("display_name", NAME),
        ("country", "BR"),
        ("domain", "adatum.example"),
    ];
    beto.submit("/accept", &body).await;
    let mut seen = 0;
    for (visitor, paths) in [
        (&mut beto, &["/customer", "/customer/consents"][..]),
        (
            &mut contoso,
            &[
                "/partner/enrollment",
                "/partner/customers",
                "/partner/customers/adatum",
                "/partner/invitations",
                "/partner/notices",
            ],
        ),
    ] {
        for path in paths {
            visitor.open(path).await;
            seen += usize::from(visitor.text().contains("Söhne"));
            assert_is_text(&visitor.page.body);
        }
    }
    assert!(seen >= 6, "the name is shown: {seen}");
}

/// A page runs nothing that somebody has written into a field.
fn assert_is_text(page: &str) {
    assert!(!page.contains("<script>"), "{page}");
    assert!(!page.contains("<img"), "{page}");
    assert!(!page.contains("<b>ref"), "{page}");
    assert!(!page.contains("\u{202e}"), "{page}");
}

/// No link, no token, no address and no name is written to a log, a trace or a metric, whatever
/// goes well or wrong; a page and what it asks are one trace, by the page's route.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_told() {
    let told = TempDir::new().expect("a temporary folder");
    let endpoint = free_address();
    let _collector = collector(told.path(), &endpoint.to_string());
    let mut house = House::open_with(Store::sqlite(), |system| {
        for role in Role::ALL.into_iter().chain([Role::Web]) {
            system.option(role, "--log=debug,h2=off,hyper=off");
            system.option(role, &format!("--otlp-endpoint=http://{endpoint}"));
        }
    })
    .await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    contoso
        .open("/partner/invitations/new?provider=fabrikam")
        .await;
    let fields = [
        ("message", "canary of a message"),
        ("bound_email", "beto@adatum.example"),
    ];
    contoso.submit("/partner/invitations/new", &fields).await;
    let link = house.link_in(&contoso);
    let mut beto = Visitor::new("en");
    beto.open(&link).await;
    beto.press("Sign in").await;
    beto.sign_in("beto").await;
    assert_eq!(beto.address, link, "back to the link");
    let fields = [
        ("display_name", "Canary of a name"),
        ("country", "BR"),
        ("domain", "adatum.example"),
    ];
    beto.submit("/accept", &fields).await;
    assert!(
        beto.text().contains("Your acceptance is complete"),
        "{}",
        beto.text()
    );
    beto.open(&house.at("/sign-in/return?code=canarycode&state=canarystate"))
        .await;
    beto.open(&house.at("/i/canarylink")).await;
    let session = beto.cookie("session").expect("signed in").to_owned();
    let secret = link.rsplit('/').next().expect("a secret").to_owned();
    let canaries = [
        &secret,
        &session,
        "anary",
        "beto@adatum.example",
        "Beto Souza",
        "eyJ",
    ];
    // whoever stops tells first what it still has to tell
    for role in [Role::Web, Role::Gateway, Role::Invitation] {
        house.system.stop(role);
    }
    let read = |name: &str| std::fs::read_to_string(told.path().join(name)).unwrap_or_default();
    eventually("the trace of a page", Duration::from_secs(30), || async {
        read("traces.json").contains("GET /i/{token}").then_some(())
    })
    .await;
    for name in ["traces.json", "logs.json", "metrics.json"] {
        let text = read(name);
        assert!(!text.is_empty(), "{name}");
        for canary in canaries {
            assert!(!text.contains(canary), "{name} tells {canary}");
        }
    }
    assert!(read("metrics.json").contains("http.server.request.duration"));
    for role in Role::ALL.into_iter().chain([Role::Web]) {
        let log = house.system.log(role);
        assert!(log.contains("serving"), "{role:?} logs");
        for canary in canaries {
            assert!(!log.contains(canary), "{role:?} tells {canary}");
        }
    }
}
