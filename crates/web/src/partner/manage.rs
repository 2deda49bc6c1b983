//! A customer's account page, with the forms for what a partner does there (`acts`): a reseller
//! manages what its privilege lets it, a provider orders.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::customer::v1::{Order, Renewal, Subscription, SubscriptionState, User};
use proto::gateway::v1::{CustomerRecord, GetCustomerRecordRequest, ListOrdersRequest};
use serde::Deserialize;

use super::Partner;
use super::record::{self, Names};
use crate::Web;
use crate::customer::done;
use crate::html::{Area, Field, form, hidden, id_in, name, submit};
use crate::problem::Problem;
use crate::wording::Text;

/// How many orders are shown.
const ORDERS: i32 = 20;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/partner/customers/{customer}", get(account))
}

/// What was done just now.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    done: String,
}

async fn account(
    State(web): State<Web>,
    partner: Partner,
    Path(customer): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let parent = format!("{}/customers/{customer}", partner.name);
    let (mut connections, mut orders) =
        (partner.person.connections(), partner.person.connections());
    let (record, orders) = tokio::join!(
        connections.get_customer_record(GetCustomerRecordRequest {
            name: parent.clone(),
            page_size: record::SHOWN,
            ..Default::default()
        }),
        orders.list_orders(ListOrdersRequest {
            parent,
            page_size: ORDERS,
            ..Default::default()
        }),
    );
    let record = record?.into_inner().record.unwrap_or_default();
    // the portals may be away, and what is shown without orders is still of use
    let orders = orders
        .map(|answer| answer.into_inner().orders)
        .unwrap_or_default();
    let text = partner.person.text();
    let desk = Desk {
        web: &web,
        partner: &partner,
        text,
        customer: &customer,
        record: &record,
    };
    let called = record
        .account
        .as_ref()
        .map_or("", |account| &account.display_name);
    let title = if called.is_empty() {
        customer.clone()
    } else {
        called.to_owned()
    };
    Ok(partner.page(&web, title).show(html! {
        (done(text, &shown.done))
        h2 { (text.of("record")) }
        (record::sections(text, &record))
        (desk.forms())
        (ordered(text, &orders))
        section {
            h2 { (text.of("relationship")) }
            p {
                a href={ "/partner/relationships/" (id_in(&record.relationship)) "/remove" } {
                    (text.of("remove-relationship"))
                }
            }
        }
    }))
}

fn ordered(text: &Text, orders: &[Order]) -> Markup {
    html! {
        @if !orders.is_empty() {
            section {
                h2 { (text.of("orders")) }
                ul.items {
                    @for order in orders {
                        li {
                            (text.word("order", order.kind().as_str_name())) " · "
                            (order.quantity) " · " (text.time(order.create_time.as_ref()))
                        }
                    }
                }
            }
        }
    }
}

/// What a partner may try to do on the account page.
struct Desk<'a> {
    web: &'a Web,
    partner: &'a Partner,
    text: &'a Text,
    customer: &'a str,
    record: &'a CustomerRecord,
}

