//! Every item of our crates by its path, as documents write it: `models::gpt::Block::forward`.
//!
//! Files are parsed, not compiled: a module is its file's path, a method belongs to the type its `impl` names, and
//! a re-export is another name for whatever ends with what it names. Items made by a macro are those whose
//! declaration stands in the macro's arguments.

use super::File;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

/// What the standard library's traits give a type.
const DERIVED: [&str; 8] = ["default", "clone", "fmt", "eq", "cmp", "hash", "from", "into"];

/// The items of the workspace.
pub struct Items {
    crates: BTreeSet<String>,
    paths: BTreeSet<String>,
    /// Names of structs, enums, traits and aliases.
    types: BTreeSet<String>,
    /// Functions that types have from traits: those of our traits, and those that a derive writes.
    of_traits: BTreeSet<String>,
    /// What a re-export is called, and the last part of what it stands for.
    aliases: BTreeMap<String, String>,
}

impl Items {
    /// Reads `crates/*/src/**/*.rs` and `xtask/src/**/*.rs`.
    pub fn of(files: &[File]) -> Items {
        let of_traits = DERIVED.iter().map(|name| name.to_string()).collect();
        let (crates, paths, types) = Default::default();
        let mut items = Items { crates, paths, types, of_traits, aliases: BTreeMap::new() };
        for file in files.iter().filter(|f| f.has_extension("rs")) {
            let Some((before, inside)) = file.path.split_once("/src/") else { continue };
            let name = before.strip_prefix("crates/").unwrap_or(before);
            if name.contains('/') {
                continue;
            }
            items.crates.insert(name.to_string());
            let inside = inside.trim_end_matches(".rs");
            let inside = inside.strip_suffix("/mod").unwrap_or(inside);
            let module = if inside == "lib" || inside == "main" {
                name.to_string()
            } else {
                format!("{name}::{}", inside.replace('/', "::"))
            };
            items.paths.insert(module.clone());
            if let Some(Ok(parsed)) = file.text().map(syn::parse_file) {
                items.module(&module, &parsed.items);
            }
        }
        items
    }

    /// Whether `word` is an item, or no path into one of our crates or types.
    ///
    /// A type is ours by its name alone: `Block::forward` will do for `models::gpt::Block::forward`. What a type has
    /// from a derive or from a trait's default is not known here, so any function of a trait of ours will do too.
    pub fn resolves(&self, word: &str) -> bool {
        let Some((first, rest)) = word.split_once("::") else { return true };
        if self.crates.contains(first) {
            return self.has(word);
        }
        let is_type = first.starts_with(|c: char| c.is_ascii_uppercase()) && self.types.contains(first);
        let last = rest.rsplit("::").next().unwrap_or(rest);
        let end = format!("::{word}");
        !is_type || self.of_traits.contains(last) || self.paths.iter().any(|path| path.ends_with(&end))
    }

    /// Whether `path` names an item.
    pub fn has(&self, path: &str) -> bool {
        if self.paths.contains(path) {
            return true;
        }
        // A re-export somewhere along the path: whatever ends with what it stands for will do.
        let cuts = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
        cuts.filter_map(|at| Some((self.aliases.get(&path[..at])?, &path[at..]))).any(|(target, rest)| {
            let end = format!("::{target}{rest}");
            self.paths.iter().any(|p| p.ends_with(&end)) || rest.is_empty()
        })
    }

