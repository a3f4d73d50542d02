//! npm lock files name no registry: whoever builds fetches from the registry set up on that machine.
//!
//! `omit-lockfile-registry-resolved=true` in `.npmrc` keeps them so. Addresses that a package states about itself
//! (where to fund it) are not places to fetch from.

use super::File;

/// Finds addresses in npm lock files.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in
        files.iter().filter(|f| f.path.ends_with("package-lock.json") || f.path.ends_with("npm-shrinkwrap.json"))
    {
        // `funding` is an address, an object with one, or a list of either over several lines.
        let mut in_list = false;
        for (i, line) in file.text().unwrap_or_default().lines().enumerate() {
            let line = line.trim();
            in_list = line == "\"funding\": [" || in_list && !line.starts_with(']');
            let is_listed = in_list && line.starts_with("\"http");
            let is_funding = is_listed || line.starts_with("\"url\":") || line.starts_with("\"funding\":");
            if line.contains("://") && !is_funding {
                found.push(format!("{}:{}: an address", file.path, i + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn an_address_is_found() {
        let lock = "{\n \"resolved\": \"https://registry.example/a.tgz\"\n}";
        assert_eq!(check(&tree(&[("web/package-lock.json", lock)])).len(), 1);
        let after_a_list = "{\n\"funding\": [\n\"https://a.example\"\n],\n\"resolved\": \"https://b.example\"\n}";
        assert_eq!(check(&tree(&[("package-lock.json", after_a_list)])), ["package-lock.json:5: an address"]);
    }

    #[test]
    fn a_good_tree_passes() {
        let lock = "{\n \"version\": \"1.0.0\",\n \"funding\": {\n  \"url\": \"https://a.example\"\n }\n}";
        let listed = "{\n\"funding\": [\n\"https://a.example\",\n{\n\"url\": \"https://b.example\"\n}\n]\n}";
        assert_eq!(check(&tree(&[("web/package-lock.json", listed)])), Vec::<String>::new());
        let other = "\"resolved\": \"https://registry.example\"";
        assert_eq!(check(&tree(&[("web/package-lock.json", lock), ("a.json", other)])), Vec::<String>::new());
    }
}
