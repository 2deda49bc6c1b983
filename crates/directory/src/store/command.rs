//! Commands: who did what, kept for good. The same row is what a repeated request is recognised by,
//! however late it comes.

use platform::clock::Clock;
use platform::error::SharedRefusal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::name::PartnerName;

use super::Error;
use super::entity::act::{ActiveModel, Entity};
use crate::domain::mandate::Mandate;

/// Something that is done in somebody's name, once.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    mandate: Mandate,
    method: &'static str,
    request_id: Uuid,
    content_hash: Vec<u8>,
}

impl Command {
    /// The command that a request is. `content` is the request without its mandate and
    /// `request_id`: a repeat may come from another person of the partner, and by then under
    /// another relationship.
    pub(crate) fn new(
        mandate: Mandate,
        method: &'static str,
        request_id: Uuid,
        content: &impl prost::Message,
    ) -> Self {
        Self {
            mandate,
            method,
            request_id,
            content_hash: Sha256::digest(content.encode_to_vec()).to_vec(),
        }
    }

    /// Keeps the command, or answers the name of the resource of the earlier one that it repeats.
    ///
    /// An earlier one that is still under way is waited for. Refused where the earlier content was
    /// another.
    pub(super) async fn repeats(
        &self,
        tx: &DatabaseTransaction,
        resource: &str,
        clock: &Clock,
    ) -> Result<Option<String>, Error> {
        let (mandate, tenant) = (&self.mandate, self.mandate.partner.tenant().to_owned());
        let row = ActiveModel {
            tenant: Set(tenant.clone()),
            method: Set(self.method.to_owned()),
            request_id: Set(self.request_id),
            content_hash: Set(self.content_hash.clone()),
            resource: Set(resource.to_owned()),
            partner: Set(PartnerName::new(&mandate.partner).to_string()),
            relationship: Set(mandate.relationship()),
            privilege: Set(mandate.privilege()),
            issuer: Set(mandate.issuer.clone()),
            subject: Set(mandate.subject.clone()),
            act_time: Set(clock.now()),
        };
        let inserted = Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        if inserted == 1 {
            return Ok(None);
        }
        let id = (tenant, self.method.to_owned(), self.request_id);
        let earlier = Entity::find_by_id(id).one(tx).await?;
        let earlier =
            earlier.ok_or_else(|| DbErr::RecordNotFound("the earlier command".to_owned()))?;
        if earlier.content_hash == self.content_hash {
            Ok(Some(earlier.resource))
        } else {
            Err(SharedRefusal::RequestIdReused.into())
        }
    }
}
