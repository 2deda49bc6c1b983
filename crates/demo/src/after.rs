//! The story once the relationships exist: what each partner sees and may do, how one relationship
//! is removed, and what stays. Every step a few calls through the gateway, checked before it is
//! told.

use anyhow::{Context, ensure};
use proto::customer::v1::Permission;
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use proto::notification::v1::{ListNoticesRequest, Notice};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{
    AccessDecision, CheckAccessRequest, Customer, DelegatedPrivilege, DenialReason,
    ListCustomersRequest, ListDelegatedPrivilegesRequest, PreviewRemovalRequest, PrivilegeState,
    RelationshipState, RemovalAttestation, RemoveRelationshipRequest,
};

use crate::story::{LANGUAGE, Story, permission, request_id};
use crate::teller::StepReport;
use crate::user::User;
use crate::{CUSTOMER, OTHER_PROVIDER, PROVIDER, RESELLER, eventually};

impl Story {
    /// Both partners find the customer in their lists.
    pub(crate) async fn list(&self) -> anyhow::Result<StepReport> {
        let mut lines = Vec::new();
        for (user, id) in [(&self.reseller, RESELLER), (&self.provider, PROVIDER)] {
            // the newest first
            let listed = customers(user, id).await?;
            let customer = listed
                .first()
                .with_context(|| format!("{id} lists nobody"))?;
            ensure!(
                customer.customer == format!("customers/{CUSTOMER}"),
                "{id} lists {}",
                customer.customer
            );
            lines.push(format!(
                "{id}: {} ({}, {})",
                customer.display_name, customer.country, customer.domain
            ));
        }
        Ok(StepReport::line(format!(
            "each partner lists its customers, at once: {}",
            lines.join(" · ")
        )))
    }

    /// What each of the two may do for the customer.
    pub(crate) async fn access(&self) -> anyhow::Result<StepReport> {
        let manage = granted(&self.reseller, RESELLER, Permission::ManageUsers).await?;
        ensure!(
            !manage.privilege.is_empty(),
            "{RESELLER} manages without a privilege"
        );
        granted(&self.provider, PROVIDER, Permission::SubmitOrders).await?;
        let not_its_kind = DenialReason::NotForThisKind;
        denied(
            &self.reseller,
            RESELLER,
            Permission::SubmitOrders,
            not_its_kind,
        )
        .await?;
        denied(
            &self.provider,
            PROVIDER,
            Permission::ManageUsers,
            not_its_kind,
        )
        .await?;
        Ok(StepReport::line(format!(
            "{RESELLER} may manage users, by its privilege, but not submit orders"
        ))
        .and(format!(
            "{PROVIDER} may submit orders, by its own relationship, but not manage users"
        )))
    }

    /// A provider that is only a partner of the reseller is refused.
    pub(crate) async fn refuse(&self) -> anyhow::Result<StepReport> {
        let (asked, reason) = (Permission::SubmitOrders, DenialReason::RelationshipRequired);
        denied(&self.other_provider, OTHER_PROVIDER, asked, reason).await?;
        let reason = reason.as_str_name().trim_start_matches("DENIAL_REASON_");
        Ok(StepReport::line(format!(
            "{OTHER_PROVIDER}, {RESELLER}'s partner as well, asks to {} for {CUSTOMER}:",
            permission(asked)
        ))
        .and(format!(
            "refused, {reason}: a partnership is not a relationship"
        )))
    }

    /// The reseller removes its relationship, attesting.
    pub(crate) async fn remove(&self) -> anyhow::Result<StepReport> {
        let name = self
            .acceptance
            .relationships
            .first()
            .context("there is no relationship to remove")?;
        let mut relationships = RelationshipServiceClient::new(self.reseller.clone());
        let preview = relationships
            .preview_removal(PreviewRemovalRequest {
                name: name.clone(),
                language: LANGUAGE.to_owned(),
            })
            .await?
            .into_inner();
        ensure!(
            preview.remaining_privileges.len() == 1,
            "{} privileges would stay",
            preview.remaining_privileges.len()
        );
        let [subscription] = &preview.active_subscriptions[..] else {
            anyhow::bail!("the preview does not show one active subscription")
        };
        let stays = format!(
            "the preview: {} stays active, and so does 1 delegated admin privilege",
            subscription.offer
        );
        let removed = relationships
            .remove_relationship(RemoveRelationshipRequest {
                name: name.clone(),
                attestation: Some(RemovalAttestation {
                    wording_id: preview.wording_id.clone(),
                    language: preview.language,
                    good_faith: true,
                    legitimate_business_purpose: true,
                    in_line_with_agreement: true,
                    hold_harmless: true,
                }),
                request_id: request_id(),
                ..Default::default()
            })
            .await?
            .into_inner();
        let removed = removed.relationship.unwrap_or_default();
        let attested = removed.removal.clone().context("no attestation is kept")?;
        ensure!(
            removed.state() == RelationshipState::Removed,
            "it is {}",
            removed.state().as_str_name()
        );
        Ok(StepReport::line(format!(
            "{RESELLER} removes its relationship with {CUSTOMER}, attesting {} ({})",
            attested.wording_id, attested.language
        ))
        .and(stays)
        .and(format!("next: {}", preview.next_step)))
    }

