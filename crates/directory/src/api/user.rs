//! What ListUsers, AddUser and RemoveUser are asked.

use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use proto::directory::v1::{AddUserRequest, ListUsersRequest, RemoveUserRequest};
use vocabulary::id::{CustomerId, UserId};
use vocabulary::name::{CustomerName, UserName};

use super::{Mandated, Newest, read_page, read_parent};
use crate::domain::field::{SignInName, TEXT_MAX};
use crate::domain::user::NewUser;
use crate::store::Command;

/// Whose users are listed, and which page of them.
pub(super) fn read_list(
    mut message: ListUsersRequest,
) -> Result<(CustomerId, Newest<UserId>), SharedRefusal> {
    let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
    let mut v = Violations::new();
    let customer = read_parent(&mut v, &message.parent);
    let customer = v.build(|| customer)?;
    let page = read_page("ListUsers", &message, size, &token)?;
    Ok((customer, page))
}

/// Whose user is added, who it is, and the command.
pub(super) fn read_addition(
    mut message: AddUserRequest,
) -> Result<(CustomerId, NewUser, Command), SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let customer = v.check("customer", CustomerName::ids_of(&message.customer));
    let display_name = &message.display_name;
    let display_name = field::line("display_name", display_name, TEXT_MAX, Presence::Required);
    let display_name = v.take(display_name);
    let sign_in_name = v.check("sign_in_name", SignInName::parse(&message.sign_in_name));
    let (mandated, customer, user) = v.build(|| {
        let user = NewUser {
            display_name: display_name?,
            sign_in_name: sign_in_name?,
        };
        Some((mandated?, customer?, user))
    })?;
    Ok((customer, user, mandated.command("AddUser", &message)))
}

/// Which user is removed, and the command.
pub(super) fn read_removal(
    mut message: RemoveUserRequest,
) -> Result<(CustomerId, UserId, Command), SharedRefusal> {
    let mut v = Violations::new();
    let mandated = Mandated::take(&mut v, &mut message.mandate, &mut message.request_id);
    let named = v.check("user", UserName::ids_of(&message.user));
    let (mandated, (customer, id)) = v.build(|| Some((mandated?, named?)))?;
    Ok((customer, id, mandated.command("RemoveUser", &message)))
}
