//! What the reseller brings along, and what is ordered: existing customers, the record of one, an
//! order that comes too early, the same order in time, and what is still granted at the end. Every
//! step a few calls through the gateway.

use anyhow::{Context, ensure};
use proto::customer::v1::{Availability, NewSubscription};
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::submit_order_request::Order;
use proto::gateway::v1::{GetCustomerRecordRequest, SubmitOrderRequest, SubmitOrderResponse};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{
    AccessBasis, GetPartnerRequest, ImportState, ListAccessRequest, ListRelationshipsRequest,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::story::{Story, request_id};
use crate::teller::StepReport;
use crate::{CUSTOMER, EXISTING_CUSTOMER, PROVIDER, RESELLER};

impl Story {
    /// The reseller's existing customers are there since its enrolment succeeded.
    pub(crate) async fn import(&self) -> anyhow::Result<StepReport> {
        let name = format!("partners/{RESELLER}");
        let partner = PartnerServiceClient::new(self.reseller.clone())
            .get_partner(GetPartnerRequest { name: name.clone() })
            .await?;
        let import = partner
            .into_inner()
            .customer_import
            .context("nothing is imported")?;
        ensure!(
            import.state() == ImportState::Complete,
            "the import is {}",
            import.state().as_str_name()
        );
        let listed = RelationshipServiceClient::new(self.reseller.clone())
            .list_relationships(ListRelationshipsRequest {
                parent: name,
                ..Default::default()
            })
            .await?;
        let relationships = listed.into_inner().relationships;
        let from: Vec<_> = relationships
            .iter()
            .map(|one| format!("{} ({})", one.customer_display_name, one.portal))
            .collect();
        ensure!(
            from.len() == 2 && import.imported_count == 2,
            "{} relationships, {} imported",
            from.len(),
            import.imported_count
        );
        Ok(StepReport::line(format!(
            "{RESELLER}'s customers in the other portals are in its list, with no invitation:"
        ))
        .and(from.join(" · ")))
    }

    /// What the reseller sees of one of them.
    pub(crate) async fn record(&self) -> anyhow::Result<StepReport> {
        let shown = ConnectionServiceClient::new(self.reseller.clone())
            .get_customer_record(GetCustomerRecordRequest {
                name: format!("partners/{RESELLER}/customers/{EXISTING_CUSTOMER}"),
                ..Default::default()
            })
            .await?;
        let record = shown.into_inner().record.context("there is no record")?;
        let account = record.account.context("the record has no account")?;
        let subscriptions = record.subscriptions.unwrap_or_default();
        let (users, licenses) = (
            record.users.unwrap_or_default(),
            record.licenses.unwrap_or_default(),
        );
        for availability in [
            subscriptions.availability(),
            users.availability(),
            licenses.availability(),
        ] {
            ensure!(
                availability == Availability::Available,
                "a section is {}",
                availability.as_str_name()
            );
        }
        ensure!(
            !record.relationship.is_empty() && !record.privilege.is_empty(),
            "the record does not say by what it is seen"
        );
        let services: Vec<_> = subscriptions
            .subscriptions
            .iter()
            .map(|one| {
                format!(
                    "{} {} of {}",
                    one.display_name, one.assigned_quantity, one.quantity
                )
            })
            .collect();
        let names: Vec<_> = users
            .users
            .iter()
            .map(|one| one.display_name.as_str())
            .collect();
        Ok(StepReport::line(format!(
            "the record of {} ({}, {}): {}",
            account.display_name,
            account.country,
            account.domain,
            services.join(", ")
        ))
        .and(format!(
            "users {}; {} licences assigned",
            names.join(", "),
            licenses.licenses.len()
        )))
    }

    /// The provider orders for a customer that has not accepted it.
    pub(crate) async fn order_too_early(&self) -> anyhow::Result<StepReport> {
        let refused = match self.order().await {
            Ok(_) => anyhow::bail!("{PROVIDER} ordered without a relationship"),
            Err(refused) => refused,
        };
        let reason = refused.get_error_details().error_info().cloned();
        let reason = reason.map(|info| info.reason).unwrap_or_default();
        ensure!(
            refused.code() == Code::PermissionDenied && reason == "RELATIONSHIP_REQUIRED",
            "refused as {:?}, {reason}",
            refused.code()
        );
        Ok(StepReport::line(format!(
            "{PROVIDER} orders a subscription for {CUSTOMER}: refused, {reason}"
        )))
    }

    /// The same order, now that the customer has accepted.
    pub(crate) async fn order_in_time(&self) -> anyhow::Result<StepReport> {
        let ordered = self.order().await?;
        let order = ordered.order.context("the answer has no order")?;
        let subscription = ordered
            .subscription
            .context("the answer has no subscription")?;
        ensure!(
            order.subscription == subscription.name && subscription.quantity == 25,
            "{} licences were ordered",
            subscription.quantity
        );
        Ok(StepReport::line(format!(
            "{PROVIDER} orders the same once more: accepted, {} with {} licences",
            subscription.offer, subscription.quantity
        )))
    }

    /// What is still granted where no relationship is left.
    pub(crate) async fn residual(&self) -> anyhow::Result<StepReport> {
        let listed = AccessServiceClient::new(self.customer.clone())
            .list_access(ListAccessRequest {
                parent: format!("customers/{CUSTOMER}"),
                basis: AccessBasis::ResidualPrivileges.into(),
                ..Default::default()
            })
            .await?;
        let [entry] = &listed.into_inner().entries[..] else {
            anyhow::bail!("{CUSTOMER} does not see one partner with residual privileges")
        };
        ensure!(
            entry.partner == format!("partners/{RESELLER}") && entry.privileges.len() == 1,
            "{} has {} privileges left",
            entry.partner,
            entry.privileges.len()
        );
        ensure!(entry.residual_age.is_some(), "its age is not told");
        Ok(StepReport::line(format!(
            "{CUSTOMER} is shown who can reach it without a relationship: {RESELLER}, by {} privilege",
            entry.privileges.len()
        ))
        .and("only TerminateDelegatedPrivilege or its expiry ends it"))
    }

    async fn order(&self) -> Result<SubmitOrderResponse, Status> {
        let request = SubmitOrderRequest {
            parent: format!("partners/{PROVIDER}/customers/{CUSTOMER}"),
            order: Some(Order::NewSubscription(NewSubscription {
                offer: "office-365-e3".to_owned(),
                quantity: 25,
                ..Default::default()
            })),
            request_id: request_id(),
        };
        let ordered = ConnectionServiceClient::new(self.provider.clone())
            .submit_order(request)
            .await?;
        Ok(ordered.into_inner())
    }
}
