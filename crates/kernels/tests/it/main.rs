//! Integration checks of `kernels`.

fn main() {
    check::main(vec![]);
}
