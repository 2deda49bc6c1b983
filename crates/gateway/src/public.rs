//! Which services callers outside may know and reach, read from the descriptors: every service of
//! ours whose package is not internal. Nothing is listed by hand, so a new RPC appears by itself
//! and an internal one never does.

use platform::identity::{Answers, Peer};
use prost::Message;
use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

/// What the names of our packages begin with; the owning service comes next.
const OURS: &str = "partnerconnect.";
/// The part of a package's name that keeps it inside.
const INTERNAL: &str = "internal";
/// The portals' contract, for services only.
const DIRECTORY: &str = "directory";

/// The API that is offered outside.
pub(crate) struct Api {
    /// Its services, the gateway's own among them.
    pub(crate) services: Vec<PublicService>,
    /// Its descriptors, encoded, with every import but nothing internal.
    pub(crate) descriptors: Vec<u8>,
}

/// One service of the API.
pub(crate) struct PublicService {
    /// Who answers it.
    pub(crate) owner: Peer,
    /// Its full name, such as "partnerconnect.invitation.v1.InvitationService".
    pub(crate) name: String,
    /// The paths of its methods, "/package.Service/Method", and what each answers.
    pub(crate) methods: Vec<(String, Answers)>,
}

/// The descriptors of our own program cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptorError {
    /// They cannot be decoded.
    #[error("the descriptors cannot be decoded")]
    Malformed(#[from] prost::DecodeError),
    /// A public package names no service that the gateway knows.
    #[error("the package {0} belongs to no service")]
    Ownerless(String),
}

/// A `FileDescriptorSet` with its files left encoded: decoding them would lose their options.
#[derive(Clone, PartialEq, Message)]
struct EncodedFiles {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

impl Api {
    pub(crate) fn read(descriptors: &[u8]) -> Result<Self, DescriptorError> {
        let mut public = EncodedFiles::default();
        let mut services = Vec::new();
        for encoded in EncodedFiles::decode(descriptors)?.file {
            let file = FileDescriptorProto::decode(encoded.as_slice())?;
            let package = file.package();
            if !is_public(package) {
                continue;
            }
            for service in file.service.iter().filter(|_| package.starts_with(OURS)) {
                services.push(PublicService::of(package, service)?);
            }
            public.file.push(encoded);
        }
        Ok(Self {
            services,
            descriptors: public.encode_to_vec(),
        })
    }
}

impl PublicService {
    fn of(package: &str, service: &ServiceDescriptorProto) -> Result<Self, DescriptorError> {
        let owner = package
            .split('.')
            .nth(1)
            .and_then(|owner| owner.parse().ok());
        let name = format!("{package}.{}", service.name());
        let method = |method: &MethodDescriptorProto| {
            let answers = match method.server_streaming() {
                true => Answers::Many,
                false => Answers::One,
            };
            (format!("/{name}/{}", method.name()), answers)
        };
        Ok(Self {
            owner: owner.ok_or_else(|| DescriptorError::Ownerless(package.to_owned()))?,
            methods: service.method.iter().map(method).collect(),
            name,
        })
    }
}

/// Whether callers outside may know a package: imports of others are, so are ours unless kept
/// inside.
fn is_public(package: &str) -> bool {
    let Some(ours) = package.strip_prefix(OURS) else {
        return true;
    };
    !ours.split('.').any(|part| part == INTERNAL) && !ours.starts_with(DIRECTORY)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_internal_is_public() {
        for package in [
            "partnerconnect.invitation.v1",
            "partnerconnect.platform.v1",
            "partnerconnect.customer.v1",
            "google.api",
            "google.protobuf",
        ] {
            assert!(is_public(package), "{package}");
        }
        for package in [
            "partnerconnect.invitation.internal.v1",
            "partnerconnect.directory.v1",
        ] {
            assert!(!is_public(package), "{package}");
        }
    }

    #[test]
    fn the_api_is_what_the_descriptors_say() {
        let api = Api::read(proto::FILE_DESCRIPTOR_SET).unwrap();
        let mut names: Vec<_> = api
            .services
            .iter()
            .map(|service| service.name.as_str())
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "partnerconnect.gateway.v1.ConnectionService",
                "partnerconnect.invitation.v1.InvitationService",
                "partnerconnect.notification.v1.NotificationService",
                "partnerconnect.relationship.v1.AccessService",
                "partnerconnect.relationship.v1.PartnerService",
                "partnerconnect.relationship.v1.RelationshipService",
            ]
        );
        let methods = || api.services.iter().flat_map(|service| &service.methods);
        let streams = methods().filter(|(_, answers)| *answers == Answers::Many);
        assert_eq!(
            streams.map(|(path, _)| path).collect::<Vec<_>>(),
            ["/partnerconnect.relationship.v1.AccessService/WatchRelationships"]
        );
        let check = "/partnerconnect.relationship.v1.AccessService/CheckAccess";
        assert!(methods().any(|(path, answers)| path == check && *answers == Answers::One));
    }

    #[test]
    fn the_descriptors_keep_their_options_and_lose_what_is_internal() {
        let api = Api::read(proto::FILE_DESCRIPTOR_SET).unwrap();
        let all = EncodedFiles::decode(proto::FILE_DESCRIPTOR_SET)
            .unwrap()
            .file;
        let public = EncodedFiles::decode(api.descriptors.as_slice())
            .unwrap()
            .file;
        assert!(
            public.iter().all(|file| all.contains(file)),
            "files are kept byte by byte"
        );
        let internal = all.iter().filter(|file| !public.contains(file));
        let packages = internal.map(|file| {
            FileDescriptorProto::decode(file.as_slice())
                .unwrap()
                .package()
                .to_owned()
        });
        let packages: BTreeSet<_> = packages.collect();
        let expected = [
            "partnerconnect.directory.v1",
            "partnerconnect.invitation.internal.v1",
            "partnerconnect.notification.internal.v1",
            "partnerconnect.relationship.internal.v1",
        ];
        assert_eq!(packages, expected.map(str::to_owned).into());
    }
}
