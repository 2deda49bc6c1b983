//! Limits that can be set: what may be invited, what is kept, and which calls are taken.
//!
//! Their defaults are those of the services, which a test compares. Units and bounds stand in the
//! help of each flag.

use std::time::Duration;

use clap::Args;
use platform::serve::{Connections, Settings};

use super::parse::seconds;
use crate::descriptors;

/// Limits on invitations, and on the wait for a decision.
#[derive(Debug, Args)]
pub struct Quota {
    /// Invitations that one partner may make a day (UTC)
    #[arg(
        long,
        env = "PARTNER_CONNECT_INVITATIONS_PER_DAY",
        value_name = "N",
        default_value = "500"
    )]
    pub invitations_per_day: u32,
    /// Open invitations that one partner may have
    #[arg(
        long,
        env = "PARTNER_CONNECT_OPEN_INVITATIONS",
        value_name = "N",
        default_value = "5000"
    )]
    pub open_invitations: u32,
    /// Resends of one invitation a day (UTC)
    #[arg(
        long,
        env = "PARTNER_CONNECT_RESENDS_PER_DAY",
        value_name = "N",
        default_value = "20"
    )]
    pub resends_per_day: u32,
    /// Links that are none of ours that one user may show a process in a minute; then that user is
    /// refused for a while
    #[arg(long, env = "PARTNER_CONNECT_WRONG_LINKS_PER_MINUTE", value_name = "N", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub wrong_links_per_minute: u32,
    /// The most time that an accepting customer waits for the decision before it is told that one
    /// will come, in seconds
    #[arg(long, env = "PARTNER_CONNECT_DECISION_WAIT", value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub decision_wait: Duration,
}

impl From<Quota> for invitation::Config {
    fn from(quota: Quota) -> Self {
        let Quota {
            invitations_per_day,
            open_invitations,
            resends_per_day,
            wrong_links_per_minute,
            decision_wait,
        } = quota;
        Self {
            invitations_per_day,
            open_invitations,
            resends_per_day,
            wrong_links_per_minute,
            decision_wait,
            ..Self::default()
        }
    }
}

/// Limits on what the notification service keeps.
#[derive(Debug, Args)]
pub struct Kept {
    /// The longest subject of a draft, in characters
    #[arg(long, env = "PARTNER_CONNECT_SUBJECT_CHARACTERS", value_name = "N", default_value = "200", value_parser = clap::value_parser!(u32).range(1..))]
    pub subject_characters: u32,
    /// The longest text of a draft, in characters
    #[arg(long, env = "PARTNER_CONNECT_TEXT_CHARACTERS", value_name = "N", default_value = "20000", value_parser = clap::value_parser!(u32).range(1..))]
    pub text_characters: u32,
    /// The longest mailto: address, in bytes; at least 1900, in which the shortest has room
    #[arg(long, env = "PARTNER_CONNECT_MAILTO_BYTES", value_name = "N", default_value = "1900", value_parser = clap::value_parser!(u32).range(1900..))]
    pub mailto_bytes: u32,
    /// How long a fact is recognised when it is delivered again, in days
    #[arg(long, env = "PARTNER_CONNECT_INBOX_DAYS", value_name = "DAYS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub inbox_days: u32,
    /// How long a notice is kept, in days
    #[arg(long, env = "PARTNER_CONNECT_NOTICE_DAYS", value_name = "DAYS", default_value = "400", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub notice_days: u32,
}

impl From<Kept> for notification::Config {
    fn from(kept: Kept) -> Self {
        let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        Self {
            limits: notification::Limits {
                subject: kept.subject_characters as usize,
                text: kept.text_characters as usize,
                mailto: kept.mailto_bytes as usize,
            },
            inbox_kept: days(kept.inbox_days),
            notices_kept: days(kept.notice_days),
            ..Self::default()
        }
    }
}

/// Limits on what a partner may propose to others, who have not asked for it.
#[derive(Debug, Args)]
pub struct Proposals {
    /// Partnerships that one partner may propose a day (UTC), withdrawn ones included
    #[arg(
        long,
        env = "PARTNER_CONNECT_PROPOSALS_PER_DAY",
        value_name = "N",
        default_value = "50"
    )]
    pub proposals_per_day: u32,
    /// Those of them that it may propose to the same partner
    #[arg(
        long,
        env = "PARTNER_CONNECT_PROPOSALS_PER_DAY_TO_ONE",
        value_name = "N",
        default_value = "5"
    )]
    pub proposals_per_day_to_one: u32,
}

