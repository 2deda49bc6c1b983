//! Sessions: who is signed in in a browser, and what the provider has given for it.
//!
//! The browser has an id that nobody guesses; the store has its hash, and the rest sealed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use platform::identity::{Renewed, SignedIn};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::Kept;
use crate::wording::nobody_guesses;
use crate::{Web, problem::Problem};

/// What a session is sealed for; the hash of its id follows.
const PURPOSE: &str = "session ";
/// How many bytes of chance an id has.
const ID: usize = 32;
/// An access token that ends in less than this, in seconds, is renewed first.
const EARLY: u64 = 30;
/// How long somebody may take to change a session before others try: longer than the slowest
/// renewal, in which the provider is asked four times, for 5 s at most each.
const CHANGING: std::time::Duration = std::time::Duration::from_secs(30);
/// How often, and after which pause, whoever waits for that looks again.
const LOOKS: usize = 40;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// Who is signed in. Secret and personal: it is never shown.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) access_token: String,
    refresh_token: Option<String>,
    /// Shown to the provider when the session ends.
    pub(crate) id_token: String,
    /// When the access token ends, in seconds since 1970.
    expires: u64,
    /// What the person is called.
    pub(crate) name: Option<String>,
    /// The organisation that was chosen.
    pub(crate) organization: Option<String>,
    /// What every form of this session says.
    pub(crate) token: String,
}

/// A session as a request has it: its id, and what the store keeps.
pub(crate) struct Open {
    pub(crate) session: Session,
    hash: String,
    version: i64,
}

impl Session {
    /// The session of who has just signed in.
    pub(crate) fn begin(signed_in: SignedIn) -> Self {
        let SignedIn {
            access_token,
            refresh_token,
            id_token,
            name,
            expires,
        } = signed_in;
        Self {
            access_token,
            refresh_token,
            id_token,
            expires,
            name,
            organization: None,
            token: nobody_guesses::<16>(),
        }
    }

    fn renew(self, renewed: Renewed) -> Self {
        Self {
            access_token: renewed.access_token,
            refresh_token: renewed.refresh_token.or(self.refresh_token),
            id_token: renewed.id_token.unwrap_or(self.id_token),
            expires: renewed.expires,
            ..self
        }
    }

    fn seal(&self, web: &Web, hash: &str) -> Vec<u8> {
        let text = serde_json::to_vec(self).expect("a session is JSON");
        web.parts.seal.seal(&format!("{PURPOSE}{hash}"), &text)
    }

    fn open(web: &Web, hash: &str, sealed: &[u8]) -> Option<Self> {
        let text = web.parts.seal.open(&format!("{PURPOSE}{hash}"), sealed)?;
        serde_json::from_slice(&text).ok()
    }
}

/// Keeps a new session; answers its id, for the browser alone.
pub(crate) async fn begin(web: &Web, session: &Session) -> Result<String, Problem> {
    let id = nobody_guesses::<ID>();
    let hash = hash(&id);
    let sealed = session.seal(web, &hash);
    web.store.insert(hash, sealed).await?;
    Ok(id)
}

/// The session with this id, with an access token that is good for a while; none where it has
/// ended.
pub(crate) async fn find(web: &Web, id: &str) -> Result<Option<Open>, Problem> {
    for _ in 0..LOOKS {
        let Some(open) = known(web, id).await? else {
            return Ok(None);
        };
        if !open.is_late(web) {
            return Ok(Some(open));
        }
        if open.lease(web).await? {
            // on a task of its own: a token that renews is used up, whoever goes away meanwhile
            let web = web.clone();
            let renewing = tokio::spawn(async move { open.renewed(&web).await });
            return renewing.await.map_err(|_| Problem::Failed)?;
        }
        // somebody else renews it: another tab, perhaps at another replica
        tokio::time::sleep(PAUSE).await;
    }
    Err(Problem::ProviderAway)
}

/// The session with this id as it is kept, however old its access token is.
pub(crate) async fn known(web: &Web, id: &str) -> Result<Option<Open>, Problem> {
    let hash = hash(id);
    let kept = web.store.find(&hash).await?;
    Ok(kept.and_then(|kept| Open::of(web, &hash, &kept)))
}

/// Acts for this organisation from now on. Whoever renews the session meanwhile is waited for, so
/// that neither takes back what the other writes.
pub(crate) async fn choose(web: &Web, id: &str, organization: &str) -> Result<(), Problem> {
    for _ in 0..LOOKS {
        let Some(mut open) = known(web, id).await? else {
            return Err(Problem::SignInNeeded);
        };
        if open.lease(web).await? {
            open.session.organization = Some(organization.to_owned());
            return open.keep(web).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Problem::ProviderAway)
}

impl Open {
    fn of(web: &Web, hash: &str, kept: &Kept) -> Option<Self> {
        Some(Self {
            session: Session::open(web, hash, &kept.sealed)?,
            hash: hash.to_owned(),
            version: kept.version,
        })
    }

    fn is_late(&self, web: &Web) -> bool {
        let now = u64::try_from(web.clock.now().micros() / 1_000_000).unwrap_or_default();
        self.session.expires < now.saturating_add(EARLY)
    }

    /// Renewed at the provider; none where that refuses, which ends the session.
    async fn renewed(self, web: &Web) -> Result<Option<Self>, Problem> {
        use platform::identity::SignInError;
        let Some(token) = self.session.refresh_token.clone() else {
            self.end(web).await?;
            return Ok(None);
        };
        let renewed = match web.parts.sign_in.renew(&token).await {
            Ok(renewed) => renewed,
            Err(SignInError::Away) => {
                web.store.release(&self.hash, self.version).await?;
                return Err(Problem::ProviderAway);
            }
            Err(SignInError::Refused(reason)) => {
                tracing::info!(reason, "a session is not renewed");
                self.end(web).await?;
                return Ok(None);
            }
        };
        let open = Self {
            session: self.session.renew(renewed),
            ..self
        };
        open.keep(web).await?;
        Ok(Some(open))
    }

    /// Takes what may change it upon oneself for a time; whether nobody else has.
    async fn lease(&self, web: &Web) -> Result<bool, Problem> {
        Ok(web.store.lease(&self.hash, self.version, CHANGING).await?)
    }

    /// Keeps it as it is now.
    async fn keep(&self, web: &Web) -> Result<(), Problem> {
        let sealed = self.session.seal(web, &self.hash);
        Ok(web.store.replace(&self.hash, self.version, sealed).await?)
    }

    /// Ends it here. The provider is another matter.
    pub(crate) async fn end(&self, web: &Web) -> Result<(), Problem> {
        Ok(web.store.remove(&self.hash).await?)
    }
}

/// What is kept of an id.
fn hash(id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id))
}
