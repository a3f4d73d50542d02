//! Integration checks of `train`.

fn main() {
    check::main(vec![]);
}
