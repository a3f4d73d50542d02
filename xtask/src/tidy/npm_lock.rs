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
        for (i, line) in file.text().unwrap_or_default().lines().enumerate() {
            let funding = line.trim_start().starts_with("\"url\":") || line.trim_start().starts_with("\"funding\":");
            if line.contains("://") && !funding {
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
    }

    #[test]
    fn a_good_tree_passes() {
        let lock = "{\n \"version\": \"1.0.0\",\n \"funding\": {\n  \"url\": \"https://a.example\"\n }\n}";
        let other = "\"resolved\": \"https://registry.example\"";
        assert_eq!(check(&tree(&[("web/package-lock.json", lock), ("a.json", other)])), Vec::<String>::new());
    }
}
