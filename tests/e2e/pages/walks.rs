//! What people come for, from the first page to the last, as whoever reads without a script does
//! it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tests::{Store, Visitor, on_both_stores};

use super::House;

on_both_stores!(
    a_customer_answers_and_ends,
    a_partner_does_what_the_article_does,
);

/// R44, P1, P4, P5, P6: the customer's whole way: from the mailed link through the sign-in to what
/// is asked and by whom, an answer that is mended, the evidence of it, who can reach it, and the
/// end of a relationship and of a privilege.
async fn a_customer_answers_and_ends(store: Store) {
    let house = House::open(store).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    let link = house.invited(&mut contoso).await;
    let mut beto = Visitor::new("pt-BR");
    beto.open(&link).await;
    let before = beto.text();
    assert!(before.contains("Nada foi aceito"), "{before}");
    assert!(
        !before.contains("Contoso"),
        "nothing is looked up before: {before}"
    );
    beto.press("Entrar").await;
    beto.sign_in("beto").await;
    assert_eq!(beto.address, link);
    let text = beto.text();
    for said in [
        "Contoso Cloud",
        "Fabrikam",
        "gerenciar as licenças",
        "Você aceita as duas ou nenhuma",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    beto.submit(
        "/accept",
        &[("display_name", "Adatum"), ("domain", "adatum.example")],
    )
    .await;
    assert!(
        beto.text()
            .contains("não estão preenchidos como devem:\nPaís"),
        "{}",
        beto.text()
    );
    beto.submit("/accept", &[("country", "BR")]).await;
    assert!(
        beto.text().contains("Seu aceite está completo"),
        "{}",
        beto.text()
    );
    assert!(beto.text().contains("joint-consent-2"), "{}", beto.text());
    beto.press("Quem tem acesso a nós").await;
    let text = beto.text();
    assert!(
        text.contains("Contoso Cloud") && text.contains("Fabrikam"),
        "{text}"
    );
    assert!(text.contains("Brasil"), "the account: {text}");
    beto.press("Encerrar a relação").await;
    beto.submit("/end", &[("reason", "Pedimos em outro lugar.")])
        .await;
    assert!(
        beto.text().contains("A relação terminou."),
        "{}",
        beto.text()
    );
    beto.press("Encerrar o privilégio").await;
    beto.submit("/end", &[]).await;
    assert!(
        beto.text().contains("O privilégio foi encerrado."),
        "{}",
        beto.text()
    );
    beto.press("O que respondemos").await;
    assert!(
        beto.text().contains("Pedimos em outro lugar."),
        "{}",
        beto.text()
    );
    // the link is used up, and says so to whoever else comes
    let mut zoe = house.signed_in("zoe", "en").await;
    zoe.open(&link).await;
    let text = zoe.text();
    assert!(text.contains("This link has been used already."), "{text}");
    assert!(text.contains("You are signed in as"), "{text}");
    assert!(text.contains("Sign in as somebody else"), "{text}");
    // one that is bound to an address is found without its link, and declined
    contoso.open("/partner/invitations/new").await;
    contoso
        .submit(
            "/partner/invitations/new",
            &[("bound_email", "zoe@northwind.example")],
        )
        .await;
    zoe.open(&house.at("/customer")).await;
    zoe.press("Read and answer").await;
    zoe.submit("/decline", &[("reason", "We chose another partner.")])
        .await;
    assert!(
        zoe.text().contains("The invitation is declined"),
        "{}",
        zoe.text()
    );
    let mut beto = house.signed_in("beto", "en").await;
    contoso.open("/partner/invitations/new").await;
    contoso
        .submit(
            "/partner/invitations/new",
            &[("bound_email", "zoe@northwind.example")],
        )
        .await;
    let bound = house.link_in(&contoso);
    beto.open(&bound).await;
    assert!(
        beto.text().contains("meant for somebody else than you"),
        "{}",
        beto.text()
    );
}

/// P2, P7, P8, P9: the article's two walk-throughs and its removal: a reseller relationship asked
/// for alone, new customers invited together with a provider, the draft edited and finished, the
/// customer's record opened in its list, what each partner does for it, and the relationship
/// removed.
async fn a_partner_does_what_the_article_does(store: Store) {
    let house = House::open(store).await;
    let (mut contoso, mut fabrikam) = house.with_partners().await;
    contoso.open("/partner/customers").await;
    assert!(
        contoso.text().contains("You have no customers yet."),
        "{}",
        contoso.text()
    );
    contoso.press("Request a reseller relationship").await;
    let fields = [
        ("message", "It was good to meet you."),
        ("correlation_id", "crm-17"),
    ];
    contoso.submit("/partner/invitations/new", &fields).await;
    assert!(
        contoso.text().contains("It was good to meet you."),
        "{}",
        contoso.text()
    );
    let (draft, link) = (contoso.address.clone(), house.link_in(&contoso));
    let path = draft.trim_start_matches(&house.system.pages()).to_owned();
    contoso
        .submit(&path, &[("subject", "Work with us"), ("text", "no link")])
        .await;
    let text = contoso.text();
    assert!(
        text.contains("The text needs the link of the invitation"),
        "{text}"
    );
    assert!(text.contains("no link"), "what was written stays: {text}");
    let edited = format!("Dear Beto,\n\n{link}\n\nAna");
    contoso
        .submit(&path, &[("subject", "Work with us"), ("text", &edited)])
        .await;
    assert!(contoso.text().contains("Dear Beto,"), "{}", contoso.text());
    let mails = contoso.addresses();
    assert!(
        mails
            .iter()
            .any(|to| to.starts_with("mailto:?subject=Work%20with%20us")),
        "{mails:?}"
    );
    let file = contoso
        .ask(http::Method::GET, &format!("{draft}/draft.eml"), &[], None)
        .await;
    assert_eq!(file.header("content-type"), "message/rfc822");
    assert!(file.body.contains("Subject: Work with us"), "{}", file.body);
    // Done keeps what stands there, saved before or not
    let last = edited.replace("Dear Beto,", "Dear all,");
    contoso
        .submit(&path, &[("text", &last), ("done", "yes")])
        .await;
    let file = format!("{draft}/draft.eml");
    let file = contoso.ask(http::Method::GET, &file, &[], None).await;
    let begins = BASE64_STANDARD.encode("Dear all,");
    assert!(file.body.contains(&begins), "{}", file.body);
    assert!(
        !contoso.text().contains("Dear Beto,"),
        "drafting is over: {}",
        contoso.text()
    );
    accepted(&house, &link, "beto").await;
    contoso
        .open("/partner/invitations?correlation_id=crm-17")
        .await;
    assert!(contoso.text().contains("Accepted\n"), "{}", contoso.text());

    contoso.press("Indirect providers").await;
    contoso.press("Invite new customers").await;
    // beto's organisation has a relationship already: said, and made all the same when that is
    // wanted
    let two = [
        ("bound_customer", "adatum"),
        ("bound_email_domain", "adatum.example"),
    ];
    contoso.submit("/partner/invitations/new", &two).await;
    assert!(
        contoso.text().contains("in one way only"),
        "{}",
        contoso.text()
    );
    // what was read of one invitation says nothing of another
    for fields in [
        [("bound_email_domain", ""), ("provider", "fabrikam")],
        [("bound_email_domain", ""), ("provider", "")],
        [("bound_email_domain", ""), ("provider", "fabrikam")],
    ] {
        contoso.submit("/partner/invitations/new", &fields).await;
        let warned = "has a relationship with your organisation already";
        assert!(contoso.text().contains(warned), "{}", contoso.text());
    }
    contoso.submit("/partner/invitations/new", &[]).await;
    let link = house.link_in(&contoso);
    contoso.submit("/resend", &[]).await;
    let newer = house.link_in(&contoso);
    assert_ne!(newer, link);
    let mut beto = house.signed_in("beto", "en").await;
    beto.open(&link).await;
    assert!(
        beto.text()
            .contains("This link was replaced by a newer one."),
        "{}",
        beto.text()
    );
    accepted(&house, &newer, "beto").await;

    contoso.open("/partner/customers?name=ada").await;
    contoso.press("Show the record").await;
    assert!(
        contoso.text().contains("Subscriptions"),
        "{}",
        contoso.text()
    );
    fabrikam.open(&house.at("/partner/customers/adatum")).await;
    let order = [
        ("offer", "office-e3"),
        ("new_name", "Office E3"),
        ("new_quantity", "5"),
    ];
    fabrikam.submit("/orders", &order).await;
    assert!(
        fabrikam.text().contains("0 of 5 licences assigned"),
        "{}",
        fabrikam.text()
    );
    contoso.press("Account page").await;
    contoso
        .submit(
            "/users",
            &[("user_name", "Rui"), ("sign_in_name", "rui@adatum.example")],
        )
        .await;
    contoso.submit("/licenses", &[]).await;
    assert!(
        contoso.text().contains("1 of 5 licences assigned"),
        "{}",
        contoso.text()
    );
    contoso.submit("/licenses/withdraw", &[]).await;
    contoso.submit("/users/remove", &[]).await;
    contoso
        .submit("/subscriptions", &[("transition", "1")])
        .await;
    assert!(contoso.text().contains("suspended"), "{}", contoso.text());
    contoso
        .submit("/account", &[("display_name", "Adatum S.A.")])
        .await;
    assert!(contoso.text().contains("Adatum S.A."), "{}", contoso.text());

    contoso.press("Remove customer relationship").await;
    assert!(
        contoso
            .text()
            .contains("These delegated admin privileges stay"),
        "{}",
        contoso.text()
    );
    contoso.submit("/remove", &[("good_faith", "yes")]).await;
    assert!(
        contoso
            .text()
            .contains("Each of the four points has to be attested."),
        "{}",
        contoso.text()
    );
    let points = [
        ("good_faith", "yes"),
        ("legitimate_business_purpose", "yes"),
        ("in_line_with_agreement", "yes"),
        ("hold_harmless", "yes"),
    ];
    contoso.submit("/remove", &points).await;
    let text = contoso.text();
    assert!(
        text.contains("You can add a new customer, or invite this one again."),
        "{text}"
    );
    assert!(text.contains("You have no customers yet."), "{text}");
    contoso.press("Notices").await;
    assert!(
        contoso.text().contains("Invitation accepted"),
        "{}",
        contoso.text()
    );
    contoso.press("Indirect providers").await;
    contoso.press("End the partnership").await;
    contoso.submit("/end", &[]).await;
    assert!(
        contoso.text().contains("The partnership is over."),
        "{}",
        contoso.text()
    );
}

/// Somebody accepts what the link asks.
async fn accepted(house: &House, link: &str, name: &str) {
    let mut customer = house.signed_in(name, "en").await;
    customer.open(link).await;
    let fields = [
        ("display_name", "Adatum"),
        ("country", "BR"),
        ("domain", "adatum.example"),
    ];
    let fields = if customer.text().contains("no account yet") {
        &fields[..]
    } else {
        &[]
    };
    customer.submit("/accept", fields).await;
    assert!(
        customer.text().contains("Your acceptance is complete"),
        "{}",
        customer.text()
    );
}
