//! The role "all": every service in one process on a laptop, with its data in one folder, until a
//! signal.
//!
//! Standard output is valid shell: `export` lines with an address and fresh tokens, and comments.

pub(crate) mod business;
mod folder;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use demo::sample::{self, Sample};
use demo::{Users, admin_agent, global_admin};
use platform::keys::Grant;
use tokio_util::sync::CancellationToken;

use crate::assemble;
use crate::config::{All, Misconfigured};
use crate::output;
use crate::system::{Setup, Stores, System};
use crate::telemetry;
use folder::Folder;

/// How long the tokens live that it prints.
const TOKEN_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Starts everything, prints how to reach it, and serves.
pub(crate) async fn run(config: All, stop: CancellationToken) -> anyhow::Result<()> {
    let stores = Stores::in_folder(&config.data)?;
    let folder = Folder::open(&config.data)?;
    let telemetry = telemetry::start("partner-connect", &config.telemetry, telemetry::ALL_LOG)?;
    let served = serve(config, &folder, stores, stop).await;
    telemetry.shutdown().await;
    served
}

async fn serve(
    config: All,
    folder: &Folder,
    stores: Stores,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let keys = folder.keys();
    let users = Users::of(&keys, TOKEN_LIFETIME).map_err(Misconfigured::new)?;
    if Sample::is_missing(&config.data)? {
        business::load(stores.directory()).await?;
    }
    let mut system = System::start(Setup {
        keys,
        stores,
        listen: config.listen,
        pages_listen: config.pages_listen,
        relationship: assemble::rules(
            config.enrollment,
            &config.programme,
            &config.proposals,
            &config.watching,
        ),
        invitation: config.quota.into(),
        notification: config.kept.into(),
        limits: Some(config.limits),
    })
    .await?;
    let presenter = Presenter {
        gateway: system.gateway(),
        pages: system.pages(),
        sign_in: system.sign_in(),
        services: system
            .addresses()
            .map(|(name, address)| format!("{name} {address}"))
            .collect(),
        users,
        data: config.data,
    };
    let ended = tokio::select! {
        ended = presenter.present(&stop) => ended,
        failed = system.failed() => Err(failed),
    };
    output::graver(ended, system.stop().await)
}

/// What the reader of its output needs to know.
struct Presenter {
    gateway: SocketAddr,
    pages: SocketAddr,
    sign_in: SocketAddr,
    services: Vec<String>,
    users: Users,
    data: PathBuf,
}

impl Presenter {
    /// Seeds the sample, prints how to reach the system, and waits for a signal.
    async fn present(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let sample = Sample::of(&self.data, self.gateway, &self.users)?;
        let link = sample.link().await.context("the sample")?;
        output::print(&self.lines(link.as_deref()))?;
        stop.cancelled().await;
        Ok(())
    }

    fn lines(&self, link: Option<&str>) -> String {
        let mut text = format!(
            "# partner-connect {}: all services in one process, data in {}\n# {}\n",
            env!("CARGO_PKG_VERSION"),
            self.data.display(),
            self.services.join(" · "),
        );
        let mut export = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "export {name}={value}");
        };
        export("GATEWAY", &self.gateway.to_string());
        export("PAGES", &format!("http://{}", self.pages));
        export("SIGN_IN", &format!("http://{}", self.sign_in));
        for (name, grant) in callers() {
            export(name, &self.users.token(&grant));
        }
        if let Some(link) = link {
            export("SAMPLE_LINK", link);
        }
        let _ = writeln!(
            text,
            "# open http://{} in a browser: whoever is chosen there signs in, without a password",
            self.pages
        );
        text.push_str("# ready\n");
        text
    }
}

/// Who gets a token: organisations that a reader may enrol and invite, staff, and those of the
/// sample.
fn callers() -> [(&'static str, Grant); 8] {
    [
        ("RESELLER_TOKEN", admin_agent("contoso")),
        ("PROVIDER_TOKEN", admin_agent("fabrikam")),
        ("CUSTOMER_TOKEN", global_admin("adatum")),
        ("OPERATOR_TOKEN", Grant::operator()),
        ("SERVICE_TOKEN", Grant::service()),
        ("SAMPLE_RESELLER_TOKEN", admin_agent(sample::RESELLER)),
        ("SAMPLE_PROVIDER_TOKEN", admin_agent(sample::PROVIDER)),
        ("SAMPLE_CUSTOMER_TOKEN", global_admin(sample::CUSTOMER)),
    ]
}
