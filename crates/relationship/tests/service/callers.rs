//! Who may call what: every method with every kind of caller, own and other tenant.
//!
//! The expectations stand here once more, apart from the declarations that the service itself goes by.

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};
use tonic::{Response, Status};

use crate::support::{Service, outcome};
use crate::world::{PROVIDER, RESELLER, attestation, question};

on_both_stores!(
    partner_methods_by_caller,
    relationship_methods_by_caller,
    customers_lists_and_questions_by_caller,
    reach_and_watch_by_caller,
);

/// The callers, in the order of each row of expectations.
const CALLERS: [&str; 10] = [
    "partner's Admin agent",
    "partner's Global admin",
    "partner's, other role",
    "partner's, no role",
    "customer's Global admin",
    "customer's Admin agent",
    "other partner's admin",
    "operator",
    "service",
    "operator with a tenant",
];

fn callers(service: &Service) -> [String; 10] {
    let contoso = || Grant::tenant("contoso");
    [
        contoso().role("admin-agent"),
        contoso().role("global-admin"),
        contoso().role("billing-admin").role("Global-Admin"),
        contoso(),
        Grant::tenant("adatum").role("global-admin"),
        Grant::tenant("adatum").role("admin-agent"),
        Grant::tenant("fabrikam").role("global-admin"),
        Grant::operator(),
        Grant::service(),
        contoso().role("operator"),
    ]
    .map(|grant| service.token(&grant))
}

const YES: &str = "may";
const NO: &str = "CALLER_NOT_ALLOWED";
const HIDDEN: &str = "NOT_FOUND";

/// Whether the caller was let through to the rules, whatever they said then.
fn let_through<T>(answer: Result<Response<T>, Status>) -> &'static str {
    match outcome(&answer).as_str() {
        "CALLER_NOT_ALLOWED" => NO,
        "NOT_FOUND" => HIDDEN,
        "TOKEN_MISSING" | "TOKEN_INVALID" | "PEER_NOT_ALLOWED" => panic!("{:?}", outcome(&answer)),
        _ => YES,
    }
}

/// Calls a method with a token and says whether the caller was let through.
macro_rules! ask {
    ($client:ident.$method:ident, $token:ident, $message:expr) => {
        let_through($client.$method(with($token, $message)).await)
    };
}

const PARTNER: [&str; 10] = [YES, YES, NO, NO, HIDDEN, HIDDEN, HIDDEN, NO, NO, NO];
const PARTNER_OR_OPERATOR: [&str; 10] = [YES, YES, NO, NO, HIDDEN, HIDDEN, HIDDEN, YES, NO, YES];
const OPERATOR: [&str; 10] = [NO, NO, NO, NO, NO, NO, NO, YES, NO, YES];
const EITHER_SIDE: [&str; 10] = [YES, YES, NO, NO, YES, NO, HIDDEN, NO, NO, NO];
const EITHER_SIDE_OR_OPERATOR: [&str; 10] = [YES, YES, NO, NO, YES, NO, HIDDEN, YES, NO, YES];
const PARTNER_OR_TRUSTED: [&str; 10] = [YES, YES, NO, NO, HIDDEN, HIDDEN, HIDDEN, YES, YES, YES];
const WHOEVER_IS_CONCERNED: [&str; 10] = [YES, YES, NO, NO, YES, NO, HIDDEN, YES, YES, YES];

/// An etag that no resource has: who is let through is then refused, and changes nothing.
fn never() -> String {
    "never".to_owned()
}

fn contoso() -> String {
    "partners/contoso".to_owned()
}

