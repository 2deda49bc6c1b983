//! Every method as every caller (R1), against the table of expectations beside it.
//!
//! The methods come from the descriptors: a method without an expectation here fails the test. What
//! is expected stands here and nowhere else; what the services go by stands with each declaration.

mod requests;
mod table;

use std::collections::BTreeMap;

use http::uri::PathAndQuery;
use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, ServiceSigner};
use platform::keys::{self, Grant};
use prost::Message;
use prost_types::FileDescriptorSet;
use proto::gateway::v1::AssignLicenseRequest;
use proto::relationship::v1 as relationship;
use tests::{Programme, Role, Store, System, new_subscription, on_both_stores, refused, with};
use tonic::client::Grpc;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use requests::request;
use table::{As, EVERYBODY, EXPECTED, Expected, INTERNAL, Verdict};

on_both_stores!(every_method_answers_exactly_its_callers);

/// The names of everything that contoso, fabrikam and adatum have.
struct Names {
    partnership: String,
    invitation: String,
    link: String,
    acceptance: String,
    relationship: String,
    privilege: String,
    subscription: String,
    user: String,
    license: String,
}

/// R1, R8: every method × caller, own and other tenant, through the gateway and at the service that
/// owns the data.
async fn every_method_answers_exactly_its_callers(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    let names = everything(&programme).await;
    let tokens = tokens(&system);
    let expected_of: BTreeMap<&str, Expected> = EXPECTED.iter().copied().collect();
    let methods = methods();
    for method in methods.iter().filter(|method| !is_inner(method)) {
        let expected = expected_of
            .get(method.as_str())
            .unwrap_or_else(|| panic!("{method} has no expectation in this test"));
        let mut owners = vec![Role::Gateway];
        if !method.starts_with("gateway") {
            owners.push(owner(method));
        }
        for through in owners {
            for caller in EVERYBODY {
                let verdict = call(
                    &system,
                    through,
                    method,
                    request(method, caller, &names),
                    &tokens[&caller],
                    None,
                )
                .await;
                assert_eq!(
                    verdict,
                    expected.verdict(caller),
                    "{method} as {caller:?} at {through:?}"
                );
            }
        }
    }
    assert_eq!(
        expected_of.len(),
        methods.iter().filter(|method| !is_inner(method)).count()
    );
    internal_methods(&system, &methods, &tokens).await;
}

/// Internal methods answer the services named, with the user's token where it belongs, and nobody
/// else.
async fn internal_methods(system: &System, methods: &[String], tokens: &BTreeMap<As, String>) {
    let internal: Vec<&String> = methods.iter().filter(|method| is_inner(method)).collect();
    assert_eq!(
        internal.len(),
        INTERNAL.len(),
        "an expectation for every internal method"
    );
    for (method, peers, user) in INTERNAL {
        assert!(
            internal.iter().any(|known| known == method),
            "{method} is gone"
        );
        let role = owner(method);
        for (caller, token) in tokens {
            let verdict = call(system, role, method, Vec::new(), token, None).await;
            let expected = match caller {
                As::Nobody | As::Forger => Verdict::WhoAreYou,
                _ => Verdict::Denied,
            };
            assert_eq!(
                verdict, expected,
                "{method} as {caller:?} with a user's token alone"
            );
        }
        let bearer = user.map(|user| tokens[&user].clone()).unwrap_or_default();
        for peer in Peer::ALL {
            let signer = ServiceSigner::read(peer, &system.keys().join(keys::service_key(peer)))
                .expect("the key is read");
            let verdict = call(system, role, method, Vec::new(), &bearer, Some(signer)).await;
            let expected = if peers.contains(&peer) {
                Verdict::Allowed
            } else {
                Verdict::Denied
            };
            assert_eq!(verdict, expected, "{method} as the service {peer:?}");
        }
        let path = format!("/partnerconnect.{method}");
        let through_gateway = raw(
            system,
            Role::Gateway,
            &path,
            Vec::new(),
            &tokens[&As::Operator],
            None,
        )
        .await;
        assert_eq!(
            through_gateway.code(),
            Code::Unimplemented,
            "{method} is never forwarded"
        );
    }
}

async fn call(
    system: &System,
    role: Role,
    method: &str,
    message: Vec<u8>,
    token: &str,
    service: Option<ServiceSigner>,
) -> Verdict {
    let path = format!("/partnerconnect.{method}");
    let status = raw(system, role, &path, message, token, service).await;
    let reason = refused(&status).reason;
    match status.code() {
        Code::Unauthenticated => Verdict::WhoAreYou,
        Code::PermissionDenied
            if ["CALLER_NOT_ALLOWED", "PEER_NOT_ALLOWED"].contains(&reason.as_str()) =>
        {
            Verdict::Denied
        }
        // its access is judged, so it may ask
        Code::PermissionDenied => Verdict::Allowed,
        Code::NotFound => Verdict::Hidden,
        // past the door: done, or refused for what was asked
        Code::Ok | Code::InvalidArgument | Code::FailedPrecondition | Code::Aborted => {
            Verdict::Allowed
        }
        code => panic!("{method} answers {code:?}"),
    }
}

/// Whether a method is for services of ours alone.
fn is_inner(method: &str) -> bool {
    method.contains(".internal.") || method.starts_with("directory.")
}

