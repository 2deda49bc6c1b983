//! The storyteller: the main story step by step, the sample that `all` begins with, and the people
//! in both, as callers from outside, with a place where they sign in.
//!
//! It knows the public API and no service: whatever runs behind a gateway, it is told the same way.

mod after;
mod existing;
pub mod sample;
pub mod sign_in;
mod story;
mod teller;
mod user;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;

use story::Story;
pub use teller::{StepReport, Teller};
pub use user::{User, Users, admin_agent, global_admin};

/// What the other portals know on a laptop: the business of a reader's reseller with two customers,
/// and what one of them has, as lines that `partner-connect directory import` takes.
pub const BUSINESS: &str = include_str!("sample.jsonl");

const RESELLER: &str = "contoso";
const PROVIDER: &str = "fabrikam";
const OTHER_PROVIDER: &str = "northwind";
const CUSTOMER: &str = "adatum";
/// One of those that the sample of the other portals knows as the reseller's.
const EXISTING_CUSTOMER: &str = "wingtip";

/// How long what comes by itself may take, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_millis(10);

/// Tells the story on the system behind this gateway, where nobody has taken part yet. The error of
/// a step that fails names it.
pub async fn tell(teller: &mut Teller, gateway: SocketAddr, users: &Users) -> anyhow::Result<()> {
    let mut story = Story::begin(gateway, users)?;
    teller.step("enrol", story.enrol()).await?;
    teller.step("import", story.import()).await?;
    teller.step("record", story.record()).await?;
    teller.step("connect", story.connect()).await?;
    teller.step("too early", story.order_too_early()).await?;
    teller.step("invite", story.invite()).await?;
    teller.step("finish", story.finish()).await?;
    teller.step("inspect", story.inspect()).await?;
    teller.step("accept", story.accept()).await?;
    teller.step("list", story.list()).await?;
    teller.step("access", story.access()).await?;
    teller.step("refuse", story.refuse()).await?;
    teller.step("order", story.order_in_time()).await?;
    teller.step("remove", story.remove()).await?;
    teller.step("stay", story.stay()).await?;
    teller.step("residual", story.residual()).await?;
    teller.step("notices", story.notices()).await
}

/// Asks until there is an answer.
async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    let answered = tokio::time::timeout(PATIENCE, asking).await;
    answered.with_context(|| format!("waited {} s in vain until {what}", PATIENCE.as_secs()))?
}
