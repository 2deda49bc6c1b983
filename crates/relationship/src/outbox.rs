//! Facts on their way from the outbox to the notification service, which recognises one that comes again.

use platform::client::Upstream;
use platform::error::Failure;
use platform::store::outbox::{Delivered, Delivery, Undelivered};
use prost::Message;
use proto::notification::internal::v1::DeliverFactRequest;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;

/// Delivers one fact. No user's token goes with it: whoever caused it may be gone by now.
pub(crate) async fn deliver(
    notification: Upstream,
    delivery: Delivery,
) -> Result<Delivered, Undelivered> {
    let fact = DeliverFactRequest::decode(&*delivery.payload).map_err(Failure::other)?;
    NotificationInternalServiceClient::new(notification)
        .deliver_fact(fact)
        .await?;
    Ok(Delivered::Unmarked)
}
