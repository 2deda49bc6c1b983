//! StreamExistingBusiness: every customer of a partner, in messages that are bounded, from any
//! token on.

use directory::Config;
use platform::client::Upstream;
use prost::Message;
use proto::customer::v1::Permission;
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use proto::directory::v1::*;
use tests::{Store, on_both_stores, refused};
use tonic::{Code, Status};

use crate::support::{Service, fields};

on_both_stores!(
    what_the_portals_know_is_told,
    every_token_goes_on_with_exactly_the_rest,
    an_unknown_partner_has_no_business,
    a_partner_that_is_refused_is_told_why,
    a_token_is_of_one_partner,
    many_records_come_in_bounded_messages,
    large_records_come_in_smaller_messages,
);

/// A line of an import that a partner has a customer.
pub(crate) fn line(partner: &str, portal: &str, customer: &str) -> String {
    format!(
        r#"{{"type":"business","partner":"{partner}","portal":"{portal}","customer":"{customer}","display_name":"The {customer}","country":"BR","domain":"{customer}.example"}}
"#
    )
}

/// Lines of this many customers of contoso, in the order in which they are told.
pub(crate) fn many(count: usize) -> String {
    let lines = (0..count).map(|number| line("contoso", "cloud-portal", &format!("c{number:06}")));
    lines.collect()
}

pub(crate) fn asking(partner: &str, resume_token: &str) -> StreamExistingBusinessRequest {
    StreamExistingBusinessRequest {
        partner: format!("partners/{partner}"),
        resume_token: resume_token.into(),
    }
}

/// Every message of a partner's stream, from a token on; what is told of it holds for every stream.
async fn told(
    mut client: DirectoryServiceClient<Upstream>,
    partner: &str,
    resume_token: &str,
) -> Result<Vec<StreamExistingBusinessResponse>, Status> {
    let request = asking(partner, resume_token);
    let mut stream = client.stream_existing_business(request).await?.into_inner();
    let mut all = Vec::new();
    while let Some(message) = stream.message().await? {
        assert!(message.records.len() <= 1_000);
        assert!(message.encoded_len() < 1024 * 1024);
        all.push(message);
    }
    let tokens = all.iter().map(|message| !message.resume_token.is_empty());
    let mut expected = vec![true; all.len() - 1];
    expected.push(false);
    assert_eq!(
        tokens.collect::<Vec<_>>(),
        expected,
        "only the last has none"
    );
    Ok(all)
}

fn customers(messages: &[StreamExistingBusinessResponse]) -> Vec<(String, String)> {
    let records = messages.iter().flat_map(|message| &message.records);
    let name = |record: &ExistingBusiness| (record.customer.clone(), record.portal.clone());
    records.map(name).collect()
}

