//! The tables of this service, and how their rows become what the domain knows.
#![allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]

/// Edits of drafts: one row for each draft that was edited.
pub mod draft {
    use platform::clock::Time;
    use sea_orm::ActiveValue::Set;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::PartnerId;

    use crate::domain::{Edit, Letter};
    use vocabulary::id::InvitationId;
    use vocabulary::name::InvitationName;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "draft")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner: PartnerId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub invitation: InvitationId,
        pub subject: String,
        /// With the placeholder, never with a link.
        pub text: String,
        /// 0 only inside the transaction that makes the row.
        pub version: i64,
        pub update_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The edit that the row holds.
        pub fn edit(self) -> Option<Edit> {
            let letter = Letter::kept(self.subject, self.text);
            (self.version > 0).then_some(Edit {
                letter,
                version: self.version,
            })
        }
    }

    impl ActiveModel {
        /// The row of a draft that was never edited.
        pub fn unedited(invitation: &InvitationName, now: Time) -> Self {
            Self {
                partner: Set(invitation.partner.clone()),
                invitation: Set(invitation.invitation),
                subject: Set(String::new()),
                text: Set(String::new()),
                version: Set(0),
                update_time: Set(now),
            }
        }
    }
}

/// Facts received, so that each is taken once.
pub mod inbox {
    use platform::clock::Time;
    use sea_orm::entity::prelude::*;

    use vocabulary::id::FactId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub fact_id: FactId,
        pub receive_time: Time,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Notices.
pub mod notice {
    use platform::clock::Time;
    use platform::error::Failure;
    use sea_orm::ActiveValue::Set;
    use sea_orm::entity::prelude::*;
    use vocabulary::id::{CustomerId, PartnerId};

    use crate::domain::{Kind, Notice};
    use vocabulary::id::NoticeId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: NoticeId,
        pub partner: PartnerId,
        /// The name of a [`Kind`].
        pub kind: String,
        pub subject: String,
        pub customer: Option<CustomerId>,
        pub counterpart: Option<PartnerId>,
        pub remark: String,
        pub occur_time: Time,
        pub create_time: Time,
        pub customer_name: String,
        pub counterpart_name: String,
        pub correlation_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The notice that the row holds; a kind that this program does not know is a failure.
        pub fn notice(self) -> Result<Notice, Failure> {
            let kind = Kind::named(&self.kind)
                .ok_or_else(|| Failure::other(format!("unknown kind of notice: {}", self.kind)))?;
            Ok(Notice {
                id: self.id,
                partner: self.partner,
                kind,
                subject: self.subject,
                customer: self.customer,
                customer_name: self.customer_name,
                counterpart: self.counterpart,
                counterpart_name: self.counterpart_name,
                correlation_id: self.correlation_id,
                remark: self.remark,
                occur_time: self.occur_time,
            })
        }
    }

    impl ActiveModel {
        /// The row of a notice that is made now.
        pub fn new(notice: Notice, now: Time) -> Self {
            Self {
                id: Set(notice.id),
                partner: Set(notice.partner),
                kind: Set(notice.kind.name().to_owned()),
                subject: Set(notice.subject),
                customer: Set(notice.customer),
                customer_name: Set(notice.customer_name),
                counterpart: Set(notice.counterpart),
                counterpart_name: Set(notice.counterpart_name),
                correlation_id: Set(notice.correlation_id),
                remark: Set(notice.remark),
                occur_time: Set(notice.occur_time),
                create_time: Set(now),
            }
        }
    }
}
