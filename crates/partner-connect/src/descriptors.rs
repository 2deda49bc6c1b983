//! File descriptors: as many as the system lets this process have, and how many of them connections
//! may take.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process opens besides the connections of its callers: stores, upstreams, files.
const OTHERS: u64 = 256;

/// Takes all that the system would give: the usual limit of 1,024 is for programs that wait with
/// `select`.
pub(crate) fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    // Where that is refused, there are as many as before.
    let _ = setrlimit(Resource::Nofile, most);
}

/// How many connections there are descriptors for; one at least.
pub(crate) fn for_connections() -> usize {
    match getrlimit(Resource::Nofile).current {
        Some(most) => usize::try_from(most.saturating_sub(OTHERS).max(1)).unwrap_or(usize::MAX),
        None => usize::MAX,
    }
}
