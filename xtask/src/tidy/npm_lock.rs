//! npm lock files name no registry: whoever builds fetches from the registry set up on that machine.
//!
//! `omit-lockfile-registry-resolved=true` in `.npmrc` keeps them so. Addresses that a package states about itself
//! (where to fund it) are not places to fetch from. The lock files of yarn, pnpm and bun count too.

use super::File;
use serde_json::Value;

const JSON: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
const TEXT: [&str; 4] = ["yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Finds addresses in npm lock files.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let text = file.lossy();
        if JSON.contains(&name) {
            match serde_json::from_str(&text) {
                Ok(lock) => addresses(&lock, "", &file.path, &mut found),
                Err(error) => found.push(format!("{}: {error}", file.path)),
            }
        } else if TEXT.contains(&name) {
            let lines = text.lines().enumerate().filter(|(_, line)| is_address(line));
            found.extend(lines.map(|(i, _)| format!("{}:{}: an address", file.path, i + 1)));
        }
    }
    found
}

fn is_address(text: &str) -> bool {
    text.contains("://") || text.contains("git@")
}

/// Every string in `value` that is an address, but for what stands under `funding`.
fn addresses(value: &Value, key: &str, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if is_address(text) => found.push(format!("{path}: `{key}` is an address")),
        Value::Array(items) => items.iter().for_each(|item| addresses(item, key, path, found)),
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "funding") {
                addresses(member, &format!("{key}/{name}"), path, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn an_address_is_found() {
        for lock in [
            "{\n \"resolved\": \"https://registry.example/a.tgz\"\n}",
            "{\"packages\":{\"a\":{\"resolved\":\"https:\\/\\/registry.example\\/a.tgz\"}}}",
            "{\"funding\": [\"https://a.example\"], \"resolved\": \"git+ssh://git@b.example/c.git\"}",
            "{\"url\": \"https://registry.example\"}",
            "no JSON",
        ] {
            assert_eq!(check(&tree(&[("web/package-lock.json", lock)])).len(), 1, "{lock}");
        }
        let yarn = "a@^1:\n  version \"1.0.0\"\n  resolved \"https://registry.example/a.tgz#abc\"";
        assert_eq!(check(&tree(&[("web/yarn.lock", yarn)])), ["web/yarn.lock:3: an address"]);
        let pnpm = "packages:\n  a@1.0.0:\n    resolution: {integrity: x, tarball: https://registry.example/a.tgz}";
        assert_eq!(check(&tree(&[("pnpm-lock.yaml", pnpm)])).len(), 1);
    }

    #[test]
    fn a_good_tree_passes() {
        let lock = "{\n \"version\": \"1.0.0\",\n \"funding\": {\n  \"url\": \"https://a.example\"\n }\n}";
        let listed = "{\n\"funding\": [\n\"https://a.example\",\n{\n\"url\": \"https://b.example\"\n}\n]\n}";
        let other = "\"resolved\": \"https://registry.example\"";
        let yarn = "a@^1:\n  version \"1.0.0\"";
        let files =
            [("package-lock.json", lock), ("web/package-lock.json", listed), ("a.json", other), ("yarn.lock", yarn)];
        assert_eq!(check(&tree(&files)), Vec::<String>::new());
    }
}
