//! Integration checks of `models`.

fn main() {
    check::main(vec![]);
}
