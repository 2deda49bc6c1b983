//! Partners' edits of drafts.

use platform::clock::Time;
use platform::store::command::Command;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use vocabulary::name::InvitationName;

use super::entity::draft;
use super::{Error, Store};
use crate::domain::{Edit, Letter};

impl Store {
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
        command: Command,
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
                        command
                            .record(tx, &invitation.to_string(), "", &clock)
                            .await?;
                    }
                    Ok(edit)
                })
            })
            .await
    }
}

/// The row of a draft, made where there is none, and locked either way: two first edits at once
/// wait for each other.
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
