//! Where an issuer puts what is needed of its bearers, and what it calls it: from its claims to
//! organisations and roles as they are called here.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use vocabulary::id::PartnerId;

use super::caller::Role;
use super::refusal::Refused;

/// More roles than this in one token are refused, and so are more organisations.
const MOST: usize = 100;

/// How an issuer's claims are read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Claims {
    /// The organisations of the bearer: a text, a list of texts, or an object whose keys they are.
    tenant: Path,
    /// What each of them begins with, which is no part of our id.
    tenant_prefix: String,
    /// What the issuer calls an organisation, and its id here. Where there are any, no other is
    /// known.
    tenant_names: HashMap<String, String>,
    /// The roles of the bearer: a list of texts, or an object that has, for each, an object whose
    /// keys are the organisations that it holds in, as the issuer calls them.
    roles: Path,
    /// More roles within organisations: texts divided by spaces, or a list of them.
    scopes: Option<Path>,
    /// What each role begins with, which is no part of its name here.
    role_prefix: String,
    /// What the issuer calls a role, and its name here. Where there are any, no other means
    /// anything.
    role_names: HashMap<String, String>,
}

/// The place of a claim: its name, or the names on the way to one within others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Path {
    Name(String),
    Within(Vec<String>),
}

/// A role of a bearer, as it is called here.
pub(super) struct Granted<'a> {
    name: String,
    holds: Holds<'a>,
}

/// Where a role holds.
#[derive(Clone)]
enum Holds<'a> {
    /// In each organisation of the bearer, and beyond them.
    Everywhere,
    /// In each organisation: a scope says what an application may do for whoever uses it.
    InEach,
    /// In those that have one of these names for the issuer.
    In(&'a Map<String, Value>),
}

/// An organisation of a bearer: its id here, and what its issuer calls it.
pub(super) struct Organization<'a> {
    pub(super) id: String,
    names: Vec<&'a str>,
}

impl Granted<'_> {
    /// Whether it is this role, and holds beyond every organisation.
    pub(super) fn is_beyond(&self, name: &str) -> bool {
        self.name == name && matches!(self.holds, Holds::Everywhere)
    }

    /// Its name, where it holds in this organisation.
    pub(super) fn in_organization(&self, organization: &Organization<'_>) -> Option<&str> {
        let holds = match self.holds {
            Holds::Everywhere | Holds::InEach => true,
            Holds::In(names) => organization.names.iter().any(|&it| names.contains_key(it)),
        };
        holds.then_some(self.name.as_str())
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            tenant: Path::Name("tenant".to_owned()),
            tenant_prefix: String::new(),
            tenant_names: HashMap::new(),
            roles: Path::Name("roles".to_owned()),
            scopes: None,
            role_prefix: String::new(),
            role_names: HashMap::new(),
        }
    }
}

impl Path {
    fn of<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Name(name) => claims.get(name),
            Self::Within(names) => {
                let (first, rest) = names.split_first()?;
                rest.iter()
                    .try_fold(claims.get(first)?, |value, name| value.get(name))
            }
        }
    }
}

