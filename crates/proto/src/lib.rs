//! Bindings of the messages and services under `proto/`, generated at build time.
//!
//! Modules follow the packages: `partnerconnect.invitation.internal.v1` is
//! `proto::invitation::internal::v1`. Nothing here is written by hand but this
//! list and how shared words stand on the wire (`words`), and nothing generated is kept in the
//! repository.
#![allow(missing_docs, clippy::all, unreachable_pub)]

mod words;

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// Every file under `proto/` with its imports, options and comments, as an encoded
/// `FileDescriptorSet`.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same, to be asked. Decoded once in a process.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("they are what the build has encoded")
    });
    &POOL
}

pub mod customer {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.customer.v1");
    }
}

pub mod directory {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.directory.v1");
    }
}

pub mod gateway {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.gateway.v1");
    }
}

pub mod invitation {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.invitation.v1");
    }
    pub mod internal {
        pub mod v1 {
            tonic::include_proto!("partnerconnect.invitation.internal.v1");
        }
    }
}

pub mod notification {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.notification.v1");
    }
    pub mod internal {
        pub mod v1 {
            tonic::include_proto!("partnerconnect.notification.internal.v1");
        }
    }
}

pub mod platform {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.platform.v1");
    }
}

pub mod relationship {
    pub mod v1 {
        tonic::include_proto!("partnerconnect.relationship.v1");
    }
    pub mod internal {
        pub mod v1 {
            tonic::include_proto!("partnerconnect.relationship.internal.v1");
        }
    }
}
