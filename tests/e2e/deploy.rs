//! What `deploy/` describes, as the tools that read it see it.

use std::path::{Path, PathBuf};
use std::process::Command;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The kustomize base renders, and every pod has what a cluster needs of it.
#[test]
fn the_kustomize_base_renders() {
    let kubectl = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let output = Command::new(kubectl)
        .arg("kustomize")
        .arg(deploy().join("kubernetes/base"))
        .output()
        .expect("kubectl runs");
    let rendered = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let objects: Vec<&str> = rendered.split("\n---\n").collect();
    let of = |kind: &str| {
        let line = format!("\nkind: {kind}\n");
        let found = objects
            .iter()
            .filter(|object| format!("\n{object}\n").contains(&line));
        found.copied().collect::<Vec<_>>()
    };
    let deployments = of("Deployment");
    assert_eq!(deployments.len(), 4, "one for each role");
    for deployment in &deployments {
        for part in [
            "livenessProbe:",
            "readinessProbe:",
            "resources:",
            "runAsNonRoot: true",
            "readOnlyRootFilesystem: true",
        ] {
            assert!(
                deployment.contains(part),
                "{part} is missing in\n{deployment}"
            );
        }
    }
    let jobs = of("Job");
    assert_eq!(jobs.len(), 3, "one migration for each store");
    for pod in deployments.iter().chain(&jobs) {
        assert!(pod.contains("enableServiceLinks: false"), "{pod}");
    }
    assert_eq!(of("Service").len(), 4);
}
