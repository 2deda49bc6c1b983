//! The table of this crate.
#![allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]

/// Sessions.
pub mod session {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        /// SHA-256 of the id that the browser has, in base64url.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id_hash: String,
        /// Who is signed in, and the tokens, sealed.
        pub sealed: Vec<u8>,
        pub version: i64,
        pub create_time: Time,
        pub use_time: Time,
        /// Until when somebody renews it.
        pub renew_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    /// Who is signed in is not shown.
    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Session(…)")
        }
    }
}
