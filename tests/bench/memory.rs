//! How much memory a process holds, as Linux counts it: pages of its own and of its program that
//! are in RAM.
//!
//! Read from outside, without a hook in the program.

use std::fs;
use std::net::SocketAddr;

/// Memory of one process, from its start to its end.
pub(crate) struct Memory {
    status: String,
    /// The most that was seen at once, in bytes.
    seen: u64,
    /// The most that there ever was, in bytes.
    peak: u64,
}

impl Memory {
    /// Of the process that serves at this address.
    pub(crate) fn of(address: SocketAddr) -> Memory {
        let listens = format!("--listen={address}");
        let folders = fs::read_dir("/proc").expect("the processes are listed");
        let found = folders.filter_map(Result::ok).find(|folder| {
            let words = fs::read(folder.path().join("cmdline")).unwrap_or_default();
            words
                .split(|byte| *byte == 0)
                .any(|word| word == listens.as_bytes())
        });
        let folder = found.expect("the process runs").path();
        let mut memory = Memory {
            status: folder.join("status").display().to_string(),
            seen: 0,
            peak: 0,
        };
        memory.look();
        memory
    }

    /// Looks how much it is now. Nothing changes where the process has ended.
    pub(crate) fn look(&mut self) {
        let status = fs::read_to_string(&self.status).unwrap_or_default();
        self.seen = self.seen.max(bytes(&status, "VmRSS:").unwrap_or_default());
        self.peak = self.peak.max(bytes(&status, "VmHWM:").unwrap_or_default());
    }

    /// The most that was seen at once, in bytes.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// The most that there ever was, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }
}

/// `VmRSS:     41234 kB`.
fn bytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let number = line.trim().strip_suffix(" kB")?;
    number.parse::<u64>().ok().map(|kib| kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t   41234 kB\nVmRSS:\t     100 kB\n";
        assert_eq!(bytes(status, "VmRSS:"), Some(102_400));
        assert_eq!(bytes(status, "VmHWM:"), Some(42_223_616));
        assert_eq!(bytes(status, "VmSwap:"), None);
    }
}