    /// What the removal changed, and what it did not.
    pub(crate) async fn stay(&self) -> anyhow::Result<StepReport> {
        let gone = customers(&self.reseller, RESELLER).await?;
        ensure!(
            gone.iter()
                .all(|one| one.customer != format!("customers/{CUSTOMER}")),
            "{RESELLER} still lists {CUSTOMER}"
        );
        ensure!(
            customers(&self.provider, PROVIDER).await?.len() == 1,
            "{PROVIDER} lists {CUSTOMER} no more"
        );
        let [privilege] = &privileges(&self.customer).await?[..] else {
            anyhow::bail!("{CUSTOMER} does not see one privilege")
        };
        ensure!(
            privilege.state() == PrivilegeState::Active,
            "the privilege is {}",
            privilege.state().as_str_name()
        );
        let refused = denied(
            &self.reseller,
            RESELLER,
            Permission::ManageUsers,
            DenialReason::RelationshipRequired,
        )
        .await?;
        ensure!(
            refused.privilege == privilege.name,
            "the refusal does not name the privilege that stands"
        );
        Ok(StepReport::line(format!(
            "{CUSTOMER} has left {RESELLER}'s list and is still in {PROVIDER}'s"
        ))
        .and(format!(
            "{RESELLER}'s delegated admin privilege stayed ACTIVE, and allows nothing here any more"
        )))
    }

    /// What each partner was told: the acceptance, and nothing of the removal.
    pub(crate) async fn notices(&self) -> anyhow::Result<StepReport> {
        let mut told = StepReport::line("who was told what; the removal told nobody anything");
        // The enrolment, two partnerships or one, and the acceptance.
        for (user, id, expected) in [(&self.reseller, RESELLER, 4), (&self.provider, PROVIDER, 3)] {
            let notices = eventually("the notices have arrived", || async {
                let notices = notices(user, id).await?;
                Ok((notices.len() >= expected).then_some(notices))
            })
            .await?;
            ensure!(
                notices.len() == expected,
                "{id} has {} notices",
                notices.len()
            );
            let newest = notices.first().context("there is no notice")?;
            told = told.and(format!(
                "{id}, {expected} notices, the newest: {}",
                newest.text
            ));
        }
        Ok(told)
    }
}

async fn customers(user: &User, partner: &str) -> anyhow::Result<Vec<Customer>> {
    let request = ListCustomersRequest {
        parent: format!("partners/{partner}"),
        ..Default::default()
    };
    Ok(RelationshipServiceClient::new(user.clone())
        .list_customers(request)
        .await?
        .into_inner()
        .customers)
}

async fn privileges(customer: &User) -> anyhow::Result<Vec<DelegatedPrivilege>> {
    let request = ListDelegatedPrivilegesRequest {
        parent: format!("customers/{CUSTOMER}"),
        ..Default::default()
    };
    let listed = RelationshipServiceClient::new(customer.clone())
        .list_delegated_privileges(request)
        .await?;
    Ok(listed.into_inner().privileges)
}

async fn notices(user: &User, partner: &str) -> anyhow::Result<Vec<Notice>> {
    let request = ListNoticesRequest {
        parent: format!("partners/{partner}"),
        language: LANGUAGE.to_owned(),
        ..Default::default()
    };
    Ok(NotificationServiceClient::new(user.clone())
        .list_notices(request)
        .await?
        .into_inner()
        .notices)
}

async fn granted(user: &User, partner: &str, asked: Permission) -> anyhow::Result<AccessDecision> {
    let decision = decide(user, partner, asked).await?;
    ensure!(
        decision.allowed,
        "{partner} may not {}: {}",
        permission(asked),
        decision.reason().as_str_name()
    );
    Ok(decision)
}

async fn denied(
    user: &User,
    partner: &str,
    asked: Permission,
    expected: DenialReason,
) -> anyhow::Result<AccessDecision> {
    let decision = decide(user, partner, asked).await?;
    ensure!(!decision.allowed, "{partner} may {}", permission(asked));
    ensure!(
        decision.reason() == expected,
        "{partner} is refused by {}",
        decision.reason().as_str_name()
    );
    Ok(decision)
}

async fn decide(user: &User, partner: &str, asked: Permission) -> anyhow::Result<AccessDecision> {
    let request = CheckAccessRequest {
        partner: format!("partners/{partner}"),
        customer: format!("customers/{CUSTOMER}"),
        permission: asked.into(),
    };
    let answer = AccessServiceClient::new(user.clone())
        .check_access(request)
        .await?
        .into_inner();
    answer.decision.context("the answer has no decision")
}
