//! Integration checks of `eval`.

fn main() {
    check::main(vec![]);
}
