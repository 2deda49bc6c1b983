//! The assembled system, and the rules that its source keeps.
//!
//! `stories` follow the programme; `faults`, `import`, `orders`, `portals`, `rolling`, `storage`
//! and `watch` break it while it works; `callers` try every method as everybody, `sign_in` as whom
//! a provider of others says, `kept` reads what an earlier program has kept, `readme` and
//! `commands` run what the READMEs show, `deploy` holds the deployment to its description,
//! `telemetry` reads a trace, `architecture` the source, `dependencies` what is locked, `words`
//! what people read, `browser` the pages that people see.

mod all;
mod architecture;
mod browser;
mod callers;
mod commands;
mod dependencies;
mod deploy;
mod faults;
mod import;
mod kept;
mod orders;
mod pages;
mod portals;
mod readme;
mod removal;
mod rolling;
mod sign_in;
mod storage;
mod stories;
mod telemetry;
mod watch;
mod words;
