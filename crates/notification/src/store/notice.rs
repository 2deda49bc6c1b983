//! Notices: listed, and forgotten after a while. What makes them is a fact.

use std::time::Duration;

use platform::clock::Time;
use platform::error::Failure;
use platform::page::{self, Page, PageRequest};
use platform::store::db::BATCH;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use vocabulary::id::{NoticeId, PartnerId};

use super::entity::notice;
use super::{Error, Store};
use crate::domain::Notice;

/// Where a page of notices goes on: after the notice with this time and id.
pub(crate) type NoticeCursor = (Time, NoticeId);

impl Store {
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

pub(super) fn notices_of(
    partner: &PartnerId,
    page: &PageRequest<NoticeCursor>,
) -> Select<notice::Entity> {
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
