//! Makes cargo notice a new language: the texts under `locales/` are read into the program when it
//! is built.

fn main() {
    println!("cargo::rerun-if-changed=locales");
}
