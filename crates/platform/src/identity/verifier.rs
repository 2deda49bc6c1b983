//! User tokens: OIDC access tokens of the configured issuers, and what each issuer may assert.
//!
//! A bearer of several organisations is a caller for one of them at a time: the call says for
//! which.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::TokenData;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use super::access_token;
use super::caller::Caller;
use super::issuer::IssuerConfig;
use super::jwks::KeySet;
use super::jwt::{self, Cache};
use super::published::{Keys, Look, Times};
use super::refusal::{Refusals, Refused, UNKNOWN};
use crate::error::SharedRefusal;
use crate::keys::{self, Error, LocalIssuer};

/// The keys of an issuer have not been fetched yet, or too long ago. Nobody can be believed, or
/// called a liar.
pub(super) const KEYS_AWAY: Refused = "the keys of the issuer are not there";

/// When fetched keys are fetched again.
pub(super) const TIMES: Times = Times {
    fresh: Duration::from_secs(5 * 60),
    again: Duration::from_secs(10),
    kept: Duration::from_secs(60 * 60),
};

/// How often the key of one token is looked for: others may have had the keys fetched for the first
/// time, before that key was published.
const LOOKS: usize = 2;

/// How often the list of issuers is looked at.
const REREAD: Duration = Duration::from_secs(5);

/// Verifies user tokens of every configured issuer.
#[derive(Clone)]
pub struct Verifier {
    issuers: Arc<RwLock<Issuers>>,
    list: Option<Arc<List>>,
    cache: Cache<Bearer>,
    refusals: Refusals,
}

/// The issuers by their names, as they are believed now.
pub(super) type Issuers = Arc<HashMap<String, Arc<Issuer>>>;

/// The file that the issuers were read from, and how their keys are kept.
struct List {
    path: PathBuf,
    times: Times,
}

pub(super) struct Issuer {
    config: IssuerConfig,
    keys: Arc<Keys>,
}

/// The file that lists the issuers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuersFile {
    issuers: Vec<IssuerConfig>,
}

/// The bearer of a token: a caller for each organisation that the issuer asserts, and at least one.
pub(super) struct Bearer {
    pub(super) callers: Vec<Arc<Caller>>,
    issuer: Arc<Issuer>,
    /// Of the keys by which it was verified.
    generation: u64,
}

/// Why a token is refused, and by whose keys.
struct Rejected {
    issuer: Option<Arc<Issuer>>,
    reason: Refused,
    /// The set of keys that was used, of which the token misses one; nothing where it misses none.
    missed: Option<Missed>,
}

struct Missed {
    used: Option<u64>,
}

/// Personal: it is not shown.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

impl Bearer {
    /// The caller for the organisation that the call names, or for the only one.
    pub(super) fn acting_for(
        &self,
        organization: Option<&str>,
    ) -> Result<&Arc<Caller>, SharedRefusal> {
        match (self.callers.as_slice(), organization) {
            ([only], None) => Ok(only),
            // operators and services act beyond every organisation
            ([only], Some(_)) if only.tenant().is_none() => Ok(only),
            (_, None) => Err(SharedRefusal::OrganizationRequired),
            (all, Some(named)) => all
                .iter()
                .find(|caller| caller.tenant() == Some(named))
                .ok_or(SharedRefusal::OrganizationNotAsserted),
        }
    }
}

