//! ListOrders, and SubmitOrder: a new subscription, or more licences on an existing one.

use std::mem::take;

use platform::field::{self, Presence, Violations};
use proto::customer::v1::{MoreLicenses, NewSubscription};
use proto::directory::v1::submit_order_request::Order as Asked;
use proto::directory::v1::{
    ListOrdersRequest, ListOrdersResponse, SubmitOrderRequest, SubmitOrderResponse,
};
use tonic::Status;
use vocabulary::id::CustomerId;
use vocabulary::name::{CustomerName, PartnerName, SubscriptionName};

use super::{Api, Commission, convert, read_page, read_parent};
use crate::domain::field::{Quantity, TEXT_MAX};
use crate::domain::order::{Order, Wish};
use crate::domain::subscription::{Offered, Renewal};

impl Api {
    pub(super) async fn orders(
        &self,
        mut message: ListOrdersRequest,
    ) -> Result<ListOrdersResponse, Status> {
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let customer = read_parent(&mut v, &message.parent);
        let partner = v.check("partner", PartnerName::ids_of(&message.partner));
        let (customer, partner) = v.build(|| Some((customer?, partner?)))?;
        let page = read_page("ListOrders", &message, size, &token)?;

        let page = self.store.list_orders(&customer, &partner, &page).await?;
        let page = page.map(convert::order);
        Ok(ListOrdersResponse {
            orders: page.items,
            next_page_token: page.next_page_token,
        })
    }

    pub(super) async fn order(
        &self,
        mut message: SubmitOrderRequest,
    ) -> Result<SubmitOrderResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let customer = v.check("customer", CustomerName::ids_of(&message.customer));
        let wish = read_wish(&mut v, customer.as_ref(), message.order.as_ref());
        let (commission, customer, wish) = v.build(|| Some((commission?, customer?, wish?)))?;
        let partner = commission.mandate.partner.clone();
        let command = commission.act("SubmitOrder", &message);

        let (order, subscription) = match wish {
            Wish::New(offered) => {
                let whose = customer.clone();
                let rule = |ids, now| Order::begin(ids, whose, partner, offered, now);
                self.store.order_new(customer, command, rule).await?
            }
            Wish::More {
                subscription,
                quantity,
            } => {
                let rule = move |id, found, now| Order::raise(id, partner, found, quantity, now);
                self.store
                    .order_more(customer, subscription, command, rule)
                    .await?
            }
        };
        Ok(SubmitOrderResponse {
            order: Some(convert::order(order)),
            subscription: Some(convert::subscription(subscription)),
        })
    }
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
