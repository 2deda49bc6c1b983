//! The rows of each table, as the store holds them. What they mean stands in the domain.
#![allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]
#![allow(
    missing_docs,
    reason = "columns are named as the fields of the domain, which are documented there"
)]

platform::kept_by_name!(
    crate::domain::partner::State,
    crate::domain::partnership::StateKind,
    crate::domain::relationship::State,
    crate::domain::privilege::State,
    crate::domain::decision::Outcome,
    crate::domain::import::State,
    crate::domain::import::SkipReason,
);

/// Partners, enrolled or asking to be.
pub mod partner {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;
    use vocabulary::partner_kind::PartnerKind;

    use crate::domain::partner::State;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PartnerId,
        pub kind: PartnerKind,
        pub display_name: String,
        pub state: State,
        pub state_reason: String,
        pub create_time: Time,
        pub update_time: Time,
        pub activate_time: Option<Time>,
        pub version: i64,
        pub approve_time: Option<Time>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Partnerships, ended ones included. Of two partners at most one is not ended.
pub mod partnership {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{PartnerId, PartnershipId};

    use crate::domain::partnership::StateKind;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "partnership")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PartnershipId,
        pub reseller: PartnerId,
        pub provider: PartnerId,
        pub proposed_by: PartnerId,
        pub state: StateKind,
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
    use sea_orm::entity::prelude::*;
    use vocabulary::id::CustomerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CustomerId,
        pub display_name: String,
        pub country: String,
        pub domain: String,
        pub opened_by: Uuid,
        pub create_time: Time,
        pub update_time: Option<Time>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Relationships, removed ones included. Of a partner and a customer at most one is active.
pub mod relationship {
    use crate::domain::relationship::State;
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{AcceptanceId, CustomerId, PartnerId, RelationshipId};
    use vocabulary::partner_kind::PartnerKind;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relationship")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RelationshipId,
        pub partner: PartnerId,
        pub partner_kind: PartnerKind,
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
        /// Where it was imported from.
        pub portal: Option<String>,
        /// Where its customer ended it: why, or nothing. Empty where its partner removed it.
        pub end_reason: Option<String>,
        /// The inviter's own reference.
        pub correlation_id: String,
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
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{CustomerId, PartnerId, PrivilegeId};

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
        /// When watchers were told that its time is over.
        pub expiry_told_time: Option<Time>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Decisions about acceptances. They are never changed or deleted.
pub mod decision {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{AcceptanceId, CustomerId, InvitationId, PartnerId, RelationshipId};

    use crate::domain::decision::Outcome;

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

/// Imports of partners' existing customers, the last one of each partner.
pub mod enrollment_import {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    use crate::domain::import::State;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enrollment_import")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        pub state: State,
        /// Where the stream of the portals goes on.
        pub resume_token: String,
        pub read_count: i64,
        pub imported_count: i64,
        pub kept_count: i64,
        pub skipped_count: i64,
        pub detail: String,
        pub start_time: Time,
        pub update_time: Time,
        pub end_time: Option<Time>,
        /// While it has not ended: not to be taken up before, which is also the lease of whoever
        /// took it.
        pub due_time: Time,
        /// How often in a row the portals were away.
        pub attempts: i32,
        /// Counts who took it up and what was committed: a writer that was overtaken finds another
        /// one.
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The first records that an import skipped.
pub mod skipped_record {
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    use crate::domain::import::SkipReason;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "skipped_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub portal: String,
        pub customer: String,
        pub reason: SkipReason,
        pub detail: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What each commit changed, a row for each partner that it concerns. Numbered after the commit.
pub mod change {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change")]
    pub struct Model {
        /// The commit; the rows of all its partners have the same.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        pub number: Option<i64>,
        pub number_time: Option<Time>,
        pub change_time: Time,
        /// An encoded `Change` with the events that concern this partner.
        pub events: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One row: the last number given to a change, and the last that was forgotten.
pub mod change_counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_counter")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub last_number: i64,
        pub trimmed_number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
