//! Today's source of an engine's item, by path: what a lesson's `source` fence shows.
//!
//! The files are part of the binary, so a lesson shows the code that this very program runs. An item is found by its
//! name and ends where its braces close; doc comments and attributes above it belong to it.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../crates"]
#[include = "kernels/src/**"]
#[include = "nn/src/**"]
#[include = "models/src/**"]
#[include = "retrieval/src/chunk/**"]
#[include = "retrieval/src/lexical/**"]
struct Engine;

/// The file below `crates/` and the text of `path`: `crate::module::item` or `crate::module::Type::method`.
pub fn find(path: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = path.split("::").collect();
    let (krate, rest) = parts.split_first()?;
    // The last one or two are an item, what stands before them is a file.
    (1..rest.len()).rev().find_map(|modules| {
        let folder = format!("{krate}/src/{}", rest[..modules].join("/"));
        let [file, text] = [format!("{folder}.rs"), format!("{folder}/mod.rs")]
            .into_iter()
            .find_map(|file| Some([file.clone(), String::from_utf8(Engine::get(&file)?.data.into_owned()).ok()?]))?;
        Some((format!("crates/{file}"), item(&text, &rest[modules..])?))
    })
}

/// The text of `item` or `Type::method`.
fn item(text: &str, names: &[&str]) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    match names {
        [name] => cut(&lines, lines.iter().position(|line| declares(line, name))?),
        [owner, method] => {
            let opens =
                |line: &&str| line.starts_with("impl") && line.split([' ', '<', '>']).any(|word| word == *owner);
            let block = lines.iter().position(opens)?;
            let at = block + lines[block..].iter().position(|line| declares(line.trim_start(), method))?;
            cut(&lines, at)
        }
        _ => None,
    }
}

/// Whether an unindented line declares `name`.
fn declares(line: &str, name: &str) -> bool {
    let line = ["pub(crate) ", "pub(super) ", "pub "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let kinds = ["fn ", "const fn ", "unsafe fn ", "struct ", "enum ", "trait ", "const ", "type "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind)).and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// From the comments above line `at` to the brace that closes it, without indentation.
fn cut(lines: &[&str], at: usize) -> Option<String> {
    let belongs = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("#[");
    let first = (0..at).rev().take_while(|&line| belongs(lines[line])).last().unwrap_or(at);
    let mut depth = 0;
    let mut last = None;
    for (number, line) in lines.iter().enumerate().skip(at) {
        let code = line.split("//").next().unwrap_or_default();
        depth += code.matches('{').count() as i64 - code.matches('}').count() as i64;
        if depth == 0 && (code.contains('}') || code.trim_end().ends_with(';')) {
            last = Some(number);
            break;
        }
    }
    let indent = lines[at].len() - lines[at].trim_start().len();
    let plain = lines[first..=last?].iter().map(|line| line.get(indent..).unwrap_or_default());
    Some(plain.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "struct A;\n\npub(super) const B: u8 = 1;\n\nimpl A {\n    /// Says.\n    pub fn say(&self) {\n        if true {}\n    }\n}\n\n\
                        /// One.\n#[inline]\npub fn one() -> [u8; 2] {\n    [1, 1] // }\n}\n\nfn one_more() {}\n";

    #[test]
    fn every_source_that_a_lesson_shows_is_there() {
        let curriculum = course::Curriculum::load(None).unwrap();
        let lessons = curriculum.topics.iter().filter_map(|topic| Some(&topic.content.as_ref()?.lesson.en));
        let paths = lessons.flat_map(|lesson| lesson.lines().filter_map(|line| line.strip_prefix("```source ")));
        let missing: Vec<&str> = paths.filter(|path| find(path.trim()).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn items_are_cut_out_whole() {
        let rows: [(&[&str], Option<&str>); 5] = [
            (&["B"], Some("pub(super) const B: u8 = 1;")),
            (&["one"], Some("/// One.\n#[inline]\npub fn one() -> [u8; 2] {\n    [1, 1] // }\n}")),
            (&["A", "say"], Some("/// Says.\npub fn say(&self) {\n    if true {}\n}")),
            (&["A"], Some("struct A;")),
            (&["two"], None),
        ];
        for (names, expected) in rows {
            assert_eq!(item(TEXT, names).as_deref(), expected, "{names:?}");
        }
    }
}
