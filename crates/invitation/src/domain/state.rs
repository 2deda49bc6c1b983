//! The states of an invitation, each with exactly what only that state has, their names, and what
//! others are told of them. How one becomes another is in `invitation`.

use platform::clock::Time;
use vocabulary::acting_user::ActingUser;
use vocabulary::id::CustomerId;
use vocabulary::void_reason::VoidReason;

use super::{Claim, Relationships};

/// Where an invitation stands, with what only that state has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its link can be accepted.
    Open {
        /// When it was made, or sent again.
        since: Time,
    },
    /// A customer has accepted; the decision is not known here yet.
    Claimed(Claim),
    /// The relationships are established.
    Accepted {
        /// Who accepted.
        claim: Claim,
        /// When the decision was recorded here.
        decide_time: Time,
        /// What was established.
        relationships: Relationships,
    },
    /// The decision refused the acceptance.
    Void {
        /// Who accepted.
        claim: Claim,
        /// When the decision was recorded here.
        decide_time: Time,
        /// Why.
        reason: VoidReason,
    },
    /// A customer declined.
    Declined {
        /// Who did.
        customer: CustomerId,
        /// Who did it for the customer; none where a program before 0.4 recorded it.
        user: Option<ActingUser>,
        /// When.
        time: Time,
        /// What it said; empty when nothing.
        reason: String,
    },
    /// The inviting partner revoked it.
    Revoked {
        /// When.
        time: Time,
    },
    /// The time of its link is over, since the link's `expire_time`.
    Expired,
}

/// The name of a state: what filters and refusals speak of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum StateKind {
    /// [`State::Open`]
    Open,
    /// [`State::Claimed`]
    Claimed,
    /// [`State::Accepted`]
    Accepted,
    /// [`State::Void`]
    Void,
    /// [`State::Declined`]
    Declined,
    /// [`State::Revoked`]
    Revoked,
    /// [`State::Expired`]
    Expired,
}

/// What others are told about an invitation that entered a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The relationships are established.
    Accepted {
        /// With whom.
        customer: CustomerId,
        /// What it is called, where it has an account.
        customer_name: Option<String>,
    },
    /// A customer declined.
    Declined {
        /// Who did.
        customer: CustomerId,
        /// What it said; empty when nothing.
        reason: String,
    },
    /// The time of its link is over.
    Expired,
    /// The decision refused the acceptance.
    Voided {
        /// Whose acceptance it was.
        customer: CustomerId,
        /// What it is called, where it has an account.
        customer_name: Option<String>,
        /// Why.
        reason: VoidReason,
    },
}

impl State {
    /// Which of the states it is.
    pub fn state_kind(&self) -> StateKind {
        match self {
            Self::Open { .. } => StateKind::Open,
            Self::Claimed(_) => StateKind::Claimed,
            Self::Accepted { .. } => StateKind::Accepted,
            Self::Void { .. } => StateKind::Void,
            Self::Declined { .. } => StateKind::Declined,
            Self::Revoked { .. } => StateKind::Revoked,
            Self::Expired => StateKind::Expired,
        }
    }

    /// What others are told of it. Revoking, resending and Done concern nobody else.
    pub fn fact(&self) -> Option<Fact> {
        match self {
            Self::Accepted { claim, .. } => Some(Fact::Accepted {
                customer: claim.customer.clone(),
                customer_name: claim.customer_name.clone(),
            }),
            Self::Void { claim, reason, .. } => Some(Fact::Voided {
                customer: claim.customer.clone(),
                customer_name: claim.customer_name.clone(),
                reason: *reason,
            }),
            Self::Declined {
                customer, reason, ..
            } => {
                let (customer, reason) = (customer.clone(), reason.clone());
                Some(Fact::Declined { customer, reason })
            }
            Self::Expired => Some(Fact::Expired),
            Self::Open { .. } | Self::Claimed(_) | Self::Revoked { .. } => None,
        }
    }
}

impl Fact {
    /// Its name: each occurs at most once for a link.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "InvitationAccepted",
            Self::Declined { .. } => "InvitationDeclined",
            Self::Expired => "InvitationExpired",
            Self::Voided { .. } => "InvitationVoided",
        }
    }
}
