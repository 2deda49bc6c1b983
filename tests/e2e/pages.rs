//! The pages for people, over the whole system, where they sign in at an OpenID provider that
//! others made: what a customer and a partner do there, and what nobody can do with them.

mod attacks;
mod browsing;
mod idle;
mod signing_in;
mod walks;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{OpenIdProvider, Role, Store, System, Visitor};

/// The programme as people have it: a system with pages, and a provider where they sign in.
pub(crate) struct House {
    pub(crate) provider: OpenIdProvider,
    pub(crate) system: System,
    _folder: TempDir,
}

/// Somebody in these organisations with this role.
fn person(organizations: Value, role: &str, email: &str, name: &str) -> Value {
    json!({
        "organization": organizations, "realm_access": { "roles": [role] },
        "email": email, "email_verified": true, "name": name,
    })
}

/// Everybody who can sign in.
fn people() -> Value {
    json!({
        "ana": person(json!(["contoso"]), "admin-agent", "ana@contoso.example", "Ana Lima"),
        "carla": person(json!(["fabrikam"]), "admin-agent", "carla@fabrikam.example", "Carla Dias"),
        "beto": person(json!(["adatum"]), "global-admin", "beto@adatum.example", "Beto Souza"),
        "eva": person(json!(["adatum"]), "reader", "eva@adatum.example", "Eva Reis"),
        "zoe": person(json!(["northwind"]), "global-admin", "zoe@northwind.example", "Zoe Prado"),
        "dora": person(json!(["contoso", "adatum"]), "global-admin", "dora@contoso.example", "Dora Vaz"),
    })
}

impl House {
    /// A house on this store, with whatever `prepare` changes before anything starts.
    pub(crate) async fn open_with(store: Store, prepare: impl FnOnce(&mut System)) -> House {
        let mut system = System::new(store);
        let folder = TempDir::new().expect("a temporary folder");
        let provider = OpenIdProvider::start_for(&system.pages(), &people(), folder.path()).await;
        system.trust(json!({
            "issuer": provider.issuer(), "audience": "partner-connect",
            "tenants": ["contoso", "fabrikam", "adatum", "northwind"],
            "claims": { "tenant": "organization", "roles": ["realm_access", "roles"] },
        }));
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "secret\n").expect("a file");
        system.option(Role::Relationship, "--enrollment=at-once");
        let secret = format!("--sign-in-secret-file={}", secret.display());
        system.option(Role::Web, &secret);
        prepare(&mut system);
        for role in Role::ALL {
            system.start(role).await;
        }
        system.start_pages(&provider.issuer(), "web").await;
        House {
            provider,
            system,
            _folder: folder,
        }
    }

    pub(crate) async fn open(store: Store) -> House {
        Self::open_with(store, |_| {}).await
    }

    /// Where a page is.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.system.pages())
    }

    /// Somebody who has signed in, and reads this language.
    pub(crate) async fn signed_in(&self, name: &str, language: &str) -> Visitor {
        let mut visitor = Visitor::new(language);
        visitor.open(&self.at("/sign-in")).await;
        visitor.sign_in(name).await;
        assert!(
            visitor.address.starts_with(&self.system.pages()),
            "{}",
            visitor.text()
        );
        visitor
    }

    /// contoso and fabrikam take part, and work together.
    pub(crate) async fn with_partners(&self) -> (Visitor, Visitor) {
        let mut contoso = self.signed_in("ana", "en").await;
        contoso.open(&self.at("/partner/enrollment")).await;
        let fields = [("kind", "1"), ("display_name", "Contoso Cloud")];
        contoso.submit("/partner/enrollment", &fields).await;
        let mut fabrikam = self.signed_in("carla", "en").await;
        fabrikam.open(&self.at("/partner/enrollment")).await;
        let fields = [("kind", "2"), ("display_name", "Fabrikam")];
        fabrikam.submit("/partner/enrollment", &fields).await;
        contoso.open("/partner/partnerships").await;
        contoso
            .submit("/partner/partnerships", &[("partner", "fabrikam")])
            .await;
        fabrikam.open("/partner/partnerships").await;
        fabrikam.submit("/accept", &[]).await;
        assert!(
            fabrikam.text().contains("The partnership is active."),
            "{}",
            fabrikam.text()
        );
        (contoso, fabrikam)
    }

    /// The link of a joint invitation that contoso makes.
    pub(crate) async fn invited(&self, contoso: &mut Visitor) -> String {
        contoso
            .open("/partner/invitations/new?provider=fabrikam")
            .await;
        contoso.submit("/partner/invitations/new", &[]).await;
        self.link_in(contoso)
    }

    /// The addresses on a page that end a relationship.
    pub(crate) fn relationships_of(&self, page: &str) -> Vec<String> {
        endings(page, "/customer/relationships/")
    }

    /// The addresses on a page that end a privilege.
    pub(crate) fn privileges_of(&self, page: &str) -> Vec<String> {
        endings(page, "/customer/privileges/")
    }

    /// The link in the draft that is shown.
    pub(crate) fn link_in(&self, visitor: &Visitor) -> String {
        let begin = self.at("/i/");
        let text = visitor.text();
        let line = text.lines().find(|line| line.starts_with(&begin));
        line.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
    }
}

/// The addresses on a page that begin so.
fn endings(page: &str, begin: &str) -> Vec<String> {
    let href = format!("href=\"{begin}");
    let parts = page.split(&href).skip(1);
    let ends = parts.filter_map(|part| part.split('"').next());
    ends.map(|end| format!("{begin}{end}")).collect()
}
