//! Integration checks of `hub`.

fn main() {
    check::main(vec![]);
}
