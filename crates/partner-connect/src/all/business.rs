//! What the other portals know on a laptop: the business of a reader's reseller with two customers,
//! and what one of them has. Loaded into an empty folder before anything serves, whole or not at
//! all.

use anyhow::Context;
use demo::BUSINESS;
use directory::transfer::{self, Mode};
use platform::clock::Clock;

use crate::store::Location;

/// Loads it into the store of the directory service. Repeating it changes nothing.
pub(crate) async fn load(store: &Location) -> anyhow::Result<()> {
    let store = store.migrated::<directory::Migrator>().await?;
    let (clock, lines) = (Clock::system(), BUSINESS.as_bytes());
    let loaded = transfer::import(&store.db, &clock, lines, Mode::AllOrNothing, drop).await;
    store.close().await?;
    loaded.map(drop).context("the sample's business")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R6: every line of it is one that the directory takes.
    #[tokio::test]
    async fn every_line_is_good_however_often_it_comes() {
        let folder = tempfile::TempDir::new().unwrap();
        let location = Location::file(&folder.path().join("directory.db")).unwrap();
        for _ in 0..2 {
            load(&location).await.unwrap();
        }
        let store = location.opened().await.unwrap();
        let mut written = Vec::new();
        transfer::export(&store.db, &mut written).await.unwrap();
        let lines = |text: &str| text.lines().count();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(lines(&written), lines(BUSINESS), "{written}");
    }
}