impl Claims {
    /// What is wrong with how they are to be read, if anything is.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let empty = |path: &Path| match path {
            Path::Name(name) => name.is_empty(),
            Path::Within(names) => names.is_empty() || names.iter().any(String::is_empty),
        };
        let paths = [&self.tenant, &self.roles];
        if paths.into_iter().chain(&self.scopes).any(empty) {
            return Some("the place of a claim is empty");
        }
        let is_id = |id: &String| PartnerId::parse(id).is_ok();
        if !self.tenant_names.values().all(is_id) {
            return Some("tenant_names has what is not an organisation's id");
        }
        let is_role = |name: &String| {
            ["operator", "service"].contains(&name.as_str()) || name.parse::<Role>().is_ok()
        };
        if !self.role_names.values().all(is_role) {
            return Some("role_names has what is no role");
        }
        None
    }

    /// The organisations that have a name in the table.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.tenant_names.values()
    }

    /// The roles, as they are called here.
    pub(super) fn roles<'a>(
        &self,
        claims: &'a Map<String, Value>,
    ) -> Result<Vec<Granted<'a>>, Refused> {
        const NO_LIST: Refused = "the roles are not a short list";
        let everywhere = |name| (name, Holds::Everywhere);
        let mut named: Vec<(&str, Holds<'_>)> = match self.roles.of(claims) {
            None => Vec::new(),
            Some(Value::Array(roles)) => texts(roles)?.into_iter().map(everywhere).collect(),
            Some(Value::Object(roles)) => {
                let within = |(name, names): (&'a String, &'a Value)| {
                    let names = names.as_object().ok_or(NO_LIST)?;
                    Ok::<_, Refused>((name.as_str(), Holds::In(names)))
                };
                roles.iter().map(within).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(NO_LIST),
        };
        let each = |name| (name, Holds::InEach);
        match self.scopes.as_ref().and_then(|scopes| scopes.of(claims)) {
            None => {}
            Some(Value::String(scopes)) => named.extend(scopes.split(' ').map(each)),
            Some(Value::Array(scopes)) => named.extend(texts(scopes)?.into_iter().map(each)),
            Some(_) => return Err("the scopes are neither a text nor a list"),
        }
        if named.len() > MOST {
            return Err(NO_LIST);
        }
        let ours = |theirs: &str| -> Option<String> {
            let name = theirs.strip_prefix(&self.role_prefix)?;
            if self.role_names.is_empty() {
                Some(name.to_owned())
            } else {
                self.role_names.get(name).cloned()
            }
        };
        let granted = |(theirs, holds): (&'a str, Holds<'a>)| {
            let name = ours(theirs)?;
            Some(Granted { name, holds })
        };
        Ok(named.into_iter().filter_map(granted).collect())
    }

    /// Whether this is the bearer's one organisation, as the issuer calls it.
    pub(super) fn is_of(&self, claims: &Map<String, Value>, organization: &str) -> bool {
        let named = self.tenant.of(claims).and_then(Value::as_str);
        named == Some(organization)
    }

    /// The organisations, by their ids here, of which `asserted` says whether the issuer may assert
    /// them. At least one, each once.
    pub(super) fn tenants<'a>(
        &self,
        claims: &'a Map<String, Value>,
        asserted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Organization<'a>>, Refused> {
        let named = match self.tenant.of(claims) {
            None | Some(Value::Null) => return Err("the tenant is missing"),
            Some(Value::String(tenant)) => vec![tenant.as_str()],
            Some(Value::Array(tenants)) => texts(tenants)?,
            Some(Value::Object(tenants)) => tenants.keys().map(String::as_str).collect(),
            Some(_) => return Err("the tenant is neither a text, a list nor an object"),
        };
        if named.len() > MOST {
            return Err("the tenants are not a short list");
        }
        let mut refused = "the tenant is missing";
        let mut tenants: Vec<Organization<'a>> = Vec::new();
        for theirs in named {
            match self.tenant_of(theirs) {
                Ok(tenant) if !asserted(tenant) => refused = "the tenant is not this issuer's",
                Ok(id) => match tenants.iter_mut().find(|known| known.id == id) {
                    Some(known) => known.names.push(theirs),
                    None => tenants.push(Organization {
                        id: id.to_owned(),
                        names: vec![theirs],
                    }),
                },
                Err(reason) => refused = reason,
            }
        }
        if tenants.is_empty() {
            return Err(refused);
        }
        Ok(tenants)
    }

    fn tenant_of<'a>(&'a self, theirs: &'a str) -> Result<&'a str, Refused> {
        let name = theirs
            .strip_prefix(&self.tenant_prefix)
            .ok_or("the tenant does not begin as this issuer's do")?;
        if !self.tenant_names.is_empty() {
            let id = self.tenant_names.get(name);
            return id.map(String::as_str).ok_or("the tenant has no id here");
        }
        // Partners and customers share one form of id.
        PartnerId::parse(name).map_err(|_| "the tenant is not an organisation's id")?;
        Ok(name)
    }
}

fn texts(values: &[Value]) -> Result<Vec<&str>, Refused> {
    let texts = values.iter().map(Value::as_str).collect::<Option<_>>();
    texts.ok_or("a role or a tenant is not a text")
}
