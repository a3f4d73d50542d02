//! Reads a Markdown page for what it points at (links, images, tags of HTML) and for what can be pointed at in it.

use super::line_of;
use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A page.
pub struct Page {
    /// Where links, images and `src` or `href` lead, with their lines.
    pub targets: Vec<(usize, String)>,
    /// References such as `[x][1]` that the page does not define, with their lines.
    pub undefined: Vec<(usize, String)>,
    /// What may stand after `#`: an id, or a heading's words as GitHub joins them.
    pub anchors: BTreeSet<String>,
}

impl Page {
    /// Reads the page `text`.
    pub fn read(text: &str) -> Page {
        let undefined = RefCell::new(vec![]);
        let broken = |link: BrokenLink| -> Option<(CowStr, CowStr)> {
            if link.link_type == LinkType::Reference {
                undefined.borrow_mut().push((line_of(text, link.span.start), text[link.span].to_string()));
            }
            None
        };
        let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_MATH;
        let parser = Parser::new_with_broken_link_callback(text, options, Some(broken));
        let mut targets = vec![];
        let mut ids = BTreeSet::new();
        let mut headings: BTreeMap<String, usize> = BTreeMap::new();
        let mut heading: Option<String> = None;
        // A definition that nothing uses still promises a page.
        for (_, definition) in parser.reference_definitions().iter() {
            targets.push((line_of(text, definition.span.start), definition.dest.to_string()));
        }
        for (event, at) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Link { link_type: LinkType::Inline | LinkType::Autolink, dest_url, .. })
                | Event::Start(Tag::Image { link_type: LinkType::Inline, dest_url, .. }) => {
                    targets.push((line_of(text, at.start), dest_url.to_string()));
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let at = line_of(text, at.start);
                    for name in ["src", "href"] {
                        targets.extend(attribute(&html, name).map(|value| (at, value.to_string())));
                    }
                    for name in ["id", "name"] {
                        ids.extend(attribute(&html, name).map(str::to_string));
                    }
                }
                Event::Start(Tag::Heading { id, .. }) => {
                    ids.extend(id.map(|id| id.to_string()));
                    heading = Some(String::new());
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let name = slug(&heading.take().unwrap_or_default());
                    let n_before = headings.entry(name.clone()).or_default();
                    ids.insert(if *n_before == 0 { name } else { format!("{name}-{n_before}") });
                    *n_before += 1;
                }
                _ => {}
            }
        }
        Page { targets, undefined: undefined.into_inner(), anchors: ids }
    }
}

/// What an attribute called `name` is set to in `html`, each time it is.
fn attribute<'h>(html: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    let is_whole = |at: usize| at == 0 || html[..at].ends_with(char::is_whitespace);
    html.match_indices(name).filter(move |(at, _)| is_whole(*at)).filter_map(|(at, name)| {
        let value = html[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next(),
            _ => value.split(|c: char| c.is_whitespace() || c == '>').next(),
        }
    })
}

/// A heading's words as GitHub makes an anchor of them.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_every_kind_are_read() {
        let page = Page::read(
            "[a](a.md 'A')\n![b](<b b.png>)\n\n[c][1] [d][]\n\n[1]: c.md\n[d]: d.md\n\n<img alt=\"\" src='e.png'> <a\nhref=f.md>f</a>\n\n\
             `[g](g.md)`\n\n```\n[h](h.md)\n```\n",
        );
        let mut targets: Vec<&str> = page.targets.iter().map(|(_, target)| target.as_str()).collect();
        targets.sort_unstable();
        assert_eq!(targets, ["a.md", "b b.png", "c.md", "d.md", "e.png", "f.md"]);
        assert!(page.targets.contains(&(6, "c.md".to_string())) && page.targets.contains(&(2, "b b.png".to_string())));
    }

    #[test]
    fn undefined_references_are_read() {
        assert_eq!(Page::read("\n[x][1] and [y]").undefined, [(2, "[x][1]".to_string())]);
        assert_eq!(Page::read("`a[i][j]` and $a[i][j]$\n\n```\na[i][j]\n```").undefined, []);
    }

    #[test]
    fn anchors_are_githubs() {
        let page = Page::read(
            "# Two `words`, here!\n\n## 从哪里 读起\n\n## Same\n\n## Same\n\n## X {#own}\n\n<a id=\"y\"></a>\n",
        );
        let wanted = ["two-words-here", "从哪里-读起", "same", "same-1", "own", "y"];
        assert!(wanted.iter().all(|anchor| page.anchors.contains(*anchor)), "{:?}", page.anchors);
        assert!(!page.anchors.contains("same-2"));
    }
}
