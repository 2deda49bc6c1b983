//! ListSubscriptions and ChangeSubscription.

use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use proto::directory::v1::{
    ChangeSubscriptionRequest, ChangeSubscriptionResponse, ListSubscriptionsRequest,
    ListSubscriptionsResponse,
};
use tonic::Status;
use vocabulary::name::SubscriptionName;

use super::{Api, Commission, convert, read_page, read_parent};
use crate::domain::field::TEXT_MAX;
use crate::domain::subscription::{Change, Subscription};

impl Api {
    pub(super) async fn subscriptions(
        &self,
        mut message: ListSubscriptionsRequest,
    ) -> Result<ListSubscriptionsResponse, Status> {
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let customer = read_parent(&mut v, &message.parent);
        let state = v.take(convert::read_state("state", message.state));
        let (customer, state) = v.build(|| Some((customer?, state?)))?;
        let page = read_page("ListSubscriptions", &message, size, &token)?;

        let page = self
            .store
            .list_subscriptions(&customer, state, &page)
            .await?;
        let page = page.map(convert::subscription);
        Ok(ListSubscriptionsResponse {
            subscriptions: page.items,
            next_page_token: page.next_page_token,
        })
    }

    pub(super) async fn change(
        &self,
        mut message: ChangeSubscriptionRequest,
    ) -> Result<ChangeSubscriptionResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let named = v.check(
            "subscription",
            SubscriptionName::ids_of(&message.subscription),
        );
        let change = read_change(&mut v, &message);
        let (commission, (customer, id), change) =
            v.build(|| Some((commission?, named?, change?)))?;
        let command = commission.act("ChangeSubscription", &message);

        let etag = message.etag;
        let rule = move |subscription: Subscription, now| {
            if !etag.is_empty() && etag != convert::etag(subscription.version) {
                return Err(SharedRefusal::EtagMismatch.into());
            }
            Ok(subscription.change(change, now)?)
        };
        let subscription = self
            .store
            .change_subscription(customer, id, command, rule)
            .await?;
        Ok(ChangeSubscriptionResponse {
            subscription: Some(convert::subscription(subscription)),
        })
    }
}

fn read_change(v: &mut Violations, message: &ChangeSubscriptionRequest) -> Option<Change> {
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
