//! Signing in and out, and whose session it is.

use std::time::Duration;

use http::Method;
use tests::{Role, Store, Visitor, eventually, free_address, on_both_stores};

use super::House;

/// An access token that lives so many seconds is renewed after one.
const SHORT: u32 = 31;

on_both_stores!(
    sign_out_ends_both_sessions,
    a_session_is_renewed_once_for_all,
    a_session_does_not_outlast_its_lifetime,
    who_is_of_several_organisations_chooses_one,
);

/// P1: who signs out is signed out here and at the provider: signing in again takes the password.
async fn sign_out_ends_both_sessions(store: Store) {
    let house = House::open(store).await;
    let mut beto = house.signed_in("beto", "en").await;
    // the provider knows him: no form is filled in
    let mut again = beto.clone();
    again.forget("session");
    again.open(&house.at("/sign-in")).await;
    assert!(
        again.address.starts_with(&house.at("/")),
        "{}",
        again.address
    );
    let session = again.cookie("session").expect("signed in").to_owned();
    beto.keep("session", &session);
    beto.open(&house.at("/customer")).await;
    beto.submit("/sign-out", &[]).await;
    let refresh = beto.page.header("refresh").to_owned();
    let (_, there) = refresh.split_once("url=").expect("to the provider");
    beto.open(there).await;
    let fields = [("logout", "yes")];
    beto.submit("/session/end/confirm", &fields).await;
    assert_eq!(beto.address, house.at("/signed-out"), "{}", beto.text());
    beto.open(&house.at("/customer")).await;
    assert_eq!(beto.page.status, 401, "{}", beto.text());
    // whoever has kept the cookie has kept nothing
    beto.keep("session", &session);
    beto.open(&house.at("/customer")).await;
    assert_eq!(beto.page.status, 401, "{}", beto.text());
    beto.open(&house.at("/sign-in")).await;
    assert!(
        beto.address.starts_with(&house.provider.issuer()),
        "{}",
        beto.address
    );
}

/// An access token that is about to end is renewed once for all who ask meanwhile: a token that
/// renews and is shown twice ends the session at the provider.
async fn a_session_is_renewed_once_for_all(store: Store) {
    let house = House::open(store).await;
    house.provider.shorten(SHORT);
    let beto = house.signed_in("beto", "en").await;
    let first = house.provider.renewed();
    let renewed = || async { (house.provider.renewed() >= first + 3).then_some(()) };
    let ask = || beto.ask(Method::GET, "/customer", &[], None);
    eventually("three renewals", Duration::from_secs(30), || async {
        let all = tokio::join!(ask(), ask(), ask(), ask());
        for answer in [all.0, all.1, all.2, all.3] {
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        renewed().await
    })
    .await;
}

/// A session ends when it has lasted as long as one may, however much it is used.
async fn a_session_does_not_outlast_its_lifetime(store: Store) {
    let house = House::open_with(store, |system| {
        system.option(Role::Web, "--session-lifetime=8");
    })
    .await;
    let beto = house.signed_in("beto", "en").await;
    let ask = || beto.ask(Method::GET, "/customer", &[], None);
    assert_eq!(ask().await.status, 200);
    eventually(
        "the end of the session",
        Duration::from_secs(20),
        || async { (ask().await.status == 401).then_some(()) },
    )
    .await;
}

/// Who belongs to several organisations chooses one, comes back to the page that was asked for, and
/// can change; who lacks the role is told which one, and who gives it.
async fn who_is_of_several_organisations_chooses_one(store: Store) {
    let house = House::open(store).await;
    let mut dora = house.signed_in("dora", "en").await;
    dora.open(&house.at("/partner/enrollment")).await;
    assert_eq!(dora.page.status, 409, "{}", dora.text());
    dora.press("Choose an organisation").await;
    let fields = [("organization", "northwind")];
    dora.submit("/organizations", &fields).await;
    assert_eq!(dora.page.status, 400, "not one of hers");
    dora.open(&house.at("/partner/enrollment")).await;
    dora.press("Choose an organisation").await;
    dora.submit("/organizations", &[("organization", "contoso")])
        .await;
    assert_eq!(dora.address, house.at("/partner/enrollment"));
    assert!(dora.text().contains("contoso"), "{}", dora.text());
    dora.press("Change organisation").await;
    dora.submit("/organizations", &[("organization", "adatum")])
        .await;
    dora.open("/customer").await;
    assert!(dora.text().contains("adatum"), "{}", dora.text());
    let mut eva = house.signed_in("eva", "pt-BR").await;
    eva.open(&house.at("/customer")).await;
    assert_eq!(eva.page.status, 403);
    let text = eva.text();
    assert!(
        text.contains("Só um Administrador global da sua organização"),
        "{text}"
    );
    assert!(text.contains("dá essa função"), "{text}");
}

/// A provider that is away is said in words, and keeps nobody from signing out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_is_said() {
    let mut house = House::open(Store::sqlite()).await;
    let mut beto = house.signed_in("beto", "en").await;
    let session = beto.cookie("session").expect("signed in").to_owned();
    beto.open(&house.at("/customer")).await;
    house.provider.kill();
    house.system.stop(Role::Web);
    house.system.start(Role::Web).await;
    let mut visitor = Visitor::new("pt-BR");
    visitor.open(&house.at("/sign-in")).await;
    assert_eq!(visitor.page.status, 503);
    let text = visitor.text();
    assert!(text.contains("O serviço de entrada não responde"), "{text}");
    // nobody can say by now who is signed in, and signing out does not wait for that
    let answer = beto.ask(Method::GET, "/customer", &[], None).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    beto.submit("/sign-out", &[]).await;
    assert_eq!(beto.page.status, 200, "{}", beto.text());
    assert!(beto.text().contains("does not answer"), "{}", beto.text());
    beto.keep("session", &session);
    let answer = beto.ask(Method::GET, "/customer", &[], None).await;
    assert_eq!(answer.status, 401, "{}", answer.body);
}

