//! What black-box tests stand on: stores of both kinds, the program's roles as
//! real processes, tokens and clients.
//!
//! Nothing here imitates a part of the system: the stores, the processes and the
//! network between them are the real ones, on loopback, and end with the test.

mod acting;
mod balancer;
mod browser;
mod client;
mod probe;
mod process;
mod programme;
mod proxy;
mod recovering;
pub mod rolling;
mod sign_in;
mod store;
mod system;
mod trouble;
mod visitor;
mod watcher;
mod wording;

pub use acting::{more_licenses, new_subscription};
pub use balancer::Balancer;
pub use browser::{Browser, Reader};
pub use client::{Refused, eventually, exhausted, refused, to_noon, with};
pub use probe::Probe;
pub use process::{Process, free_address, program};
pub use programme::Programme;
pub use proxy::Proxy;
pub use recovering::Recovering;
pub use sign_in::{Given, Kind, OpenIdProvider, sign_in};
pub use store::Store;
pub use system::{Role, System};
pub use trouble::{IoErrors, SmallDisk, Trouble, read_only};
pub use visitor::{Answer, Visitor};
pub use watcher::Watcher;
pub use wording::gaps;

/// Runs each `async fn name(store: Store)` as the tests `name::sqlite` and `name::postgres`.
///
/// A function that is not named here is dead code, which the build refuses.
#[macro_export]
macro_rules! on_both_stores {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::Store::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::Store::postgres().await).await;
            }
        }
    )* };
}
