//! Repeated requests: a `request_id` is remembered with what it asked for and what came of it.
//!
//! The key is (tenant, method, id), kept in the transaction of the act itself. A repeat changes
//! nothing; the service answers the resource as it stands now. Nothing of the request's content is
//! kept, only its hash.

use std::time::Duration;

use sea_orm::sea_query::{ColumnDef, Index, OnConflict, Table};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{SharedRefusal, Stop};
use crate::store::db::Db;
use crate::store::schema::NewTable;
use entity::{ActiveModel, Column, Entity};

/// How long a `request_id` is remembered.
pub const REMEMBERED: Duration = Duration::from_secs(48 * 3600);

/// What a request is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    tenant: String,
    method: &'static str,
    request_id: Uuid,
    content_hash: Vec<u8>,
}

impl IdempotencyKey {
    /// The key of a request; `None` when it has no `request_id`, which must be a UUID when it is
    /// there.
    pub fn new(
        tenant: &str,
        method: &'static str,
        request_id: &str,
        request: &impl prost::Message,
    ) -> Result<Option<Self>, SharedRefusal> {
        if request_id.is_empty() {
            return Ok(None);
        }
        let uuid = vocabulary::id::foreign_uuid(request_id)
            .map_err(|error| SharedRefusal::invalid("request_id", error))?;
        let content = canonical(request.encode_to_vec(), request_id);
        Ok(Some(Self {
            tenant: tenant.to_owned(),
            method,
            request_id: uuid,
            content_hash: Sha256::digest(content).to_vec(),
        }))
    }

    /// The key of a request that must have a `request_id`.
    pub fn required(
        tenant: &str,
        method: &'static str,
        request_id: &str,
        request: &impl prost::Message,
    ) -> Result<Self, SharedRefusal> {
        Self::new(tenant, method, request_id, request)?.ok_or_else(|| {
            SharedRefusal::invalid("request_id", "must be a UUID of the caller's making")
        })
    }
}

/// A request with its `request_id`, which is a part of it, in lower case: in capitals it is the
/// same request.
fn canonical(mut request: Vec<u8>, request_id: &str) -> Vec<u8> {
    let (id, mut at) = (request_id.as_bytes(), 0);
    while let Some(text) = request.get_mut(at..at + id.len()) {
        if text == id {
            text.make_ascii_lowercase();
        }
        at += 1;
    }
    request
}

/// Who came with a `request_id` first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This request did: it goes on.
    First,
    /// An earlier one with the same content did, and made this resource: nothing is to be done
    /// again.
    Repeat(String),
}

/// The resource that an earlier request with this key made; refused when its content was another.
pub async fn find(
    connection: &impl ConnectionTrait,
    key: &IdempotencyKey,
) -> Result<Option<String>, Stop> {
    let id = (key.tenant.clone(), key.method.to_owned(), key.request_id);
    match Entity::find_by_id(id).one(connection).await? {
        None => Ok(None),
        Some(earlier) if earlier.content_hash == key.content_hash => Ok(Some(earlier.resource)),
        Some(_) => Err(SharedRefusal::RequestIdReused.into()),
    }
}

/// Remembers the request, in the transaction of what it does, unless an earlier one has the same
/// key.
///
/// An earlier one that is still in its transaction is waited for. Refused when the earlier content
/// was another.
pub async fn claim(
    tx: &DatabaseTransaction,
    key: &IdempotencyKey,
    resource: &str,
    now: Time,
) -> Result<Claim, Stop> {
    let row = ActiveModel {
        tenant: Set(key.tenant.clone()),
        method: Set(key.method.to_owned()),
        request_id: Set(key.request_id),
        content_hash: Set(key.content_hash.clone()),
        resource: Set(resource.to_owned()),
        create_time: Set(now),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 1 {
        return Ok(Claim::First);
    }
    let earlier = find(tx, key).await?;
    // only a forgetting in this very moment takes it away; by then it is two days old
    let resource = earlier.ok_or_else(|| DbErr::RecordNotFound("an expired request".to_owned()))?;
    Ok(Claim::Repeat(resource))
}

/// Forgets at most one batch of the requests made before `before`; answers how many.
pub async fn forget(db: &Db, before: Time) -> Result<u64, DbErr> {
    let key = [Column::Tenant, Column::Method, Column::RequestId];
    db.forget_batch(key, Column::CreateTime.lt(before)).await
}

/// The table, for a service's first migration.
pub fn table() -> NewTable {
    NewTable::new(
        Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Tenant).text().not_null())
            .col(ColumnDef::new(Column::Method).text().not_null())
            .col(ColumnDef::new(Column::RequestId).uuid().not_null())
            .col(ColumnDef::new(Column::ContentHash).binary().not_null())
            .col(ColumnDef::new(Column::Resource).text().not_null())
            .col(ColumnDef::new(Column::CreateTime).big_integer().not_null())
            .primary_key(
                Index::create()
                    .col(Column::Tenant)
                    .col(Column::Method)
                    .col(Column::RequestId),
            ),
    )
    .index(
        Index::create()
            .name("request_create_time")
            .table(Entity)
            .col(Column::CreateTime),
    )
}

