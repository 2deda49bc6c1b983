//! Where sessions are kept: their hashes, what is sealed, and when they began and were last used.
//!
//! No rule about what is in a session is here.

mod entity;
mod migration;

use std::time::Duration;

use platform::clock::{Clock, Time};
use platform::store::db::{BATCH, Db};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use entity::session::{ActiveModel, Column, Entity};
pub use migration::Migrator;

/// A session's use is noted when the last note is older than this, or than a tenth of the time that
/// it may be idle.
const NOTED: Duration = Duration::from_secs(60);

/// The store of sessions. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    clock: Clock,
    idle: Duration,
    lifetime: Duration,
}

/// What is kept of a session.
pub(crate) struct Kept {
    pub(crate) sealed: Vec<u8>,
    /// Counts its changes.
    pub(crate) version: i64,
}

impl Store {
    /// A store that is migrated, of sessions that end after these times.
    pub(crate) fn new(db: Db, clock: Clock, idle: Duration, lifetime: Duration) -> Self {
        Self {
            db,
            clock,
            idle,
            lifetime,
        }
    }

    pub(crate) async fn insert(&self, hash: String, sealed: Vec<u8>) -> Result<(), DbErr> {
        let now = self.clock.now();
        let row = ActiveModel {
            id_hash: Set(hash),
            sealed: Set(sealed),
            version: Set(1),
            create_time: Set(now),
            use_time: Set(now),
            renew_time: Set(Time::from_micros(0)),
        };
        self.write(Entity::insert(row)).await
    }

    /// The session with this hash, which is used now; none where it has ended.
    pub(crate) async fn find(&self, hash: &str) -> Result<Option<Kept>, DbErr> {
        let Some(row) = Entity::find_by_id(hash).one(self.db.reader()).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        if now.since(row.create_time) >= self.lifetime || now.since(row.use_time) >= self.idle {
            self.remove(hash).await?;
            return Ok(None);
        }
        if now.since(row.use_time) >= NOTED.min(self.idle / 10) {
            let noted = Column::UseTime.eq(row.use_time);
            self.update(hash, noted, [(Column::UseTime, Expr::value(now))])
                .await?;
        }
        Ok(Some(Kept {
            sealed: row.sealed,
            version: row.version,
        }))
    }

    /// Takes what may change a session upon oneself for a time; whether nobody else has.
    pub(crate) async fn lease(
        &self,
        hash: &str,
        version: i64,
        time: Duration,
    ) -> Result<bool, DbErr> {
        let now = self.clock.now();
        // somebody whose clock is a little ahead has it; one that is far ahead has set it wrong
        let astray = Column::RenewTime.gt(now + time + time);
        let free = Column::Version
            .eq(version)
            .and(Column::RenewTime.lte(now).or(astray));
        let leased = self.update(hash, free, [(Column::RenewTime, Expr::value(now + time))]);
        Ok(leased.await? == 1)
    }

    /// Leaves it to others.
    pub(crate) async fn release(&self, hash: &str, version: i64) -> Result<(), DbErr> {
        let never = Expr::value(Time::from_micros(0));
        let mine = Column::Version.eq(version);
        self.update(hash, mine, [(Column::RenewTime, never)])
            .await
            .map(drop)
    }

    /// Replaces what is sealed, unless somebody else has done so.
    pub(crate) async fn replace(
        &self,
        hash: &str,
        version: i64,
        sealed: Vec<u8>,
    ) -> Result<(), DbErr> {
        let changes = [
            (Column::Sealed, Expr::value(sealed)),
            (Column::Version, Expr::value(version + 1)),
            (Column::RenewTime, Expr::value(Time::from_micros(0))),
        ];
        self.update(hash, Column::Version.eq(version), changes)
            .await
            .map(drop)
    }

    /// Ends a session.
    pub(crate) async fn remove(&self, hash: &str) -> Result<(), DbErr> {
        let hash = hash.to_owned();
        self.db
            .transaction(move |tx| {
                Box::pin(async move { Entity::delete_by_id(hash).exec(tx).await.map(drop) })
            })
            .await
    }

    /// Forgets sessions that have ended.
    pub(crate) async fn forget(&self) -> Result<(), DbErr> {
        let now = self.clock.now();
        for old in [
            Column::UseTime.lt(now - self.idle),
            Column::CreateTime.lt(now - self.lifetime),
        ] {
            while self.db.forget_batch([Column::IdHash], old.clone()).await? == BATCH {}
        }
        Ok(())
    }

