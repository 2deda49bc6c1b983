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
    crate::domain::order::Kind,
    crate::domain::subscription::Renewal,
    crate::domain::subscription::State,
);

/// Who did what: what a repeated request is recognised by, and the audit. Rows never change or go.
pub mod act {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "act")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub method: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        pub content_hash: Vec<u8>,
        pub resource: String,
        pub partner: String,
        pub relationship: String,
        pub privilege: Option<String>,
        pub issuer: String,
        pub subject: String,
        pub act_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which customers a partner has, by the portals that know it.
pub mod business {
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{CustomerId, PartnerId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "business")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: CustomerId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub portal: String,
        pub display_name: String,
        pub country: String,
        pub domain: String,
        /// For each privilege the bits of its areas and, behind a colon, when it ends in
        /// microseconds: `15:,1:1798761600000000`.
        pub privileges: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Partners of which the portals refuse to tell.
pub mod refusal {
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refusal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        pub reason: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Subscriptions of customers.
pub mod subscription {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::CustomerId;

    use crate::domain::subscription::{Renewal, State};
    use vocabulary::id::SubscriptionId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "subscription")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SubscriptionId,
        pub customer: CustomerId,
        pub offer: String,
        pub display_name: String,
        pub state: State,
        pub renewal: Renewal,
        pub quantity: i32,
        /// The number of its licences that are not withdrawn, kept under the lock of this row.
        pub assigned_quantity: i32,
        pub create_time: Time,
        pub update_time: Time,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Users of customers, removed ones included. (`user` is a word of SQL.)
pub mod person {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::CustomerId;

    use vocabulary::id::UserId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: UserId,
        pub customer: CustomerId,
        pub display_name: String,
        pub sign_in_name: String,
        /// The sign-in name folded; unique within the customer among those that are not removed.
        pub sign_in_key: String,
        pub create_time: Time,
        pub remove_time: Option<Time>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Licences, withdrawn ones included. Of a subscription and a person at most one is not.
pub mod license {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::CustomerId;

    use vocabulary::id::{LicenseId, SubscriptionId, UserId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "license")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: LicenseId,
        pub customer: CustomerId,
        pub subscription: SubscriptionId,
        pub person: UserId,
        pub assign_time: Time,
        pub withdraw_time: Option<Time>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Orders. They are never changed or deleted. (`order` is a word of SQL.)
pub mod customer_order {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{CustomerId, PartnerId};

    use crate::domain::order::Kind;
    use vocabulary::id::{OrderId, SubscriptionId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: OrderId,
        pub customer: CustomerId,
        pub partner: PartnerId,
        pub kind: Kind,
        pub subscription: SubscriptionId,
        pub quantity: i32,
        pub create_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
