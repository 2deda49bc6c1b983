//! A method whose declaration does not say who may call it is not built.

#[path = "../policy.rs"]
mod policy;

use std::path::Path;
use std::{fs, io};

use prost_reflect::DescriptorPool;

const FILE: &str = "partnerconnect/relationship/v1/access_service.proto";

#[test]
fn a_method_without_a_policy_fails_the_build() {
    let root = tempfile::tempdir().unwrap();
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    copy(&proto, root.path()).unwrap();
    assert_eq!(policy::check(&compiled(root.path())), Ok(()));

    let path = root.path().join(FILE);
    let text = fs::read_to_string(&path).unwrap();
    let method = text.find("rpc CheckAccess").unwrap();
    let option = method + text[method..].find("option (").unwrap();
    let end = option + text[option..].find("};").unwrap() + 2;
    let without = [&text[..option], &text[end..]].concat();
    fs::write(&path, without).unwrap();
    let refused = policy::check(&compiled(root.path())).unwrap_err();
    let method = "partnerconnect.relationship.v1.AccessService.CheckAccess";
    assert!(refused.starts_with(method), "{refused}");
}

fn compiled(root: &Path) -> DescriptorPool {
    let mut compiler = protox::Compiler::new([root]).expect("a folder");
    compiler
        .include_imports(true)
        .open_file(FILE)
        .expect("it is well formed");
    compiler.descriptor_pool()
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
