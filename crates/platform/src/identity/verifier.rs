//! User tokens: OIDC access tokens of the configured issuers, and what each issuer may assert.
//!
//! A bearer of several organisations is a caller for one of them at a time: the call says for
//! which.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::TokenData;
use serde::Deserialize;
use serde_json::{Map, Value};
use vocabulary::email::EmailAddress;

use super::access_token::{self, Mark};
use super::algorithm::Algorithm;
use super::caller::{Caller, Kind, is_subject};
use super::claims::Claims;
use super::fetch::{Address, Fetcher};
use super::jwks::KeySet;
use super::jwt::{self, Cache};
use super::published::{Keys, Published, Source, Times};
use super::refusal::{Refusals, Refused, UNKNOWN};
use crate::error::SharedRefusal;
use crate::keys::{self, Error, LocalIssuer};

/// The keys of an issuer have not been fetched yet, or too long ago. Nobody can be believed, or
/// called a liar.
pub(super) const KEYS_AWAY: Refused = "the keys of the issuer are not there";

/// When fetched keys are fetched again.
const TIMES: Times = Times {
    fresh: Duration::from_secs(5 * 60),
    again: Duration::from_secs(10),
    kept: Duration::from_secs(60 * 60),
};

/// Verifies user tokens of every configured issuer.
#[derive(Clone)]
pub struct Verifier {
    issuers: Arc<HashMap<String, Arc<Issuer>>>,
    cache: Cache<Bearer>,
    refusals: Refusals,
}

struct Issuer {
    config: IssuerConfig,
    keys: Keys,
}

/// The file that lists the issuers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuersFile {
    issuers: Vec<IssuerConfig>,
}

/// One issuer, and what it may assert.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerConfig {
    issuer: String,
    audience: String,
    #[serde(default = "usual_algorithms")]
    algorithms: Vec<Algorithm>,
    /// Its keys: a file, relative to the folder of the file that names it, or an address. Where
    /// neither is given, the issuer says itself where they are (OpenID Connect discovery).
    jwks_file: Option<String>,
    jwks_url: Option<String>,
    /// The authorities that vouch for the host of the keys, in PEM form, where they are not those
    /// that browsers know; relative as well.
    ca_file: Option<String>,
    /// For how many seconds fetched keys are used where the issuer is away; an hour unless given.
    keys_kept_seconds: Option<u32>,
    /// Organisations whose members it knows; "*" for all, where no other issuer asserts any.
    #[serde(default)]
    tenants: Vec<String>,
    #[serde(default)]
    roles: Vec<AssertedRole>,
    #[serde(default)]
    claims: Claims,
    /// A claim that every access token of this issuer has, with its value, where its tokens do not
    /// say it as usual.
    access_token: Option<Mark>,
}

/// A role beyond every organisation, which an issuer may assert only where it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AssertedRole {
    Operator,
    Service,
}

/// What an issuer signs with where its entry does not say: what providers use.
fn usual_algorithms() -> Vec<Algorithm> {
    vec![
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ]
}

/// The bearer of a token: a caller for each organisation that the issuer asserts, and at least one.
pub(super) struct Bearer {
    pub(super) callers: Vec<Arc<Caller>>,
    issuer: Arc<Issuer>,
    /// Of the keys by which it was verified.
    generation: u64,
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
                .ok_or(SharedRefusal::CallerNotAllowed),
        }
    }
}

