//! Integration checks of `nn`.

fn main() {
    check::main(vec![]);
}
