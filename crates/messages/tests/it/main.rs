//! Integration checks of `messages`.

fn main() {
    check::main(vec![]);
}
