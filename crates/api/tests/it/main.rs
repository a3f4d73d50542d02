//! Integration checks of `api`.

fn main() {
    check::main(vec![]);
}
