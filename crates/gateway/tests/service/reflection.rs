//! What the gateway says of itself: exactly the public services and what reads their refusals, in
//! both versions of reflection, without a token.

use tonic::Code;

use crate::support::Gateway;

const PUBLIC: [&str; 6] = [
    "partnerconnect.gateway.v1.ConnectionService",
    "partnerconnect.invitation.v1.InvitationService",
    "partnerconnect.notification.v1.NotificationService",
    "partnerconnect.relationship.v1.AccessService",
    "partnerconnect.relationship.v1.PartnerService",
    "partnerconnect.relationship.v1.RelationshipService",
];

/// What every server of ours answers besides.
const COMMON: [&str; 3] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];
/// What a client needs to read the details of a refusal.
const DETAILS: [&str; 4] = [
    "google.rpc.BadRequest",
    "google.rpc.ErrorInfo",
    "google.rpc.PreconditionFailure",
    "google.rpc.RetryInfo",
];

/// What the gateway's own messages are made of.
const SHARED: [&str; 2] = [
    "partnerconnect.customer.v1.Subscription",
    "partnerconnect.customer.v1.ErrorReason",
];

/// The same two questions in either version: which services there are, and which file describes a
/// symbol.
macro_rules! reflects {
    ($version:ident) => {
        mod $version {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            use super::*;

            async fn ask(
                gateway: &Gateway,
                question: MessageRequest,
            ) -> Result<MessageResponse, Code> {
                let request = ServerReflectionRequest {
                    host: String::new(),
                    message_request: Some(question),
                };
                let mut client = ServerReflectionClient::new(gateway.channel());
                let mut answers = client
                    .server_reflection_info(tokio_stream::once(request))
                    .await
                    .unwrap()
                    .into_inner();
                match answers.message().await {
                    Ok(answer) => Ok(answer.unwrap().message_response.unwrap()),
                    Err(status) => Err(status.code()),
                }
            }

            #[tokio::test]
            async fn lists_exactly_the_public_services() {
                let gateway = Gateway::alone().await;
                let answer = ask(&gateway, MessageRequest::ListServices(String::new()))
                    .await
                    .unwrap();
                let MessageResponse::ListServicesResponse(list) = answer else {
                    panic!("{answer:?}")
                };
                let mut names: Vec<_> = list
                    .service
                    .into_iter()
                    .map(|service| service.name)
                    .collect();
                names.sort_unstable();
                assert_eq!(names, [COMMON.as_slice(), &PUBLIC].concat());
            }

            #[tokio::test]
            async fn describes_nothing_internal() {
                let gateway = Gateway::alone().await;
                for symbol in [COMMON.as_slice(), &DETAILS, &PUBLIC, &SHARED].concat() {
                    let answer = ask(
                        &gateway,
                        MessageRequest::FileContainingSymbol(symbol.to_owned()),
                    )
                    .await;
                    assert!(
                        matches!(answer, Ok(MessageResponse::FileDescriptorResponse(_))),
                        "{symbol}: {answer:?}"
                    );
                }
                for hidden in [
                    "partnerconnect.invitation.internal.v1.InvitationInternalService",
                    "partnerconnect.relationship.internal.v1.RelationshipInternalService",
                    "partnerconnect.notification.internal.v1.NotificationInternalService",
                    "partnerconnect.directory.v1.DirectoryService",
                    "partnerconnect.directory.v1.Mandate",
                ] {
                    let symbol = MessageRequest::FileContainingSymbol(hidden.to_owned());
                    match ask(&gateway, symbol).await {
                        Ok(MessageResponse::ErrorResponse(_)) | Err(Code::NotFound) => {}
                        answer => panic!("{hidden}: {answer:?}"),
                    }
                }
            }
        }
    };
}

reflects!(v1);
reflects!(v1alpha);
