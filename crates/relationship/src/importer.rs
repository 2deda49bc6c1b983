//! Imports existing customers from the directory: takes up what is due, reads the portals' stream,
//! commits it batch by batch, and waits for portals that are away. Any number of importers may run
//! on one store.
//!
//! It holds one batch in memory at a time, and decides nothing: what a record becomes stands in the
//! domain.

mod record;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use platform::background::{self, Left};
use platform::backoff::backoff;
use platform::client::Upstream;
use platform::error::reason_name;
use proto::customer::v1::ErrorReason;
use proto::directory::v1::StreamExistingBusinessRequest;
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use vocabulary::limits::REASON_MAX;
use vocabulary::name::PartnerName;

use crate::domain::import::{Import, State};
use crate::store::{Error, LONGEST_WAIT, Store};

/// How many imports a process carries out at once.
pub(crate) const AT_ONCE: usize = 4;
/// How often an importer looks for what nobody in this process has announced.
const POLL: Duration = Duration::from_millis(500);
/// How long the portals may be silent, at the beginning or in mid-stream, before they count as
/// away.
const SILENCE: Duration = Duration::from_secs(30);
/// How often an import is held while something is waited for; well within its lease.
const HELD: Duration = Duration::from_secs(2);
/// The wait after the first failure; the longest is [`LONGEST_WAIT`].
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// After so many customers the store is to look at its tables, which may have been empty:
/// statements are planned for what it last saw.
const SOME: i64 = 500;
/// And after so many once more, before they become visible.
const MANY: i64 = 10_000;
/// The package and the reason with which the portals refuse a partner.
const CUSTOMER_DOMAIN: &str = "partnerconnect.customer";
const REFUSED: ErrorReason = ErrorReason::PartnerRefused;

/// Imports what is approved. Clones share what wakes them.
#[derive(Clone)]
pub(crate) struct Importer {
    store: Store,
    directory: Upstream,
    begun: Arc<Notify>,
}

/// Why an import does not go on here.
enum ImportStop {
    /// It is complete.
    Ended,
    /// Another importer has it now, or it was ended.
    Overtaken,
    /// The portals are away, or broke off, or send what cannot be: it is tried again.
    Away(String),
    /// The portals do not go on where it is: it begins anew.
    Outdated,
    /// The portals refuse the partner.
    Refused(String),
    /// The store failed: it is tried again.
    Failed(Error),
}

impl From<Error> for ImportStop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Importer {
    /// An importer of what `directory` tells.
    pub(crate) fn new(store: Store, directory: Upstream) -> Self {
        Self {
            store,
            directory,
            begun: Arc::default(),
        }
    }

    /// Says that an import was begun.
    pub(crate) fn wake(&self) {
        self.begun.notify_one();
    }

    /// Imports until told to stop; what is under way then, somebody carries on from its last batch.
    pub(crate) async fn run(self, stop: CancellationToken) {
        // whichever comes first; the next look finds what there is
        let pause = || timeout(POLL, self.begun.notified());
        let round = || async {
            match self.store.take_import().await? {
                Some(import) => {
                    self.carry_on(import).await;
                    Ok::<_, Error>(Left::More)
                }
                None => Ok(Left::Nothing),
            }
        };
        background::repeat("imports", pause, stop, round).await;
    }