/// R6, R7, R8: what each portal says, a customer of two portals once for each, and nothing of
/// another partner.
async fn what_the_portals_know_is_told(store: Store) {
    let service = Service::start(&store).await;
    let lines = [
        r#"{"type":"business","partner":"contoso","portal":"office-admin-center","customer":"wingtip","display_name":"Wingtip \"Toys\" Ação","country":"US","domain":"Wingtip.example","privileges":[{"permissions":["manage_users","manage_account"],"expire_time":"2027-01-01T00:00:00Z"},{"permissions":["manage_licenses","manage_subscriptions"]}]}"#.to_owned() + "\n",
        line("contoso", "portal-of-the-future", "wingtip"),
        line("contoso", "cloud-portal", "adatum"),
        line("fabrikam", "cloud-portal", "adatum"),
        line("fabrikam", "cloud-portal", "tailspin"),
    ];
    service.import(&lines.concat()).await;
    let messages = told(service.portals(), "contoso", "").await.unwrap();
    let plain = |portal: &str, customer: &str| ExistingBusiness {
        portal: portal.into(),
        customer: format!("customers/{customer}"),
        display_name: format!("The {customer}"),
        country: "BR".into(),
        domain: format!("{customer}.example"),
        privileges: vec![],
    };
    let wingtip = ExistingBusiness {
        portal: "office-admin-center".into(),
        customer: "customers/wingtip".into(),
        display_name: "Wingtip \"Toys\" Ação".into(),
        country: "US".into(),
        domain: "wingtip.example".into(),
        privileges: vec![
            KnownPrivilege {
                permissions: vec![
                    Permission::ManageAccount.into(),
                    Permission::ManageUsers.into(),
                ],
                expire_time: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            },
            KnownPrivilege {
                permissions: vec![
                    Permission::ManageSubscriptions.into(),
                    Permission::ManageLicenses.into(),
                ],
                expire_time: None,
            },
        ],
    };
    let expected = StreamExistingBusinessResponse {
        records: vec![
            plain("cloud-portal", "adatum"),
            wingtip,
            plain("portal-of-the-future", "wingtip"),
        ],
        resume_token: String::new(),
    };
    assert_eq!(messages, [expected]);
    let theirs = told(service.portals(), "fabrikam", "").await.unwrap();
    assert_eq!(customers(&theirs).len(), 2);
}

/// R6: whatever the size of messages, whichever process is asked, and whatever has changed before
/// the token.
async fn every_token_goes_on_with_exactly_the_rest(store: Store) {
    let sized = |records_per_message| Config {
        records_per_message,
    };
    let service = Service::configured(&store, sized(7)).await;
    let beside = Service::configured(&store, sized(3)).await;
    let mut lines = String::new();
    // ids that another order than that of bytes would mix up, each known to two portals
    for customer in ["a", "a-b", "a0", "ab", "b", "b-1", "b1", "c", "z-z", "zz"] {
        for portal in ["a", "z-portal"] {
            lines += &line("contoso", portal, customer);
        }
    }
    service.import(&lines).await;
    let messages = told(service.portals(), "contoso", "").await.unwrap();
    let all = customers(&messages);
    assert_eq!((messages.len(), all.len()), (3, 20));
    assert!(all.is_sorted() && messages[0].records.len() == 7);
    let finely = told(beside.portals(), "contoso", "").await.unwrap();
    assert_eq!((finely.len(), customers(&finely)), (7, all.clone()));

    for messages in [&messages, &finely] {
        let mut done = 0;
        for message in &messages[..messages.len() - 1] {
            done += message.records.len();
            for service in [&service, &beside] {
                let token = &message.resume_token;
                let rest = told(service.portals(), "contoso", token).await.unwrap();
                assert_eq!(customers(&rest), all[done..]);
            }
        }
    }
    // what comes before a token is not told behind it, what comes behind it is; the one where it
    // stands may change
    let token = &messages[0].resume_token;
    let (customer, portal) = &all[6];
    let at = line(
        "contoso",
        portal,
        customer.strip_prefix("customers/").unwrap(),
    );
    let changes =
        at.replace("The ", "Other ") + &line("contoso", "a", "0") + &line("contoso", "a", "zzz");
    service.import(&changes).await;
    let rest = told(service.portals(), "contoso", token).await.unwrap();
    let mut expected = all[7..].to_vec();
    expected.push(("customers/zzz".into(), "a".into()));
    assert_eq!(customers(&rest), expected);

    // a full last message is the last one
    let exact = Service::configured(&store, sized(22)).await;
    assert_eq!(told(exact.portals(), "contoso", "").await.unwrap().len(), 1);
}

async fn an_unknown_partner_has_no_business(store: Store) {
    let service = Service::start(&store).await;
    service
        .import(&line("contoso", "cloud-portal", "adatum"))
        .await;
    let messages = told(service.portals(), "nobody", "").await.unwrap();
    assert_eq!(messages, [StreamExistingBusinessResponse::default()]);
}