/// Calls a method by its path with an encoded message, and answers how that went; of a stream, with
/// its first message.
async fn raw(
    system: &System,
    role: Role,
    path: &str,
    message: Vec<u8>,
    token: &str,
    service: Option<ServiceSigner>,
) -> Status {
    let address = format!("http://{}", system.address(role));
    let upstream = Upstream::new(&address, peer(role), service).expect("an address is a URI");
    let mut grpc = Grpc::new(upstream);
    grpc.ready().await.expect("the role serves");
    let request = match token {
        "" => Request::new(Encoded(message)),
        token => with(token, Encoded(message)),
    };
    let path: PathAndQuery = path.parse().expect("a path");
    let codec = ProstCodec::<Encoded, ()>::default();
    let first = async {
        let mut answer = grpc.server_streaming(request, path, codec).await?;
        answer.get_mut().message().await
    };
    match first.await {
        Ok(_) => Status::ok(""),
        Err(status) => status,
    }
}

fn peer(role: Role) -> Peer {
    let named = |peer: &Peer| peer.name() == role.name();
    Peer::ALL
        .into_iter()
        .find(named)
        .expect("a role is a service")
}

/// A message that is encoded already.
#[derive(Debug, Default)]
struct Encoded(Vec<u8>);

impl Message for Encoded {
    fn encode_raw(&self, buffer: &mut impl prost::bytes::BufMut) {
        buffer.put_slice(&self.0);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: prost::encoding::WireType,
        buffer: &mut impl prost::bytes::Buf,
        context: prost::encoding::DecodeContext,
    ) -> Result<(), prost::DecodeError> {
        prost::encoding::skip_field(wire_type, tag, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// Every method of ours, `package.Service/Method` without the leading `partnerconnect.`.
fn methods() -> Vec<String> {
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).expect("our descriptors");
    let mut all = Vec::new();
    for file in &set.file {
        let Some(package) = file.package().strip_prefix("partnerconnect.") else {
            continue;
        };
        for service in &file.service {
            for method in &service.method {
                all.push(format!("{package}.{}/{}", service.name(), method.name()));
            }
        }
    }
    all
}

fn owner(method: &str) -> Role {
    Role::ALL
        .into_iter()
        .find(|role| method.starts_with(role.name()))
        .expect("a package is named after its service")
}

fn tokens(system: &System) -> BTreeMap<As, String> {
    let tenant = |tenant: &str, role: &str| {
        let grant = Grant::tenant(tenant).subject("ana");
        system.token(&if role.is_empty() {
            grant
        } else {
            grant.role(role)
        })
    };
    EVERYBODY
        .into_iter()
        .map(|caller| {
            let token = match caller {
                As::Nobody => String::new(),
                As::Forger => "e30.e30.e30".to_owned(),
                As::PartnerGlobalAdmin => tenant("contoso", "global-admin"),
                As::PartnerAdminAgent => tenant("contoso", "admin-agent"),
                As::PartnerClerk => {
                    let clerk = Grant::tenant("contoso").role("billing-admin");
                    system.token(&clerk.role("Global-Admin"))
                }
                As::PartnerUser => tenant("contoso", ""),
                As::OtherPartner => tenant("tailspin", "global-admin"),
                As::CustomerGlobalAdmin => tenant("adatum", "global-admin"),
                As::CustomerAdminAgent => tenant("adatum", "admin-agent"),
                As::OtherCustomer => tenant("wingtip", "global-admin"),
                As::Service => system.token(&Grant::service()),
                As::Operator => system.token(&Grant::operator()),
                As::OperatorOfTenant => tenant("contoso", "operator"),
            };
            (caller, token)
        })
        .collect()
}

async fn everything(programme: &Programme) -> Names {
    let partnership = programme.connect().await;
    let accepted = programme.invite().await;
    let acceptance = programme
        .accept(&programme.adatum, "adatum", &accepted.link)
        .await
        .expect("accepted");
    let list = relationship::ListDelegatedPrivilegesRequest {
        parent: "partners/contoso".into(),
        ..Default::default()
    };
    let mut relationships = programme.relationships.clone();
    let listed = relationships
        .list_delegated_privileges(with(&programme.contoso, list))
        .await;
    let privileges = listed.expect("its own privileges").into_inner().privileges;
    let open = programme.invite().await;
    let (subscription, user, license) = portals_know(programme).await;
    Names {
        partnership,
        invitation: open.invitation.expect("an invitation").name,
        link: open.link,
        acceptance: acceptance.name,
        relationship: acceptance.relationships[0].clone(),
        privilege: privileges[0].name.clone(),
        subscription,
        user,
        license,
    }
}

/// The names of a subscription, of a user, and of the licence of that user.
async fn portals_know(programme: &Programme) -> (String, String, String) {
    let id = || Clock::system().id().to_string();
    let (ordering, managing) = (("fabrikam", "adatum"), ("contoso", "adatum"));
    let ids = [id(), id()];
    let ordered = programme.order(&programme.fabrikam, ordering, new_subscription(5), &ids[0]);
    let subscription = ordered.await.expect("ordered").subscription;
    let subscription = subscription.expect("a subscription").name;
    let added = programme.add_user(&programme.contoso, managing, "ana@adatum.example", &ids[1]);
    let user = added.await.expect("added").user.expect("a user").name;
    let assign = AssignLicenseRequest {
        parent: "partners/contoso/customers/adatum".to_owned(),
        subscription: subscription.clone(),
        user: user.clone(),
        request_id: id(),
    };
    let mut connections = programme.connections.clone();
    let assigned = connections.assign_license(with(&programme.contoso, assign));
    let license = assigned.await.expect("assigned").into_inner().license;
    (subscription, user, license.expect("a licence").name)
}
