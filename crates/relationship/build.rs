//! Makes the build notice a language file that is added.

fn main() {
    println!("cargo::rerun-if-changed=locales");
}
