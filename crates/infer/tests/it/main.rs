//! Integration checks of `infer`.

fn main() {
    check::main(vec![]);
}