/// R1: partners' admins for their own partner, operators to read and to decide.
async fn partner_methods_by_caller(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("northwind", PROVIDER).await;
    let proposed = service.propose("northwind", "contoso").await.unwrap().name;
    for (number, token) in callers(&service).iter().enumerate() {
        let mut partners = service.partners();
        let enroll = EnrollPartnerRequest {
            name: contoso(),
            kind: PROVIDER.into(),
            display_name: "Contoso".to_owned(),
            ..Default::default()
        };
        let decide = DecideEnrollmentRequest {
            name: contoso(),
            decision: EnrollmentDecision::Approve.into(),
            etag: never(),
            ..Default::default()
        };
        let suspend = SuspendPartnerRequest {
            name: contoso(),
            reason: "overdue".to_owned(),
            etag: never(),
            ..Default::default()
        };
        let reinstate = ReinstatePartnerRequest {
            name: contoso(),
            etag: never(),
            ..Default::default()
        };
        let propose = ProposePartnershipRequest {
            parent: contoso(),
            partner: contoso(),
            ..Default::default()
        };
        let accept = AcceptPartnershipRequest {
            name: proposed.clone(),
            etag: never(),
            ..Default::default()
        };
        let end = EndPartnershipRequest {
            name: proposed.clone(),
            etag: never(),
            ..Default::default()
        };
        let list = ListPartnershipsRequest {
            parent: contoso(),
            ..Default::default()
        };
        let get = GetPartnerRequest { name: contoso() };
        let answers = [
            (
                "EnrollPartner",
                PARTNER,
                ask!(partners.enroll_partner, token, enroll),
            ),
            (
                "GetPartner",
                PARTNER_OR_OPERATOR,
                ask!(partners.get_partner, token, get),
            ),
            (
                "ListPartners",
                OPERATOR,
                ask!(partners.list_partners, token, Default::default()),
            ),
            (
                "DecideEnrollment",
                OPERATOR,
                ask!(partners.decide_enrollment, token, decide),
            ),
            (
                "SuspendPartner",
                OPERATOR,
                ask!(partners.suspend_partner, token, suspend),
            ),
            (
                "ReinstatePartner",
                OPERATOR,
                ask!(partners.reinstate_partner, token, reinstate),
            ),
            (
                "ProposePartnership",
                PARTNER,
                ask!(partners.propose_partnership, token, propose),
            ),
            (
                "AcceptPartnership",
                PARTNER,
                ask!(partners.accept_partnership, token, accept),
            ),
            (
                "EndPartnership",
                PARTNER,
                ask!(partners.end_partnership, token, end),
            ),
            (
                "ListPartnerships",
                PARTNER_OR_OPERATOR,
                ask!(partners.list_partnerships, token, list),
            ),
        ];
        for (method, expected, told) in answers {
            assert_eq!(told, expected[number], "{method} by {}", CALLERS[number]);
        }
    }
    assert_eq!(
        service.lines("SELECT state FROM partner ORDER BY id").await,
        ["ACTIVE", "ACTIVE"]
    );
    assert_eq!(
        service.lines("SELECT state FROM partnership").await,
        ["PROPOSED"]
    );
}

/// R1: partners' admins for their own, customers' Global admins for what concerns them, operators to read.
async fn relationship_methods_by_caller(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [relationship] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let privilege = service.privileges("contoso").await[0].name.clone();
    for (number, token) in callers(&service).iter().enumerate() {
        let mut client = service.relationships();
        let customers = ListCustomersRequest {
            parent: contoso(),
            ..Default::default()
        };
        let update = ChangeAccountRequest {
            name: "partners/contoso/customers/adatum".to_owned(),
            country: "US".to_owned(),
            etag: never(),
            ..Default::default()
        };
        let get = GetRelationshipRequest {
            name: relationship.clone(),
        };
        let list = ListRelationshipsRequest {
            parent: contoso(),
            ..Default::default()
        };
        let preview = PreviewRemovalRequest {
            name: relationship.clone(),
            ..Default::default()
        };
        let remove = RemoveRelationshipRequest {
            name: relationship.clone(),
            attestation: Some(attestation("en")),
            etag: never(),
            ..Default::default()
        };
        let privileges = ListDelegatedPrivilegesRequest {
            parent: contoso(),
            ..Default::default()
        };
        let terminate = TerminateDelegatedPrivilegeRequest {
            name: privilege.clone(),
            etag: never(),
            ..Default::default()
        };
        let answers = [
            (
                "ListCustomers",
                PARTNER_OR_OPERATOR,
                ask!(client.list_customers, token, customers),
            ),
            (
                "ChangeAccount",
                PARTNER,
                ask!(client.change_account, token, update),
            ),
            (
                "GetRelationship",
                EITHER_SIDE_OR_OPERATOR,
                ask!(client.get_relationship, token, get),
            ),
            (
                "ListRelationships",
                PARTNER_OR_OPERATOR,
                ask!(client.list_relationships, token, list),
            ),
            (
                "PreviewRemoval",
                PARTNER_OR_OPERATOR,
                ask!(client.preview_removal, token, preview),
            ),
            (
                "RemoveRelationship",
                PARTNER,
                ask!(client.remove_relationship, token, remove),
            ),
            (
                "ListDelegatedPrivileges",
                PARTNER_OR_OPERATOR,
                ask!(client.list_delegated_privileges, token, privileges),
            ),
            (
                "TerminateDelegatedPrivilege",
                EITHER_SIDE,
                ask!(client.terminate_delegated_privilege, token, terminate),
            ),
        ];
        for (method, expected, told) in answers {
            assert_eq!(told, expected[number], "{method} by {}", CALLERS[number]);
        }
    }
    assert_eq!(
        service.lines("SELECT state FROM relationship").await,
        ["ACTIVE"]
    );
    assert_eq!(
        service.lines("SELECT state FROM privilege").await,
        ["ACTIVE"]
    );
}