/// R6: the portals' own reason is the message, until they do not refuse any more.
async fn a_partner_that_is_refused_is_told_why(store: Store) {
    let service = Service::start(&store).await;
    let refusal =
        |reason: &str| format!(r#"{{"type":"refusal","partner":"litware","reason":"{reason}"}}"#);
    service
        .import(&line("litware", "cloud-portal", "adatum"))
        .await;
    for reason in ["No agreement.", "Sem contrato: ação pendente."] {
        service.import(&refusal(reason)).await;
        let status = told(service.portals(), "litware", "").await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::FailedPrecondition, reason)
        );
        let refused = refused(&status);
        assert_eq!(refused.reason, "PARTNER_REFUSED");
        assert_eq!(refused.domain, "partnerconnect.customer");
    }
    service.import(&refusal("")).await;
    let messages = told(service.portals(), "litware", "").await.unwrap();
    assert_eq!(customers(&messages).len(), 1);
}

async fn a_token_is_of_one_partner(store: Store) {
    let config = Config {
        records_per_message: 2,
    };
    let service = Service::configured(&store, config).await;
    service.import(&many(5)).await;
    let messages = told(service.portals(), "contoso", "").await.unwrap();
    let token = &messages[0].resume_token;
    let mut altered = token.clone().into_bytes();
    altered[25] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    let huge = "A".repeat(100_000);
    for (partner, bad) in [
        ("fabrikam", token.as_str()),
        ("contoso", &altered),
        ("contoso", "x"),
        ("contoso", &token[1..]),
        ("contoso", &huge),
    ] {
        let mut client = service.portals();
        let answer = client.stream_existing_business(asking(partner, bad)).await;
        assert_eq!(fields(answer), ["resume_token"]);
    }
}

/// R6: a thousand records a message; twenty thousand and one are twenty-one messages.
async fn many_records_come_in_bounded_messages(store: Store) {
    let service = Service::start(&store).await;
    service.import(&many(20_001)).await;
    let messages = told(service.portals(), "contoso", "").await.unwrap();
    let sizes: Vec<_> = messages.iter().map(|one| one.records.len()).collect();
    let mut expected = vec![1_000; 20];
    expected.push(1);
    assert_eq!(sizes, expected);
    let all = customers(&messages);
    assert!(all.is_sorted_by(|a, b| a < b));
    assert_eq!(all[20_000].0, "customers/c020000");
    // a larger number than the contract has is not taken
    let config = Config {
        records_per_message: usize::MAX,
    };
    let beside = Service::configured(&store, config).await;
    let messages = told(beside.portals(), "contoso", "").await.unwrap();
    assert_eq!(messages.len(), 21);
}

/// Where each record is as large as it may be, a message has fewer, and nothing is lost between
/// them.
async fn large_records_come_in_smaller_messages(store: Store) {
    let service = Service::start(&store).await;
    let privilege = r#"{"permissions":["manage_account","manage_subscriptions","manage_licenses","manage_users"],"expire_time":"2999-12-31T23:59:59.999999Z"}"#;
    let privileges = [privilege; 10].join(",");
    let (name, portal) = ("🌍".repeat(100), "p".repeat(63));
    let domain = ["d".repeat(62).as_str(); 4].join(".");
    let lines: String = (0..2_000)
        .map(|number| {
            let customer = format!("{number:063}");
            format!(r#"{{"type":"business","partner":"contoso","portal":"{portal}","customer":"{customer}","display_name":"{name}","country":"BR","domain":"{domain}","privileges":[{privileges}]}}
"#)
        })
        .collect();
    service.import(&lines).await;
    let messages = told(service.portals(), "contoso", "").await.unwrap();
    assert!(messages.len() > 2, "{}", messages.len());
    assert!(messages[0].records.len() < 1_000 && messages[0].encoded_len() > 900_000);
    let all = customers(&messages);
    assert_eq!(all.len(), 2_000);
    assert!(all.is_sorted_by(|a, b| a < b));
}
