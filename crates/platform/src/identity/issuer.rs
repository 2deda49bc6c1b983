//! One issuer as an operator enters it: where its keys are, what it may assert, and how its claims
//! make a caller.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use vocabulary::email::EmailAddress;
use vocabulary::id::PartnerId;

use super::access_token::Mark;
use super::algorithm::Algorithm;
use super::caller::{Caller, Kind, is_subject};
use super::claims::{Claims, Organization};
use super::fetch::{Address, Fetcher};
use super::published::{Keys, Published, Source, Times};
use super::refusal::Refused;
use crate::keys::{self, Error};

/// What stands in the name of an issuer for the organisation, where it has a name for each.
const TENANT_ID: &str = "{tenantid}";

/// One issuer, and what it may assert.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerConfig {
    /// Its name, as its tokens have it; with [`TENANT_ID`] in it, one for each organisation.
    pub(super) issuer: String,
    pub(super) audience: String,
    #[serde(default = "usual_algorithms")]
    pub(super) algorithms: Vec<Algorithm>,
    /// Its keys: a file, relative to the folder of the file that names it, or an address. Where
    /// neither is given, the issuer says itself where they are (OpenID Connect discovery).
    pub(super) jwks_file: Option<String>,
    jwks_url: Option<String>,
    /// The authorities that vouch for the host of the keys, in PEM form, where they are not those
    /// that browsers know; relative as well.
    ca_file: Option<String>,
    /// For how many seconds fetched keys are used where the issuer is away; an hour unless given.
    /// They are fetched again at half of it.
    keys_kept_seconds: Option<u32>,
    /// Organisations whose members it knows; "*" for all, where no other issuer asserts any.
    #[serde(default)]
    pub(super) tenants: Vec<String>,
    #[serde(default)]
    pub(super) roles: Vec<AssertedRole>,
    #[serde(default)]
    pub(super) claims: Claims,
    /// A claim that every access token of this issuer has, with its value, where its tokens do not
    /// say it as usual.
    pub(super) access_token: Option<Mark>,
}

/// A role beyond every organisation, which an issuer may assert only where it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AssertedRole {
    Operator,
    Service,
}

/// What an issuer signs with where its entry does not say: what providers use.
pub(super) fn usual_algorithms() -> Vec<Algorithm> {
    vec![
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ]
}

/// Keys are kept for so long at most where their issuer is away, in seconds: a day.
const MOST_KEPT: u32 = 24 * 60 * 60;

impl IssuerConfig {
    /// What is wrong with the entry beside its claims, if anything is.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let is_tenant = |id: &String| id == "*" || PartnerId::parse(id).is_ok();
        if !self.tenants.iter().all(is_tenant) {
            return Some("tenants has what is not an organisation's id");
        }
        if !self.claims.ids().all(|id| self.asserts(id)) {
            return Some("tenant_names has an organisation that tenants has not");
        }
        if self.jwks_file.is_some() && (self.ca_file.is_some() || self.keys_kept_seconds.is_some())
        {
            return Some("ca_file and keys_kept_seconds are for keys that are fetched");
        }
        if self.keys_kept_seconds.is_some_and(|kept| kept > MOST_KEPT) {
            return Some("keys_kept_seconds is more than a day (86400)");
        }
        None
    }

    /// Whether it may assert this organisation.
    fn asserts(&self, tenant: &str) -> bool {
        let mut all = self.tenants.iter();
        all.any(|asserted| asserted == "*" || asserted == tenant)
    }

    pub(super) fn has_many_names(&self) -> bool {
        self.issuer.contains(TENANT_ID)
    }

    /// The organisation that this name of the issuer is for, if it is one of several.
    pub(super) fn organization_in<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (before, after) = self.issuer.split_once(TENANT_ID)?;
        let id = name.strip_prefix(before)?.strip_suffix(after)?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!id.is_empty() && id.chars().all(is_part)).then_some(id)
    }

    /// Whether a token may have this name for the issuer: where it has several, the one for the
    /// bearer's own organisation.
    pub(super) fn check_name(
        &self,
        name: &str,
        claims: &Map<String, Value>,
    ) -> Result<(), Refused> {
        let named = if self.has_many_names() {
            let id = self.organization_in(name);
            id.is_some_and(|id| self.claims.is_of(claims, id))
        } else {
            name == self.issuer
        };
        named.then_some(()).ok_or("another name of the issuer")
    }

    /// The keys of the issuer, as its entry says. Those of an address are not fetched yet.
    pub(super) fn keys(&self, list: &Path, times: Times) -> Result<Keys, Error> {
        let malformed = |what: String| {
            let what = format!("issuer \"{}\": {what}", self.issuer);
            Error::malformed(list, what)
        };
        let folder = list.parent().unwrap_or(Path::new("."));
        let address = match (&self.jwks_file, &self.jwks_url) {
            (Some(_), Some(_)) => {
                let what = "jwks_file and jwks_url cannot both be given";
                return Err(malformed(what.to_owned()));
            }
            (Some(file), None) => {
                let jwks = folder.join(file);
                let keys = Keys::fixed(keys::read_file(&jwks)?);
                return keys.map_err(|what| Error::malformed(&jwks, what));
            }
            (None, None) if self.has_many_names() => {
                let what = format!("a name with {TENANT_ID} needs jwks_url or jwks_file");
                return Err(malformed(what));
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
            Some(seconds) => {
                let kept = Duration::from_secs(seconds.into());
                let fresh = times.fresh.min(kept / 2);
                if fresh < times.again {
                    let what = "keys_kept_seconds is too short to fetch them again meanwhile: give 20 or more";
                    return Err(malformed(what.to_owned()));
                }
                Times {
                    fresh,
                    kept,
                    ..times
                }
            }
        };
        Ok(Keys::published(source, times))
    }

    pub(super) fn callers(
        &self,
        name: &str,
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
                issuer: name.to_owned(),
                subject: subject.to_owned(),
                kind,
                email: email.clone(),
                expires,
            })
        };
        Ok(self.kinds(claims)?.into_iter().map(caller).collect())
    }

    /// What the bearer acts as, for each of its organisations.
    fn kinds(&self, claims: &Map<String, Value>) -> Result<Vec<Kind>, Refused> {
        let roles = self.claims.roles(claims)?;
        let asserts = |role: AssertedRole, name: &str| {
            self.roles.contains(&role) && roles.iter().any(|role| role.is_beyond(name))
        };
        match (
            asserts(AssertedRole::Operator, "operator"),
            asserts(AssertedRole::Service, "service"),
        ) {
            (true, true) => Err("operator and service at once"),
            (true, false) => Ok(vec![Kind::Operator]),
            (false, true) => Ok(vec![Kind::Service]),
            (false, false) => {
                let tenants = self.claims.tenants(claims, |tenant| self.asserts(tenant))?;
                let kind = |tenant: Organization| Kind::Tenant {
                    roles: roles
                        .iter()
                        .filter_map(|role| role.in_organization(&tenant))
                        .filter_map(|name| name.parse().ok())
                        .collect(),
                    tenant: tenant.id,
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
