//! Imports and exports: a batch of records is taken in one go, and everything is told in one order,
//! of one moment.

use std::collections::BTreeSet;

use platform::clock::Clock;
use platform::store::db::Db;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::sync::mpsc;
use vocabulary::id::{LicenseId, SubscriptionId, UserId};

use super::entity::subscription as subscription_row;
use super::entity::{business, license, person, refusal};
use super::{license as licenses, subscription, user};
use crate::domain::business::Business;
use crate::domain::license::License;
use crate::domain::record::{Holdings, Record, Refused, Rejection};

/// How many records one statement writes or reads at most.
pub(crate) const BATCH: usize = 1_000;

/// Takes records in their order, each with the number of its line; answers those that are not
/// taken.
pub(crate) async fn take(
    tx: &DatabaseTransaction,
    records: Vec<(u64, Record)>,
    clock: &Clock,
) -> Result<Vec<(u64, Rejection)>, DbErr> {
    let mut holdings = holdings(tx, &records).await?;
    let now = clock.now();
    let mut known = Vec::new();
    let mut rejected = Vec::new();
    for (number, record) in records {
        let taken = match record {
            Record::Business(business) => {
                known.push(business);
                Ok(())
            }
            Record::Refused(refused) => {
                super::business::refuse(tx, refused).await?;
                Ok(())
            }
            Record::Subscription(record) => holdings.take_subscription(record, now),
            Record::User(record) => holdings.take_user(record, now),
            Record::License(record) => holdings.take_license(record, now),
        };
        if let Err(rejection) = taken {
            rejected.push((number, rejection));
        }
    }
    super::business::upsert(tx, known).await?;
    user::upsert(tx, holdings.changed_users(), holdings.renamed_users()).await?;
    subscription::upsert(tx, holdings.changed_subscriptions()).await?;
    licenses::rows::upsert(tx, holdings.changed_licenses()).await?;
    Ok(rejected)
}

/// What is there of all that these records are about, locked in the order of every transaction.
async fn holdings(tx: &DatabaseTransaction, records: &[(u64, Record)]) -> Result<Holdings, DbErr> {
    let (mut subscription_ids, mut license_ids) =
        (Vec::<SubscriptionId>::new(), Vec::<LicenseId>::new());
    let mut user_ids = Vec::<UserId>::new();
    let (mut customers, mut keys) = (BTreeSet::new(), Vec::new());
    let mut licensed = Vec::new();
    for (_, record) in records {
        match record {
            Record::Business(_) | Record::Refused(_) => {}
            Record::Subscription(record) => subscription_ids.push(record.id),
            Record::User(record) => {
                user_ids.push(record.id);
                customers.insert(record.customer.clone());
                keys.push(record.sign_in_name.key());
            }
            Record::License(record) => {
                license_ids.push(record.id);
                subscription_ids.push(record.subscription);
                user_ids.push(record.user);
                licensed.push(record.user);
            }
        }
    }
    // most files are business, of which nothing needs to be known before
    if subscription_ids.is_empty() && user_ids.is_empty() {
        return Ok(Holdings::default());
    }
    let users = user::lock_all(tx, user_ids, (customers, keys)).await?;
    let subscriptions = subscription::lock_all(tx, subscription_ids).await?;
    let licenses = licenses::rows::all_of(tx, license_ids, licensed).await?;
    Ok(Holdings::new(subscriptions, users, licenses))
}

/// Tells everything, as it is at one moment: refusals, business, subscriptions, users, licences,
/// each by its key.
///
/// What was removed or withdrawn is not told, and neither are orders and acts. Fails once nobody
/// listens any more.
pub(crate) async fn tell(db: &Db, to: mpsc::Sender<Vec<Record>>) -> Result<(), DbErr> {
    db.patient_snapshot(move |tx| {
        Box::pin(async move {
            tell_refusals(tx, &to).await?;
            tell_business(tx, &to).await?;
            tell_subscriptions(tx, &to).await?;
            tell_users(tx, &to).await?;
            tell_licenses(tx, &to).await
        })
    })
    .await
}

async fn send(to: &mpsc::Sender<Vec<Record>>, records: Vec<Record>) -> Result<(), DbErr> {
    let gone = |_| DbErr::Custom("nobody listens any more".to_owned());
    to.send(records).await.map_err(gone)
}

async fn tell_refusals(
    tx: &DatabaseTransaction,
    to: &mpsc::Sender<Vec<Record>>,
) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        let mut select = refusal::Entity::find()
            .order_by_asc(refusal::Column::Partner)
            .limit(BATCH as u64);
        if let Some(after) = after {
            select = select.filter(refusal::Column::Partner.gt(after));
        }
        let rows = select.all(tx).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(last.partner.clone());
        let records = rows.into_iter().map(|row| {
            Record::Refused(Refused {
                partner: row.partner,
                reason: Some(row.reason),
            })
        });
        send(to, records.collect()).await?;
    }
}

async fn tell_business(
    tx: &DatabaseTransaction,
    to: &mpsc::Sender<Vec<Record>>,
) -> Result<(), DbErr> {
    use business::Column::{Customer, Partner, Portal};

    let mut after = None;
    loop {
        let mut select = business::Entity::find()
            .order_by_asc(Partner)
            .order_by_asc(Customer)
            .order_by_asc(Portal)
            .limit(BATCH as u64);
        if let Some((partner, customer, portal)) = after {
            let columns = [Partner, Customer, Portal].map(Expr::col);
            let values = [Expr::val(partner), Expr::val(customer), Expr::val(portal)];
            select = select.filter(Expr::tuple(columns).gt(Expr::tuple(values)));
        }
        let rows = select.all(tx).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some((
            last.partner.clone(),
            last.customer.clone(),
            last.portal.clone(),
        ));
        let records = rows
            .into_iter()
            .map(|row| Business::try_from(row).map(Record::Business));
        send(to, records.collect::<Result<_, _>>()?).await?;
    }
}

async fn tell_subscriptions(
    tx: &DatabaseTransaction,
    to: &mpsc::Sender<Vec<Record>>,
) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        let mut select = subscription_row::Entity::find()
            .order_by_asc(subscription_row::Column::Id)
            .limit(BATCH as u64);
        if let Some(after) = after {
            select = select.filter(subscription_row::Column::Id.gt(after));
        }
        let found = subscription::all(select, tx).await?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        after = Some(last.id);
        let records = found
            .into_iter()
            .map(|one| Record::Subscription(one.into()));
        send(to, records.collect()).await?;
    }
}

async fn tell_users(tx: &DatabaseTransaction, to: &mpsc::Sender<Vec<Record>>) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        let mut select = person::Entity::find()
            .filter(person::Column::RemoveTime.is_null())
            .order_by_asc(person::Column::Id)
            .limit(BATCH as u64);
        if let Some(after) = after {
            select = select.filter(person::Column::Id.gt(after));
        }
        let found = user::all(select, tx).await?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        after = Some(last.id);
        let records = found.into_iter().map(|one| Record::User(one.into()));
        send(to, records.collect()).await?;
    }
}

async fn tell_licenses(
    tx: &DatabaseTransaction,
    to: &mpsc::Sender<Vec<Record>>,
) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        let mut select = license::Entity::find()
            .filter(license::Column::WithdrawTime.is_null())
            .order_by_asc(license::Column::Id)
            .limit(BATCH as u64);
        if let Some(after) = after {
            select = select.filter(license::Column::Id.gt(after));
        }
        let rows = select.all(tx).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(last.id);
        let records = rows
            .into_iter()
            .map(|row| Record::License(License::from(row).into()));
        send(to, records.collect()).await?;
    }
}
