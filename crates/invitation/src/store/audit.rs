//! What the audit says beside the commands. The row of an invitation itself says who claimed it.

use platform::clock::Clock;
use platform::store::audit;
use sea_orm::{DatabaseTransaction, DbErr};

use crate::domain::{Acceptance, Invitation};

/// What a change made of an invitation, where its verb does not say it. Never the addresses: the
/// row has them.
pub(super) fn detail(before: &Invitation, after: &Invitation) -> &'static str {
    if before.terms.bound_to == after.terms.bound_to {
        ""
    } else {
        "the bound address was corrected"
    }
}

/// Keeps what would go with the claim: who consented for a customer for which the acceptance was
/// not decided.
pub(super) async fn record_lost_claim(
    tx: &DatabaseTransaction,
    claimed: &Invitation,
    clock: &Clock,
) -> Result<(), DbErr> {
    let Some(Acceptance { claim, .. }) = claimed.acceptance() else {
        return Ok(());
    };
    let Some(consent) = &claim.consent else {
        return Ok(());
    };
    let entry = audit::Entry {
        issuer: &consent.user.issuer,
        subject: &consent.user.subject,
        tenant: claim.customer.tenant(),
        action: "AcceptInvitation",
        resource: &claimed.name().to_string(),
        detail: "not established: the acceptance had been decided for another customer",
    };
    audit::append(tx, entry, clock).await
}
