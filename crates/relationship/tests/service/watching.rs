//! A watcher of a running service, message by message.

use proto::relationship::v1::watch_relationships_response::Content;
use proto::relationship::v1::*;
use tests::{eventually, with};
use tokio::time::timeout;
use tonic::{Status, Streaming};

use crate::support::{SOON, Service};

/// A stream of changes that a test reads.
pub(crate) struct Watch {
    stream: Streaming<WatchRelationshipsResponse>,
    /// The last token that it was told.
    pub(crate) token: String,
}

impl Service {
    /// Begins to watch; a parent or a token that is empty is not given.
    pub(crate) async fn watch(
        &self,
        token: &str,
        parent: &str,
        resume_token: &str,
    ) -> Result<Watch, Status> {
        let message = WatchRelationshipsRequest {
            parent: parent.to_owned(),
            resume_token: resume_token.to_owned(),
        };
        let mut client = self.access();
        let stream = client.watch_relationships(with(token, message)).await?;
        Ok(Watch {
            stream: stream.into_inner(),
            token: resume_token.to_owned(),
        })
    }

    /// Watches as another service of the company, behind the present state.
    pub(crate) async fn watch_all(&self) -> Watch {
        let mut watch = self.watch(&self.outside(), "", "").await.unwrap();
        watch.present().await;
        watch
    }

    /// Watches as a partner's Admin agent, behind the present state.
    pub(crate) async fn watch_own(&self, partner: &str) -> Watch {
        let parent = format!("partners/{partner}");
        let mut watch = self.watch(&self.agent(partner), &parent, "").await.unwrap();
        watch.present().await;
        watch
    }

    /// Waits until every change has its number: who begins then is told nothing twice.
    pub(crate) async fn numbered(&self) {
        eventually("every change to have a number", SOON, async || {
            let waiting = self.count("change WHERE number IS NULL").await;
            (waiting == 0).then_some(())
        })
        .await;
    }

    /// The token of another service of the company.
    pub(crate) fn outside(&self) -> String {
        self.token(&platform::keys::Grant::service())
    }
}

impl Watch {
    /// The next message, which has to come soon; or why there is none.
    pub(crate) async fn message(&mut self) -> Result<WatchRelationshipsResponse, Status> {
        let message = timeout(SOON, self.stream.message()).await;
        let message = message.expect("a watcher is told something in time")?;
        let message = message.expect("a watcher's stream ends with a status");
        if !message.resume_token.is_empty() {
            self.token.clone_from(&message.resume_token);
        }
        Ok(message)
    }

    /// The next part of the present state.
    pub(crate) async fn state(&mut self) -> PresentState {
        let message = self.message().await.unwrap();
        let Some(Content::PresentState(state)) = message.content else {
            panic!("no state: {message:?}");
        };
        assert_eq!(state.complete, !message.resume_token.is_empty());
        state
    }

    /// All that is left of the present state.
    pub(crate) async fn present(&mut self) -> Vec<AccessEntry> {
        let mut entries = Vec::new();
        loop {
            let state = self.state().await;
            entries.extend(state.entries);
            if state.complete {
                return entries;
            }
        }
    }

    /// The next change.
    pub(crate) async fn change(&mut self) -> Change {
        let message = self.message().await.unwrap();
        assert!(!message.resume_token.is_empty());
        let Some(Content::Change(change)) = message.content else {
            panic!("no change: {message:?}");
        };
        change
    }

    /// What the next change tells, a line for each event.
    pub(crate) async fn told(&mut self) -> Vec<String> {
        lines(&self.change().await)
    }

    /// Why the stream ended, whatever was told before.
    pub(crate) async fn ended(mut self) -> Status {
        loop {
            if let Err(status) = self.message().await {
                return status;
            }
        }
    }
}

/// What a change tells, a line for each event:
/// `RELATIONSHIP_ENDED partners/…/relationships/… customers/adatum`.
pub(crate) fn lines(change: &Change) -> Vec<String> {
    let line = |event: &ChangeEvent| {
        let kind = event.kind().as_str_name();
        let kind = kind.strip_prefix("CHANGE_KIND_").unwrap();
        let what = match event.kind() {
            ChangeKind::CustomersImported => format!("{} {}", event.partner, event.imported_count),
            ChangeKind::RelationshipEstablished | ChangeKind::RelationshipEnded => {
                assert_eq!(event.privilege, "");
                format!("{} {}", event.relationship, event.customer)
            }
            _ => {
                assert_eq!(event.relationship, "");
                format!("{} {}", event.privilege, event.customer)
            }
        };
        assert!(what.starts_with(&event.partner), "{event:?}");
        format!("{kind} {what}")
    };
    change.events.iter().map(line).collect()
}
