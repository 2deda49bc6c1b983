//! What ListSubscriptions and ChangeSubscription are asked.

use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use proto::directory::v1::{ChangeSubscriptionRequest, ListSubscriptionsRequest};
use vocabulary::id::{CustomerId, SubscriptionId};
use vocabulary::name::SubscriptionName;

use super::{Mandated, Newest, convert, read_page, read_parent};
use crate::domain::field::TEXT_MAX;
use crate::domain::subscription::{Change, State};
use crate::store::Command;

/// Which subscription is changed, and how.
pub(super) struct Changing {
    pub(super) customer: CustomerId,
    pub(super) subscription: SubscriptionId,
    pub(super) change: Change,
    /// The version that the caller has read; empty where any will do.
    pub(super) etag: String,
    pub(super) command: Command,
}

/// Whose subscriptions are listed, in which state, and which page of them.
pub(super) fn read_list(
    mut message: ListSubscriptionsRequest,
) -> Result<(CustomerId, Option<State>, Newest<SubscriptionId>), SharedRefusal> {
    let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
    let mut v = Violations::new();
    let customer = read_parent(&mut v, &message.parent);
    let state = v.take(convert::read_state("state", message.state));
    let (customer, state) = v.build(|| Some((customer?, state?)))?;
    let page = read_page("ListSubscriptions", &message, size, &token)?;
    Ok((customer, state, page))
}

pub(super) fn read_change(
    mut message: ChangeSubscriptionRequest,
) -> Result<Changing, SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let named = SubscriptionName::ids_of(&message.subscription);
    let named = v.check("subscription", named);
    let change = read_changes(&mut v, &message);
    let (mandated, (customer, subscription), change) =
        v.build(|| Some((mandated?, named?, change?)))?;
    Ok(Changing {
        customer,
        subscription,
        change,
        command: mandated.command("ChangeSubscription", &message),
        etag: message.etag,
    })
}

fn read_changes(v: &mut Violations, message: &ChangeSubscriptionRequest) -> Option<Change> {
    let name = field::line(
        "display_name",
        &message.display_name,
        TEXT_MAX,
        Presence::Optional,
    );
    let display_name = v.take(name);
    let renewal = v.take(convert::read_renewal("renewal", message.renewal));
    let transition = v.take(convert::read_transition("transition", message.transition));
    let change = Change {
        display_name: display_name.map(Some)?.filter(|name| !name.is_empty()),
        renewal: renewal?,
        transition: transition?,
    };
    if change == Change::default() {
        for field in ["display_name", "renewal", "transition"] {
            v.add(field, "must be given, or another of what can be changed");
        }
        return None;
    }
    Some(change)
}