impl Verifier {
    /// Reads the issuers file and the key sets it names.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::read_with(path, TIMES)
    }

    pub(super) fn read_with(path: &Path, times: Times) -> Result<Self, Error> {
        let list = List {
            path: path.to_owned(),
            times,
        };
        let issuers = list.read(&Issuers::default())?;
        Ok(Self::new(issuers, Some(Arc::new(list))))
    }

    /// Trusts the local issuer alone, with everything that an issuer can assert.
    pub fn local(issuer: &LocalIssuer) -> Self {
        let config = serde_json::from_value(issuer.config())
            .expect("the local issuer writes what is read here");
        let keys = Keys::fixed(issuer.jwks().to_string().into_bytes())
            .expect("the local issuer has one usable key")
            .into();
        let issuers = listed(vec![Arc::new(Issuer { config, keys })])
            .expect("one issuer that asserts everything is complete");
        Self::new(issuers, None)
    }

    fn new(issuers: Issuers, list: Option<Arc<List>>) -> Self {
        Self {
            issuers: Arc::new(RwLock::new(issuers)),
            list,
            cache: Cache::new(),
            refusals: Refusals::default(),
        }
    }

    /// The bearer of a token, which is checked once and remembered until it expires. Where it has a
    /// key that is not known, the keys of its issuer are fetched again. Why one is refused stands
    /// in the log.
    pub(super) async fn bearer(&self, token: &str) -> Result<Arc<Bearer>, Refused> {
        let mut judged = self.judge(token);
        for _ in 0..LOOKS {
            let Err(Rejected {
                issuer: Some(issuer),
                missed: Some(missed),
                reason,
            }) = &mut judged
            else {
                break;
            };
            match issuer.keys.look(missed.used).await {
                Look::Others => judged = self.judge(token),
                Look::Same => break,
                Look::Away => {
                    *reason = KEYS_AWAY;
                    break;
                }
            }
        }
        judged.map_err(|Rejected { issuer, reason, .. }| {
            let name = issuer.as_ref().map(|issuer| issuer.config.issuer.as_str());
            self.refused(name.unwrap_or(UNKNOWN), reason);
            reason
        })
    }

    /// As whom the bearer of a token may act: a caller for each of its organisations, and at least
    /// one. UNAVAILABLE where the keys of its issuer cannot be had.
    pub async fn callers(&self, token: &str) -> Result<Vec<Arc<Caller>>, SharedRefusal> {
        match self.bearer(token).await {
            Ok(bearer) => Ok(bearer.callers.clone()),
            Err(KEYS_AWAY) => Err(SharedRefusal::Unavailable),
            Err(_) => Err(SharedRefusal::TokenInvalid),
        }
    }

    /// The bearer of a token, by the keys that are known.
    #[cfg(test)]
    pub(super) fn verify(&self, token: &str) -> Result<Arc<Bearer>, Refused> {
        self.judge(token).map_err(|rejected| rejected.reason)
    }

    fn judge(&self, token: &str) -> Result<Arc<Bearer>, Rejected> {
        let stands = |bearer: &Bearer| {
            bearer.issuer.keys.stands(bearer.generation) && self.still_lists(&bearer.issuer)
        };
        self.cache.verified(token, stands, || {
            let issuer = self.issuer_of(token).map_err(|reason| Rejected {
                issuer: None,
                reason,
                missed: None,
            })?;
            // asked before they are used: others may come meanwhile
            let used = issuer.keys.usable();
            issuer.verify(token).map_err(|reason| {
                let misses = reason == KEYS_AWAY || jwt::misses_a_key(token, reason);
                Rejected {
                    issuer: Some(issuer),
                    reason,
                    missed: misses.then_some(Missed { used }),
                }
            })
        })
    }

    /// Keeps the keys that issuers publish fresh, and takes up what changes in the list, for ever.
    pub(crate) async fn keep_fresh(&self) {
        let mut told = String::new();
        loop {
            let issuers = self.issuers();
            let mut keeping = JoinSet::new();
            for issuer in issuers.values().cloned() {
                keeping.spawn(async move { issuer.keys.keep_fresh().await });
            }
            // whoever serves beside this one may have taken it up first
            while Arc::ptr_eq(&issuers, &self.issuers()) {
                sleep(REREAD).await;
                let verifier = self.clone();
                let outcome = spawn_blocking(move || verifier.reread()).await;
                let failed = match outcome {
                    Ok(Ok(())) => String::new(),
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                };
                if failed != told && !failed.is_empty() {
                    tracing::error!(failed, "the list of issuers stays as it was");
                }
                told = failed;
            }
        }
    }

    /// Reads the list and the files that it names again. What did not change stays as it is, with
    /// the keys that were fetched; a mistake changes nothing.
    pub(super) fn reread(&self) -> Result<(), Error> {
        let Some(list) = &self.list else {
            return Ok(());
        };
        let known = self.issuers();
        let read = list.read(&known)?;
        let same = |(name, issuer): (&String, &Arc<Issuer>)| {
            known
                .get(name)
                .is_some_and(|known| Arc::ptr_eq(known, issuer))
        };
        if read.len() != known.len() || !read.iter().all(same) {
            tracing::info!(issuers = read.len(), "the list of issuers has changed");
            *self.issuers.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
        Ok(())
    }

    pub(super) fn issuers(&self) -> Issuers {
        let issuers = self.issuers.read().unwrap_or_else(PoisonError::into_inner);
        issuers.clone()
    }

    fn still_lists(&self, issuer: &Arc<Issuer>) -> bool {
        let issuers = self.issuers.read().unwrap_or_else(PoisonError::into_inner);
        let listed = issuers.get(&issuer.config.issuer);
        listed.is_some_and(|listed| Arc::ptr_eq(listed, issuer))
    }

    fn issuer_of(&self, token: &str) -> Result<Arc<Issuer>, Refused> {
        let name = jwt::claimed_issuer(token)?;
        let issuers = self.issuers();
        let of_its_organization = || {
            let mut all = issuers.values();
            all.find(|issuer| issuer.config.organization_in(&name).is_some())
        };
        let known = issuers.get(&name).or_else(of_its_organization);
        known.cloned().ok_or("the issuer is unknown")
    }

    /// Tells why a token was refused.
    pub(super) fn refused(&self, issuer: &str, reason: Refused) {
        if let Some(times) = self.refusals.due(issuer, reason) {
            tracing::info!(issuer, reason, times, "tokens are refused");
        }
    }
}

