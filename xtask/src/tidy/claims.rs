//! Every claim has its script under `bench/`, and every peer it names its requirements in `bench/peers/`.
//!
//! A claim without `last` has not been measured yet: that is said, but refused it is not, for `cargo xtask prove
//! --record` writes it.

use super::File;
use crate::prove::claims;

/// Finds what [`check`] finds, and prints which claims have not been measured yet.
pub fn check_and_note(files: &[File]) -> Vec<String> {
    for id in unmeasured(files) {
        println!("note: bench/claims.toml: `{id}` has not been measured yet");
    }
    check(files)
}

fn table(files: &[File]) -> Option<&str> {
    files.iter().find(|f| f.path == "bench/claims.toml").and_then(File::text)
}

/// The ids of claims without a `last` value.
fn unmeasured(files: &[File]) -> Vec<String> {
    let claims = table(files).and_then(|text| claims::parse(text).ok()).unwrap_or_default();
    claims.into_iter().filter(|claim| claim.last.is_none()).map(|claim| claim.id).collect()
}

/// Finds claims that nothing measures.
pub fn check(files: &[File]) -> Vec<String> {
    let text = |path: &str| files.iter().find(|f| f.path == path).and_then(File::text);
    let Some(table) = table(files) else { return vec!["bench/claims.toml is missing".to_string()] };
    let claims = match claims::parse(table) {
        Ok(claims) => claims,
        Err(error) => return vec![format!("{error:#}")],
    };
    let mut found = vec![];
    for claim in claims {
        let script = claim.script();
        if !script.starts_with("bench/") || text(script).is_none() {
            found.push(format!("bench/claims.toml: `{}` has no script `{script}` under bench/", claim.id));
        }
        if let Some(peer) = claim.peer {
            let requirements = format!("bench/peers/{}.txt", peer.name);
            if text(&requirements).is_none() {
                found.push(format!("bench/claims.toml: `{}` names a peer without {requirements}", claim.id));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    const CLAIM: &str = "[[claim]]\nid = \"a.b\"\nbar = { op = \"<=\", value = 2 }\nunit = \"s\"\ncommand = \"bench/x.py --n 3\"\n\
                         cases = 5\npeer = { name = \"torch\", version = \"2\" }\n";

    #[test]
    fn a_missing_script_and_a_missing_peer_are_found() {
        assert_eq!(check(&tree(&[("bench/claims.toml", CLAIM)])).len(), 2);
        assert_eq!(check(&tree(&[("bench/claims.toml", "[[claim]]")])).len(), 1);
    }

    #[test]
    fn a_claim_without_a_last_value_is_noted_only() {
        let last = "last = { value = 1.0, date = \"2026-11-24\", commit = \"1a837c7\", cpu = \"x\" }\n";
        let measured = CLAIM.replace("a.b", "a.c") + last;
        assert_eq!(unmeasured(&tree(&[("bench/claims.toml", &format!("{CLAIM}{measured}"))])), ["a.b"]);
    }

    #[test]
    fn a_good_tree_passes() {
        let files = tree(&[("bench/claims.toml", CLAIM), ("bench/x.py", ""), ("bench/peers/torch.txt", "")]);
        assert_eq!(check(&files), Vec::<String>::new());
    }
}
