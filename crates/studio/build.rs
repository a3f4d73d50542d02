//! Rebuilds the crate when the built front end changes, so that the binary embeds today's pages.

fn main() {
    // While nothing is built there is no `dist` to watch; its appearance inside `web` is what matters then.
    let watched = if std::path::Path::new("../../web/dist").exists() { "../../web/dist" } else { "../../web" };
    println!("cargo::rerun-if-changed={watched}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../recipes");
}
