//! Markdown: CommonMark with tables, strikethrough, task lists and a YAML head, whose title counts.
//!
//! HTML within it is read by the HTML parser where it stands as a block, and dropped (its text stays) within a line.

use super::html;
use super::writer::Writer;
use crate::document::Document;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Parses `text`.
pub fn parse(text: &str) -> Document {
    let text = crate::document::normalise(text);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut out = Writer::default();
    let mut head_title = None;
    // Verbatim text of a code block, an HTML block or the head.
    let mut verbatim: Option<String> = None;
    let mut image_depth = 0;
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_)) => verbatim = Some(String::new()),
            Event::End(TagEnd::CodeBlock) => out.code(&verbatim.take().unwrap_or_default()),
            Event::End(TagEnd::HtmlBlock) => html::read(&verbatim.take().unwrap_or_default(), &mut out),
            Event::End(TagEnd::MetadataBlock(_)) => head_title = title_in(&verbatim.take().unwrap_or_default()),
            Event::Start(Tag::Image { .. }) => image_depth += 1,
            Event::End(TagEnd::Image) => image_depth -= 1,
            Event::Text(text) | Event::Html(text) if verbatim.is_some() => {
                verbatim.get_or_insert_default().push_str(&text);
            }
            Event::Text(text) | Event::Code(text) if image_depth == 0 => out.text(&text),
            Event::SoftBreak => out.text("\n"),
            Event::HardBreak => out.line_break(),
            Event::InlineHtml(tag) if tag.starts_with("<br") => out.line_break(),
            Event::Start(Tag::Heading { level, .. }) => out.heading(number(level)),
            Event::Start(Tag::List(_)) => out.list(),
            Event::End(TagEnd::List(_)) => out.end_list(),
            Event::Start(Tag::TableRow | Tag::TableHead) => out.row(),
            Event::End(TagEnd::TableCell) => out.end_cell(),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => out.end_row(),
            Event::Start(Tag::Paragraph | Tag::Item | Tag::BlockQuote(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_) | TagEnd::BlockQuote(_))
            | Event::Rule => out.end_block(),
            _ => {}
        }
    }
    let mut document = out.finish();
    document.title = head_title.or(document.title);
    document
}

/// The value of `title:` in a YAML head.
fn title_in(head: &str) -> Option<String> {
    let value = head.lines().find_map(|line| line.strip_prefix("title:"))?.trim();
    let value = value.trim_matches(|c| c == '"' || c == '\'').trim();
    (!value.is_empty()).then(|| value.to_string())
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}