    async fn write(&self, insert: sea_orm::Insert<ActiveModel>) -> Result<(), DbErr> {
        self.db
            .transaction(move |tx| {
                Box::pin(async move { insert.exec_without_returning(tx).await.map(drop) })
            })
            .await
    }

    async fn update<const N: usize>(
        &self,
        hash: &str,
        only: Expr,
        changes: [(Column, Expr); N],
    ) -> Result<u64, DbErr> {
        let mut update = Entity::update_many().filter(Column::IdHash.eq(hash).and(only));
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        self.db
            .transaction(move |tx| {
                Box::pin(async move { Ok(update.exec(tx).await?.rows_affected) })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use ::tests::on_both_stores;
    use platform::store::schema;

    use super::*;

    const IDLE: Duration = Duration::from_secs(3600);
    const LIFETIME: Duration = Duration::from_secs(12 * 3600);

    on_both_stores!(
        a_session_ends_when_it_is_idle_and_when_it_is_old,
        a_session_is_renewed_by_one,
        what_has_ended_is_forgotten,
    );

    async fn opened(store: &::tests::Store) -> Store {
        let options = platform::store::db::DbOptions {
            schema: store.schema("web"),
            ..Default::default()
        };
        let db = Db::open(&store.address("web"), options).await.unwrap();
        schema::migrate::<Migrator>(&db).await.unwrap();
        Store::new(db, Clock::system(), IDLE, LIFETIME)
    }

    async fn is_there(store: &Store) -> bool {
        store.find("hash").await.unwrap().is_some()
    }

    /// An hour without a page, or twelve hours with however many, and it is over.
    async fn a_session_ends_when_it_is_idle_and_when_it_is_old(on: ::tests::Store) {
        let store = opened(&on).await;
        store.insert("hash".to_owned(), vec![1]).await.unwrap();
        for _ in 0..11 {
            store.clock.advance(IDLE - Duration::from_secs(1));
            assert!(is_there(&store).await);
        }
        store.clock.advance(IDLE - Duration::from_secs(1));
        assert!(is_there(&store).await, "not twelve hours yet");
        store.clock.advance(Duration::from_secs(60));
        assert!(!is_there(&store).await, "too old");
        store.insert("hash".to_owned(), vec![1]).await.unwrap();
        store.clock.advance(IDLE);
        assert!(!is_there(&store).await, "idle");
        assert!(
            Entity::find()
                .one(store.db.reader())
                .await
                .unwrap()
                .is_none()
        );
    }

    /// Of all who want to renew a session one does, until it has, or its time is over.
    async fn a_session_is_renewed_by_one(on: ::tests::Store) {
        let store = opened(&on).await;
        let time = Duration::from_secs(8);
        store.insert("hash".to_owned(), vec![1]).await.unwrap();
        assert!(store.lease("hash", 1, time).await.unwrap());
        assert!(
            !store.lease("hash", 1, time).await.unwrap(),
            "somebody does"
        );
        store.clock.advance(time);
        assert!(
            store.lease("hash", 1, time).await.unwrap(),
            "whoever did has died"
        );
        store.replace("hash", 1, vec![2]).await.unwrap();
        let kept = store.find("hash").await.unwrap().unwrap();
        assert_eq!((kept.sealed, kept.version), (vec![2], 2));
        assert!(
            !store.lease("hash", 1, time).await.unwrap(),
            "it is another by now"
        );
        store.replace("hash", 1, vec![3]).await.unwrap();
        let kept = store.find("hash").await.unwrap().unwrap();
        assert_eq!(kept.sealed, vec![2], "whoever comes late changes nothing");
        assert!(store.lease("hash", 2, time).await.unwrap());
        store.release("hash", 2).await.unwrap();
        assert!(
            store.lease("hash", 2, time).await.unwrap(),
            "it was left to others"
        );
    }

    /// A session that nobody asks for any more does not stay.
    async fn what_has_ended_is_forgotten(on: ::tests::Store) {
        let store = opened(&on).await;
        for hash in ["hash", "another"] {
            store.insert(hash.to_owned(), vec![1]).await.unwrap();
        }
        store.clock.advance(IDLE / 2);
        assert!(is_there(&store).await);
        store.clock.advance(IDLE / 2 + Duration::from_secs(1));
        store.forget().await.unwrap();
        let left = Entity::find().all(store.db.reader()).await.unwrap();
        let left: Vec<_> = left.into_iter().map(|row| row.id_hash).collect();
        assert_eq!(left, ["hash"]);
    }
}