/// R1: a customer lists what concerns it; whoever is concerned asks for access, and services and operators for anybody.
async fn customers_lists_and_questions_by_caller(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    // the same callers, seen from the customer: contoso's are the strangers now
    let customer_or_operator = [HIDDEN, HIDDEN, NO, NO, YES, NO, HIDDEN, YES, NO, YES];
    for (number, token) in callers(&service).iter().enumerate() {
        let mut client = service.relationships();
        let mut access = service.access();
        let parent = || "customers/adatum".to_owned();
        let list = ListRelationshipsRequest {
            parent: parent(),
            ..Default::default()
        };
        let privileges = ListDelegatedPrivilegesRequest {
            parent: parent(),
            ..Default::default()
        };
        let one = question("contoso", "adatum", Permission::ViewRecord);
        let batch = BatchCheckAccessRequest {
            questions: vec![one.clone()],
        };
        let answers = [
            (
                "ListRelationships",
                customer_or_operator,
                ask!(client.list_relationships, token, list),
            ),
            (
                "ListDelegatedPrivileges",
                customer_or_operator,
                ask!(client.list_delegated_privileges, token, privileges),
            ),
            (
                "CheckAccess",
                WHOEVER_IS_CONCERNED,
                ask!(access.check_access, token, one),
            ),
            (
                "BatchCheckAccess",
                WHOEVER_IS_CONCERNED,
                ask!(access.batch_check_access, token, batch),
            ),
        ];
        for (method, expected, told) in answers {
            assert_eq!(told, expected[number], "{method} by {}", CALLERS[number]);
        }
    }
}

/// R1, R42: a partner and a customer list who has access, each about itself; partners watch their own, customers nothing.
async fn reach_and_watch_by_caller(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let customer_or_trusted = [HIDDEN, HIDDEN, NO, NO, YES, NO, HIDDEN, YES, YES, YES];
    for (number, token) in callers(&service).iter().enumerate() {
        let mut access = service.access();
        let list = |parent: &str| ListAccessRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        let (partners, customers) = (list("partners/contoso"), list("customers/adatum"));
        let watch = WatchRelationshipsRequest {
            parent: contoso(),
            ..Default::default()
        };
        let answers = [
            (
                "ListAccess of a partner",
                PARTNER_OR_TRUSTED,
                ask!(access.list_access, token, partners),
            ),
            (
                "ListAccess of a customer",
                customer_or_trusted,
                ask!(access.list_access, token, customers),
            ),
            (
                "WatchRelationships",
                PARTNER_OR_TRUSTED,
                ask!(access.watch_relationships, token, watch),
            ),
        ];
        for (method, expected, told) in answers {
            assert_eq!(told, expected[number], "{method} by {}", CALLERS[number]);
        }
    }
}
