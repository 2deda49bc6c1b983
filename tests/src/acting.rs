//! What partners have and do for customers, as a test says it: imports, records, orders, users, who
//! can reach whom.

use proto::customer::v1::{MoreLicenses, NewSubscription};
use proto::gateway::v1::submit_order_request::Order;
use proto::gateway::v1::{
    AddUserRequest, AddUserResponse, CustomerRecord, GetCustomerRecordRequest, SubmitOrderRequest,
    SubmitOrderResponse,
};
use proto::relationship::v1::{
    AccessBasis, AccessEntry, DelegatedPrivilege, EnrollmentImport, GetPartnerRequest,
    ListAccessRequest, ListCustomersRequest, PreviewRemovalRequest, PreviewRemovalResponse,
    Relationship, RemovalAttestation, RemoveRelationshipRequest,
    TerminateDelegatedPrivilegeRequest,
};
use tonic::Status;

use crate::{Programme, with};

/// An order of a new subscription.
pub fn new_subscription(quantity: i32) -> Order {
    Order::NewSubscription(NewSubscription {
        offer: "office-365-e3".into(),
        quantity,
        ..Default::default()
    })
}

/// An order of more licences on a subscription.
pub fn more_licenses(subscription: &str, quantity: i32) -> Order {
    Order::MoreLicenses(MoreLicenses {
        subscription: subscription.into(),
        quantity,
    })
}

impl Programme {
    /// How the import of a partner stands, as the operator reads it.
    pub async fn import_of(&self, id: &str) -> Option<EnrollmentImport> {
        let request = GetPartnerRequest {
            name: format!("partners/{id}"),
        };
        let mut partners = self.partners.clone();
        let answer = partners.get_partner(with(&self.operator, request)).await;
        answer.ok()?.into_inner().customer_import
    }

    /// Every customer in a partner's list, page by page, the newest relationship first.
    pub async fn every_customer(&self, token: &str, partner: &str) -> Vec<String> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCustomersRequest {
                parent: format!("partners/{partner}"),
                page_size: 500,
                page_token,
                ..Default::default()
            };
            let mut relationships = self.relationships.clone();
            let answer = relationships.list_customers(with(token, request)).await;
            let page = answer.expect("its own list").into_inner();
            all.extend(page.customers.into_iter().map(|one| one.customer));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    /// A customer's record as a partner sees it.
    pub async fn record(
        &self,
        token: &str,
        partner: &str,
        customer: &str,
    ) -> Result<CustomerRecord, Status> {
        let request = GetCustomerRecordRequest {
            name: format!("partners/{partner}/customers/{customer}"),
            ..Default::default()
        };
        let mut connections = self.connections.clone();
        let answer = connections
            .get_customer_record(with(token, request))
            .await?;
        Ok(answer.into_inner().record.expect("a record"))
    }

    /// An order of a partner for a customer.
    pub async fn order(
        &self,
        token: &str,
        (partner, customer): (&str, &str),
        order: Order,
        request_id: &str,
    ) -> Result<SubmitOrderResponse, Status> {
        let request = SubmitOrderRequest {
            parent: format!("partners/{partner}/customers/{customer}"),
            order: Some(order),
            request_id: request_id.to_owned(),
        };
        let mut connections = self.connections.clone();
        let answer = connections.submit_order(with(token, request)).await?;
        Ok(answer.into_inner())
    }

    /// A user that a partner adds for a customer.
    pub async fn add_user(
        &self,
        token: &str,
        (partner, customer): (&str, &str),
        sign_in_name: &str,
        request_id: &str,
    ) -> Result<AddUserResponse, Status> {
        let request = AddUserRequest {
            parent: format!("partners/{partner}/customers/{customer}"),
            display_name: "Ana Lima".into(),
            sign_in_name: sign_in_name.to_owned(),
            request_id: request_id.to_owned(),
        };
        let mut connections = self.connections.clone();
        let answer = connections.add_user(with(token, request)).await?;
        Ok(answer.into_inner())
    }

    /// Who can reach whom, of a partner or a customer, on this basis.
    pub async fn list_access(
        &self,
        token: &str,
        parent: &str,
        basis: AccessBasis,
    ) -> Result<Vec<AccessEntry>, Status> {
        let request = ListAccessRequest {
            parent: parent.to_owned(),
            basis: basis.into(),
            ..Default::default()
        };
        let mut access = self.access.clone();
        let answer = access.list_access(with(token, request)).await?;
        Ok(answer.into_inner().entries)
    }

    /// What removing a relationship would do, in Portuguese.
    pub async fn preview(
        &self,
        token: &str,
        relationship: &str,
    ) -> Result<PreviewRemovalResponse, Status> {
        let request = PreviewRemovalRequest {
            name: relationship.to_owned(),
            language: "pt-BR".into(),
        };
        let mut relationships = self.relationships.clone();
        let answer = relationships.preview_removal(with(token, request)).await?;
        Ok(answer.into_inner())
    }

    /// Previews, then removes a relationship with what the preview showed.
    pub async fn remove(&self, token: &str, relationship: &str) -> Relationship {
        let shown = self.preview(token, relationship).await.expect("a preview");
        let request = RemoveRelationshipRequest {
            name: relationship.to_owned(),
            attestation: Some(RemovalAttestation {
                wording_id: shown.wording_id,
                language: shown.language,
                good_faith: true,
                legitimate_business_purpose: true,
                in_line_with_agreement: true,
                hold_harmless: true,
            }),
            ..Default::default()
        };
        let mut relationships = self.relationships.clone();
        let answer = relationships
            .remove_relationship(with(token, request))
            .await;
        let removed = answer.expect("removed").into_inner().relationship;
        removed.expect("a relationship")
    }

    /// Ends a privilege, as its partner or its customer.
    pub async fn terminate(&self, token: &str, privilege: &str) -> DelegatedPrivilege {
        let request = TerminateDelegatedPrivilegeRequest {
            name: privilege.to_owned(),
            ..Default::default()
        };
        let mut relationships = self.relationships.clone();
        let answer = relationships
            .terminate_delegated_privilege(with(token, request))
            .await;
        let ended = answer.expect("ended").into_inner().privilege;
        ended.expect("a privilege")
    }
}
