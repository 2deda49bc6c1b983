//! The grounds of access, for any number of questions with one statement: they all see the same
//! moment.

use std::collections::{BTreeSet, HashMap};

use platform::clock::Time;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, IdenStatic, Iterable, QueryResult};
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::partner_kind::PartnerKind;

use super::entity::{account, partner, privilege, relationship};
use super::privilege::lasting;
use super::relationship::is_active;
use super::{Error, Store, literal};
use crate::domain::access::{Grounds, Known};
use crate::domain::privilege::{Privilege, State};

/// A partner, and a customer that it may or may not act for.
pub(crate) type Pair = (PartnerId, CustomerId);

impl Store {
    /// What there is between each of these partners and customers; at least one pair.
    pub(crate) async fn grounds(
        &self,
        pairs: &BTreeSet<Pair>,
        now: Time,
    ) -> Result<HashMap<Pair, Grounds>, Error> {
        Ok(find(self.db.reader(), pairs, now).await?)
    }
}

impl Store {
    /// Whether there is an active relationship between a partner and a customer.
    pub(crate) async fn are_related(&self, pair: Pair) -> Result<bool, Error> {
        let grounds = between(self.db.reader(), pair, self.now()).await?;
        Ok(grounds.relationship.is_some())
    }
}

/// What there is between a partner and a customer.
pub(super) async fn between(
    connection: &impl ConnectionTrait,
    pair: Pair,
    now: Time,
) -> Result<Grounds, DbErr> {
    let mut found = find(connection, &BTreeSet::from([pair.clone()]), now).await?;
    Ok(found.remove(&pair).unwrap_or_default())
}

async fn find(
    connection: &impl ConnectionTrait,
    pairs: &BTreeSet<Pair>,
    now: Time,
) -> Result<HashMap<Pair, Grounds>, DbErr> {
    let rows = connection.query_all(&grounds(pairs, now)).await?;
    let mut found: HashMap<Pair, Grounds> = HashMap::with_capacity(pairs.len());
    for row in rows {
        let pair = (row.try_get("", PARTNER)?, row.try_get("", CUSTOMER)?);
        add(found.entry(pair).or_default(), &row)?;
    }
    Ok(found)
}

/// The columns of a list of values, as both stores name them.
pub(super) const PARTNER: &str = "column1";
pub(super) const CUSTOMER: &str = "column2";
pub(super) const ASKED: &str = "asked";
/// What the columns of the tables are called in the answer.
const ACCOUNT: &str = "account_id";
const RELATIONSHIP: &str = "relationship_id";
const PRIVILEGE: &str = "privilege_";

/// One row for each pair and privilege of it that stands, or for each pair without one.
pub(super) fn grounds(pairs: &BTreeSet<Pair>, now: Time) -> SelectStatement {
    let column = |table: &'static str, column: &'static str| Expr::col((table, column));
    let asked = |name| column(ASKED, name);
    let mut select = Query::select();
    for name in [PARTNER, CUSTOMER] {
        select.column((ASKED, name));
    }
    for (table, name) in [("partner", "kind"), ("partner", "state")] {
        select.column((table, name));
    }
    select.expr_as(column("account", "id"), ACCOUNT);
    select.expr_as(column("relationship", "id"), RELATIONSHIP);
    for name in privilege::Column::iter() {
        select.expr_as(
            Expr::col((privilege::Entity, name)),
            format!("{PRIVILEGE}{}", name.as_str()),
        );
    }
    let related = column("relationship", "partner")
        .eq(asked(PARTNER))
        .and(column("relationship", "customer").eq(asked(CUSTOMER)))
        .and(is_active("relationship"));
    let granted = column("privilege", "partner")
        .eq(asked(PARTNER))
        .and(column("privilege", "customer").eq(asked(CUSTOMER)))
        .and(column("privilege", "state").eq(literal(State::Active.into())))
        .and(lasting(now));
    select
        .from_values(values(pairs), ASKED)
        .left_join(partner::Entity, column("partner", "id").eq(asked(PARTNER)))
        .left_join(account::Entity, column("account", "id").eq(asked(CUSTOMER)))
        .left_join(relationship::Entity, related)
        .left_join(privilege::Entity, granted);
    select
}

/// The pairs, some of them twice: as many as a power of two, so that there are few statements to
/// prepare, not a hundred.
pub(super) fn values(pairs: &BTreeSet<Pair>) -> Vec<(&str, &str)> {
    let pairs = pairs
        .iter()
        .map(|(partner, customer)| (partner.as_str(), customer.as_str()));
    let size = pairs.len().next_power_of_two();
    pairs.cycle().take(size).collect()
}

fn add(grounds: &mut Grounds, row: &QueryResult) -> Result<(), DbErr> {
    let kind: Option<PartnerKind> = row.try_get("", "kind")?;
    grounds.partner = kind.zip(row.try_get("", "state")?);
    let account: Option<CustomerId> = row.try_get("", ACCOUNT)?;
    grounds.customer = if account.is_some() {
        Known::Yes
    } else {
        Known::No
    };
    grounds.relationship = row.try_get("", RELATIONSHIP)?;
    let privilege = Option::<privilege::Model>::from_query_result(row, PRIVILEGE)?;
    if let Some(privilege) = privilege.map(Privilege::from)
        && !grounds.privileges.contains(&privilege)
    {
        grounds.privileges.push(privilege);
    }
    Ok(())
}
