//! What this service keeps: partners' edits of drafts, notices, and the facts they came from.
//!
//! A kept draft has a placeholder where the link stands. Rules are the domain's; a transaction takes what they need and
//! keeps what they say.

mod entity;
mod migration;

use std::time::Duration;

use platform::clock::{Clock, Time};
use platform::error::Failure;
use platform::identity::Actor;
use platform::page::{self, Page, PageRequest};
use platform::store::audit::{self, Entry};
use platform::store::db::{BATCH, Db};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::NoticeId;
use vocabulary::id::PartnerId;
use vocabulary::name::InvitationName;

use crate::domain::{Edit, Fact, Letter, Notice, Refusal};
use entity::{draft, inbox, notice};
pub use migration::Migrator;

/// Why the store did not do what was asked.
pub(crate) type Error = platform::error::Error<Refusal>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Where a page of notices goes on: after the notice with this time and id.
pub(crate) type NoticeCursor = (Time, NoticeId);

/// The statement of every list, for the tests of how a store carries it out.
pub mod plan {
    use platform::page::PageRequest;
    use sea_orm::{DbBackend, QueryTrait, Statement};
    use vocabulary::id::PartnerId;

    use super::NoticeCursor;

    /// ListNotices.
    pub fn notices(
        backend: DbBackend,
        partner: &PartnerId,
        page: &PageRequest<NoticeCursor>,
    ) -> Statement {
        super::notices_of(partner, page).build(backend)
    }
}

/// The store of this service. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    clock: Clock,
}

impl Store {
    /// A store that is migrated.
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// The latest edit of an invitation's draft; `None` when it was never edited.
    pub(crate) async fn edit(&self, invitation: &InvitationName) -> Result<Option<Edit>, Error> {
        let key = (invitation.partner.clone(), invitation.invitation);
        let row = draft::Entity::find_by_id(key).one(self.db.reader()).await?;
        Ok(row.and_then(draft::Model::edit))
    }

    /// Keeps a letter as the draft's next edit. See [`Edit::keep`].
    pub(crate) async fn keep(
        &self,
        invitation: InvitationName,
        letter: Letter,
        etag: String,
        actor: Actor,
    ) -> Result<Edit, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let row = lock(tx, &invitation, clock.now()).await?;
                    let before = row.clone().edit();
                    let edit = Edit::keep(before.clone(), letter, &etag)?;
                    if before.as_ref() != Some(&edit) {
                        save(tx, row, &edit, clock.now()).await?;
                        audit::append(tx, kept(&actor, &invitation.to_string()), &clock).await?;
                    }
                    Ok(edit)
                })
            })
            .await
    }

    /// Takes a fact and makes its notices, unless a fact with its id was taken before.
    pub(crate) async fn deliver(&self, fact: Fact) -> Result<(), Error> {
        let now = self.clock.now();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let received = inbox::ActiveModel {
                        fact_id: Set(fact.id),
                        receive_time: Set(now),
                    };
                    let first = inbox::Entity::insert(received)
                        .on_conflict(OnConflict::new().do_nothing().to_owned())
                        .exec_without_returning(tx)
                        .await?;
                    if first == 1 {
                        let rows = fact
                            .notices()
                            .into_iter()
                            .map(|notice| notice::ActiveModel::new(notice, now));
                        // a notice outlives the inbox row: a fact delivered later than that finds it here
                        notice::Entity::insert_many(rows)
                            .on_conflict(OnConflict::new().do_nothing().to_owned())
                            .exec_without_returning(tx)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Forgets facts that were received longer ago than `kept`.
    pub(crate) async fn forget_facts(&self, kept: Duration) -> Result<(), DbErr> {
        let old = || inbox::Column::ReceiveTime.lt(self.clock.now() - kept);
        let key = [inbox::Column::FactId];
        while self.db.forget_batch(key, old()).await? == BATCH {}
        Ok(())
    }

    /// Forgets notices that were made longer ago than `kept`.
    pub(crate) async fn forget_notices(&self, kept: Duration) -> Result<(), DbErr> {
        let old = || notice::Column::CreateTime.lt(self.clock.now() - kept);
        let key = [notice::Column::Id];
        while self.db.forget_batch(key, old()).await? == BATCH {}
        Ok(())
    }

    /// A page of a partner's notices, newest first.
    pub(crate) async fn notices(
        &self,
        partner: &PartnerId,
        page: &PageRequest<NoticeCursor>,
    ) -> Result<Page<Notice>, Error> {
        let rows = notices_of(partner, page).all(self.db.reader()).await?;
        let notices: Result<Vec<_>, Failure> =
            rows.into_iter().map(notice::Model::notice).collect();
        Ok(page.page(notices?, |notice| (notice.occur_time, notice.id)))
    }
}

fn notices_of(partner: &PartnerId, page: &PageRequest<NoticeCursor>) -> Select<notice::Entity> {
    let columns = (notice::Column::OccurTime, notice::Column::Id);
    let select = notice::Entity::find()
        .filter(notice::Column::Partner.eq(partner.clone()))
        .order_by_desc(columns.0)
        .order_by_desc(columns.1)
        .limit(page.limit());
    match page.after() {
        Some(cursor) => select.filter(page::below(columns, cursor)),
        None => select,
    }
}

/// The row of a draft, made where there is none, and locked either way: two first edits at once wait for each other.
async fn lock(
    tx: &DatabaseTransaction,
    invitation: &InvitationName,
    now: Time,
) -> Result<draft::Model, DbErr> {
    let key = [draft::Column::Partner, draft::Column::Invitation];
    draft::Entity::insert(draft::ActiveModel::unedited(invitation, now))
        .on_conflict(
            OnConflict::columns(key)
                .update_column(draft::Column::Partner)
                .to_owned(),
        )
        .exec_with_returning(tx)
        .await
}

async fn save(
    tx: &DatabaseTransaction,
    row: draft::Model,
    edit: &Edit,
    now: Time,
) -> Result<(), DbErr> {
    let mut row = draft::ActiveModel::from(row);
    row.subject = Set(edit.letter.subject().to_owned());
    row.text = Set(edit.letter.text().to_owned());
    row.version = Set(edit.version);
    row.update_time = Set(now);
    row.update(tx).await.map(drop)
}

/// That somebody edited a draft; never what it says.
fn kept<'a>(actor: &'a Actor, invitation: &'a str) -> Entry<'a> {
    Entry {
        issuer: &actor.issuer,
        subject: &actor.subject,
        tenant: &actor.tenant,
        action: "SaveDraft",
        resource: invitation,
        detail: "",
    }
}
