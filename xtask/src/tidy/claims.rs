//! Every claim has its script under `bench/`, and every peer it names its requirements in `bench/peers/`.

use super::File;
use crate::prove::claims;

/// Finds claims that nothing measures.
pub fn check(files: &[File]) -> Vec<String> {
    let text = |path: &str| files.iter().find(|f| f.path == path).and_then(File::text);
    let Some(table) = text("bench/claims.toml") else { return vec!["bench/claims.toml is missing".to_string()] };
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
    fn a_good_tree_passes() {
        let files = tree(&[("bench/claims.toml", CLAIM), ("bench/x.py", ""), ("bench/peers/torch.txt", "")]);
        assert_eq!(check(&files), Vec::<String>::new());
    }
}
