//! The tables of this service, as rows. What a row means is in `record`; no rule is here.

#![allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]

/// Invitations: one row each, for good. The columns up to `create_time` never change, but for
/// `bound_email`, which can be corrected.
pub mod invitation {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{
        AcceptanceId, CustomerId, InvitationId, PartnerId, PartnershipId, RelationshipId,
    };
    use vocabulary::void_reason::VoidReason;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: InvitationId,
        /// Derived from the id, and kept to be found by.
        pub acceptance: AcceptanceId,
        /// The inviting reseller.
        pub partner: PartnerId,
        pub partner_name: String,
        /// Names of permissions, separated by spaces.
        pub partner_permissions: String,
        pub provider: Option<PartnerId>,
        pub provider_name: Option<String>,
        pub provider_permissions: Option<String>,
        pub partnership: Option<PartnershipId>,
        pub bound_customer: Option<CustomerId>,
        pub bound_email: Option<String>,
        pub bound_email_domain: Option<String>,
        pub correlation_id: String,
        pub acquisition: String,
        pub language: String,
        pub message: String,
        pub lifetime_days: i32,
        pub privilege_days: Option<i32>,
        pub create_time: Time,

        pub generation: i32,
        pub key_id: String,
        pub expire_time: Time,
        pub finish_time: Option<Time>,
        pub state: String,
        pub state_time: Time,
        /// Who claimed or declined it, or else to whom it is bound.
        pub customer: Option<CustomerId>,
        pub claim_time: Option<Time>,
        /// Who claimed or declined it for the customer; since 0.4 also of a declination.
        pub user_issuer: Option<String>,
        pub user_subject: Option<String>,
        pub wording_id: Option<String>,
        pub wording_language: Option<String>,
        pub wording_sha256: Option<Vec<u8>>,
        pub account_name: Option<String>,
        pub account_country: Option<String>,
        pub account_domain: Option<String>,
        pub reseller_relationship: Option<RelationshipId>,
        pub provider_relationship: Option<RelationshipId>,
        pub void_reason: Option<VoidReason>,
        pub decline_reason: Option<String>,
        pub version: i64,
        /// Days since 1970, in UTC: the last on which it was sent again.
        pub resend_day: i64,
        /// How often on that day.
        pub resend_count: i64,
        /// Addresses that earlier links were bound to, separated by spaces, the last one first.
        pub former_emails: Option<String>,
        /// What the customer was called when its claim was decided.
        pub customer_name: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many invitations a partner has made on the last day that it made any.
pub mod quota {
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "quota")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        /// Days since 1970, in UTC.
        pub day: i64,
        pub used: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