/// A sign-in belongs to the browser that has begun it, and to one use; a session that somebody has
/// planted is not taken over; nobody is sent elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_of_one_browser() {
    let house = House::open(Store::sqlite()).await;
    // a state that nobody has begun, or another browser has
    let mut victim = Visitor::new("en");
    for query in [
        "",
        "?code=x",
        "?code=x&state=y",
        "?error=access_denied&state=y",
    ] {
        victim
            .open(&house.at(&format!("/sign-in/return{query}")))
            .await;
        assert_eq!(victim.page.status, 400, "{query}: {}", victim.text());
    }
    let mut attacker = Visitor::new("en");
    let begun = attacker
        .ask(Method::GET, &house.at("/sign-in"), &[], None)
        .await;
    let there = begun.header("location").to_owned();
    assert!(there.starts_with(&house.provider.issuer()), "{there}");
    assert!(there.contains("code_challenge_method=S256"), "{there}");
    attacker.open(&house.at("/sign-in")).await;
    let attempt = attacker.cookie("sign-in").expect("an attempt").to_owned();
    let mut beto = Visitor::new("en");
    beto.open(&house.at("/i/x/sign-in")).await;
    let attempt_of_beto = beto.cookie("sign-in").expect("an attempt").to_owned();
    beto.keep("session", "planted");
    beto.sign_in("beto").await;
    let session = beto.cookie("session").expect("signed in").to_owned();
    assert_ne!(session, "planted");
    assert_eq!(beto.cookie("sign-in"), None);
    let line = beto
        .cookie_lines
        .iter()
        .find(|line| line.starts_with("session="));
    let line = line.expect("the session's cookie");
    assert!(line.ends_with("; HttpOnly; SameSite=Lax"), "{line}");
    // the very answer of the provider is replayed: in the same browser the attempt is over, and
    // whoever has kept the attempt as well finds the code used up
    let back = house.at("/sign-in/return?code=");
    let replay = beto.way.iter().find(|address| address.starts_with(&back));
    let replay = replay.expect("the provider's answer").clone();
    let mut same = beto.clone();
    same.open(&replay).await;
    assert_eq!(same.page.status, 400, "{}", same.text());
    same.press("Sign in").await;
    assert_eq!(
        same.page.status,
        200,
        "not the same for ever: {}",
        same.text()
    );
    for (kept, status) in [(&attempt, 400), (&attempt_of_beto, 403)] {
        let mut other = Visitor::new("en");
        other.keep("sign-in", kept);
        other.open(&replay).await;
        assert_eq!(other.page.status, status, "{}", other.text());
        assert_eq!(other.cookie("session"), None);
    }
    // who has left the provider's page goes on to where the link was
    let mut left = Visitor::new("en");
    left.open(&house.at("/i/x/sign-in")).await;
    let begun = left
        .way
        .iter()
        .find_map(|address| address.split_once("state="));
    let (_, begun) = begun.expect("what the provider repeats");
    let begun = begun.split('&').next().unwrap_or_default();
    let iss = house
        .provider
        .issuer()
        .replace("://", "%3A%2F%2F")
        .replace(':', "%3A");
    let refused = format!("/sign-in/return?error=access_denied&state={begun}&iss={iss}");
    left.open(&house.at(&refused)).await;
    assert_eq!(left.page.status, 403, "{}", left.text());
    left.press("Sign in").await;
    left.sign_in("beto").await;
    assert_eq!(left.address, house.at("/i/x"));
    // whoever signs in anew has a session of its own, and the one before is over; the provider has
    // taken back what it gave for a code that was shown twice, and asks anew
    beto.open(&house.at("/sign-in")).await;
    beto.sign_in("beto").await;
    assert_ne!(beto.cookie("session"), Some(session.as_str()));
    let mut earlier = Visitor::new("en");
    earlier.keep("session", &session);
    earlier.open(&house.at("/customer")).await;
    assert_eq!(earlier.page.status, 401);
    // nobody else says where to go afterwards
    for back in [
        "https://evil.example",
        "//evil.example",
        "/%5cevil.example",
        "x",
        "",
    ] {
        let mut visitor = Visitor::new("en");
        visitor
            .open(&house.at(&format!("/sign-in?back={back}")))
            .await;
        visitor.sign_in("beto").await;
        assert!(
            visitor.address.starts_with(&house.at("/")),
            "{back}: {}",
            visitor.address
        );
    }
    let mut visitor = Visitor::new("en");
    visitor
        .open(&format!("{}//evil.example/x", house.system.pages()))
        .await;
    visitor.submit("/language", &[("language", "pt-BR")]).await;
    assert_eq!(visitor.address, house.at("/"));
}

/// Replicas share the sessions: who has signed in at one is known at the other, and signed out at
/// both at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_sessions() {
    let mut house = House::open(Store::postgres().await).await;
    let at = (free_address(), free_address());
    let _other = house.system.replica(Role::Web, at).await;
    let mut beto = house.signed_in("beto", "en").await;
    let host = house.system.pages().replace("http://", "");
    let there = format!("http://{}/customer", at.0);
    let ask = |beto: &Visitor| {
        let (beto, host, there) = (beto.clone(), host.clone(), there.clone());
        async move {
            beto.ask(Method::GET, &there, &[("host", &host)], None)
                .await
        }
    };
    let answer = ask(&beto).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let before = beto.clone();
    beto.open(&house.at("/customer")).await;
    beto.submit("/sign-out", &[]).await;
    assert_eq!(ask(&before).await.status, 401);
}
