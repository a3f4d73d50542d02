//! The one binary: parse, validate, call.

fn main() {}
