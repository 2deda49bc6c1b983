//! The table of callers: which kinds of caller and which services may call a method.
//! A method that has no row here cannot be called at all.

use std::{collections::HashMap, fmt, str::FromStr};

/// A kind of caller that a row admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A Global admin or Admin agent of the partner that the request names.
    PartnerAdmin,
    /// A Global admin of the customer that the request names.
    CustomerAdmin,
    /// Anybody with a valid token of any tenant.
    AnyTenant,
    /// Operations staff.
    Operator,
    /// Another service of the company: an outside caller with an ordinary token, not one of our [`Peer`]s.
    Service,
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
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The method's full path, "/package.Service/Method".
    pub method: &'static str,
    /// The callers admitted by their own token; empty where only a service's identity counts.
    pub callers: &'static [Who],
    /// The services admitted; empty for a public method. Where both are set, both are required.
    pub peers: &'static [Peer],
    /// Whether it answers a stream.
    pub answers: Answers,
}

impl Row {
    /// A public method, for callers with a token of their own.
    pub const fn public(method: &'static str, callers: &'static [Who]) -> Self {
        Self {
            method,
            callers,
            peers: &[],
            answers: Answers::One,
        }
    }

    /// An internal method, for `peers` alone or, where `callers` is not empty, for peers that bring such a caller's token.
    pub const fn internal(
        method: &'static str,
        peers: &'static [Peer],
        callers: &'static [Who],
    ) -> Self {
        Self {
            method,
            callers,
            peers,
            answers: Answers::One,
        }
    }

    /// The same method, which answers a stream.
    pub const fn streaming(self) -> Self {
        Self {
            answers: Answers::Many,
            ..self
        }
    }

    pub(super) fn admits(&self, who: Who) -> bool {
        self.callers.contains(&who)
    }
}

/// What it takes to call a method.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// No token: health.
    Health(Answers),
    /// No token: reflection, which asks and answers as often as it likes.
    Reflection,
    /// A valid token; the service that owns the method decides the rest.
    Forwarded(Answers),
    /// What the row says.
    Row(&'static Row),
}

/// Every method that a server answers, by path.
#[derive(Debug)]
pub(crate) struct Methods(HashMap<String, Access>);

impl Methods {
    pub(crate) fn new(rows: &'static [Row], forwarded: Vec<(String, Answers)>) -> Self {
        let open = OPEN.iter().map(|&(path, access)| (path.to_owned(), access));
        let forwarded = forwarded
            .into_iter()
            .map(|(path, answers)| (path, Access::Forwarded(answers)));
        let rows = rows
            .iter()
            .map(|row| (row.method.to_owned(), Access::Row(row)));
        Self(open.chain(forwarded).chain(rows).collect())
    }

    pub(crate) fn access(&self, path: &str) -> Option<Access> {
        self.0.get(path).copied()
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
