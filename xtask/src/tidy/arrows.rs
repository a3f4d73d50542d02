//! Arrows between crates point downwards only (ARCHITECTURE): a crate uses what its arrows reach, and nothing else.
//!
//! The table holds each crate's direct arrows; what they reach in turn may be used too. Everyone may use `sys`.
//! `check` is support for tests and only ever a development dependency. The clients of `api`, which ask over the network, are
//! for who has network at all.

use crate::cargo::Metadata;
use std::collections::BTreeSet;

/// A crate and what it points at. A crate that is not here has no place yet and is refused.
const ARROWS: [(&str, &[&str]); 23] = [
    ("cli", &["studio", "serve", "messages", "course", "answers", "train", "retrieval", "agent", "hub", "eval"]),
    ("studio", &["serve", "course", "answers", "train", "retrieval", "agent", "hub", "messages"]),
    ("serve", &["infer", "api", "messages"]),
    ("agent", &["infer", "retrieval", "api"]),
    ("retrieval", &["api", "text", "kernels", "sys"]),
    ("answers", &["course", "models", "train", "retrieval"]),
    ("course", &["api", "formats", "sys"]),
    ("train", &["infer"]),
    ("eval", &["infer"]),
    ("infer", &["models", "text", "api"]),
    ("hub", &["formats", "sys"]),
    ("models", &["nn", "formats"]),
    ("nn", &["tensor"]),
    ("tensor", &["kernels"]),
    ("kernels", &["sys"]),
    ("formats", &["sys"]),
    ("text", &["sys"]),
    ("api", &["sys"]),
    ("messages", &["sys"]),
    ("sys", &[]),
    ("check", &[]),
    ("xtask", &[]),
    // Reached by nothing but a developer's hand.
    ("fuzz", &["cli"]),
];

/// Who may have the feature `clients` of `api`; others may in tests.
const ASK_OVER_THE_NETWORK: [&str; 2] = ["cli", "agent"];

/// Finds dependencies that no arrow allows.
pub fn check(metadata: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut found = vec![];
    for package in &metadata.packages {
        let Some(allowed) = reach(&package.name) else {
            found.push(format!("{}: the crate is not in the table of arrows", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let (from, to, kind) = (&package.name, dependency.name.as_str(), dependency.kind.as_deref());
            if !ours.contains(to) || dependency.path.is_none() {
                continue;
            }
            if to == "check" {
                if kind != Some("dev") {
                    found.push(format!("{from} -> check: allowed as a development dependency only"));
                }
            } else if !allowed.contains(to) && to != "sys" {
                found.push(format!("{from} -> {to}: no arrow points there"));
            }
            let has_clients = dependency.uses_default_features || dependency.features.iter().any(|it| it == "clients");
            if to == "api" && kind.is_none() && has_clients && !ASK_OVER_THE_NETWORK.contains(&from.as_str()) {
                found.push(format!("{from} -> api: with its clients, and so with the network"));
            }
        }
    }
    found
}

/// Everything that the arrows of `name` reach.
fn reach(name: &str) -> Option<BTreeSet<&'static str>> {
    let direct = ARROWS.iter().find(|(from, _)| *from == name)?.1;
    let mut reached = BTreeSet::new();
    for next in direct {
        reached.insert(*next);
        reached.extend(reach(next)?);
    }
    Some(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(edges: &[(&str, &str, Option<&str>)]) -> Metadata {
        let names: BTreeSet<&str> = edges.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        let packages: Vec<_> = names
            .iter()
            .map(|name| {
                let dependencies: Vec<_> = edges
                    .iter()
                    .filter(|e| e.0 == *name)
                    .map(|e| serde_json::json!({"name": e.1, "kind": e.2, "path": format!("/p/crates/{}", e.1)}))
                    .collect();
                serde_json::json!({"name": name, "version": "0.0.0",
                    "manifest_path": format!("/p/crates/{name}/Cargo.toml"), "dependencies": dependencies})
            })
            .collect();
        serde_json::from_value(serde_json::json!({"packages": packages})).unwrap()
    }

    #[test]
    fn upward_and_unknown_arrows_are_found() {
        let found = check(&workspace(&[
            ("kernels", "tensor", None),
            ("models", "infer", Some("dev")),
            ("train", "check", None),
            ("helpers", "sys", None),
        ]));
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn clients_are_for_who_may_ask_over_the_network() {
        for (from, kind, default, features, n) in [
            ("infer", None, true, vec![], 1),
            ("infer", None, false, vec!["clients"], 1),
            ("infer", None, false, vec![], 0),
            ("serve", Some("dev"), false, vec!["clients"], 0),
            ("cli", None, false, vec!["clients"], 0),
        ] {
            let mut metadata = workspace(&[(from, "api", kind)]);
            for dependency in metadata.packages.iter_mut().flat_map(|package| &mut package.dependencies) {
                dependency.uses_default_features = default;
                dependency.features = features.iter().map(|feature| feature.to_string()).collect();
            }
            assert_eq!(check(&metadata).len(), n, "{from} {kind:?} {default} {features:?}");
        }
    }

    #[test]
    fn downward_arrows_pass() {
        let found = check(&workspace(&[
            ("studio", "kernels", None),
            ("train", "text", None),
            ("text", "sys", None),
            ("nn", "check", Some("dev")),
            ("cli", "models", None),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_arrow_leads_to_a_crate_of_the_table() {
        assert!(ARROWS.iter().all(|(name, _)| reach(name).is_some()));
    }
}
