//! Integration checks of `serve`.

fn main() {
    check::main(vec![]);
}
