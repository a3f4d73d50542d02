//! Integration checks of `studio`.

fn main() {
    check::main(vec![]);
}
