//! What others are told of: facts about partnerships and enrolments, and that a customer has ended
//! a relationship.
//!
//! There is none about privileges or decisions: what becomes of an invitation the invitation
//! service tells, and of a partner's removal nobody is told at all.

use vocabulary::id::{CustomerId, PartnerId, PartnershipId, RelationshipId};

/// Something that happened to what a partner takes part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A partner proposed a partnership.
    PartnershipProposed(Between),
    /// The other partner accepted it.
    PartnershipAccepted(Between),
    /// Either partner ended it.
    PartnershipEnded(Between),
    /// An enrolment was approved or rejected.
    EnrollmentDecided {
        /// Whose.
        partner: PartnerId,
        /// Whether it takes part now.
        approved: bool,
        /// What the operator said.
        reason: String,
        /// The version that the decision made of the partner: an enrolment may be decided more than
        /// once.
        version: i64,
    },
    /// A customer ended its relationship with a partner, which is told.
    RelationshipEnded {
        partner: PartnerId,
        relationship: RelationshipId,
        customer: CustomerId,
        /// What the customer is called.
        customer_name: String,
        /// The partner's own reference; may be empty.
        correlation_id: String,
    },
}

/// Who did something to a partnership, and who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    pub partnership: PartnershipId,
    /// Who did it.
    pub by: PartnerId,
    /// What it is called.
    pub by_name: String,
    /// Who is told.
    pub other: PartnerId,
}

impl Fact {
    /// The kind, as the outbox and its metrics name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PartnershipProposed(_) => "PartnershipProposed",
            Self::PartnershipAccepted(_) => "PartnershipAccepted",
            Self::PartnershipEnded(_) => "PartnershipEnded",
            Self::EnrollmentDecided { .. } => "EnrollmentDecided",
            Self::RelationshipEnded { .. } => "RelationshipEnded",
        }
    }

    /// How many facts of this kind there were about this resource, with this one: what tells a
    /// repeat from another.
    pub fn occurrence(&self) -> i64 {
        match self {
            // each happens once in the life of a partnership, or of a relationship
            Self::PartnershipProposed(_)
            | Self::PartnershipAccepted(_)
            | Self::PartnershipEnded(_)
            | Self::RelationshipEnded { .. } => 1,
            Self::EnrollmentDecided { version, .. } => *version,
        }
    }
}
