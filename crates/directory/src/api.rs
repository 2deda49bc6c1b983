//! The gRPC service of directory: requests become domain types here, once, and refusals become
//! statuses.
//!
//! Who may call which method stands with its declaration; only services may. In whose name
//! something is done, the request says.

mod business;
mod convert;
mod directory;
mod license;
mod order;
mod refusal;
mod subscription;
mod user;

use platform::clock::Time;
use platform::error::SharedRefusal;
use platform::field::Violations;
use platform::page::{Cursor, PageRequest, Query};
use proto::directory::v1;
use tokio_util::sync::CancellationToken;
use vocabulary::id::{CustomerId, foreign_uuid};
use vocabulary::name::{CustomerName, PartnerName, PrivilegeName, RelationshipName};

use crate::domain::mandate::Mandate;
use crate::store::{Command, Store};

/// The most records of one message of existing business.
pub(crate) const RECORDS_MAX: usize = 1_000;
/// The longest issuer or subject, in bytes: what tokens have at most.
const IDENTITY_MAX: usize = 255;

/// The service. Clones share the store.
#[derive(Clone)]
pub(crate) struct Api {
    store: Store,
    records_per_message: usize,
    draining: CancellationToken,
}

impl Api {
    /// The service on a store. Its streams end when `draining` is cancelled.
    pub(crate) fn new(store: Store, records: usize, draining: CancellationToken) -> Self {
        Self {
            store,
            records_per_message: records.clamp(1, RECORDS_MAX),
            draining,
        }
    }
}

/// Which page of a list is asked for, the newest first.
type Newest<Id> = PageRequest<(Time, Id)>;

/// In whose name something is asked for, and how a repeat of it is recognised.
struct Mandated {
    mandate: Mandate,
    request_id: uuid::Uuid,
}

impl Mandated {
    /// Takes both out of a request; what is left of it is its content.
    fn take(
        v: &mut Violations,
        mandate: &mut Option<v1::Mandate>,
        request_id: &mut String,
    ) -> Option<Self> {
        let mandate = read_mandate(v, mandate.take());
        let request_id = v.check("request_id", foreign_uuid(&std::mem::take(request_id)));
        Some(Self {
            mandate: mandate?,
            request_id: request_id?,
        })
    }

    /// The command that a call of this method with this content is.
    fn command(self, method: &'static str, content: &impl prost::Message) -> Command {
        Command::new(self.mandate, method, self.request_id, content)
    }
}

fn read_mandate(v: &mut Violations, mandate: Option<v1::Mandate>) -> Option<Mandate> {
    let Some(mandate) = mandate else {
        v.add("mandate", "must be given");
        return None;
    };
    let partner = v.check("mandate.partner", PartnerName::ids_of(&mandate.partner));
    let relationship = RelationshipName::ids_of(&mandate.relationship);
    let relationship = v.check("mandate.relationship", relationship);
    let privilege = match mandate.privilege.as_str() {
        "" => Some(None),
        text => v
            .check("mandate.privilege", PrivilegeName::ids_of(text))
            .map(Some),
    };
    for (field, text) in [
        ("mandate.issuer", &mandate.issuer),
        ("mandate.subject", &mandate.subject),
    ] {
        let usable = !text.trim().is_empty()
            && text.len() <= IDENTITY_MAX
            && !text.contains(char::is_control);
        if !usable {
            v.add(
                field,
                format!("must be given, of at most {IDENTITY_MAX} bytes"),
            );
        }
    }
    let (partner, relationship, privilege) = (partner?, relationship?, privilege?);
    if relationship.0 != partner {
        v.add("mandate.relationship", "must be the partner's");
    }
    if privilege.as_ref().is_some_and(|(of, _)| *of != partner) {
        v.add("mandate.privilege", "must be the partner's");
    }
    Some(Mandate {
        partner,
        relationship: relationship.1,
        privilege: privilege.map(|(_, id)| id),
        issuer: mandate.issuer,
        subject: mandate.subject,
    })
}

/// Reads the parent of a list.
fn read_parent(v: &mut Violations, parent: &str) -> Option<CustomerId> {
    v.check("parent", CustomerName::ids_of(parent))
}

/// Reads which page of a list is asked for. `list` is the request without it.
fn read_page<C: Cursor>(
    method: &str,
    list: &impl prost::Message,
    size: i32,
    token: &str,
) -> Result<PageRequest<C>, SharedRefusal> {
    // whose list it is stands in the request; which service asks for it does not matter
    PageRequest::parse(size, token, Query::new("", method, list))
}
