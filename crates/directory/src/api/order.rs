//! What ListOrders and SubmitOrder are asked: a new subscription, or more licences on an existing
//! one.

use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use proto::customer::v1::{MoreLicenses, NewSubscription};
use proto::directory::v1::submit_order_request::Order as Asked;
use proto::directory::v1::{ListOrdersRequest, SubmitOrderRequest};
use vocabulary::id::{CustomerId, OrderId, PartnerId};
use vocabulary::name::{CustomerName, PartnerName, SubscriptionName};

use super::{Mandated, Newest, convert, read_page, read_parent};
use crate::domain::field::{Quantity, TEXT_MAX};
use crate::domain::order::Wish;
use crate::domain::subscription::{Offered, Renewal};
use crate::store::Command;

/// What is ordered, for whom and by whom.
pub(super) struct Ordering {
    pub(super) customer: CustomerId,
    pub(super) partner: PartnerId,
    pub(super) wish: Wish,
    pub(super) command: Command,
}

/// Whose orders are listed, of which partner, and which page of them.
pub(super) fn read_list(
    mut message: ListOrdersRequest,
) -> Result<(CustomerId, PartnerId, Newest<OrderId>), SharedRefusal> {
    let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
    let mut v = Violations::new();
    let customer = read_parent(&mut v, &message.parent);
    let partner = v.check("partner", PartnerName::ids_of(&message.partner));
    let (customer, partner) = v.build(|| Some((customer?, partner?)))?;
    let page = read_page("ListOrders", &message, size, &token)?;
    Ok((customer, partner, page))
}

pub(super) fn read_order(mut message: SubmitOrderRequest) -> Result<Ordering, SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let customer = v.check("customer", CustomerName::ids_of(&message.customer));
    let wish = read_wish(&mut v, customer.as_ref(), message.order.as_ref());
    let (mandated, customer, wish) = v.build(|| Some((mandated?, customer?, wish?)))?;
    Ok(Ordering {
        customer,
        partner: mandated.mandate.partner.clone(),
        wish,
        command: mandated.command("SubmitOrder", &message),
    })
}

fn read_wish(
    v: &mut Violations,
    customer: Option<&CustomerId>,
    asked: Option<&Asked>,
) -> Option<Wish> {
    match asked {
        Some(Asked::NewSubscription(asked)) => read_offered(v, asked).map(Wish::New),
        Some(Asked::MoreLicenses(asked)) => read_more(v, customer, asked),
        None => {
            v.add("new_subscription", "must be given, or more_licenses");
            v.add("more_licenses", "must be given, or new_subscription");
            None
        }
    }
}

fn read_offered(v: &mut Violations, asked: &NewSubscription) -> Option<Offered> {
    let offer = field::line(
        "new_subscription.offer",
        &asked.offer,
        TEXT_MAX,
        Presence::Required,
    );
    let offer = v.take(offer);
    let name = &asked.display_name;
    let name = field::line(
        "new_subscription.display_name",
        name,
        TEXT_MAX,
        Presence::Optional,
    );
    let name = v.take(name);
    let quantity = Quantity::parse(asked.quantity.into());
    let quantity = v.check("new_subscription.quantity", quantity);
    let renewal = v.take(convert::read_renewal(
        "new_subscription.renewal",
        asked.renewal,
    ));
    let (offer, name) = (offer?, name?);
    Some(Offered {
        display_name: if name.is_empty() { offer.clone() } else { name },
        offer,
        quantity: quantity?,
        renewal: renewal?.unwrap_or(Renewal::Automatic),
    })
}

fn read_more(
    v: &mut Violations,
    customer: Option<&CustomerId>,
    asked: &MoreLicenses,
) -> Option<Wish> {
    let named = SubscriptionName::ids_of(&asked.subscription);
    let named = v.check("more_licenses.subscription", named);
    let quantity = Quantity::parse(asked.quantity.into());
    let quantity = v.check("more_licenses.quantity", quantity);
    let (whose, subscription) = named?;
    if customer.is_some_and(|customer| *customer != whose) {
        v.add("more_licenses.subscription", "must be the customer's");
    }
    Some(Wish::More {
        subscription,
        quantity: quantity?,
    })
}
