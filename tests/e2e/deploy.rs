//! What `deploy/` describes, as the tools that read it see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The objects of a rendered kustomization.
struct Rendered(Vec<String>);

impl Rendered {
    fn of(kustomization: &str) -> Self {
        let kubectl = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
        let output = Command::new(kubectl)
            .arg("kustomize")
            .arg(checkout().join("deploy/kubernetes").join(kustomization))
            .output()
            .expect("kubectl runs");
        let rendered = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self(rendered.split("\n---\n").map(str::to_owned).collect())
    }

    fn kind(&self, kind: &str) -> Vec<&str> {
        let line = format!("\nkind: {kind}\n");
        let objects = self.0.iter().map(String::as_str);
        objects
            .filter(|object| format!("\n{object}\n").contains(&line))
            .collect()
    }

    /// The images that its pods run, each once.
    fn images(&self) -> Vec<&str> {
        let lines = self.0.iter().flat_map(|object| object.lines());
        let mut images: Vec<_> = lines
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("image: "))
            .collect();
        images.sort_unstable();
        images.dedup();
        images
    }
}

/// Each object has each of these lines.
fn have(objects: &[&str], parts: &[&str]) {
    for object in objects {
        for part in parts {
            assert!(object.contains(part), "{part} is missing in\n{object}");
        }
    }
}

/// What a cluster that keeps to the rules asks of every pod, and what keeps foreign variables out.
const EVERY_POD: [&str; 5] = [
    "enableServiceLinks: false",
    "namespace: partner-connect",
    "readOnlyRootFilesystem: true",
    "resources:",
    "runAsNonRoot: true",
];

/// The roles render, and every pod has what a cluster needs of it.
#[test]
fn the_kustomize_base_renders() {
    let base = Rendered::of("base");
    let deployments = base.kind("Deployment");
    assert_eq!(deployments.len(), 6, "one for each role");
    have(&deployments, &EVERY_POD);
    have(&deployments, &["livenessProbe:", "readinessProbe:"]);
    assert_eq!(base.kind("Service").len(), 6);
    assert_eq!(base.kind("Namespace").len(), 1);
    assert!(
        base.kind("Job").is_empty(),
        "a job cannot be applied again, and nothing would order it before the roles"
    );
}

/// The migrations render by themselves, of the same image as the roles, and deleting them deletes
/// nothing else.
#[test]
fn the_migrations_render_by_themselves() {
    let migrate = Rendered::of("migrate");
    let jobs = migrate.kind("Job");
    assert_eq!(migrate.0.len(), jobs.len(), "jobs and nothing else");
    have(&jobs, &EVERY_POD);
    for service in [
        "invitation",
        "relationship",
        "notification",
        "directory",
        "web",
    ] {
        let parts = [
            format!("- migrate\n        - {service}\n"),
            format!("secretName: {service}-database"),
        ];
        let whole = |job: &&&str| parts.iter().all(|part| job.contains(part));
        assert_eq!(jobs.iter().filter(whole).count(), 1, "{service}");
    }
    let image = format!("partner-connect:{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(migrate.images(), [image.as_str()]);
    assert_eq!(Rendered::of("base").images(), [image.as_str()]);
}

/// Nothing is pulled in whatever version there is, and the collector is the one that the tests use.
#[test]
fn images_have_versions() {
    let read = |path: &str| fs::read_to_string(checkout().join(path)).unwrap();
    let compose = read("deploy/compose/compose.yaml");
    assert!(!compose.contains(":latest"));
    let tools = read("tests/lib/tools.sh");
    let version = tools
        .lines()
        .find_map(|line| line.strip_prefix("readonly COLLECTOR_VERSION="))
        .unwrap();
    let image = format!("image: otel/opentelemetry-collector-contrib:{version}\n");
    assert!(compose.contains(&image), "{image}");
}
