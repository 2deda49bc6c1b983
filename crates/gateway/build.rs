//! Makes the compiler notice a new language: a file added under `locales/`.

fn main() {
    println!("cargo::rerun-if-changed=locales");
}
