//! The page's types are the server's.

use check::Outcome;

/// `web/src/lib/api.ts` is what the Rust types say; with `UPDATE` set it is written.
pub fn typescript_is_current() -> Outcome {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/lib/api.ts");
    let expected = studio::typescript();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected)?;
    }
    let found = std::fs::read_to_string(path)?;
    check::that(found == expected, || {
        "web/src/lib/api.ts is stale: UPDATE=1 cargo test -p studio api_types".to_string()
    })
}
