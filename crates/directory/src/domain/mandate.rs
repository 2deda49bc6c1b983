//! In whose name something is done. Whether that may be was decided before it comes here.

use vocabulary::id::{PartnerId, PrivilegeId, RelationshipId};
use vocabulary::name::{PrivilegeName, RelationshipName};

/// Who acts, for which partner, and on what ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The partner that acts.
    pub partner: PartnerId,
    /// Its relationship that granted it.
    pub relationship: RelationshipId,
    /// Its privilege that granted it, where one was needed.
    pub privilege: Option<PrivilegeId>,
    /// Who vouched for the person that acts.
    pub issuer: String,
    /// The person that acts, as the issuer names it.
    pub subject: String,
}

impl Mandate {
    /// The resource name of the relationship.
    pub fn relationship(&self) -> String {
        RelationshipName::new(&self.partner, self.relationship).to_string()
    }

    /// The resource name of the privilege.
    pub fn privilege(&self) -> Option<String> {
        self.privilege
            .map(|id| PrivilegeName::new(&self.partner, id).to_string())
    }
}
