//! The rows of each table, as the store holds them. What they mean stands in the domain.
#![allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]
#![allow(
    missing_docs,
    reason = "columns are named as the fields of the domain, which are documented there"
)]

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{
    ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value,
};

/// Lets named enums of the domain be columns, kept as their names.
macro_rules! kept_by_name {
    ($($kind:ty),+ $(,)?) => { $(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                value.as_str().into()
            }
        }

        impl TryGetable for $kind {
            fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
                let name = String::try_get_by(row, column)?;
                let unknown = || DbErr::Type(format!("{} has no value {name}", stringify!($kind)));
                Self::named(&name).ok_or_else(|| TryGetError::DbErr(unknown()))
            }
        }

        impl ValueType for $kind {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                let name = <String as ValueType>::try_from(value)?;
                Self::named(&name).ok_or(ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($kind).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $kind {
            fn null() -> Value {
                String::null()
            }
        }

        impl IntoActiveValue<$kind> for $kind {
            fn into_active_value(self) -> ActiveValue<$kind> {
                ActiveValue::Set(self)
            }
        }
    )+ };
}

kept_by_name!(
    crate::domain::partner::Kind,
    crate::domain::partner::State,
    crate::domain::partnership::State,
    crate::domain::relationship::State,
    crate::domain::privilege::State,
    crate::domain::decision::Outcome,
);

/// Partners, enrolled or asking to be.
pub mod partner {
    use platform::clock::Time;
    use platform::id::PartnerId;
    use sea_orm::entity::prelude::*;

    use crate::domain::partner::{Kind, State};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PartnerId,
        pub kind: Kind,
        pub display_name: String,
        pub state: State,
        pub state_reason: String,
        pub create_time: Time,
        pub update_time: Time,
        pub activate_time: Option<Time>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Partnerships, ended ones included. Of two partners at most one is not ended.
pub mod partnership {
    use platform::clock::Time;
    use platform::id::PartnerId;
    use sea_orm::entity::prelude::*;

    use crate::domain::PartnershipId;
    use crate::domain::partnership::State;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "partnership")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PartnershipId,
        pub reseller: PartnerId,
        pub provider: PartnerId,
        pub proposed_by: PartnerId,
        pub state: State,
        pub create_time: Time,
        pub accept_time: Option<Time>,
        pub end_time: Option<Time>,
        pub ended_by: Option<PartnerId>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Customers' accounts. They are never deleted.
pub mod account {
    use platform::clock::Time;
    use platform::id::CustomerId;
    use sea_orm::entity::prelude::*;

    use crate::domain::AcceptanceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CustomerId,
        pub display_name: String,
        pub country: String,
        pub domain: String,
        pub opened_by: AcceptanceId,
        pub create_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Relationships, removed ones included. Of a partner and a customer at most one is active.
pub mod relationship {
    use platform::clock::Time;
    use platform::id::{CustomerId, PartnerId};
    use sea_orm::entity::prelude::*;

    use crate::domain::partner::Kind;
    use crate::domain::relationship::State;
    use crate::domain::{AcceptanceId, RelationshipId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relationship")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RelationshipId,
        pub partner: PartnerId,
        pub partner_kind: Kind,
        pub customer: CustomerId,
        pub state: State,
        pub origin: String,
        pub acceptance: Option<AcceptanceId>,
        pub establish_time: Time,
        pub remove_time: Option<Time>,
        pub remove_issuer: Option<String>,
        pub remove_subject: Option<String>,
        pub wording_id: Option<String>,
        pub wording_language: Option<String>,
        pub wording_text_sha256: Option<String>,
        /// Under which the customer's display name is searched.
        pub name_key: Vec<u8>,
        /// Under which the customer's domain is searched.
        pub domain_key: Vec<u8>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::account::Entity",
            from = "Column::Customer",
            to = "super::account::Column::Id"
        )]
        Account,
    }

    impl Related<super::account::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Account.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Delegated admin privileges, ended ones included.
pub mod privilege {
    use platform::clock::Time;
    use platform::id::{CustomerId, PartnerId};
    use sea_orm::entity::prelude::*;

    use crate::domain::PrivilegeId;
    use crate::domain::privilege::State;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "privilege")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PrivilegeId,
        pub partner: PartnerId,
        pub customer: CustomerId,
        /// One bit for each area.
        pub areas: i16,
        /// ACTIVE or TERMINATED: that its time is over stands in no row.
        pub state: State,
        pub grant_time: Time,
        pub expire_time: Option<Time>,
        pub terminate_time: Option<Time>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Decisions about acceptances. They are never changed or deleted.
pub mod decision {
    use platform::clock::Time;
    use platform::id::{CustomerId, PartnerId};
    use sea_orm::entity::prelude::*;

    use crate::domain::decision::Outcome;
    use crate::domain::{AcceptanceId, InvitationId, RelationshipId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "decision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub acceptance: AcceptanceId,
        pub fingerprint: Vec<u8>,
        pub invitation: InvitationId,
        pub customer: CustomerId,
        pub reseller: PartnerId,
        pub provider: Option<PartnerId>,
        pub outcome: Outcome,
        pub reseller_relationship: Option<RelationshipId>,
        pub provider_relationship: Option<RelationshipId>,
        pub decide_time: Time,
        pub issuer: String,
        pub subject: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
