//! The same ways in a real browser, in both languages, with scripts on and off: every page on them
//! is looked at, at the width of a telephone and of a desk, and by axe-core.

use tests::{Browser, Reader, Role, Store, on_both_stores};

use super::House;

on_both_stores!(a_customer_in_a_browser, a_partner_in_a_browser,);

/// How somebody reads, and what the pages are called then.
struct Words {
    reader: Reader,
    texts: &'static [(&'static str, &'static str)],
}

impl Words {
    fn of(language: &'static str, scripts: bool) -> Words {
        let texts = match language {
            "en" => ENGLISH,
            _ => PORTUGUESE,
        };
        let reader = Reader {
            language,
            scripts,
            ..Reader::default()
        };
        Words { reader, texts }
    }

    /// What a page says for this.
    fn of_key(&self, key: &str) -> &'static str {
        let found = self.texts.iter().find(|(named, _)| *named == key);
        found.unwrap_or_else(|| panic!("no words for {key}")).1
    }
}

const ENGLISH: &[(&str, &str)] = &[
    ("sign-in", "Sign in"),
    ("name", "Name"),
    ("country", "Country"),
    ("brazil", "Brazil"),
    ("domain", "Domain"),
    ("accept", "Accept"),
    ("complete", "Your acceptance is complete"),
    ("reach", "Who can reach us"),
    ("end-relationship", "End the relationship"),
    ("reason", "Reason (optional)"),
    ("is-over", "The relationship is over."),
    ("end-privilege", "End the privilege"),
    ("is-ended", "The privilege is ended."),
    ("answered", "What we answered"),
    ("read-consent", "Read what was consented to"),
    ("sign-out", "Sign out"),
    ("kind", "As"),
    ("provider", "Indirect provider"),
    ("enroll", "Ask for enrolment"),
    ("providers", "Indirect providers"),
    ("resellers", "Indirect resellers"),
    ("partner-id", "The partner’s id"),
    ("propose", "Propose"),
    ("accept-partnership", "Accept the partnership"),
    ("customers", "Customers"),
    ("request", "Request a reseller relationship"),
    ("invite", "Invite new customers"),
    ("make", "Make the invitation"),
    ("all-the-same", "Invite all the same"),
    (
        "warned",
        "has a relationship with your organisation already",
    ),
    ("more-choices", "More choices"),
    ("customer-id", "Customer’s id"),
    ("message", "A personal message (optional)"),
    ("subject", "Subject"),
    ("save", "Save"),
    ("copy", "Copy"),
    ("done", "Done"),
    ("invitations", "Invitations"),
    ("open-record", "Show the record"),
    ("account-page", "Account page"),
    ("remove", "Remove customer relationship"),
    (
        "good-faith",
        "that we remove the relationship in good faith",
    ),
    ("purpose", "that we have a legitimate business purpose"),
    (
        "agreement",
        "that it is in line with our agreement with the customer or partner",
    ),
    (
        "harmless",
        "that we hold the programme and its operator harmless",
    ),
    ("four-points", "Each of the four points has to be attested."),
    ("removed", "The relationship is removed."),
    ("notices", "Notices"),
    ("enrollment", "Enrolment"),
];

const PORTUGUESE: &[(&str, &str)] = &[
    ("sign-in", "Entrar"),
    ("name", "Nome"),
    ("country", "País"),
    ("brazil", "Brasil"),
    ("domain", "Domínio"),
    ("accept", "Aceitar"),
    ("complete", "Seu aceite está completo"),
    ("reach", "Quem tem acesso a nós"),
    ("end-relationship", "Encerrar a relação"),
    ("reason", "Motivo (opcional)"),
    ("is-over", "A relação terminou."),
    ("end-privilege", "Encerrar o privilégio"),
    ("is-ended", "O privilégio foi encerrado."),
    ("answered", "O que respondemos"),
    ("read-consent", "Ler o que foi consentido"),
    ("sign-out", "Sair"),
    ("kind", "Como"),
    ("provider", "Provedor indireto"),
    ("enroll", "Pedir inscrição"),
    ("providers", "Provedores indiretos"),
    ("resellers", "Revendedores indiretos"),
    ("partner-id", "Id do parceiro"),
    ("propose", "Propor"),
    ("accept-partnership", "Aceitar a parceria"),
    ("customers", "Clientes"),
    ("request", "Solicitar uma relação de revendedor"),
    ("invite", "Convidar novos clientes"),
    ("make", "Criar o convite"),
    ("all-the-same", "Convidar mesmo assim"),
    ("warned", "já tem uma relação com a sua organização"),
    ("more-choices", "Mais opções"),
    ("customer-id", "Id do cliente"),
    ("message", "Uma mensagem pessoal (opcional)"),
    ("subject", "Assunto"),
    ("save", "Salvar"),
    ("copy", "Copiar"),
    ("done", "Concluir"),
    ("invitations", "Convites"),
    ("open-record", "Mostrar o registro"),
    ("account-page", "Página da conta"),
    ("remove", "Remover a relação com o cliente"),
    ("good-faith", "que removemos a relação de boa-fé"),
    ("purpose", "que temos um propósito comercial legítimo"),
    (
        "agreement",
        "que isso está de acordo com o nosso contrato com o cliente ou parceiro",
    ),
    (
        "harmless",
        "que isentamos de responsabilidade o programa e quem o opera",
    ),
    ("four-points", "Cada um dos quatro pontos"),
    ("removed", "A relação foi removida."),
    ("notices", "Avisos"),
    ("enrollment", "Inscrição"),
];

