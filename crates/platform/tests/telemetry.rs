//! The life of a process's telemetry where no collector answers: it starts, it works, it ends in
//! bounded time, and its log is plain where nobody watches. In a test binary of its own, because it
//! is the process's.

use std::time::Duration;

use platform::telemetry::{self, LogFormat, Telemetry};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_holds_nothing_up() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let start = |log_filter: &str| {
        telemetry::init(Telemetry {
            service_name: "test".to_owned(),
            otlp_endpoint: Some(endpoint.clone()),
            log_format: LogFormat::Text,
            log_filter: log_filter.to_owned(),
        })
    };
    assert!(matches!(
        start("not=a=filter"),
        Err(telemetry::Error::Filter(_))
    ));
    let guard = start("info").unwrap();
    assert!(matches!(start("info"), Err(telemetry::Error::Running(_))));

    let work = async {
        for _ in 0..10_000 {
            tracing::info_span!("work").in_scope(|| assert!(telemetry::traceparent().is_some()));
        }
        tracing::info!("done");
    };
    tokio::time::timeout(Duration::from_secs(5), work)
        .await
        .expect("nothing waits for the collector");
    tokio::time::timeout(Duration::from_secs(6), guard.shutdown())
        .await
        .expect("the end is bounded");
}

#[test]
fn a_log_that_goes_into_a_pipe_has_no_colours() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_collector_that_never_answers_holds_nothing_up"])
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("done"), "{log}");
    assert!(!log.contains('\x1b'), "{log}");
}
