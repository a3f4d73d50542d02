//! Integration checks of `cli`.

fn main() {
    check::main(vec![]);
}
