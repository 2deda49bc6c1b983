//! The rules: who takes part, who works with whom, who may act for whom, and what it takes to
//! change that.
//!
//! Pure and synchronous: a rule gets what is there and the time, and answers what becomes of it, or
//! a [`Refusal`]. Never a store, a message of the wire, a clock, or a text that people read.

pub mod access;
pub mod account;
pub mod change;
pub mod decision;
pub mod fact;
pub mod import;
pub mod partner;
pub mod partnership;
pub mod party;
pub mod privilege;
pub mod quota;
pub mod reach;
pub mod relationship;

use std::time::Duration;

use vocabulary::id::{CustomerId, PartnerId, PartnershipId};
use vocabulary::partner_kind::PartnerKind;

/// What a partner and a customer are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The partner's display name.
    pub partner: String,
    /// The customer's display name.
    pub customer: String,
}

/// Whose relationships or privileges are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A partner's, with whatever customers.
    Partner(PartnerId),
    /// A customer's, with whatever partners.
    Customer(CustomerId),
    /// Those of one partner with one customer.
    Both(PartnerId, CustomerId),
}

impl Scope {
    /// The partner, where it is one.
    pub fn partner(&self) -> Option<&PartnerId> {
        match self {
            Self::Partner(partner) | Self::Both(partner, _) => Some(partner),
            Self::Customer(_) => None,
        }
    }

    /// The customer, where it is one.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer) | Self::Both(_, customer) => Some(customer),
            Self::Partner(_) => None,
        }
    }
}

/// The settings of the programme that rules depend on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Programme {
    /// Who decides an enrolment.
    pub enrollment: partner::Enrollment,
    /// Whether an indirect reseller may order as well. In the indirect model the provider orders.
    pub reseller_orders: bool,
    /// How many partnerships a partner may propose.
    pub proposals: quota::Limits,
}

/// Why something was not done. An answer, not an incident.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Absent, or not for the caller to know of.
    #[error("not found, or not yours to see")]
    NotFound,
    /// The enrolment is not where this verb needs it.
    #[error("the enrolment is {state}")]
    EnrollmentState {
        /// Where it is.
        state: partner::State,
    },
    /// The enrolment is approved already, and its customers are being imported.
    #[error("the enrolment is approved, and existing customers are being imported")]
    EnrollmentImporting,
    /// A partner keeps the kind that it was first enrolled as.
    #[error("the partner is an {kind} and cannot become the other kind")]
    KindFixed {
        /// What it is.
        kind: PartnerKind,
    },
    /// A partner that has to be ACTIVE is not.
    #[error("the partner's enrolment is not ACTIVE")]
    PartnerNotActive {
        /// Which partner.
        partner: PartnerId,
        /// Where its enrolment is; `None` where it was never asked for.
        state: Option<partner::State>,
    },
    /// The two have a partnership that has not ended.
    #[error("there is a partnership of the two already")]
    PartnershipExists {
        /// Which one.
        partnership: PartnershipId,
        /// Where it is.
        state: partnership::StateKind,
    },
    /// Two resellers, or two providers.
    #[error("a partnership connects an indirect reseller with an indirect provider")]
    SameKind,
    /// The partnership is not where this verb needs it.
    #[error("the partnership is {state}")]
    PartnershipState {
        /// Where it is.
        state: partnership::StateKind,
    },
    /// Who proposed a partnership cannot agree to it for the other.
    #[error("the other partner has to accept this partnership")]
    OwnProposal,
    /// As many partnerships proposed as a partner may in one day (UTC), in all or to the same
    /// partner.
    #[error(
        "the partner has proposed as many partnerships today as it may, in all or to this partner"
    )]
    ProposalQuota {
        /// Until the next day begins.
        retry_after: Duration,
    },
    /// Somebody else than an indirect reseller wants to invite.
    #[error("only an indirect reseller invites customers")]
    ResellerRequired,
    /// The reseller has no active partnership with the provider named.
    #[error("there is no active partnership with this provider")]
    PartnershipRequired,
    /// The relationship is not where this verb needs it.
    #[error("the relationship is {state}")]
    RelationshipState {
        /// Where it is.
        state: relationship::State,
    },
    /// The privilege is not where this verb needs it.
    #[error("the privilege is {state}")]
    PrivilegeState {
        /// Where it is.
        state: privilege::State,
    },
    /// One of the four points is not attested.
    #[error("each of the four points must be attested")]
    AttestationIncomplete,
    /// The wording named is not the one that is attested now, or not in that language.
    #[error("the wording is not the current one: preview the removal again")]
    WordingNotCurrent,
    /// The partner may not do this for the customer.
    #[error("{0}")]
    AccessDenied(access::Denial),
    /// An acceptance carries no data to open an account with, and there is none.
    #[error("the customer has no account, and nothing to open one with was given")]
    AccountRequired,
    /// The changes behind a watcher's token are not kept any more, or were never made.
    #[error("the changes behind this resume_token are not known any more: begin without one")]
    ResumeTokenExpired,
    /// The process has as many watchers as it takes.
    #[error("this process has as many watchers as it takes: try again later")]
    WatchersLimit,
}
