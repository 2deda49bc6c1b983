//! What ListLicenses, AssignLicense and WithdrawLicense are asked.

use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::Violations;
use proto::directory::v1::{AssignLicenseRequest, ListLicensesRequest, WithdrawLicenseRequest};
use vocabulary::id::{CustomerId, LicenseId, SubscriptionId, UserId};
use vocabulary::name::{LicenseName, SubscriptionName, UserName};

use super::{Mandated, Newest, read_page, read_parent};
use crate::store::Command;

/// Whose licences are listed, and which page of them.
pub(super) fn read_list(
    mut message: ListLicensesRequest,
) -> Result<(CustomerId, Newest<LicenseId>), SharedRefusal> {
    let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
    let mut v = Violations::new();
    let customer = read_parent(&mut v, &message.parent);
    let customer = v.build(|| customer)?;
    let page = read_page("ListLicenses", &message, size, &token)?;
    Ok((customer, page))
}

/// For which customer, of which subscription to which user, and the command.
pub(super) fn read_assignment(
    mut message: AssignLicenseRequest,
) -> Result<(CustomerId, (SubscriptionId, UserId), Command), SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let subscription = SubscriptionName::ids_of(&message.subscription);
    let subscription = v.check("subscription", subscription);
    let user = v.check("user", UserName::ids_of(&message.user));
    if let (Some((customer, _)), Some((other, _))) = (&subscription, &user)
        && customer != other
    {
        v.add("user", "must be of the subscription's customer");
    }
    let (mandated, (customer, subscription), (_, user)) =
        v.build(|| Some((mandated?, subscription?, user?)))?;
    let command = mandated.command("AssignLicense", &message);
    Ok((customer, (subscription, user), command))
}

/// Which licence is withdrawn, and the command.
pub(super) fn read_withdrawal(
    mut message: WithdrawLicenseRequest,
) -> Result<(CustomerId, LicenseId, Command), SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let named = v.check("license", LicenseName::ids_of(&message.license));
    let (mandated, (customer, id)) = v.build(|| Some((mandated?, named?)))?;
    Ok((customer, id, mandated.command("WithdrawLicense", &message)))
}