#[allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]
mod entity {
    use sea_orm::entity::prelude::*;

    use crate::clock::Time;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub method: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        pub content_hash: Vec<u8>,
        pub resource: String,
        pub create_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::db::tests::{TempDb, on_both_stores};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    on_both_stores! {
        a_repeat_gets_the_first_resource,
        other_content_is_refused_and_another_tenant_is_another_key,
        of_64_at_once_one_is_first,
        a_rolled_back_request_is_forgotten,
        only_what_is_old_is_forgotten,
    }

    async fn store(temp: TempDb) -> TempDb {
        temp.create(table()).await;
        temp
    }

    fn key(tenant: &str, content: &str) -> IdempotencyKey {
        IdempotencyKey::required(
            tenant,
            "Create",
            ID,
            &prost_types::Option {
                name: content.into(),
                value: None,
            },
        )
        .unwrap()
    }

    async fn claim_in(db: &Db, key: IdempotencyKey, resource: &'static str) -> Result<Claim, Stop> {
        let now = Clock::system().now();
        db.transaction(move |tx| Box::pin(async move { claim(tx, &key, resource, now).await }))
            .await
    }

    async fn a_repeat_gets_the_first_resource(temp: TempDb) {
        let temp = store(temp).await;
        assert_eq!(
            find(temp.db.reader(), &key("contoso", "a")).await.unwrap(),
            None
        );
        assert_eq!(
            claim_in(&temp.db, key("contoso", "a"), "things/1")
                .await
                .unwrap(),
            Claim::First
        );
        let again = claim_in(&temp.db, key("contoso", "a"), "things/2")
            .await
            .unwrap();
        assert_eq!(again, Claim::Repeat("things/1".to_owned()));
        assert_eq!(
            find(temp.db.reader(), &key("contoso", "a"))
                .await
                .unwrap()
                .unwrap(),
            "things/1"
        );
    }

    async fn other_content_is_refused_and_another_tenant_is_another_key(temp: TempDb) {
        let temp = store(temp).await;
        claim_in(&temp.db, key("contoso", "a"), "things/1")
            .await
            .unwrap();
        for refused in [
            claim_in(&temp.db, key("contoso", "b"), "things/2")
                .await
                .map(drop),
            find(temp.db.reader(), &key("contoso", "b")).await.map(drop),
        ] {
            assert!(matches!(
                refused,
                Err(Stop::SharedRefusal(SharedRefusal::RequestIdReused))
            ));
        }
        assert_eq!(
            claim_in(&temp.db, key("fabrikam", "b"), "things/3")
                .await
                .unwrap(),
            Claim::First
        );
    }

    async fn of_64_at_once_one_is_first(temp: TempDb) {
        let temp = store(temp).await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let db = temp.db.clone();
            racers.spawn(async move {
                claim_in(&db, key("contoso", "a"), "things/1")
                    .await
                    .unwrap()
            });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(
            outcomes
                .iter()
                .filter(|outcome| **outcome == Claim::First)
                .count(),
            1
        );
    }

    async fn a_rolled_back_request_is_forgotten(temp: TempDb) {
        let temp = store(temp).await;
        let failed: Result<(), Stop> = temp
            .db
            .transaction(|tx| {
                Box::pin(async move {
                    claim(tx, &key("contoso", "a"), "things/1", Time::from_micros(0)).await?;
                    Err(SharedRefusal::NotFound.into())
                })
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(
            claim_in(&temp.db, key("contoso", "b"), "things/2")
                .await
                .unwrap(),
            Claim::First
        );
    }

    async fn only_what_is_old_is_forgotten(temp: TempDb) {
        let temp = store(temp).await;
        let before = Clock::system().now();
        claim_in(&temp.db, key("contoso", "a"), "things/1")
            .await
            .unwrap();
        assert_eq!(forget(&temp.db, before).await.unwrap(), 0);
        assert_eq!(forget(&temp.db, before + REMEMBERED).await.unwrap(), 1);
        assert_eq!(
            find(temp.db.reader(), &key("contoso", "a")).await.unwrap(),
            None
        );
    }

    #[test]
    fn a_request_id_in_capitals_is_the_same_request() {
        let key = |id: &str, content: &str| {
            let message = prost_types::Option {
                name: format!("{content} {id}"),
                value: None,
            };
            IdempotencyKey::required("t", "M", id, &message).unwrap()
        };
        let capitals = ID.to_ascii_uppercase();
        assert_eq!(key(&capitals, "a"), key(ID, "a"));
        assert_ne!(
            key(&capitals, "a"),
            key(ID, "A"),
            "of the content nothing else is folded"
        );
    }

    #[test]
    fn a_request_id_is_a_uuid_or_absent() {
        let message = prost_types::Option::default();
        assert_eq!(IdempotencyKey::new("t", "M", "", &message), Ok(None));
        assert!(IdempotencyKey::new("t", "M", "1", &message).is_err());
        assert!(IdempotencyKey::required("t", "M", "", &message).is_err());
    }
}
