//! A customer's record: the account from the relationship service, and three sections from the
//! portals.
//!
//! A section that cannot be read in time is marked and empty, and takes nothing from the others.
//! Nothing else of a customer is ever shown.

use std::time::Duration;

use platform::error::{DOMAIN, Failure, SharedRefusal, Violation};
use platform::field::Violations;
use platform::identity::Identity;
use platform::serve::time_left;
use proto::customer::v1::Availability;
use proto::directory::v1::{
    ListLicensesRequest, ListLicensesResponse, ListSubscriptionsRequest, ListSubscriptionsResponse,
    ListUsersRequest, ListUsersResponse,
};
use proto::gateway::v1::{
    CustomerRecord, GetCustomerRecordRequest, GetCustomerRecordResponse, LicenseSection,
    SubscriptionSection, UserSection,
};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;
use vocabulary::name::{CustomerName, PartnerCustomerName};

use super::owner::answered_with;
use super::{Connections, access};

/// How long a section may take, at most.
const SECTION: Duration = Duration::from_secs(2);

pub(super) async fn get_customer_record(
    on: &Connections,
    caller: &Identity,
    message: GetCustomerRecordRequest,
) -> Result<GetCustomerRecordResponse, Status> {
    let mut v = Violations::new();
    let pair = v.check("name", PartnerCustomerName::parse(&message.name));
    let pair = v.build(|| pair)?;
    caller.as_partner(&pair.partner)?;

    let name = message.name.clone();
    let (decision, account) = access::viewed(on, caller, name.clone()).await?;
    let (subscriptions, users, licenses) = sections(on, &pair, message).await?;
    Ok(GetCustomerRecordResponse {
        record: Some(CustomerRecord {
            name,
            relationship: decision.relationship,
            privilege: decision.privilege,
            account: Some(account),
            subscriptions: Some(subscription_section(subscriptions)),
            users: Some(user_section(users)),
            licenses: Some(license_section(licenses)),
        }),
    })
}

/// What could be read of a section; nothing where the portals did not answer.
type Read<T> = Option<T>;

async fn sections(
    on: &Connections,
    pair: &PartnerCustomerName,
    message: GetCustomerRecordRequest,
) -> Result<
    (
        Read<ListSubscriptionsResponse>,
        Read<ListUsersResponse>,
        Read<ListLicensesResponse>,
    ),
    SharedRefusal,
> {
    let (parent, page_size) = (
        CustomerName::new(&pair.customer).to_string(),
        message.page_size,
    );
    let [mut one, mut two, mut three] = [(); 3].map(|()| on.portals());
    let subscriptions = one.list_subscriptions(ListSubscriptionsRequest {
        parent: parent.clone(),
        page_size,
        page_token: message.subscriptions_page_token,
        ..Default::default()
    });
    let users = two.list_users(ListUsersRequest {
        parent: parent.clone(),
        page_size,
        page_token: message.users_page_token,
    });
    let licenses = three.list_licenses(ListLicensesRequest {
        parent,
        page_size,
        page_token: message.licenses_page_token,
    });
    let limit = limit(time_left());
    let (subscriptions, users, licenses) = tokio::join!(
        read(limit, subscriptions, |page| {
            answered_with(pair, page.subscriptions.iter().map(|it| it.name.as_str()))
        }),
        read(limit, users, |page| {
            answered_with(pair, page.users.iter().map(|it| it.name.as_str()))
        }),
        read(limit, licenses, |page| {
            answered_with(pair, page.licenses.iter().map(|it| it.name.as_str()))
        }),
    );
    let mut refused = Vec::new();
    let sections = (
        section(&mut refused, "subscriptions", subscriptions),
        section(&mut refused, "users", users),
        section(&mut refused, "licenses", licenses),
    );
    if refused.is_empty() {
        Ok(sections)
    } else {
        Err(SharedRefusal::InvalidFields(refused))
    }
}

/// How long a section may take where the call has this time left: part of it is kept for answering
/// without the section.
fn limit(left: Option<Duration>) -> Duration {
    left.map_or(SECTION, |left| SECTION.min(left / 4 * 3))
}

async fn read<T>(
    limit: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
    check: impl FnOnce(&T) -> Result<(), Failure>,
) -> Result<T, Failure> {
    let answer = tokio::time::timeout(limit, call).await;
    let answer =
        answer.map_err(|_| Failure::Upstream(Box::new(SharedRefusal::DeadlineExceeded.into())))?;
    let page = answer
        .map_err(|status| Failure::Upstream(Box::new(status)))?
        .into_inner();
    check(&page).map(|()| page)
}

/// What is shown of a section. What the portals refuse of the caller's own fields goes to
/// `refused`, as the caller calls them.
fn section<T>(
    refused: &mut Vec<Violation>,
    section: &'static str,
    read: Result<T, Failure>,
) -> Read<T> {
    let failure = match read {
        Ok(page) => return Some(page),
        Err(failure) => failure,
    };
    match paging(section, &failure) {
        Some(violations) => {
            for violation in violations {
                if !refused.contains(&violation) {
                    refused.push(violation);
                }
            }
        }
        None => {
            let (error, code) = (failure.chain(), failure.code());
            tracing::warn!(section, error, %code, "a section of a record was not read");
        }
    }
    None
}

/// Where the portals refuse how a section was to be paged, and nothing else: that.
fn paging(section: &str, failure: &Failure) -> Option<Vec<Violation>> {
    let Failure::Upstream(status) = failure else {
        return None;
    };
    let details = status.get_error_details();
    let ours = details.error_info().is_some_and(|it| it.domain == DOMAIN);
    if status.code() != Code::InvalidArgument || !ours {
        return None;
    }
    let refused = details.bad_request()?.field_violations.iter().map(|it| {
        let field = match it.field.as_str() {
            "page_size" => "page_size".to_owned(),
            "page_token" => format!("{section}_page_token"),
            _ => return None,
        };
        Some(Violation::new(field, &it.description))
    });
    let refused: Vec<_> = refused.collect::<Option<_>>()?;
    (!refused.is_empty()).then_some(refused)
}

fn subscription_section(read: Read<ListSubscriptionsResponse>) -> SubscriptionSection {
    let availability = availability(&read).into();
    let page = read.unwrap_or_default();
    SubscriptionSection {
        availability,
        subscriptions: page.subscriptions,
        next_page_token: page.next_page_token,
    }
}

fn user_section(read: Read<ListUsersResponse>) -> UserSection {
    let availability = availability(&read).into();
    let page = read.unwrap_or_default();
    UserSection {
        availability,
        users: page.users,
        next_page_token: page.next_page_token,
    }
}

fn license_section(read: Read<ListLicensesResponse>) -> LicenseSection {
    let availability = availability(&read).into();
    let page = read.unwrap_or_default();
    LicenseSection {
        availability,
        licenses: page.licenses,
        next_page_token: page.next_page_token,
    }
}

fn availability<T>(read: &Read<T>) -> Availability {
    match read {
        Some(_) => Availability::Available,
        None => Availability::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_leaves_time_to_answer_without_it() {
        let cases = [
            (None, 2_000),
            (Some(30_000), 2_000),
            (Some(2_000), 1_500),
            (Some(200), 150),
            (Some(0), 0),
        ];
        for (left, expected) in cases {
            let limit = limit(left.map(Duration::from_millis));
            assert_eq!(limit, Duration::from_millis(expected), "{left:?}");
        }
    }
}
