//! Integration checks of `sys`.

fn main() {
    check::main(vec![]);
}