    fn module(&mut self, module: &str, items: &[syn::Item]) {
        for item in items {
            match item {
                syn::Item::Fn(f) => self.add(module, &f.sig.ident),
                syn::Item::Struct(s) => {
                    self.add_type(module, &s.ident);
                    let ty = format!("{module}::{}", s.ident);
                    s.fields.iter().filter_map(|f| f.ident.as_ref()).for_each(|field| self.add(&ty, field));
                }
                syn::Item::Const(c) => self.add(module, &c.ident),
                syn::Item::Static(s) => self.add(module, &s.ident),
                syn::Item::Type(t) => self.add_type(module, &t.ident),
                syn::Item::Enum(e) => {
                    self.add_type(module, &e.ident);
                    let ty = format!("{module}::{}", e.ident);
                    e.variants.iter().for_each(|variant| self.add(&ty, &variant.ident));
                }
                syn::Item::Trait(t) => {
                    self.add_type(module, &t.ident);
                    let ty = format!("{module}::{}", t.ident);
                    for inner in &t.items {
                        if let syn::TraitItem::Fn(f) = inner {
                            self.add(&ty, &f.sig.ident);
                            self.of_traits.insert(f.sig.ident.to_string());
                        }
                    }
                }
                syn::Item::Impl(i) => self.implementation(module, i),
                syn::Item::Mod(m) => {
                    self.add(module, &m.ident);
                    if let Some((_, inner)) = &m.content {
                        self.module(&format!("{module}::{}", m.ident), inner);
                    }
                }
                syn::Item::Use(u) if !matches!(u.vis, syn::Visibility::Inherited) => self.reexport(module, &u.tree, ""),
                syn::Item::Macro(m) => match &m.ident {
                    // An exported macro is at the root of its crate.
                    Some(name) => self.add(module.split("::").next().unwrap_or(module), name),
                    None => self.declared(module, m.mac.tokens.clone()),
                },
                _ => {}
            }
        }
    }

    fn implementation(&mut self, module: &str, block: &syn::ItemImpl) {
        let syn::Type::Path(ty) = &*block.self_ty else { return };
        let Some(ty) = ty.path.segments.last() else { return };
        let ty = format!("{module}::{}", ty.ident);
        for inner in &block.items {
            match inner {
                syn::ImplItem::Fn(f) => self.add(&ty, &f.sig.ident),
                syn::ImplItem::Const(c) => self.add(&ty, &c.ident),
                _ => {}
            }
        }
    }

    fn add(&mut self, parent: &str, name: &syn::Ident) {
        self.paths.insert(format!("{parent}::{name}"));
    }

    fn add_type(&mut self, module: &str, name: &syn::Ident) {
        self.add(module, name);
        self.types.insert(name.to_string());
    }

    fn reexport(&mut self, module: &str, tree: &syn::UseTree, parent: &str) {
        match tree {
            syn::UseTree::Path(path) => self.reexport(module, &path.tree, &path.ident.to_string()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.aliases.insert(format!("{module}::{parent}"), parent.to_string());
            }
            syn::UseTree::Name(name) => {
                self.aliases.insert(format!("{module}::{}", name.ident), name.ident.to_string());
            }
            syn::UseTree::Rename(rename) => {
                self.aliases.insert(format!("{module}::{}", rename.rename), rename.ident.to_string());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|t| self.reexport(module, t, parent)),
            syn::UseTree::Glob(_) => {
                self.aliases.insert(module.to_string(), parent.to_string());
            }
        }
    }

    /// Types whose declaration stands in a macro's arguments.
    fn declared(&mut self, module: &str, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for pair in tokens.windows(2) {
            if let [TokenTree::Ident(kind), TokenTree::Ident(name)] = pair
                && ["enum", "struct", "fn"].iter().any(|k| kind == k)
            {
                self.paths.insert(format!("{module}::{name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn items_are_found_by_path() {
        let items = Items::of(&tree(&[
            (
                "crates/a/src/lib.rs",
                "mod b;\npub use b::{T, f as g};\nsys::coded_error! { pub enum E { X {} = \"a.x\" } }\nmacro_rules! m { () => {} }",
            ),
            (
                "crates/a/src/b.rs",
                "pub enum T { One }\nimpl T { pub fn of() {} }\npub fn f() {}\nmod inner { pub const N: u8 = 0; }",
            ),
        ]));
        for path in ["a::b", "a::T::of", "a::b::T::One", "a::g", "a::E", "a::m", "a::b::inner::N"] {
            assert!(items.has(path), "{path}");
        }
        for path in ["a::c", "a::T::to", "a::b::T::Two", "a::b::g"] {
            assert!(!items.has(path) && !items.resolves(path), "{path}");
        }
        for path in ["std::fs", "a", "T::One", "T::of", "T::default", "Vec::nope"] {
            assert!(items.resolves(path), "{path}");
        }
        assert!(!items.resolves("T::nope") && !items.resolves("T::nope::One"));
    }
}
