//! StreamExistingBusiness: told a message at a time, each read from the store when the client has
//! room for it.

use platform::error::SharedRefusal;
use platform::field::Violations;
use platform::page::{self, Query};
use prost::Message;
use proto::directory::v1::{
    ExistingBusiness, StreamExistingBusinessRequest, StreamExistingBusinessResponse,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use vocabulary::id::PartnerId;
use vocabulary::name::PartnerName;

use super::{Api, convert};
use crate::store::BusinessCursor;

pub(super) type Answer = Result<StreamExistingBusinessResponse, Status>;

/// The size of the records of one message, in bytes: below 1 MiB with what else is in it.
const MESSAGE_MAX: usize = 1024 * 1024 - 16 * 1024;

/// What is left to tell.
pub(super) struct Telling {
    pub(super) api: Api,
    pub(super) partner: PartnerId,
    pub(super) query: Query,
    /// Told until here.
    pub(super) after: Option<BusinessCursor>,
}

/// To which partner it is told, and after what.
pub(super) fn read_stream(
    mut message: StreamExistingBusinessRequest,
) -> Result<(PartnerId, Query, Option<BusinessCursor>), SharedRefusal> {
    let token = std::mem::take(&mut message.resume_token);
    let mut v = Violations::new();
    let partner = v.check("partner", PartnerName::ids_of(&message.partner));
    let query = Query::new("", "StreamExistingBusiness", &message);
    let after = match token.as_str() {
        "" => Some(None),
        token => page::open(token, query).map(Some),
    };
    if after.is_none() {
        v.add(
            "resume_token",
            "must be one of this partner's stream, unchanged",
        );
    }
    let (partner, after) = v.build(|| Some((partner?, after?)))?;
    Ok((partner, query, after))
}

impl Telling {
    /// Begins to tell it.
    pub(super) fn begin(self) -> ReceiverStream<Answer> {
        // one message may wait: who does not take it is not read for
        let (to, from) = mpsc::channel(1);
        tokio::spawn(self.tell(to));
        ReceiverStream::new(from)
    }

    /// Tells it all, until the client is gone or the service drains.
    async fn tell(mut self, to: mpsc::Sender<Answer>) {
        let draining = self.api.draining.clone();
        let telling = async {
            loop {
                // room first, then the store: nothing is read ahead
                let Ok(room) = to.reserve().await else {
                    return;
                };
                let next = self.next().await;
                let ended = !matches!(&next, Ok(message) if !message.resume_token.is_empty());
                room.send(next);
                if ended {
                    return;
                }
            }
        };
        if draining.run_until_cancelled(telling).await.is_none() {
            // this ends it for whoever listens; who does not even take that is cut with the last
            // calls
            let _ = to.send(Err(SharedRefusal::Unavailable.into())).await;
        }
    }

    /// The next message. It has fewer records than it may have where they are large.
    async fn next(&mut self) -> Answer {
        let most = self.api.records_per_message;
        let after = self.after.as_ref();
        let found = self
            .api
            .store
            .business(&self.partner, after, most as u64 + 1);
        let mut found = found.await?;
        let mut more = found.len() > most;
        found.truncate(most);

        let mut records: Vec<ExistingBusiness> = Vec::with_capacity(found.len());
        let mut size = 0;
        let mut last = None;
        for business in found {
            let cursor = (
                business.customer.clone(),
                business.portal.as_str().to_owned(),
            );
            let record = convert::business(business);
            // a field's number and length come before each
            size += record.encoded_len() + 4;
            if size > MESSAGE_MAX && !records.is_empty() {
                more = true;
                break;
            }
            records.push(record);
            last = Some(cursor);
        }
        let resume_token = match (&last, more) {
            (Some(cursor), true) => page::seal(cursor, self.query),
            _ => String::new(),
        };
        self.after = last;
        Ok(StreamExistingBusinessResponse {
            records,
            resume_token,
        })
    }
}
