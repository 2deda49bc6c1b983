//! Commands: what a caller asks to have done. A repeat of one is recognised, and what was done is
//! kept for good.

use sea_orm::{DatabaseTransaction, DbErr};

use crate::clock::Clock;
use crate::error::{SharedRefusal, Stop};
use crate::identity::{Actor, Caller};
use crate::store::audit::{self, Entry};
use crate::store::idempotency::{self, Claim, IdempotencyKey};

/// What is to be done for whom, and how a repeat of it is recognised.
#[derive(Clone, Debug)]
pub struct Command {
    actor: Actor,
    verb: &'static str,
    key: Option<IdempotencyKey>,
}

impl Command {
    /// What this caller asks for. `request_id` is empty or a UUID; `request` is all of the message.
    pub fn new(
        caller: &Caller,
        verb: &'static str,
        request_id: &str,
        request: &impl prost::Message,
    ) -> Result<Self, SharedRefusal> {
        let actor = caller.actor();
        let key = IdempotencyKey::new(&actor.tenant, verb, request_id, request)?;
        Ok(Self::keyed(actor, verb, key))
    }

    /// The same with a key that was made before; with none, no repeat is recognised.
    pub fn keyed(actor: Actor, verb: &'static str, key: Option<IdempotencyKey>) -> Self {
        Self { actor, verb, key }
    }

    /// What a repeat is recognised by, where the request has an id.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// Remembers the request, or answers the name of the resource of the earlier one that it
    /// repeats.
    ///
    /// An earlier one that is still under way is waited for. Refused where the earlier content was
    /// another.
    pub async fn repeats(
        &self,
        tx: &DatabaseTransaction,
        resource: &str,
        clock: &Clock,
    ) -> Result<Option<String>, Stop> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        match idempotency::claim(tx, key, resource, clock.now()).await? {
            Claim::First => Ok(None),
            Claim::Repeat(resource) => Ok(Some(resource)),
        }
    }

    /// Keeps for good that it was done, to which resource, and what it made of it.
    pub async fn record(
        &self,
        tx: &DatabaseTransaction,
        resource: &str,
        detail: &str,
        clock: &Clock,
    ) -> Result<(), DbErr> {
        let entry = Entry {
            issuer: &self.actor.issuer,
            subject: &self.actor.subject,
            tenant: &self.actor.tenant,
            action: self.verb,
            resource,
            detail,
        };
        audit::append(tx, entry, clock).await
    }
}
