//! The rules of drafts and notices, pure and synchronous: how a draft reads, what an edit must
//! keep, who gets which notice.
//!
//! No store, no network, no time of day. A link passes through here and is kept nowhere: what is
//! kept has a placeholder.

mod draft;
mod eml;
mod fact;
mod html;
mod invitation;
mod letter;
mod limits;
mod link;
mod mailto;
mod notice;
mod outcome;
#[cfg(test)]
mod sample;
mod subject;

pub use draft::{Draft, Edit};
pub use fact::{Event, Fact, Partnership};
pub use invitation::{Invitation, Party, Recipient};
pub use letter::Letter;
pub use limits::Limits;
pub use link::{DraftField, Link, Missing};
pub use notice::{Kind, Notice};
pub use outcome::Decision;

/// Why this service does not do what was asked. No refusal holds a link or a text of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An edited text lacks the exact link, alone on its line.
    #[error("{}", .0.remedy())]
    LinkMissing(Missing),
    /// A link of ours that is not the invitation's present one, or a second copy of that, or any in
    /// the subject.
    #[error("the {} holds a link of ours that does not belong there: a draft has its present link only, once, in its text", .0.name())]
    ForeignLink(DraftField),
    /// The draft has been edited since its etag was read.
    #[error("the draft has been edited since this etag was read: read it again")]
    Stale,
}
