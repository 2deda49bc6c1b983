//! One trace from the gateway to the last store, read from a real OpenTelemetry collector.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tests::{Process, Programme, Role, Store, System, eventually, free_address};

const SOON: Duration = Duration::from_secs(30);

/// R27: an acceptance is one trace over three services; the delivery of its fact is a trace of its
/// own, linked to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_from_the_gateway_to_the_last_store() {
    let folder = TempDir::new().expect("a temporary folder");
    let endpoint = free_address();
    let _collector = collector(folder.path(), &endpoint.to_string());
    let mut system = System::new(Store::sqlite());
    for role in Role::ALL {
        system.option(role, &format!("--otlp-endpoint=http://{endpoint}"));
        system.start(role).await;
    }
    let programme = Programme::of(&system);
    programme.connect().await;
    let invited = programme.invite().await;
    programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await
        .expect("accepted");

    let spans = folder.path().join("traces.json");
    eventually("the trace of the acceptance", SOON, || async {
        traced(&spans)
    })
    .await;
    // a role that stops sends what it still has
    system.stop(Role::Gateway);
    eventually("metrics and logs", SOON, || async {
        let metrics = fs::read_to_string(folder.path().join("metrics.json")).ok()?;
        let logs = fs::read_to_string(folder.path().join("logs.json")).ok()?;
        (metrics.contains("rpc.server") && !logs.is_empty()).then_some(())
    })
    .await;
    let exported = fs::read_to_string(&spans).expect("spans");
    assert!(!exported.contains(&invited.link), "a link is in no trace");
}

/// Whether the accept call is one trace over gateway, invitation and relationship, and a
/// span of a DeliverFact elsewhere links to it.
fn traced(file: &Path) -> Option<()> {
    let spans = spans(file);
    let accept = spans
        .iter()
        .find(|span| span.service == "gateway" && span.name.contains("AcceptInvitation"))?;
    let services: BTreeSet<&str> = spans
        .iter()
        .filter(|span| span.trace == accept.trace)
        .map(|span| span.service.as_str())
        .collect();
    let whole = ["gateway", "invitation", "relationship"]
        .iter()
        .all(|service| services.contains(service));
    let delivery = spans
        .iter()
        .find(|span| span.links.contains(&accept.trace))?;
    let arrived = spans.iter().any(|span| {
        span.trace == delivery.trace
            && span.service == "notification"
            && span.name.contains("DeliverFact")
    });
    (whole && arrived).then_some(())
}

struct Span {
    service: String,
    name: String,
    trace: String,
    links: Vec<String>,
}

fn spans(file: &Path) -> Vec<Span> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let batches = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut all = Vec::new();
    for batch in batches {
        for resource in list(&batch["resourceSpans"]) {
            let service = list(&resource["resource"]["attributes"])
                .iter()
                .find(|attribute| attribute["key"] == "service.name")
                .map(|attribute| text_of(&attribute["value"]["stringValue"]))
                .unwrap_or_default();
            for scope in list(&resource["scopeSpans"]) {
                for span in list(&scope["spans"]) {
                    all.push(Span {
                        service: service.trim_start_matches("partner-connect-").to_owned(),
                        name: text_of(&span["name"]),
                        trace: text_of(&span["traceId"]),
                        links: list(&span["links"])
                            .iter()
                            .map(|link| text_of(&link["traceId"]))
                            .collect(),
                    });
                }
            }
        }
    }
    all
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Starts the collector that `tests/run` found or built, writing what it receives to files.
pub(crate) fn collector(folder: &Path, endpoint: &str) -> Process {
    let exporter = |kind: &str| {
        let file = folder.join(format!("{kind}.json"));
        format!(
            "  file/{kind}: {{ path: '{}', flush_interval: 100ms }}\n",
            file.display()
        )
    };
    let pipeline =
        |kind: &str| format!("    {kind}: {{ receivers: [otlp], exporters: [file/{kind}] }}\n");
    let kinds = ["traces", "metrics", "logs"];
    let config = format!(
        "receivers:\n  otlp: {{ protocols: {{ grpc: {{ endpoint: '{endpoint}' }} }} }}\nexporters:\n{}service:\n  telemetry: {{ metrics: {{ level: none }} }}\n  pipelines:\n{}",
        kinds.map(exporter).concat(),
        kinds.map(pipeline).concat()
    );
    let file = folder.join("collector.yaml");
    fs::write(&file, config).expect("the configuration is written");
    let program = std::env::var_os("OTELCOL")
        .expect("OTELCOL names no collector: start the tests with tests/run");
    let mut command = Command::new(program);
    command.arg("--config").arg(&file);
    Process::start(&mut command, &folder.join("collector.log"))
}
