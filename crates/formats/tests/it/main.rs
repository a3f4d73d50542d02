//! Integration checks of `formats`.

fn main() {
    check::main(vec![]);
}
