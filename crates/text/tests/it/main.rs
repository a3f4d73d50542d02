//! Integration checks of `text`.

fn main() {
    check::main(vec![]);
}
