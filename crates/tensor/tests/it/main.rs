//! Integration checks of `tensor`.

fn main() {
    check::main(vec![]);
}
