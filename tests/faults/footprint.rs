//! What a process takes of the machine, as Linux counts it, read from outside.

use std::fs;

use rustix::param::clock_ticks_per_second;

/// Memory and time of processes.
pub(crate) struct Footprint {
    processes: Vec<u32>,
}

impl Footprint {
    /// Of these processes together.
    pub(crate) fn of(processes: Vec<u32>) -> Self {
        Self { processes }
    }

    /// What is in memory now, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let of_one = |process: &u32| {
            let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            kib.unwrap_or_default() * 1024
        };
        self.processes.iter().map(of_one).sum()
    }

    /// The time that they have worked so far, in seconds of one core.
    pub(crate) fn worked(&self) -> f64 {
        let of_one = |process: &u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            // The name, in parentheses, may hold anything; times of user and system are 12 and 13
            // behind it.
            let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
            let fields = behind.split_whitespace().skip(11).take(2);
            fields
                .filter_map(|field| field.parse::<u64>().ok())
                .sum::<u64>()
        };
        let ticks: u64 = self.processes.iter().map(of_one).sum();
        ticks as f64 / clock_ticks_per_second() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_works() {
        let this = Footprint::of(vec![std::process::id()]);
        assert!(this.memory() > 1024 * 1024);
        let before = this.worked();
        while this.worked() == before {}
    }
}