/// Every way of reading: each language, with scripts and without.
const READERS: [(&str, bool); 4] = [
    ("en", true),
    ("en", false),
    ("pt-BR", true),
    ("pt-BR", false),
];

/// Somebody at a browser.
struct Visit<'a> {
    browser: Browser,
    words: &'a Words,
    house: &'a House,
}

impl<'a> Visit<'a> {
    async fn begin(house: &'a House, words: &'a Words) -> Visit<'a> {
        Visit {
            browser: Browser::start(words.reader).await,
            words,
            house,
        }
    }

    async fn open(&self, path: &str) {
        self.browser.open(&self.house.at(path)).await;
    }

    async fn press(&self, key: &str) {
        self.browser.press(self.words.of_key(key)).await;
    }

    async fn fill(&self, key: &str, value: &str) {
        self.browser.fill(self.words.of_key(key), value).await;
    }

    async fn tick(&self, key: &str) {
        self.browser.tick(self.words.of_key(key)).await;
    }

    async fn wait_for(&self, key: &str) {
        self.browser.wait_for(self.words.of_key(key)).await;
    }

    async fn check(&self, name: &str) {
        let language = self.browser.language().await;
        assert_eq!(language, self.words.reader.language, "{name}");
        self.browser.check(name).await;
    }

    /// Signs in at the provider's own pages.
    async fn sign_in(&self, name: &str) {
        self.browser.wait_for("Sign-in").await;
        let address = self.browser.address().await;
        assert!(
            address.starts_with(&self.house.provider.issuer()),
            "{address}"
        );
        self.browser.type_into("login", name).await;
        self.browser.type_into("password", "secret").await;
        self.browser.press("Sign-in").await;
        if self
            .browser
            .address()
            .await
            .starts_with(&self.house.provider.issuer())
        {
            self.browser.press("Continue").await;
        }
        let address = self.browser.address().await;
        assert!(address.starts_with(&self.house.system.pages()), "{address}");
    }
}

/// P1, P4, P5: a customer opens the mailed link in a browser, signs in, answers, reads what it has
/// agreed to, and ends what it does not want any more, in either language, with or without scripts.
async fn a_customer_in_a_browser(store: Store) {
    let house = House::open(store).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    for (language, scripts) in READERS {
        let words = Words::of(language, scripts);
        let link = house.invited(&mut contoso).await;
        let visit = Visit::begin(&house, &words).await;
        visit.browser.open(&link).await;
        visit.check("link").await;
        visit.press("sign-in").await;
        visit.sign_in("beto").await;
        assert_eq!(visit.browser.address().await, link);
        visit.check("invitation").await;
        if (language, scripts) == READERS[0] {
            visit.fill("name", "Adatum").await;
            visit.fill("country", words.of_key("brazil")).await;
            visit.fill("domain", "adatum").await;
            visit.press("accept").await;
            visit.check("invitation-refused").await;
            visit.fill("domain", "adatum.example").await;
        }
        visit.press("accept").await;
        visit.wait_for("complete").await;
        visit.check("accepted").await;
        visit.open("/customer").await;
        visit.check("reach").await;
        let relationships = house.relationships_of(&visit.browser.source().await);
        visit.open(&relationships[0]).await;
        visit.fill("reason", "Uma razão, com מילים.").await;
        visit.check("end-relationship").await;
        visit.press("end-relationship").await;
        visit.wait_for("is-over").await;
        let privileges = house.privileges_of(&visit.browser.source().await);
        visit.open(&privileges[0]).await;
        visit.check("end-privilege").await;
        visit.press("end-privilege").await;
        visit.wait_for("is-ended").await;
        visit.press("answered").await;
        visit.check("answers").await;
        visit.open("/nowhere").await;
        visit.check("nowhere").await;
        visit.browser.open(&link).await;
        visit.wait_for("complete").await;
        visit.press("sign-out").await;
    }
}