impl Desk<'_> {
    fn forms(&self) -> Markup {
        match self.partner.area {
            Area::Provider => self.ordering(),
            _ if self.record.privilege.is_empty() => {
                html! { p.said { (self.text.of("no-privilege")) } }
            }
            _ => html! {
                h2 { (self.text.of("manage")) }
                (self.of_account())
                (self.of_subscriptions())
                (self.of_users())
                (self.of_licenses())
            },
        }
    }

    /// A form of this customer, which does its work once, however often it is sent.
    fn form(&self, title: &str, rest: &str, label: &str, fields: Markup) -> Markup {
        let to = format!("/partner/customers/{}{rest}", self.customer);
        let fields = html! {
            (hidden("request", &self.web.clock.id().to_string()))
            (fields)
            (submit(self.text.of(label)))
        };
        html! {
            details {
                summary { (self.text.of(title)) }
                (form(&self.partner.person.token, &to, fields))
            }
        }
    }

    fn of_account(&self) -> Markup {
        let Some(account) = &self.record.account else {
            return html! {};
        };
        let text = self.text;
        let fields = html! {
            (hidden("etag", &account.etag))
            (Field::text(text, "display_name", &account.display_name).input())
            (Field::text(text, "country", &account.country).choice(&text.countries()))
            (Field::text(text, "domain", &account.domain).input())
        };
        self.form("change-account", "/account", "save", fields)
    }

    fn subscriptions(&self) -> &[Subscription] {
        let section = self.record.subscriptions.as_ref();
        section.map_or(&[], |section| section.subscriptions.as_slice())
    }

    fn choices(&self) -> Vec<(&str, String)> {
        let all = self.subscriptions().iter();
        all.map(|it| (it.name.as_str(), it.display_name.clone()))
            .collect()
    }

    fn of_subscriptions(&self) -> Markup {
        let text = self.text;
        html! {
            @for subscription in self.subscriptions() {
                @let (transition, label) = match subscription.state() {
                    SubscriptionState::Suspended => ("2", "resume"),
                    _ => ("1", "suspend"),
                };
                @let renewals = [
                    ("0", text.of("leave-it")),
                    ("1", text.word("renewal", Renewal::Automatic.as_str_name())),
                    ("2", text.word("renewal", Renewal::Off.as_str_name())),
                ];
                @let transitions = [("0", text.of("leave-it")), (transition, text.of(label))];
                details {
                    summary { (text.of("change-subscription")) " " (name(&subscription.display_name)) }
                    (self.plain("/subscriptions", "save", html! {
                        (hidden("subscription", &subscription.name))
                        (hidden("etag", &subscription.etag))
                        @let id = id_in(&subscription.name);
                        (self.labelled("subscription_name", id, &subscription.display_name).input())
                        (self.labelled("renewal", id, "0").choice(&renewals))
                        (self.labelled("transition", id, "0").choice(&transitions))
                    }))
                }
            }
        }
    }

    /// A field of which there are several on the page, told apart by `id`.
    fn labelled<'a>(&self, key: &str, id: &str, value: &'a str) -> Several<'a> {
        Several {
            id: format!("{key}-{id}"),
            label: self.text.of(&format!("field-{key}")),
            name: key.to_owned(),
            value,
        }
    }

    fn plain(&self, rest: &str, label: &str, fields: Markup) -> Markup {
        let to = format!("/partner/customers/{}{rest}", self.customer);
        let fields = html! {
            (hidden("request", &self.web.clock.id().to_string()))
            (fields)
            (submit(self.text.of(label)))
        };
        form(&self.partner.person.token, &to, fields)
    }

    fn of_users(&self) -> Markup {
        let text = self.text;
        let users = self.record.users.clone().unwrap_or_default().users;
        let present = present(&users);
        let add = html! {
            (Field::text(text, "user_name", "").required().input())
            (Field::text(text, "sign_in_name", "").required().input())
        };
        let remove = html! { (Field::text(text, "user", "").choice(&present)) };
        html! {
            (self.form("add-user", "/users", "add-user", add))
            @if !present.is_empty() {
                (self.form("remove-user", "/users/remove", "remove-user", remove))
            }
        }
    }

    fn of_licenses(&self) -> Markup {
        let text = self.text;
        let users = self.record.users.clone().unwrap_or_default().users;
        let present = present(&users);
        let names = Names {
            subscriptions: self.subscriptions(),
            users: &users,
        };
        let licenses = self.record.licenses.clone().unwrap_or_default().licenses;
        let held: Vec<_> = licenses
            .iter()
            .filter(|license| license.withdraw_time.is_none())
            .map(|it| {
                let (user, of) = (names.user(&it.user), names.subscription(&it.subscription));
                (it.name.as_str(), format!("{user} – {of}"))
            })
            .collect();
        let assign = html! {
            (Field::text(text, "license_user", "").choice(&present))
            (Field::text(text, "license_subscription", "").choice(&self.choices()))
        };
        let withdraw = html! { (Field::text(text, "license", "").choice(&held)) };
        html! {
            @if !present.is_empty() && !self.subscriptions().is_empty() {
                (self.form("assign-license", "/licenses", "assign-license", assign))
            }
            @if !held.is_empty() {
                (self.form("withdraw-license", "/licenses/withdraw", "withdraw-license", withdraw))
            }
        }
    }

    /// A new subscription, or more licences of one that is there.
    fn ordering(&self) -> Markup {
        let text = self.text;
        let renewals = [
            ("1", text.word("renewal", Renewal::Automatic.as_str_name())),
            ("2", text.word("renewal", Renewal::Off.as_str_name())),
        ];
        let new = html! {
            (Field::text(text, "offer", "").required().input())
            (Field::text(text, "new_name", "").required().input())
            (Field::text(text, "new_quantity", "1").number().required().input())
            (Field::text(text, "new_renewal", "1").choice(&renewals))
        };
        let more = html! {
            (Field::text(text, "more_of", "").choice(&self.choices()))
            (Field::text(text, "more_quantity", "1").number().required().input())
        };
        html! {
            h2 { (text.of("order")) }
            (self.form("order-new", "/orders", "order", new))
            @if !self.subscriptions().is_empty() {
                (self.form("order-more", "/orders", "order", more))
            }
        }
    }
}

/// The users to choose from: those that have not been removed.
fn present(users: &[User]) -> Vec<(&str, String)> {
    let present = users.iter().filter(|user| user.remove_time.is_none());
    present
        .map(|user| (user.name.as_str(), user.display_name.clone()))
        .collect()
}

/// One of several fields of the same name.
struct Several<'a> {
    id: String,
    label: String,
    name: String,
    value: &'a str,
}

impl Several<'_> {
    fn input(self) -> Markup {
        html! {
            div.field {
                label for=(self.id) { (self.label) }
                input type="text" id=(self.id) name=(self.name) value=(self.value) dir="auto";
            }
        }
    }

    fn choice(self, choices: &[(&str, String)]) -> Markup {
        html! {
            div.field {
                label for=(self.id) { (self.label) }
                select id=(self.id) name=(self.name) {
                    @for (value, label) in choices {
                        option value=(value) selected[*value == self.value] { (label) }
                    }
                }
            }
        }
    }
}
