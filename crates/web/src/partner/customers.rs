//! The customers of a partner, searched and page by page, each with its record to be opened where
//! it stands.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::gateway::v1::GetCustomerRecordRequest;
use proto::relationship::v1::{Customer, ListCustomersRequest};
use serde::Deserialize;
use tonic::Status;

use super::{Partner, record};
use crate::Web;
use crate::customer::done;
use crate::html::{
    Area, Field, action, card_at, cards, facts, id_in, more, name, named, parameter, search, submit,
};
use crate::problem::{Problem, said};
use crate::wording::Text;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/partner/customers", get(customers))
}

/// Which customers are shown, and which of them is open.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Shown {
    name: String,
    domain: String,
    page: String,
    open: String,
    done: String,
}

impl Shown {
    /// The address of this page of the list, up to what is added to it.
    fn address(&self, page: bool) -> String {
        let mut address = String::from("/partner/customers?");
        let page = if page { self.page.as_str() } else { "" };
        for (key, value) in [
            ("name", self.name.as_str()),
            ("domain", &self.domain),
            ("page", page),
        ] {
            if !value.is_empty() {
                address.push_str(&format!("{key}={}&", parameter(value)));
            }
        }
        address
    }
}

async fn customers(
    State(web): State<Web>,
    partner: Partner,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let person = &partner.person;
    let (mut relationships, mut connections) = (person.relationships(), person.connections());
    let (list, open) = tokio::join!(
        relationships.list_customers(ListCustomersRequest {
            parent: partner.name.clone(),
            name_prefix: shown.name.trim().to_owned(),
            domain_prefix: shown.domain.trim().to_owned(),
            page_token: shown.page.clone(),
            ..Default::default()
        }),
        async {
            if shown.open.is_empty() {
                return None;
            }
            let request = GetCustomerRecordRequest {
                name: format!("{}/customers/{}", partner.name, shown.open),
                page_size: record::SHOWN,
                ..Default::default()
            };
            Some(connections.get_customer_record(request).await)
        },
    );
    let list = list?.into_inner();
    let open =
        open.map(|answer| answer.map(|answer| answer.into_inner().record.unwrap_or_default()));
    let text = person.text();
    let opened = |customer: &Customer| {
        let is_open = !shown.open.is_empty() && id_in(&customer.customer) == shown.open;
        let record = open.as_ref().filter(|_| is_open);
        customer_card(text, &shown, customer, record.map(Result::as_ref))
    };
    let all: Vec<_> = list.customers.iter().map(opened).collect();
    let is_search = !(shown.name.is_empty() && shown.domain.is_empty());
    Ok(partner.page(&web, text.of("customers")).show(html! {
        (done(text, &shown.done))
        (invite(text, partner.area))
        (search("/partner/customers", html! {
            (Field::text(text, "name", &shown.name).searching().input())
            (Field::text(text, "domain", &shown.domain).searching().input())
            (submit(text.of("search")))
        }))
        (cards(&all, none(text, is_search)))
        (more(text, &format!("{}page=", shown.address(false)), &list.next_page_token))
    }))
}

/// Only resellers invite.
fn invite(text: &Text, area: Area) -> Markup {
    html! {
        @if area == Area::Reseller {
            p { (action("/partner/invitations/new", text.of("request-relationship"))) }
        }
    }
}

fn none(text: &Text, is_search: bool) -> Markup {
    html! {
        @if is_search {
            p { (text.of("none-found")) " " a href="/partner/customers" { (text.of("all-customers")) } }
        } @else {
            p { (text.of("no-customers")) }
        }
    }
}

fn customer_card(
    text: &Text,
    shown: &Shown,
    customer: &Customer,
    record: Option<Result<&proto::gateway::v1::CustomerRecord, &Status>>,
) -> Markup {
    let id = id_in(&customer.customer);
    let here = shown.address(true);
    let content = html! {
        (facts(&[
            (text.of("field-domain"), name(&customer.domain)),
            (text.of("field-country"), html! { (text.country(&customer.country)) }),
            (text.of("since"), text.time(customer.establish_time.as_ref())),
        ]))
        @match record {
            None => {
                p.opener {
                    a href={ (here) "open=" (parameter(id)) "#" (id) } aria-expanded="false" {
                        (text.of("open-record"))
                    }
                }
            }
            Some(record) => {
                p.opener {
                    a href={ (here) "#" (id) } aria-expanded="true" { (text.of("close-record")) }
                }
                div.record {
                    @match record {
                        Ok(record) => { (record::sections(text, record)) }
                        Err(status) => { p.said role="alert" { (said(text, status)) } }
                    }
                }
            }
        }
        p { a href={ "/partner/customers/" (id) } { (text.of("to-account")) } }
    };
    card_at(
        id,
        named(&customer.display_name, &customer.customer),
        content,
    )
}
