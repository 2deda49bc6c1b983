//! ResolveParties: who would be party to an invitation, as things stand now.

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{ResolvePartiesRequest, ResolvePartiesResponse};
use proto::relationship::v1::*;
use relationship::Config;
use tests::{Store, on_both_stores, refused, with};
use tonic::Status;

use crate::support::{Service, reason};
use crate::world::{MANAGING, PROVIDER, RESELLER};

on_both_stores!(
    both_parties_with_what_each_would_get,
    a_reseller_may_order_where_the_programme_says_so,
    only_a_reseller_that_takes_part_invites,
    together_it_takes_an_active_partnership,
    whether_the_customer_is_related_is_told,
);

async fn resolve(
    service: &Service,
    reseller: &str,
    provider: &str,
) -> Result<ResolvePartiesResponse, Status> {
    let name = |partner: &str| match partner {
        "" => String::new(),
        partner => format!("partners/{partner}"),
    };
    let message = ResolvePartiesRequest {
        reseller: name(reseller),
        provider: name(provider),
        ..Default::default()
    };
    ask(service, reseller, message).await
}

async fn ask(
    service: &Service,
    reseller: &str,
    message: ResolvePartiesRequest,
) -> Result<ResolvePartiesResponse, Status> {
    let answer = service
        .internal()
        .resolve_parties(with(&service.agent(reseller), message))
        .await?;
    Ok(answer.into_inner())
}

async fn refusal(service: &Service, reseller: &str, provider: &str) -> String {
    let status = resolve(service, reseller, provider).await.unwrap_err();
    match refused(&status).metadata.get("partner") {
        Some(partner) => format!("{} {partner}", reason(&status)),
        None => reason(&status),
    }
}

/// R28, R33, R34, R35: the parties by name, what each would get, and the partnership that an
/// invitation is tied to.
async fn both_parties_with_what_each_would_get(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let mut managing = MANAGING.map(i32::from).to_vec();
    managing.push(Permission::ViewRecord.into());
    let ordering = [Permission::SubmitOrders, Permission::ViewRecord].map(i32::from);

    let joint = resolve(&service, "contoso", "fabrikam").await.unwrap();
    let (reseller, provider) = (joint.reseller.unwrap(), joint.provider.unwrap());
    assert_eq!(
        (reseller.partner.as_str(), reseller.display_name.as_str()),
        ("partners/contoso", "contoso Ltd")
    );
    assert_eq!(
        (provider.partner.as_str(), provider.display_name.as_str()),
        ("partners/fabrikam", "fabrikam Ltd")
    );
    assert_eq!(reseller.permissions, managing);
    assert_eq!(provider.permissions, ordering);
    assert_eq!(joint.partnership, partnership);

    let alone = resolve(&service, "contoso", "").await.unwrap();
    assert_eq!((alone.reseller, alone.provider), (Some(reseller), None));
    assert_eq!(alone.partnership, "");
}

/// What would be granted is what would be allowed: the customer is shown no less.
async fn a_reseller_may_order_where_the_programme_says_so(store: Store) {
    let service = Service::configured(
        &store,
        Config {
            reseller_orders: true,
            ..Config::default()
        },
    )
    .await;
    service.enrolled("contoso", RESELLER).await;
    let alone = resolve(&service, "contoso", "")
        .await
        .unwrap()
        .reseller
        .unwrap();
    assert!(alone.permissions.contains(&Permission::SubmitOrders.into()));
    service.established(&service.solo("adatum")).await;
    assert!(
        service
            .check("contoso", "adatum", Permission::SubmitOrders)
            .await
            .allowed
    );
}

/// R5: not enrolled, pending, failed, suspended: none of them invites, and no provider does.
async fn only_a_reseller_that_takes_part_invites(store: Store) {
    let service = Service::start(&store).await;
    let not_active = |state| format!("PARTNER_NOT_ACTIVE {state} partners/contoso");
    assert_eq!(
        refusal(&service, "contoso", "").await,
        not_active("NOT_ENROLLED")
    );
    service.enroll("contoso", RESELLER).await.unwrap();
    assert_eq!(
        refusal(&service, "contoso", "").await,
        not_active("PENDING")
    );
    service
        .decide("contoso", EnrollmentDecision::Reject)
        .await
        .unwrap();
    assert_eq!(refusal(&service, "contoso", "").await, not_active("FAILED"));
    service.enrolled("contoso", RESELLER).await;
    resolve(&service, "contoso", "").await.unwrap();
    service.suspend("contoso").await.unwrap();
    assert_eq!(
        refusal(&service, "contoso", "").await,
        not_active("SUSPENDED")
    );
    service.enrolled("fabrikam", PROVIDER).await;
    assert_eq!(refusal(&service, "fabrikam", "").await, "RESELLER_REQUIRED");
    assert_eq!(
        refusal(&service, "fabrikam", "contoso").await,
        "RESELLER_REQUIRED"
    );
}

/// R28: proposed is not connected, ended is not connected, and an unknown provider looks like an
/// unconnected one.
async fn together_it_takes_an_active_partnership(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    service.enrolled("wingtip", RESELLER).await;
    let required = "PARTNERSHIP_REQUIRED";
    for provider in ["fabrikam", "nobody", "wingtip", "contoso"] {
        assert_eq!(
            refusal(&service, "contoso", provider).await,
            required,
            "{provider}"
        );
    }
    let proposed = service.propose("contoso", "fabrikam").await.unwrap();
    assert_eq!(refusal(&service, "contoso", "fabrikam").await, required);
    service.accept("fabrikam", &proposed.name).await.unwrap();
    resolve(&service, "contoso", "fabrikam").await.unwrap();
    assert_eq!(refusal(&service, "wingtip", "fabrikam").await, required);
    service.suspend("fabrikam").await.unwrap();
    let suspended = "PARTNER_NOT_ACTIVE SUSPENDED partners/fabrikam";
    assert_eq!(refusal(&service, "contoso", "fabrikam").await, suspended);
    resolve(&service, "contoso", "").await.unwrap();
    service.end("contoso", &proposed.name).await.unwrap();
    assert_eq!(refusal(&service, "contoso", "fabrikam").await, required);
}

/// P7: whether the reseller has an active relationship with the customer asked about; nothing of
/// the provider's, and a customer that nobody knows is related to nobody.
async fn whether_the_customer_is_related_is_told(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let related = |customer: &str, provider: &str| {
        let message = ResolvePartiesRequest {
            reseller: "partners/contoso".to_owned(),
            provider: provider.to_owned(),
            customer: customer.to_owned(),
        };
        let service = &service;
        async move {
            ask(service, "contoso", message)
                .await
                .map(|it| it.customer_related)
        }
    };
    let fabrikam = "partners/fabrikam";
    for customer in ["", "customers/adatum"] {
        assert!(!related(customer, "").await.unwrap(), "{customer}");
    }
    let joint = service.joint("adatum", &partnership);
    let established = service.established(&joint).await;
    assert!(related("customers/adatum", "").await.unwrap());
    assert!(related("customers/adatum", fabrikam).await.unwrap());
    assert!(!related("customers/wingtip", fabrikam).await.unwrap());
    service.remove(&established[0]).await.unwrap();
    assert!(!related("customers/adatum", fabrikam).await.unwrap());
    let status = related("adatum", "").await.unwrap_err();
    assert_eq!(refused(&status).fields, ["customer"]);
}
