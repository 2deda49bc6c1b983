//! Who calls: what a verified token says about its bearer, and nothing that it merely claims.

use std::time::Duration;

use jsonwebtoken::get_current_timestamp;

use super::Address;

/// The bearer of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who issued the token.
    pub issuer: String,
    /// The user or client, unique within the issuer. Personal: never log it.
    pub subject: String,
    /// What the caller acts as.
    pub kind: Kind,
    /// The address that the issuer has verified. Personal: never log it.
    pub email: Option<Address>,
    /// When the token expires, in seconds since 1970 of the system's time.
    pub expires: u64,
}

/// What a caller acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user of an organisation.
    Tenant {
        /// The organisation's id, as a partner and as a customer.
        tenant: String,
        /// The roles that mean something here; every other role of the token is dropped.
        roles: Vec<Role>,
    },
    /// Operations staff; a tenant and other roles in the token count for nothing.
    Operator,
    /// Another service of the company; a tenant and other roles in the token count for nothing.
    Service,
}

/// A role within an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// "global-admin": may act for the organisation as a partner and as a customer.
    GlobalAdmin,
    /// "admin-agent": may act for the organisation as a partner.
    AdminAgent,
}

impl Role {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "global-admin" => Some(Role::GlobalAdmin),
            "admin-agent" => Some(Role::AdminAgent),
            _ => None,
        }
    }
}

/// The acting user as kept in audit rows and passed between services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who issued the user's token.
    pub issuer: String,
    /// The user, unique within the issuer.
    pub subject: String,
    /// The user's organisation; empty for an operator and for an outside service.
    pub tenant: String,
}

impl Caller {
    /// The acting user, to be kept.
    pub fn actor(&self) -> Actor {
        Actor {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            tenant: self.tenant().unwrap_or_default().to_owned(),
        }
    }

    /// How long the token is still valid; a stream that outlasts it has to end.
    pub fn time_left(&self) -> Duration {
        Duration::from_secs(self.expires.saturating_sub(get_current_timestamp()))
    }

    /// The organisation that the caller belongs to; none for an operator and for an outside service.
    pub fn tenant(&self) -> Option<&str> {
        match &self.kind {
            Kind::Tenant { tenant, .. } => Some(tenant),
            Kind::Operator | Kind::Service => None,
        }
    }

    /// Whether the caller has this role in its organisation.
    pub fn has(&self, role: Role) -> bool {
        matches!(&self.kind, Kind::Tenant { roles, .. } if roles.contains(&role))
    }

    /// Whether the caller is operations staff.
    pub fn is_operator(&self) -> bool {
        self.kind == Kind::Operator
    }

    /// Whether the caller is another service of the company.
    pub fn is_service(&self) -> bool {
        self.kind == Kind::Service
    }

    pub(super) fn is_partner_admin(&self) -> bool {
        self.has(Role::GlobalAdmin) || self.has(Role::AdminAgent)
    }
}
