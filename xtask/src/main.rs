//! Automation in Rust: `cargo xtask start | test | tidy | prove | dist`.

fn main() {}
