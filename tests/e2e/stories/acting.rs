//! Acting for a customer: who orders, who administers, on which ground, and that nothing is done
//! twice.

use proto::customer::v1::SubscriptionTransition;
use proto::gateway::v1::{
    AssignLicenseRequest, ChangeSubscriptionRequest, RemoveUserRequest, WithdrawLicenseRequest,
};
use proto::relationship::v1::ChangeAccountRequest;
use sea_orm::{ConnectionTrait, Statement};
use tests::{
    Programme, Store, System, more_licenses, new_subscription, on_both_stores, refused, with,
};
use tonic::{Code, Response, Status};
use uuid::Uuid;

on_both_stores!(orders_and_administration_follow_the_relationships);

const PARENT: &str = "partners/contoso/customers/adatum";
const ORDERED: &str = "0b8f4a52-6f0e-4d4c-8a3b-5c1d7e9f2a64";
const RAISED: &str = "0b8f4a52-6f0e-4d4c-8a3b-5c1d7e9f2a65";

/// R2, R3, R4, R22, R23, R29, R33, R34, R35: the provider orders on its own relationship, a new
/// subscription and more licences alike, and administers nothing; the reseller administers and does
/// not order; each act once.
async fn orders_and_administration_follow_the_relationships(store: Store) {
    let system = System::started(store.clone()).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let of_fabrikam = ("fabrikam", "adatum");
    let order = async |request_id: &str, order| {
        let token = &programme.fabrikam;
        programme.order(token, of_fabrikam, order, request_id).await
    };
    // R2, R4: no account and no relationship; the partnership with the reseller is not enough
    let early = order(ORDERED, new_subscription(10)).await;
    denied(early, "RELATIONSHIP_REQUIRED");

    let invited = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await
        .expect("accepted");
    let first = order(ORDERED, new_subscription(10)).await.expect("ordered");
    let again = order(ORDERED, new_subscription(10)).await.expect("again");
    assert_eq!(first.order, again.order, "a repeat orders nothing");
    let subscription = first.subscription.expect("a subscription").name;
    // R29: more licences are an order as well
    let raised = order(RAISED, more_licenses(&subscription, 5)).await;
    let raised = raised.expect("ordered").subscription.expect("it");
    assert_eq!(raised.quantity, 15);
    let again = order(RAISED, more_licenses(&subscription, 5)).await;
    let again = again.expect("again").subscription.expect("it");
    assert_eq!(again.quantity, 15);
    let other = order(RAISED, more_licenses(&subscription, 6)).await;
    let other = refused(&other.expect_err("refused"));
    assert_eq!(
        (other.code, other.reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    // the reseller administers, and does not order
    let ours = ("contoso", "adatum");
    for of in [new_subscription(1), more_licenses(&subscription, 1)] {
        let not_its_kind = programme.order(&programme.contoso, ours, of, &id()).await;
        denied(not_its_kind, "NOT_FOR_THIS_KIND");
    }
    let administered = reseller_administers(&programme, &subscription).await;
    provider_administers_nothing(&programme, &subscription).await;

    // R3: removed, so refused; what was ordered stays
    programme
        .remove(&programme.fabrikam, &accepted.relationships[1])
        .await;
    let late = order(&id(), new_subscription(1)).await;
    denied(late, "RELATIONSHIP_REQUIRED");
    let record = programme
        .record(&programme.contoso, "contoso", "adatum")
        .await;
    let services = record.expect("its customer's").subscriptions.expect("it");
    assert_eq!(services.subscriptions.len(), 1);
    let mut acts = vec![
        format!(
            "SubmitOrder fabrikam {} {ORDERED}",
            accepted.relationships[1]
        ),
        format!(
            "SubmitOrder fabrikam {} {RAISED}",
            accepted.relationships[1]
        ),
    ];
    acts.extend(administered.into_iter().map(|(method, id)| {
        let ground = &accepted.relationships[0];
        format!("{method} contoso {ground} {id}")
    }));
    who_did_it_is_kept(&store, &acts).await;
}

/// R22, R33: subscriptions, users, licences and the account, by the reseller; each repeated, and
/// done once. Answers the acts.
async fn reseller_administers(
    programme: &Programme,
    subscription: &str,
) -> Vec<(&'static str, String)> {
    let (token, parent) = (&programme.contoso, PARENT);
    let connections = &programme.connections;
    let mut acts = Vec::new();
    for transition in [
        SubscriptionTransition::Suspend,
        SubscriptionTransition::Resume,
    ] {
        let change = ChangeSubscriptionRequest {
            parent: parent.into(),
            subscription: subscription.into(),
            transition: transition.into(),
            request_id: id(),
            ..Default::default()
        };
        twice(|| {
            let request = with(token, change.clone());
            let mut connections = connections.clone();
            async move { connections.change_subscription(request).await }
        })
        .await;
        acts.push(("ChangeSubscription", change.request_id));
    }
    acts.extend(a_user_with_a_license(programme, subscription).await);
    let mut relationships = programme.relationships.clone();
    let updated = relationships
        .change_account(with(token, rename("contoso")))
        .await
        .expect("updated");
    let account = updated.into_inner().account.expect("an account");
    assert_eq!(account.display_name, "Adatum S.A.");
    acts
}

/// R22, R33: a user added, given a licence, and both taken away again.
async fn a_user_with_a_license(
    programme: &Programme,
    subscription: &str,
) -> Vec<(&'static str, String)> {
    let (token, parent) = (&programme.contoso, PARENT);
    let connections = &programme.connections;
    let mut acts = Vec::new();
    let (ours, added) = (("contoso", "adatum"), id());
    let user = twice(|| async {
        let user = programme.add_user(token, ours, "ana@adatum.example", &added);
        user.await.map(Response::new)
    });
    let user = user.await.user.expect("a user").name;
    acts.push(("AddUser", added));
    let assign = AssignLicenseRequest {
        parent: parent.into(),
        subscription: subscription.into(),
        user: user.clone(),
        request_id: id(),
    };
    let assigned = twice(|| {
        let request = with(token, assign.clone());
        let mut connections = connections.clone();
        async move { connections.assign_license(request).await }
    });
    let license = assigned.await.license.expect("a licence").name;
    acts.push(("AssignLicense", assign.request_id));
    let withdraw = WithdrawLicenseRequest {
        parent: parent.into(),
        license,
        request_id: id(),
    };
    twice(|| {
        let request = with(token, withdraw.clone());
        let mut connections = connections.clone();
        async move { connections.withdraw_license(request).await }
    })
    .await;
    acts.push(("WithdrawLicense", withdraw.request_id));
    let remove = RemoveUserRequest {
        parent: parent.into(),
        user,
        request_id: id(),
    };
    twice(|| {
        let request = with(token, remove.clone());
        let mut connections = connections.clone();
        async move { connections.remove_user(request).await }
    })
    .await;
    acts.push(("RemoveUser", remove.request_id));
    acts
}

/// Does something, and again with the same id, which answers the same.
async fn twice<T: PartialEq + std::fmt::Debug, F>(act: impl Fn() -> F) -> T
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let first = act().await.expect("done").into_inner();
    let again = act().await.expect("told again").into_inner();
    assert_eq!(first, again);
    first
}

/// R35: ordering only.
async fn provider_administers_nothing(programme: &Programme, subscription: &str) {
    let (token, theirs) = (&programme.fabrikam, ("fabrikam", "adatum"));
    let added = programme
        .add_user(token, theirs, "bo@adatum.example", &id())
        .await;
    denied(added, "NOT_FOR_THIS_KIND");
    let change = ChangeSubscriptionRequest {
        parent: "partners/fabrikam/customers/adatum".into(),
        subscription: subscription.into(),
        display_name: "Evil".into(),
        request_id: id(),
        ..Default::default()
    };
    let mut connections = programme.connections.clone();
    let changed = connections.change_subscription(with(token, change)).await;
    denied(changed.map(Response::into_inner), "NOT_FOR_THIS_KIND");
    let mut relationships = programme.relationships.clone();
    let updated = relationships
        .change_account(with(token, rename("fabrikam")))
        .await;
    denied(updated.map(Response::into_inner), "NOT_FOR_THIS_KIND");
}

/// Who did it, on which ground, by which request: a row for each act, and none of what was refused
/// or repeated.
async fn who_did_it_is_kept(store: &Store, acts: &[String]) {
    let db = store.open("directory").await;
    let sql = "SELECT method, tenant, relationship, request_id, subject FROM act";
    let rows = db
        .reader()
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await
        .expect("the acts can be read");
    let mut kept: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |at| row.try_get_by_index::<String>(at).expect("text");
            assert_eq!(text(4), "ana");
            let id: Uuid = row.try_get_by_index(3).expect("an id");
            format!("{} {} {} {id}", text(0), text(1), text(2))
        })
        .collect();
    let mut acts = acts.to_vec();
    for lines in [&mut kept, &mut acts] {
        lines.sort();
    }
    assert_eq!(kept, acts);
    db.close().await.expect("closed");
}

fn rename(partner: &str) -> ChangeAccountRequest {
    ChangeAccountRequest {
        name: format!("partners/{partner}/customers/adatum"),
        display_name: "Adatum S.A.".into(),
        ..Default::default()
    }
}

fn denied<T>(answer: Result<T, Status>, reason: &str) {
    let refused = match answer {
        Ok(_) => panic!("was not refused by {reason}"),
        Err(status) => refused(&status),
    };
    assert_eq!(refused.code, Code::PermissionDenied);
    assert_eq!(refused.reason, reason);
    assert_eq!(refused.domain, "partnerconnect.relationship");
}

fn id() -> String {
    platform::clock::Clock::system().id().to_string()
}