/// P1: what was accepted while the service that decides is away is received, and turns into done by
/// itself, without a script.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_established_turns_into_done_by_itself() {
    let mut house = House::open(Store::sqlite()).await;
    let (mut contoso, _fabrikam) = house.with_partners().await;
    let link = house.invited(&mut contoso).await;
    let words = Words::of("en", false);
    let visit = Visit::begin(&house, &words).await;
    visit.browser.open(&link).await;
    visit.press("sign-in").await;
    visit.sign_in("beto").await;
    visit.fill("name", "Adatum").await;
    visit.fill("country", words.of_key("brazil")).await;
    visit.fill("domain", "adatum.example").await;
    let browser = visit.browser;
    house.system.stop(Role::Relationship);
    browser.press(words.of_key("accept")).await;
    browser.wait_for("is being established").await;
    browser.check("being-established").await;
    house.system.start(Role::Relationship).await;
    browser.wait_for(words.of_key("complete")).await;
}

/// P2: a partner takes part, works with a provider, invites alone and together with it, edits the
/// draft, reads its customer's record and removes the relationship, in a browser.
async fn a_partner_in_a_browser(store: Store) {
    let house = House::open(store).await;
    let mut enrolled = false;
    for (language, scripts) in READERS {
        let words = Words::of(language, scripts);
        let visit = Visit::begin(&house, &words).await;
        visit.open("/").await;
        visit.check("welcome").await;
        visit.press("sign-in").await;
        visit.sign_in("ana").await;
        if !enrolled {
            enrolled = true;
            visit.check("enrollment-asked").await;
            visit.fill("name", "Contoso Cloud").await;
            visit.press("enroll").await;
            let provider = Visit::begin(&house, &words).await;
            provider.open("/sign-in").await;
            provider.sign_in("carla").await;
            provider.fill("kind", words.of_key("provider")).await;
            provider.fill("name", "Fabrikam").await;
            provider.press("enroll").await;
            visit.press("providers").await;
            visit.check("providers-none").await;
            visit.fill("partner-id", "fabrikam").await;
            visit.press("propose").await;
            provider.press("resellers").await;
            provider.check("resellers").await;
            provider.press("accept-partnership").await;
        }
        visit.press("enrollment").await;
        visit.check("enrollment").await;
        visit.press("customers").await;
        visit.check("customers").await;
        visit.press("request").await;
        visit.check("invite").await;
        visit.fill("message", "<b>Olá</b>").await;
        visit.press("make").await;
        visit.check("draft").await;
        let first = visit.browser.address().await;
        visit.fill("subject", "Work with us").await;
        visit.press("save").await;
        if scripts {
            visit.browser.press_here(words.of_key("copy")).await;
        }
        visit.press("done").await;
        visit.check("invitation-open").await;
        visit.press("providers").await;
        visit.check("providers").await;
        visit.press("invite").await;
        visit.press("make").await;
        let link = visit.link().await;
        accept(&house, &link).await;
        visit.press("invitations").await;
        visit.check("invitations").await;
        visit.press("customers").await;
        visit.press("open-record").await;
        visit.check("record").await;
        visit.press("account-page").await;
        visit.check("account").await;
        visit
            .open("/partner/invitations/new?provider=fabrikam")
            .await;
        visit.browser.press_here(words.of_key("more-choices")).await;
        visit.fill("customer-id", "adatum").await;
        visit.press("make").await;
        visit.wait_for("warned").await;
        visit.check("warned").await;
        visit.open("/partner/customers/adatum").await;
        visit.press("remove").await;
        visit.check("remove").await;
        visit.tick("good-faith").await;
        visit.press("remove").await;
        visit.wait_for("four-points").await;
        for point in ["good-faith", "purpose", "agreement", "harmless"] {
            visit.tick(point).await;
        }
        visit.press("remove").await;
        visit.wait_for("removed").await;
        visit.press("notices").await;
        visit.check("notices").await;
        visit.browser.open(&first).await;
        visit.press("sign-out").await;
    }
}

impl Visit<'_> {
    /// The link in the draft that is shown.
    async fn link(&self) -> String {
        let source = self.browser.source().await;
        let begin = self.house.at("/i/");
        let (_, after) = source.split_once(&begin).expect("a link in the draft");
        let secret = after.split(|c: char| c.is_whitespace() || c == '<').next();
        format!("{begin}{}", secret.unwrap_or_default())
    }
}

/// The customer accepts, by whatever way.
async fn accept(house: &House, link: &str) {
    let mut beto = house.signed_in("beto", "en").await;
    beto.open(link).await;
    let fields = [
        ("display_name", "Adatum"),
        ("country", "BR"),
        ("domain", "adatum.example"),
    ];
    let fields = if beto.text().contains("no account yet") {
        &fields[..]
    } else {
        &[]
    };
    beto.submit("/accept", fields).await;
    assert!(
        beto.text().contains("Your acceptance is complete"),
        "{}",
        beto.text()
    );
}