    async fn carry_on(&self, import: Import) {
        let mut at = import;
        let Err(stopped) = self.read(&mut at).await;
        let (partner, backoff) = (
            at.partner.clone(),
            backoff(at.attempts, SHORTEST_WAIT, LONGEST_WAIT),
        );
        let ended = match stopped {
            ImportStop::Ended => Ok(()),
            ImportStop::Overtaken => {
                // so that two whose clocks are apart do not take it from each other as fast as they
                // can
                tokio::time::sleep(POLL).await;
                Ok(())
            }
            ImportStop::Refused(reason) => self.store.refuse_import(at, reason).await,
            ImportStop::Outdated => self.store.restart_import(at, backoff).await,
            ImportStop::Away(detail) => {
                tracing::warn!(%partner, detail, "an import waits");
                self.store.delay_import(at, detail, backoff).await
            }
            ImportStop::Failed(error) => {
                tracing::warn!(%partner, %error, "an import was interrupted");
                let detail = "the store does not take what was read".to_owned();
                self.store.delay_import(at, detail, backoff).await
            }
        };
        // the store is away: the lease ends by itself, and the import goes on from its last batch
        if let Err(error) = ended {
            tracing::warn!(%partner, %error, "an import cannot be put off");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Reads from where the import is, and moves it on with every batch.
    async fn read(&self, import: &mut Import) -> Result<Infallible, ImportStop> {
        if import.counts.read == 0 && import.resume_token.is_empty() {
            self.forget(import).await?;
        }
        let request = StreamExistingBusinessRequest {
            partner: PartnerName::new(&import.partner).to_string(),
            resume_token: import.resume_token.clone(),
        };
        let mut directory = DirectoryServiceClient::new(self.directory.clone());
        let opening = directory.stream_existing_business(request);
        let opened = self.held(import, opening).await?;
        let opened = opened.map_err(|status| unanswered(&status, import))?;
        let mut stream = opened.into_inner();
        loop {
            let message = match self.held(import, stream.message()).await? {
                Ok(Some(message)) => message,
                Ok(None) => {
                    let early = "the portals ended before their last record".to_owned();
                    return Err(ImportStop::Away(early));
                }
                Err(status) => return Err(unanswered(&status, import)),
            };
            let batch = record::read(message, import).map_err(ImportStop::Away)?;
            let imported = import.counts.imported;
            if batch.resume_token.is_none() && imported >= MANY {
                self.look(import).await?;
            }
            match self.store.import_batch(import.clone(), batch).await? {
                Some(next) if next.state == State::Running => *import = next,
                Some(_) => return Err(ImportStop::Ended),
                None => return Err(ImportStop::Overtaken),
            }
            if imported < SOME && SOME <= import.counts.imported {
                self.look(import).await?;
            }
        }
    }

    /// Forgets what an attempt that failed has left: nobody ever saw it, and the portals may know
    /// better by now.
    async fn forget(&self, import: &mut Import) -> Result<(), ImportStop> {
        loop {
            let forgotten = self.store.forget_imported(import.clone()).await?;
            let (held, rows) = forgotten.ok_or(ImportStop::Overtaken)?;
            *import = held;
            if rows == 0 {
                return Ok(());
            }
        }
    }

    /// Lets the store look at what was imported. It is no worse without.
    async fn look(&self, import: &mut Import) -> Result<(), ImportStop> {
        let looked = self.held(import, self.store.look_at_imported()).await?;
        if let Err(error) = looked {
            tracing::warn!(partner = %import.partner, %error, "the store does not look at its tables");
        }
        Ok(())
    }

    /// Waits for something, and holds the import meanwhile; not for ever.
    async fn held<T>(
        &self,
        import: &mut Import,
        doing: impl Future<Output = T>,
    ) -> Result<T, ImportStop> {
        let (mut doing, mut silent) = (pin!(doing), Duration::ZERO);
        loop {
            match timeout(HELD, &mut doing).await {
                Ok(done) => return Ok(done),
                Err(_) => silent += HELD,
            }
            if silent >= SILENCE {
                return Err(ImportStop::Away("the portals are silent".to_owned()));
            }
            let held = self.store.hold_import(import.clone()).await?;
            *import = held.ok_or(ImportStop::Overtaken)?;
        }
    }
}

/// What it means that the portals answered so. Only their word about the partner ends the import;
/// whatever else fails, here, there or between, says nothing about it and is waited for.
fn unanswered(status: &Status, import: &Import) -> ImportStop {
    let details = status.get_error_details();
    let refused = details.error_info().is_some_and(|info| {
        info.domain == CUSTOMER_DOMAIN && info.reason == reason_name(REFUSED.as_str_name())
    });
    match status.code() {
        _ if refused => ImportStop::Refused(record::shown(status.message(), REASON_MAX)),
        Code::InvalidArgument if !import.resume_token.is_empty() => ImportStop::Outdated,
        code => ImportStop::Away(format!("the portals do not answer: {code:?}")),
    }
}

#[cfg(test)]
mod tests {
    use platform::error::precondition;

    use super::*;

    fn at(resume_token: &str) -> Import {
        let partner = vocabulary::id::PartnerId::parse("contoso").unwrap();
        Import {
            resume_token: resume_token.to_owned(),
            ..Import::begin(partner, platform::clock::Time::from_micros(0))
        }
    }

    #[test]
    fn only_the_portals_word_about_the_partner_ends_an_import() {
        let reason = "PARTNER_REFUSED";
        let refusal = precondition(CUSTOMER_DOMAIN, reason, "partner", "not\nours", &[]);
        let stopped = unanswered(&refusal, &at(""));
        assert!(matches!(stopped, ImportStop::Refused(reason) if reason == "not ours"));
        for code in [
            Code::FailedPrecondition,
            Code::NotFound,
            Code::PermissionDenied,
            Code::InvalidArgument,
            Code::OutOfRange,
            Code::Unavailable,
            Code::DeadlineExceeded,
            Code::Internal,
            Code::Unknown,
            Code::Unimplemented,
            Code::Unauthenticated,
        ] {
            let stopped = unanswered(&Status::new(code, "secret"), &at(""));
            assert!(matches!(stopped, ImportStop::Away(detail) if !detail.contains("secret")));
        }
        let forgotten = Status::invalid_argument("which token?");
        assert!(matches!(
            unanswered(&forgotten, &at("17")),
            ImportStop::Outdated
        ));
    }
}
