//! ListUsers, AddUser and RemoveUser.

use std::mem::take;

use platform::field::{self, Presence, Violations};
use proto::directory::v1::{
    AddUserRequest, AddUserResponse, ListUsersRequest, ListUsersResponse, RemoveUserRequest,
    RemoveUserResponse,
};
use tonic::Status;
use vocabulary::name::{CustomerName, UserName};

use super::{Api, Commission, convert, read_page, read_parent};
use crate::domain::field::{SignInName, TEXT_MAX};
use crate::domain::user::User;

impl Api {
    pub(super) async fn users(
        &self,
        mut message: ListUsersRequest,
    ) -> Result<ListUsersResponse, Status> {
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let customer = read_parent(&mut v, &message.parent);
        let customer = v.build(|| customer)?;
        let page = read_page("ListUsers", &message, size, &token)?;

        let page = self.store.list_users(&customer, &page).await?;
        let page = page.map(convert::user);
        Ok(ListUsersResponse {
            users: page.items,
            next_page_token: page.next_page_token,
        })
    }

    pub(super) async fn add(&self, mut message: AddUserRequest) -> Result<AddUserResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let customer = v.check("customer", CustomerName::ids_of(&message.customer));
        let display_name = &message.display_name;
        let display_name = field::line("display_name", display_name, TEXT_MAX, Presence::Required);
        let display_name = v.take(display_name);
        let sign_in_name = v.check("sign_in_name", SignInName::parse(&message.sign_in_name));
        let (commission, customer, display_name, sign_in_name) =
            v.build(|| Some((commission?, customer?, display_name?, sign_in_name?)))?;
        let command = commission.act("AddUser", &message);

        let whose = customer.clone();
        let rule = |id, now| User {
            id,
            customer: whose,
            display_name,
            sign_in_name,
            create_time: now,
            remove_time: None,
        };
        let user = self.store.add_user(customer, command, rule).await?;
        Ok(AddUserResponse {
            user: Some(convert::user(user)),
        })
    }

    pub(super) async fn remove(
        &self,
        mut message: RemoveUserRequest,
    ) -> Result<RemoveUserResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let named = v.check("user", UserName::ids_of(&message.user));
        let (commission, (customer, id)) = v.build(|| Some((commission?, named?)))?;
        let command = commission.act("RemoveUser", &message);

        let user = self.store.remove_user(customer, id, command, User::remove);
        let user = user.await?;
        Ok(RemoveUserResponse {
            user: Some(convert::user(user)),
        })
    }
}
