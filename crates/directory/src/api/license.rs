//! ListLicenses, AssignLicense and WithdrawLicense.

use std::mem::take;

use platform::field::Violations;
use proto::directory::v1::{
    AssignLicenseRequest, AssignLicenseResponse, ListLicensesRequest, ListLicensesResponse,
    WithdrawLicenseRequest, WithdrawLicenseResponse,
};
use tonic::Status;
use vocabulary::name::{LicenseName, SubscriptionName, UserName};

use super::{Api, Commission, convert, read_page, read_parent};
use crate::domain::license::License;

impl Api {
    pub(super) async fn licenses(
        &self,
        mut message: ListLicensesRequest,
    ) -> Result<ListLicensesResponse, Status> {
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let customer = read_parent(&mut v, &message.parent);
        let customer = v.build(|| customer)?;
        let page = read_page("ListLicenses", &message, size, &token)?;

        let page = self.store.list_licenses(&customer, &page).await?;
        let page = page.map(convert::license);
        Ok(ListLicensesResponse {
            licenses: page.items,
            next_page_token: page.next_page_token,
        })
    }

    pub(super) async fn assign(
        &self,
        mut message: AssignLicenseRequest,
    ) -> Result<AssignLicenseResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let subscription = SubscriptionName::ids_of(&message.subscription);
        let subscription = v.check("subscription", subscription);
        let user = v.check("user", UserName::ids_of(&message.user));
        if let (Some((customer, _)), Some((other, _))) = (&subscription, &user)
            && customer != other
        {
            v.add("user", "must be of the subscription's customer");
        }
        let (commission, (customer, subscription), (_, user)) =
            v.build(|| Some((commission?, subscription?, user?)))?;
        let command = commission.act("AssignLicense", &message);

        let what = (subscription, user);
        let license = self
            .store
            .assign_license(customer, what, command, License::assign)
            .await?;
        Ok(AssignLicenseResponse {
            license: Some(convert::license(license)),
        })
    }

    pub(super) async fn withdraw(
        &self,
        mut message: WithdrawLicenseRequest,
    ) -> Result<WithdrawLicenseResponse, Status> {
        let mut v = Violations::new();
        let commission = Commission::take(&mut v, &mut message.mandate, &mut message.request_id);
        let named = v.check("license", LicenseName::ids_of(&message.license));
        let (commission, (customer, id)) = v.build(|| Some((commission?, named?)))?;
        let command = commission.act("WithdrawLicense", &message);

        let license = self
            .store
            .withdraw_license(customer, id, command, License::withdraw)
            .await?;
        Ok(WithdrawLicenseResponse {
            license: Some(convert::license(license)),
        })
    }
}
