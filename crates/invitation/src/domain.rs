//! Invitations: what they say, their life, their links, and what a customer's acceptance of one
//! means.
//!
//! Pure and synchronous: the time is an argument, and nothing here knows a store or the wire.
//! Whether a relationship exists is never decided here; the relationship service decides, and its
//! decision arrives as a value.

mod acceptance;
mod bound_to;
mod guess;
mod invitation;
mod link;
mod list;
mod lookalike;
mod quota;
#[cfg(test)]
pub(crate) mod samples;
mod state;
mod target;
mod terms;
mod warning;

pub use acceptance::{
    Acceptance, AcceptanceState, AccountData, Claim, Consent, Decision, Outcome, Relationships,
};
pub use bound_to::{BoundTo, LinkHolder};
pub use guess::{PerMinute, WrongLinks};
pub use invitation::{Invitation, LinkIssue, LinkView};
pub use link::{Generation, LinkConfigError, LinkKeys, VerifiedLink};
pub use list::Filter;
pub use quota::{Limits, Tally};
pub use state::{Fact, State, StateKind};
pub use target::{Found, Target};
pub use terms::{Joint, LIFETIME_DAYS, PRIVILEGE_DAYS, Parties, Party, Terms};
pub use warning::Warning;

use std::time::Duration;
use vocabulary::void_reason::VoidReason;

/// Why a rule of this service refuses. The holder of a genuine link is told the truth; everybody
/// else `NotFound`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Absent, another's, bound to somebody else, or a link that is not ours: one answer for all.
    #[error("not found, or not yours to see")]
    NotFound,
    /// Something was added to what has the form of a link of ours.
    #[error("must be the link as it was received: paste it again, with nothing added")]
    LinkAltered,
    /// The verb does not work in the state found.
    #[error("the invitation is {0}")]
    WrongState(StateKind),
    /// There is no address to correct: it is bound to something else, or to nobody.
    #[error("the invitation is not bound to an address: revoke it and invite again")]
    NotBoundToAddress,
    /// The draft of an open invitation cannot be edited any more.
    #[error("drafting is finished: resend the invitation to edit it again")]
    Finished,
    /// A newer link of the same invitation has been made.
    #[error("this link was replaced by a newer one: ask the partner for it")]
    Superseded,
    /// The link's time is over.
    #[error("this link has expired: ask the partner to send it again")]
    Expired,
    /// The partner has revoked the invitation.
    #[error("the partner has revoked this invitation")]
    Revoked,
    /// A customer has declined.
    #[error("this invitation has been declined")]
    Declined,
    /// Another customer has claimed or accepted; never says which.
    #[error("this link has been used")]
    AlreadyUsed,
    /// The acceptance was refused; the reason only to the customer whose acceptance it was.
    #[error("the acceptance of this invitation was refused")]
    Void(Option<VoidReason>),
    /// The answer to one's own acceptance, when the decision refused it.
    #[error("the acceptance was refused: {}", .0.explanation())]
    Refused(VoidReason),
    /// The reseller or provider of an invitation tries to answer it as a customer.
    #[error("a party to the invitation cannot accept or decline it")]
    PartyCannotAccept,
    /// The customer has no account, and the acceptance brings nothing to open one with.
    #[error("the customer has no account yet: send `account`")]
    AccountRequired,
    /// The consent names a wording that is not the current one of its language.
    #[error("this is not the current consent wording: inspect the invitation again")]
    WordingNotCurrent,
    /// As many invitations as a partner may make in one day (UTC).
    #[error("the partner has made as many invitations today as it may")]
    DailyQuota {
        /// Until the next day begins.
        retry_after: Duration,
    },
    /// As many links of an invitation as may be made in one day (UTC).
    #[error("the invitation was sent again as often today as it may be")]
    ResendQuota {
        /// Until the next day begins.
        retry_after: Duration,
    },
    /// So many links that are none of ours that nothing is said about any link for a while.
    #[error("too many links of this caller were wrong: wait before the next one")]
    WrongLinks {
        /// Until the next one is looked at.
        retry_after: Duration,
    },
    /// As many open invitations as a partner may have.
    #[error("the partner has as many open invitations as it may: revoke some, or wait")]
    OpenQuota,
}
