//! Who calls: what a verified token says about its bearer, and nothing that it merely claims.

use std::str::FromStr;
use std::time::Duration;

use jsonwebtoken::get_current_timestamp;
use vocabulary::email::EmailAddress;

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
    pub email: Option<EmailAddress>,
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
    const ALL: [Role; 2] = [Role::GlobalAdmin, Role::AdminAgent];

    /// The role as tokens name it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::GlobalAdmin => "global-admin",
            Role::AdminAgent => "admin-agent",
        }
    }
}

/// A name that is no role's. A token may hold it, and it means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be global-admin or admin-agent")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        let mut all = Role::ALL.into_iter();
        all.find(|role| role.name() == name).ok_or(UnknownRole)
    }
}

/// The longest subject, in bytes.
const SUBJECT_MAX: usize = 255;

/// Whether a text can name a user or client: 1 to 255 bytes, not only space, without control
/// characters.
pub fn is_subject(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= SUBJECT_MAX && !text.contains(char::is_control)
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

    /// The organisation that the caller belongs to; none for an operator and for an outside
    /// service.
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