impl List {
    /// Reads the issuers, of whom those that are known and did not change stay who they are.
    fn read(&self, known: &Issuers) -> Result<Issuers, Error> {
        let malformed = |what: String| Error::malformed(&self.path, what);
        let file: IssuersFile = serde_json::from_slice(&keys::read_file(&self.path)?)
            .map_err(|error| malformed(error.to_string()))?;
        let mut issuers = Vec::new();
        for config in file.issuers {
            let mut keys = Arc::new(config.keys(&self.path, self.times)?);
            let known = known.get(&config.issuer);
            let same = known.filter(|known| known.keys.same(&keys));
            if let Some(known) = same {
                keys = known.keys.clone();
            }
            issuers.push(match same.filter(|known| known.config == config) {
                Some(known) => known.clone(),
                None => Arc::new(Issuer { config, keys }),
            });
        }
        listed(issuers).map_err(malformed)
    }
}

/// The issuers by their names, or what is wrong with them.
fn listed(all: Vec<Arc<Issuer>>) -> Result<Issuers, String> {
    if all.is_empty() {
        return Err("no issuer is listed".to_owned());
    }
    let asserting = all
        .iter()
        .filter(|issuer| !issuer.config.tenants.is_empty())
        .count();
    let mut issuers = HashMap::new();
    for issuer in all {
        let config = &issuer.config;
        let name = config.issuer.clone();
        if let Some(mistake) = config.mistake().or_else(|| config.claims.mistake()) {
            return Err(format!("issuer \"{name}\": {mistake}"));
        }
        if name.is_empty() || config.audience.is_empty() || config.algorithms.is_empty() {
            return Err(format!(
                "issuer \"{name}\" needs a name, an audience and an algorithm"
            ));
        }
        // what an issuer publishes is its own matter, and keeps no change of the list away
        if let Some(file) = &config.jwks_file {
            let fits = |keys: Arc<KeySet>| keys.fits(&config.algorithms);
            if !issuer.keys.current().is_none_or(fits) {
                return Err(format!(
                    "issuer \"{name}\": no key of {file} is for one of its algorithms"
                ));
            }
        }
        if config.has_many_names() && !config.roles.is_empty() {
            return Err(format!(
                "issuer \"{name}\" has a name for each organisation, so it asserts no operator and no service"
            ));
        }
        if asserting > 1 && config.tenants.iter().any(|tenant| tenant == "*") {
            return Err(format!(
                "issuer \"{name}\" asserts every tenant, so no other may assert any"
            ));
        }
        if issuers.insert(name.clone(), issuer).is_some() {
            return Err(format!("issuer \"{name}\" is listed twice"));
        }
    }
    Ok(Arc::new(issuers))
}

impl Issuer {
    /// The bearer of a token that names this issuer, and when it expires.
    fn verify(self: &Arc<Self>, token: &str) -> Result<(Bearer, u64), Refused> {
        let config = &self.config;
        let name = jwt::claimed_issuer(token)?;
        let generation = self.keys.generation();
        let keys = self.keys.current().ok_or(KEYS_AWAY)?;
        let TokenData { header, claims } = jwt::verify::<Map<String, Value>>(
            token,
            &keys,
            &config.algorithms,
            &name,
            &config.audience,
        )?;
        config.check_name(&name, &claims)?;
        access_token::check(header.typ.as_deref(), &claims, config.access_token.as_ref())?;
        // `verify` has checked that it is a number; a fraction of a second is dropped.
        let expires = claims
            .get("exp")
            .and_then(Value::as_f64)
            .unwrap_or_default() as u64;
        let bearer = Bearer {
            callers: config.callers(&name, &claims, expires)?,
            issuer: self.clone(),
            generation,
        };
        Ok((bearer, expires))
    }
}
