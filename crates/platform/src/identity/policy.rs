//! Who may call a method: which kinds of caller, and which services.
//!
//! It stands with the method in its protobuf declaration, as the option
//! `partnerconnect.platform.v1.policy`, and is read from there. A method without it cannot be
//! called at all.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, Kind, MethodDescriptor, ReflectMessage,
    Value,
};

/// The name of the option.
const OPTION: &str = "partnerconnect.platform.v1.policy";
/// What the names of our packages begin with; the service that owns them comes next.
const OURS: &str = "partnerconnect.";

/// A kind of caller that a policy admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A Global admin or Admin agent of the partner that the request names.
    PartnerAdmin,
    /// A Global admin of the customer that the request names.
    CustomerAdmin,
    /// Anybody with a valid token of any tenant.
    AnyTenant,
    /// Operations staff.
    Operator,
    /// Another service of the company: an outside caller with an ordinary token, not one of our
    /// [`Peer`]s.
    Service,
}

impl CallerKind {
    /// The kind of this name, as the option has it.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "PARTNER_ADMIN" => Self::PartnerAdmin,
            "CUSTOMER_ADMIN" => Self::CustomerAdmin,
            "ANY_TENANT" => Self::AnyTenant,
            "OPERATOR" => Self::Operator,
            "SERVICE" => Self::Service,
            _ => return None,
        })
    }
}

/// A service of this system, which proves itself with a token of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The gateway.
    Gateway,
    /// The invitation service.
    Invitation,
    /// The relationship service.
    Relationship,
    /// The notification service.
    Notification,
    /// The directory service, or a company's own implementation of its contract.
    Directory,
}

impl Peer {
    /// Every service.
    pub const ALL: [Peer; 5] = [
        Peer::Gateway,
        Peer::Invitation,
        Peer::Relationship,
        Peer::Notification,
        Peer::Directory,
    ];

    /// The service's name: its role on the command line, its key's id, its audience.
    pub const fn name(self) -> &'static str {
        match self {
            Peer::Gateway => "gateway",
            Peer::Invitation => "invitation",
            Peer::Relationship => "relationship",
            Peer::Notification => "notification",
            Peer::Directory => "directory",
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no service's.
#[derive(Debug, thiserror::Error)]
#[error("there is no such service")]
pub struct UnknownPeer;

impl FromStr for Peer {
    type Err = UnknownPeer;

    fn from_str(name: &str) -> Result<Self, UnknownPeer> {
        Peer::ALL
            .into_iter()
            .find(|peer| peer.name() == name)
            .ok_or(UnknownPeer)
    }
}

/// How many messages a method answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// One, which has to leave within the call's deadline.
    One,
    /// A stream of them, which lasts as long as both sides want.
    Many,
}

/// Who may call one method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodPolicy {
    /// The method's full path, "/package.Service/Method".
    pub method: String,
    /// The callers admitted by their own token; empty where only a service's identity counts.
    pub callers: Vec<CallerKind>,
    /// The services admitted; empty for a public method. Where both are set, both are required.
    pub peers: Vec<Peer>,
    /// Whether it answers a stream.
    pub answers: Answers,
}

impl MethodPolicy {
    /// The policies of the methods that a service answers: of every package of its name, internal
    /// ones among them. A method without one, or whose policy names somebody unknown, has none
    /// here.
    pub fn all_of(service: &str, descriptors: &DescriptorPool) -> Vec<Self> {
        let Some(option) = descriptors.get_extension_by_name(OPTION) else {
            return Vec::new();
        };
        let own = format!("{OURS}{service}.");
        let services = descriptors.services();
        let services = services.filter(|it| it.full_name().starts_with(&own));
        let methods = services.flat_map(|it| it.methods().collect::<Vec<_>>());
        methods.filter_map(|it| Self::read(&it, &option)).collect()
    }

    fn read(method: &MethodDescriptor, option: &ExtensionDescriptor) -> Option<Self> {
        let options = method.options();
        if !options.has_extension(option) {
            return None;
        }
        let policy = options.get_extension(option);
        let policy = policy.as_message()?;
        Some(Self {
            method: format!("/{}/{}", method.parent_service().full_name(), method.name()),
            callers: named(policy, "callers", "CALLER_KIND_", CallerKind::named)?,
            peers: named(policy, "peers", "PEER_", |name| {
                name.to_ascii_lowercase().parse().ok()
            })?,
            answers: match method.is_server_streaming() {
                true => Answers::Many,
                false => Answers::One,
            },
        })
    }

    pub(super) fn admits(&self, kind: CallerKind) -> bool {
        self.callers.contains(&kind)
    }
}

/// The values of a repeated enum, by their names; `None` where one is unknown.
fn named<T>(
    policy: &DynamicMessage,
    field: &str,
    prefix: &str,
    value: impl Fn(&str) -> Option<T>,
) -> Option<Vec<T>> {
    let field = policy.descriptor().get_field_by_name(field)?;
    let Kind::Enum(of) = field.kind() else {
        return None;
    };
    let numbers = policy.get_field(&field);
    let numbers = numbers.as_list()?.iter().map(Value::as_enum_number);
    let names = numbers.map(|number| Some(of.get_value(number?)?.name().to_owned()));
    names
        .map(|name| value(name?.strip_prefix(prefix)?))
        .collect()
}

/// What it takes to call a method.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// No token: health.
    Health(Answers),
    /// No token: reflection, which asks and answers as often as it likes.
    Reflection,
    /// A valid token; the service that owns the method decides the rest.
    Forwarded(Answers),
    /// What the policy says.
    Policy(Arc<MethodPolicy>),
}

/// Every method that a server answers, by path.
#[derive(Debug)]
pub(crate) struct Methods(HashMap<String, Access>);

impl Methods {
    pub(crate) fn new(policies: Vec<MethodPolicy>, forwarded: Vec<(String, Answers)>) -> Self {
        let open = OPEN.iter();
        let open = open.map(|(path, access)| ((*path).to_owned(), access.clone()));
        let forwarded = forwarded
            .into_iter()
            .map(|(path, answers)| (path, Access::Forwarded(answers)));
        let policies = policies
            .into_iter()
            .map(|policy| (policy.method.clone(), Access::Policy(Arc::new(policy))));
        Self(open.chain(forwarded).chain(policies).collect())
    }

    pub(crate) fn access(&self, path: &str) -> Option<&Access> {
        self.0.get(path)
    }
}

/// The methods that need no token, on every server.
const OPEN: [(&str, Access); 5] = [
    ("/grpc.health.v1.Health/Check", Access::Health(Answers::One)),
    (
        "/grpc.health.v1.Health/Watch",
        Access::Health(Answers::Many),
    ),
    ("/grpc.health.v1.Health/List", Access::Health(Answers::One)),
    (
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        Access::Reflection,
    ),
    (
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        Access::Reflection,
    ),
];

/// Whether a method answers a stream to anybody.
pub(crate) fn is_open_stream(path: &str) -> bool {
    let open = OPEN.iter().find(|(open, _)| *open == path);
    matches!(
        open,
        Some((_, Access::Health(Answers::Many) | Access::Reflection))
    )
}
