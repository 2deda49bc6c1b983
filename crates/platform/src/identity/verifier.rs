//! User tokens: OIDC access tokens of the configured issuers, and what each issuer may assert.
//!
//! A bearer of several organisations is a caller for one of them at a time: the call says for
//! which.

use std::{collections::HashMap, path::Path, sync::Arc};

use jsonwebtoken::TokenData;
use serde::Deserialize;
use serde_json::{Map, Value};
use vocabulary::email::EmailAddress;

use super::access_token::{self, Mark};
use super::algorithm::Algorithm;
use super::caller::{Caller, Kind, is_subject};
use super::claims::Claims;
use super::jwks::KeySet;
use super::jwt::{self, Cache};
use super::refusal::{Refusals, Refused, UNKNOWN};
use crate::error::SharedRefusal;
use crate::keys::{self, Error, LocalIssuer};

/// Verifies user tokens of every configured issuer.
#[derive(Clone)]
pub struct Verifier {
    issuers: Arc<HashMap<String, Issuer>>,
    cache: Cache<Bearer>,
    refusals: Refusals,
}

struct Issuer {
    config: IssuerConfig,
    keys: KeySet,
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
    /// Relative to the folder of the file that names it.
    jwks_file: String,
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
#[derive(Debug)]
pub(super) struct Bearer(pub(super) Vec<Arc<Caller>>);

impl Bearer {
    /// The caller for the organisation that the call names, or for the only one.
    pub(super) fn acting_for(
        &self,
        organization: Option<&str>,
    ) -> Result<&Arc<Caller>, SharedRefusal> {
        match (self.0.as_slice(), organization) {
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
        let malformed = |what: String| Error::malformed(path, what);
        let file: IssuersFile = serde_json::from_slice(&keys::read_file(path)?)
            .map_err(|error| malformed(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut issuers = Vec::new();
        for config in file.issuers {
            let jwks = folder.join(&config.jwks_file);
            let keys = KeySet::parse(&keys::read_file(&jwks)?)
                .map_err(|what| Error::malformed(&jwks, what))?;
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
            if !issuer.keys.fits(&config.algorithms) {
                let file = &config.jwks_file;
                return Err(format!(
                    "issuer \"{name}\": no key of {file} is for one of its algorithms"
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
        Ok(Self {
            issuers: Arc::new(issuers),
            cache: Cache::new(),
            refusals: Refusals::default(),
        })
    }

    /// The bearer of a token, which is checked once and remembered until it expires. Why one is
    /// refused stands in the log.
    pub(super) fn verify(&self, token: &str) -> Result<Arc<Bearer>, Refused> {
        self.cache.verified(token, || {
            let issuer = jwt::claimed_issuer(token)
                .and_then(|name| self.issuers.get(&name).ok_or("the issuer is unknown"));
            let verified = issuer.and_then(|issuer| issuer.verify(token));
            verified.inspect_err(|reason| {
                self.refused(
                    issuer.map_or(UNKNOWN, |issuer| &issuer.config.issuer),
                    reason,
                );
            })
        })
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
    fn verify(&self, token: &str) -> Result<(Bearer, u64), Refused> {
        let Self { config, keys } = self;
        let TokenData { header, claims } = jwt::verify::<Map<String, Value>>(
            token,
            keys,
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
        Ok((config.bearer(&claims, expires)?, expires))
    }
}

impl IssuerConfig {
    fn bearer(&self, claims: &Map<String, Value>, expires: u64) -> Result<Bearer, Refused> {
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
        Ok(Bearer(
            self.kinds(claims)?.into_iter().map(caller).collect(),
        ))
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