impl Verifier {
    /// Reads the issuers file and the key sets it names.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::read_with(path, TIMES)
    }

    pub(super) fn read_with(path: &Path, times: Times) -> Result<Self, Error> {
        let malformed = |what: String| Error::malformed(path, what);
        let file: IssuersFile = serde_json::from_slice(&keys::read_file(path)?)
            .map_err(|error| malformed(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut issuers = Vec::new();
        for config in file.issuers {
            let keys = config.keys(path, folder, times)?;
            issuers.push(Issuer { config, keys });
        }
        Self::new(issuers).map_err(malformed)
    }

    /// Trusts the local issuer alone, with everything that an issuer can assert.
    pub fn local(issuer: &LocalIssuer) -> Self {
        let config = serde_json::from_value(issuer.config())
            .expect("the local issuer writes what is read here");
        let keys = KeySet::parse(issuer.jwks().to_string().as_bytes())
            .expect("the local issuer has one usable key");
        let keys = Keys::fixed(keys);
        Self::new(vec![Issuer { config, keys }])
            .expect("one issuer that asserts everything is complete")
    }

    fn new(list: Vec<Issuer>) -> Result<Self, String> {
        if list.is_empty() {
            return Err("no issuer is listed".to_owned());
        }
        let asserting = list
            .iter()
            .filter(|issuer| !issuer.config.tenants.is_empty())
            .count();
        let mut issuers = HashMap::new();
        for issuer in list {
            let config = &issuer.config;
            let name = config.issuer.clone();
            if let Some(mistake) = config.claims.mistake() {
                return Err(format!("issuer \"{name}\": {mistake}"));
            }
            if name.is_empty() || config.audience.is_empty() || config.algorithms.is_empty() {
                return Err(format!(
                    "issuer \"{name}\" needs a name, an audience and an algorithm"
                ));
            }
            let fits = |keys: Arc<KeySet>| keys.fits(&config.algorithms);
            if !issuer.keys.current().is_none_or(fits) {
                let file = config.jwks_file.as_deref().unwrap_or_default();
                return Err(format!(
                    "issuer \"{name}\": no key of {file} is for one of its algorithms"
                ));
            }
            if asserting > 1 && config.tenants.iter().any(|tenant| tenant == "*") {
                return Err(format!(
                    "issuer \"{name}\" asserts every tenant, so no other may assert any"
                ));
            }
            if issuers.insert(name.clone(), Arc::new(issuer)).is_some() {
                return Err(format!("issuer \"{name}\" is listed twice"));
            }
        }
        Ok(Self {
            issuers: Arc::new(issuers),
            cache: Cache::new(),
            refusals: Refusals::default(),
        })
    }

    /// The bearer of a token, which is checked once and remembered until it expires. Why one is
    /// refused stands in the log.
    pub(super) fn verify(&self, token: &str) -> Result<Arc<Bearer>, Refused> {
        let stands = |bearer: &Bearer| bearer.issuer.keys.stands(bearer.generation);
        self.cache.verified(token, stands, || {
            let issuer = self.issuer_of(token);
            let verified = issuer.and_then(|issuer| issuer.verify(token));
            verified.inspect_err(|reason| {
                self.refused(
                    issuer.map_or(UNKNOWN, |issuer| &issuer.config.issuer),
                    reason,
                );
            })
        })
    }

    /// Has the keys of a token's issuer fetched, where the token has a key that is not among them;
    /// whether there are others now, so that verifying it again may end otherwise.
    pub(super) async fn missed_a_key_of(&self, token: &str) -> bool {
        let Ok(issuer) = self.issuer_of(token) else {
            return false;
        };
        let named = jwt::key_id(token).ok().flatten();
        let known = issuer.keys.current().is_some_and(|keys| match &named {
            Some(id) => keys.get(id).is_some(),
            None => keys.only().is_some(),
        });
        !known && issuer.keys.missed().await
    }

    /// Keeps the keys that issuers publish fresh, for ever.
    pub(crate) async fn keep_fresh(&self) {
        let mut all = tokio::task::JoinSet::new();
        for issuer in self.issuers.values().cloned() {
            all.spawn(async move { issuer.keys.keep_fresh().await });
        }
        while all.join_next().await.is_some() {}
    }

    fn issuer_of(&self, token: &str) -> Result<&Arc<Issuer>, Refused> {
        let name = jwt::claimed_issuer(token)?;
        self.issuers.get(&name).ok_or("the issuer is unknown")
    }

    /// Tells why a token was refused.
    pub(super) fn refused(&self, issuer: &str, reason: Refused) {
        if let Some(times) = self.refusals.due(issuer, reason) {
            tracing::info!(issuer, reason, times, "tokens are refused");
        }
    }
}

impl Issuer {
    /// The bearer of a token that names this issuer, and when it expires.
    fn verify(self: &Arc<Self>, token: &str) -> Result<(Bearer, u64), Refused> {
        let config = &self.config;
        let generation = self.keys.generation();
        let keys = self.keys.current().ok_or(KEYS_AWAY)?;
        let TokenData { header, claims } = jwt::verify::<Map<String, Value>>(
            token,
            &keys,
            &config.algorithms,
            &config.issuer,
            &config.audience,
        )?;
        access_token::check(header.typ.as_deref(), &claims, config.access_token.as_ref())?;
        // `verify` has checked that it is a number; a fraction of a second is dropped.
        let expires = claims
            .get("exp")
            .and_then(Value::as_f64)
            .unwrap_or_default() as u64;
        let bearer = Bearer {
            callers: config.callers(&claims, expires)?,
            issuer: self.clone(),
            generation,
        };
        Ok((bearer, expires))
    }
}

impl IssuerConfig {
    /// The keys of the issuer, as its entry says. Those of an address are not fetched yet.
    fn keys(&self, list: &Path, folder: &Path, times: Times) -> Result<Keys, Error> {
        let malformed =
            |what: String| Error::malformed(list, format!("issuer \"{}\": {what}", self.issuer));
        let address = match (&self.jwks_file, &self.jwks_url) {
            (Some(_), Some(_)) => {
                let what = "jwks_file and jwks_url cannot both be given";
                return Err(malformed(what.to_owned()));
            }
            (Some(file), None) => {
                let jwks = folder.join(file);
                let keys = KeySet::parse(&keys::read_file(&jwks)?);
                return Ok(Keys::fixed(
                    keys.map_err(|what| Error::malformed(&jwks, what))?,
                ));
            }
            (None, Some(url)) => Published::Keys(Address::parse(url).map_err(malformed)?),
            (None, None) => {
                let issuer = self.issuer.trim_end_matches('/');
                let url = format!("{issuer}/.well-known/openid-configuration");
                Published::Discovery(Address::parse(&url).map_err(malformed)?)
            }
        };
        let authorities = self.ca_file.as_ref().map(|file| folder.join(file));
        let fetcher = Fetcher::new(authorities.as_deref()).map_err(malformed)?;
        let source = Source {
            issuer: self.issuer.clone(),
            address,
            fetcher,
        };
        let times = match self.keys_kept_seconds {
            None => times,
            Some(seconds) => Times {
                kept: Duration::from_secs(seconds.into()),
                ..times
            },
        };
        Ok(Keys::published(source, times))
    }

    fn callers(
        &self,
        claims: &Map<String, Value>,
        expires: u64,
    ) -> Result<Vec<Arc<Caller>>, Refused> {
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .ok_or("the subject is missing")?;
        if !is_subject(subject) {
            return Err("the subject is not usable");
        }
        let email = verified_email(claims);
        let caller = |kind| {
            Arc::new(Caller {
                issuer: self.issuer.clone(),
                subject: subject.to_owned(),
                kind,
                email: email.clone(),
                expires,
            })
        };
        Ok(self.kinds(claims)?.into_iter().map(caller).collect())
    }

    /// What the bearer acts as, for each of its organisations. Its roles are the same in all.
    fn kinds(&self, claims: &Map<String, Value>) -> Result<Vec<Kind>, Refused> {
        let roles = self.claims.roles(claims)?;
        let asserts = |role: AssertedRole, name: &str| {
            self.roles.contains(&role) && roles.iter().any(|role| role == name)
        };
        match (
            asserts(AssertedRole::Operator, "operator"),
            asserts(AssertedRole::Service, "service"),
        ) {
            (true, true) => Err("operator and service at once"),
            (true, false) => Ok(vec![Kind::Operator]),
            (false, true) => Ok(vec![Kind::Service]),
            (false, false) => {
                let roles: Vec<_> = roles.iter().filter_map(|name| name.parse().ok()).collect();
                let asserted = |tenant: &str| {
                    let mut all = self.tenants.iter();
                    all.any(|asserted| asserted == "*" || asserted == tenant)
                };
                let tenants = self.claims.tenants(claims, asserted)?;
                let kind = |tenant| Kind::Tenant {
                    tenant,
                    roles: roles.clone(),
                };
                Ok(tenants.into_iter().map(kind).collect())
            }
        }
    }
}

/// The address, only where the issuer says, as a boolean, that it has verified it, and where it is
/// one.
fn verified_email(claims: &Map<String, Value>) -> Option<EmailAddress> {
    if claims.get("email_verified") != Some(&Value::Bool(true)) {
        return None;
    }
    EmailAddress::parse(claims.get("email")?.as_str()?).ok()
}
