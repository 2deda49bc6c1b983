//! Who can reach whom, in messages of the wire.

use platform::clock::Time;
use platform::error::Violation;
use platform::field::known;
use proto::customer::v1 as customer;
use proto::relationship::v1;
use vocabulary::name::{CustomerName, PartnerName};

use super::convert;
use crate::domain::privilege::Privilege;
use crate::domain::reach::{Basis, Reach};
use crate::domain::relationship::End;

/// Reads by what somebody is reached; `None`: not given.
pub(super) fn read_basis(field: &str, number: i32) -> Result<Option<Basis>, Violation> {
    Ok(match known(field, number)? {
        v1::AccessBasis::Unspecified => None,
        v1::AccessBasis::Relationship => Some(Basis::Relationship),
        v1::AccessBasis::ResidualPrivileges => Some(Basis::ResidualPrivileges),
    })
}

/// One entry as it stands at `now`.
pub(super) fn entry(reach: Reach, now: Time) -> v1::AccessEntry {
    let residual_age = reach.residual_age(now);
    let basis = match reach.basis() {
        Basis::Relationship => v1::AccessBasis::Relationship,
        Basis::ResidualPrivileges => v1::AccessBasis::ResidualPrivileges,
    };
    let relationship = reach.relationship;
    let remove_time = relationship.end.as_ref().map(End::time);
    v1::AccessEntry {
        partner: PartnerName::new(&relationship.partner).to_string(),
        customer: CustomerName::new(&relationship.customer).to_string(),
        partner_display_name: reach.names.partner,
        customer_display_name: reach.names.customer,
        basis: basis.into(),
        relationship: relationship.name(),
        establish_time: convert::time(relationship.establish_time),
        remove_time: remove_time.and_then(convert::time),
        origin: relationship.origin,
        privileges: reach.privileges.into_iter().map(privilege).collect(),
        // whatever a clock says fits a protobuf Duration
        residual_age: residual_age.and_then(|age| age.try_into().ok()),
    }
}

fn privilege(privilege: Privilege) -> v1::AccessPrivilege {
    let permissions = privilege
        .areas
        .permissions()
        .map(|one| customer::Permission::from(one).into());
    v1::AccessPrivilege {
        privilege: privilege.name(),
        permissions: permissions.collect(),
        grant_time: convert::time(privilege.grant_time),
        expire_time: privilege.expire_time.and_then(convert::time),
    }
}
