//! What the service does beside its calls: forgets notices, and facts that are not expected again,
//! that have been kept long enough.
//!
//! Edits of drafts stay: an invitation can be sent again at any time.

use platform::background::{Left, every, repeat};
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use crate::Config;
use crate::store::Store;

/// Forgets, now and then, until `stop`.
pub(crate) async fn forget(store: Store, config: Config, stop: CancellationToken) {
    let round = || async {
        store.forget_facts(config.inbox_kept).await?;
        store.forget_notices(config.notices_kept).await?;
        Ok::<_, DbErr>(Left::Nothing)
    };
    repeat("forgetting", every(config.forget_every), stop, round).await;
}
