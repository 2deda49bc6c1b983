//! A customer's record as it is read: account, subscriptions, users and licences, each with what is
//! there or that it could not be read.

use maud::{Markup, html};
use proto::customer::v1::{Availability, License, Subscription, User};
use proto::gateway::v1::CustomerRecord;
use proto::relationship::v1::Account;

use crate::html::{facts, id_in, name};
use crate::wording::Text;

/// How many of each are shown.
pub(super) const SHOWN: i32 = 50;

/// All of it.
pub(super) fn sections(text: &Text, record: &CustomerRecord) -> Markup {
    let subscriptions = record.subscriptions.clone().unwrap_or_default();
    let users = record.users.clone().unwrap_or_default();
    let licenses = record.licenses.clone().unwrap_or_default();
    let there = |availability: Availability| availability == Availability::Available;
    let names = Names {
        subscriptions: &subscriptions.subscriptions,
        users: &users.users,
    };
    html! {
        @if let Some(account) = &record.account { (account_section(text, account)) }
        section {
            h3 { (text.of("subscriptions")) }
            (list(text, there(subscriptions.availability()), &subscriptions.next_page_token,
                subscriptions.subscriptions.iter().map(|it| subscription(text, it)).collect()))
        }
        section {
            h3 { (text.of("users")) }
            (list(text, there(users.availability()), &users.next_page_token,
                users.users.iter().map(|it| user(text, it)).collect()))
        }
        section {
            h3 { (text.of("licenses")) }
            (list(text, there(licenses.availability()), &licenses.next_page_token,
                licenses.licenses.iter().map(|it| license(text, &names, it)).collect()))
        }
    }
}

/// What licences point to, by name.
pub(super) struct Names<'a> {
    pub(super) subscriptions: &'a [Subscription],
    pub(super) users: &'a [User],
}

impl Names<'_> {
    pub(super) fn subscription<'b>(&'b self, resource: &'b str) -> &'b str {
        let found = self.subscriptions.iter().find(|it| it.name == resource);
        found.map_or(id_in(resource), |it| it.display_name.as_str())
    }

    pub(super) fn user<'b>(&'b self, resource: &'b str) -> &'b str {
        let found = self.users.iter().find(|it| it.name == resource);
        found.map_or(id_in(resource), |it| it.display_name.as_str())
    }
}

fn list(text: &Text, is_there: bool, more: &str, items: Vec<Markup>) -> Markup {
    html! {
        @if !is_there {
            p { (text.of("not-readable")) }
        } @else if items.is_empty() {
            p { (text.of("none-there")) }
        } @else {
            ul.items { @for item in &items { li { (item) } } }
            @if !more.is_empty() { p.hint { (text.of("first-only")) } }
        }
    }
}

fn account_section(text: &Text, account: &Account) -> Markup {
    html! {
        section {
            h3 { (text.of("account")) }
            (facts(&[
                (text.of("field-display_name"), name(&account.display_name)),
                (text.of("field-country"), html! { (text.country(&account.country)) }),
                (text.of("field-domain"), name(&account.domain)),
            ]))
        }
    }
}

/// A subscription with its licences and its state.
pub(super) fn subscription(text: &Text, subscription: &Subscription) -> Markup {
    let about = [
        ("assigned", subscription.assigned_quantity.into()),
        ("quantity", subscription.quantity.into()),
    ];
    html! {
        b { (name(&subscription.display_name)) } " · "
        (text.word("state", subscription.state().as_str_name())) " · "
        (text.with("licenses-of", &about)) " · "
        (text.word("renewal", subscription.renewal().as_str_name()))
    }
}

/// A user, or that it has been removed.
pub(super) fn user(text: &Text, user: &User) -> Markup {
    html! {
        b { (name(&user.display_name)) } " · " (name(&user.sign_in_name))
        @if user.remove_time.is_some() {
            " · " (text.of("removed-at")) " " (text.time(user.remove_time.as_ref()))
        }
    }
}

/// Who has a licence of what.
pub(super) fn license(text: &Text, names: &Names<'_>, license: &License) -> Markup {
    html! {
        b { (name(names.user(&license.user))) } " · "
        (name(names.subscription(&license.subscription)))
        @if license.withdraw_time.is_some() {
            " · " (text.of("withdrawn-at")) " " (text.time(license.withdraw_time.as_ref()))
        }
    }
}