impl From<&Proposals> for relationship::Limits {
    fn from(proposals: &Proposals) -> Self {
        Self {
            per_day: proposals.proposals_per_day,
            to_one: proposals.proposals_per_day_to_one,
        }
    }
}

/// Limits on watching what changes between partners and customers.
#[derive(Debug, Args)]
pub struct Watching {
    /// Watchers that a process takes at once, 10 of one organisation; more are refused with
    /// RESOURCE_EXHAUSTED
    #[arg(long, env = "PARTNER_CONNECT_WATCHERS", value_name = "N", default_value = "500", value_parser = clap::value_parser!(u32).range(1..))]
    pub watchers: u32,
    /// How long a change is kept for watchers that come back, in days
    #[arg(long, env = "PARTNER_CONNECT_CHANGE_DAYS", value_name = "DAYS", default_value = "7", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub change_days: u32,
}

/// Limits on the calls that a service takes.
#[derive(Clone, Debug, Args)]
pub struct Limits {
    /// Time that a call gets which brings no deadline, in seconds
    #[arg(long, env = "PARTNER_CONNECT_DEADLINE", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub deadline: Duration,
    /// The most time that any call gets, in seconds
    #[arg(long, env = "PARTNER_CONNECT_MAX_DEADLINE", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub max_deadline: Duration,
    /// Calls worked on at once; more are refused with RESOURCE_EXHAUSTED
    #[arg(long, env = "PARTNER_CONNECT_MAX_IN_FLIGHT", value_name = "CALLS", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_in_flight: u32,
    /// Of these, the calls of one caller, which is an organisation, or a user or client of none; an
    /// eighth of them unless given. An eighth of a caller's is worked on at once, and the others
    /// wait
    #[arg(long, env = "PARTNER_CONNECT_MAX_IN_FLIGHT_PER_CALLER", value_name = "CALLS", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_in_flight_per_caller: Option<u32>,
    /// The most time that a request may take to arrive, in seconds
    #[arg(long, env = "PARTNER_CONNECT_MESSAGE_TIME", value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub message_time: Duration,
    /// The most metadata of a call, its token included, in bytes as HTTP/2 counts them
    #[arg(long, env = "PARTNER_CONNECT_MAX_METADATA_BYTES", value_name = "BYTES", default_value = "16384", value_parser = clap::value_parser!(u32).range(4096..=32768))]
    pub max_metadata_bytes: u32,
    /// Connections at once, as far as the file descriptors of the process suffice; for a new one,
    /// the one that has been idle longest makes room
    #[arg(long, env = "PARTNER_CONNECT_MAX_CONNECTIONS", value_name = "N", default_value = "4096", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,
    /// Of these, the connections from one address; callers behind one balancer or proxy share
    /// theirs
    #[arg(long, env = "PARTNER_CONNECT_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N", default_value = "2048", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections_per_address: u32,
    /// The largest request, in bytes
    #[arg(long, env = "PARTNER_CONNECT_MAX_REQUEST_BYTES", value_name = "BYTES", default_value = "1048576", value_parser = clap::value_parser!(u32).range(1024..))]
    pub max_request_bytes: u32,
    /// The most time that calls in flight get to end after SIGTERM, in seconds
    #[arg(long, env = "PARTNER_CONNECT_DRAIN", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub drain: Duration,
}

impl Limits {
    fn per_caller(&self) -> u32 {
        let usual = self.max_in_flight.div_ceil(8);
        self.max_in_flight_per_caller.unwrap_or(usual)
    }

    /// These limits on a server, one of so many in this process.
    pub fn on(&self, settings: Settings, servers: usize) -> Settings {
        Settings {
            default_deadline: self.deadline,
            max_deadline: self.max_deadline,
            max_in_flight: self.max_in_flight as usize,
            max_in_flight_per_caller: self.per_caller() as usize,
            message_time: self.message_time,
            max_metadata_bytes: self.max_metadata_bytes as usize,
            connections: Connections {
                most: (self.max_connections as usize).min(descriptors::for_connections() / servers),
                of_one_address: self.max_connections_per_address as usize,
            },
            max_request_bytes: self.max_request_bytes as usize,
            drain: self.drain,
            ..settings
        }
    }
}
