//! A watcher of relationships that begins again where it was, whatever is killed meanwhile.

use std::time::Duration;

use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::watch_relationships_response::Content;
use proto::relationship::v1::{Change, WatchRelationshipsRequest, WatchRelationshipsResponse};
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::{Programme, eventually, with};

/// How long a watcher waits to be told something.
const SOON: Duration = Duration::from_secs(30);

/// Watches through the gateway, over as many streams as it takes.
pub struct Watcher {
    access: AccessServiceClient<Channel>,
    token: String,
    parent: String,
    resume: String,
    stream: Option<Streaming<WatchRelationshipsResponse>>,
}

impl Watcher {
    /// Of one partner, or of all where `parent` is empty. It asks when something is awaited.
    pub fn of(programme: &Programme, token: &str, parent: &str) -> Watcher {
        Watcher {
            access: programme.access.clone(),
            token: token.to_owned(),
            parent: parent.to_owned(),
            resume: String::new(),
            stream: None,
        }
    }

    /// Of one partner, when it has been told that nothing is there yet.
    pub async fn of_nothing(programme: &Programme, token: &str, parent: &str) -> Watcher {
        let mut watcher = Watcher::of(programme, token, parent);
        let Content::PresentState(state) = watcher.next().await else {
            panic!("the present state comes first");
        };
        assert!(state.complete && state.entries.is_empty(), "{state:?}");
        watcher
    }

    /// Begins a stream behind what was told last.
    pub async fn open(&self) -> Result<Streaming<WatchRelationshipsResponse>, Status> {
        let request = WatchRelationshipsRequest {
            parent: self.parent.clone(),
            resume_token: self.resume.clone(),
        };
        let mut access = self.access.clone();
        let answer = access.watch_relationships(with(&self.token, request));
        Ok(answer.await?.into_inner())
    }

    /// The next change.
    pub async fn change(&mut self) -> Change {
        match self.next().await {
            Content::Change(change) => change,
            Content::PresentState(state) => panic!("a change was awaited: {state:?}"),
        }
    }

    /// What is told next.
    async fn next(&mut self) -> Content {
        let reading = async {
            loop {
                let message = match &mut self.stream {
                    Some(stream) => stream.message().await,
                    None => Ok(None),
                };
                if let Ok(Some(message)) = message {
                    self.resume = message.resume_token;
                    if let Some(content) = message.content {
                        return content;
                    }
                } else {
                    let asking = eventually("a stream", SOON, || async { self.open().await.ok() });
                    let stream = asking.await;
                    self.stream = Some(stream);
                }
            }
        };
        timeout(SOON, reading).await.expect("something is told")
    }
}
