//! HTML: the main text of a page, with its headings, lists, tables and code.
//!
//! Works on the standard's token stream (html5ever), not on a tree: a writer that forgives missing ends needs no more.
//! Main text is what `<main>` holds, else `<article>`, else everything but navigation, asides, footers, forms' controls,
//! scripts and styles. Not here: visibility by style sheets, and scripts that write the page.

use super::writer::Writer;
use crate::document::Document;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Parses a page.
pub fn parse(text: &str) -> Document {
    let text = crate::document::normalise(text);
    let lower = text.to_ascii_lowercase();
    for container in ["main", "article"] {
        if lower.contains(&format!("<{container}")) {
            let mut out = Writer::default();
            run(&text, &mut out, Some(container));
            if !out.is_empty() {
                return out.finish();
            }
        }
    }
    let mut out = Writer::default();
    run(&text, &mut out, None);
    out.finish()
}

/// Reads a fragment, or a page without choosing its main text, into `out`.
pub fn read(text: &str, out: &mut Writer) {
    run(text, out, None);
}

fn run(text: &str, out: &mut Writer, container: Option<&'static str>) {
    let state = State { out, container, container_depth: 0, skipped: None, pre: None, title: None };
    let sink = Sink(RefCell::new(state));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut state = tokenizer.sink.0.borrow_mut();
    if let Some(code) = state.pre.take() {
        state.out.code(&code);
    }
    state.out.end_row();
    state.out.end_block();
    if let Some(title) = state.title.take() {
        state.out.title(&title);
    }
}

struct Sink<'w>(RefCell<State<'w>>);

struct State<'w> {
    out: &'w mut Writer,
    /// The only element whose content counts.
    container: Option<&'static str>,
    container_depth: usize,
    /// An element whose content does not count, and how often it is open.
    skipped: Option<(String, usize)>,
    /// Text of an open `<pre>`.
    pre: Option<String>,
    /// Text of `<title>`.
    title: Option<String>,
}

/// Elements that hold no text of the page itself.
const SKIPPED: [&str; 18] = [
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "nav",
    "aside",
    "footer",
    "iframe",
    "select",
    "button",
    "dialog",
    "textarea",
    "object",
    "canvas",
    "audio",
    "video",
    "math-annotation",
];

/// Elements that begin and end a block.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "form",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "p",
    "section",
    "summary",
    "table",
    "tbody",
];

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return state.open(&tag),
            Token::TagToken(tag) => state.close(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State<'_> {
    fn counts(&self) -> bool {
        self.skipped.is_none() && (self.container.is_none() || self.container_depth > 0)
    }

    fn text(&mut self, text: &str) {
        if self.skipped.as_ref().is_some_and(|(name, _)| name == "title") {
            self.title.get_or_insert_default().push_str(text);
        } else if self.counts() {
            match &mut self.pre {
                Some(code) => code.push_str(text),
                None => self.out.text(text),
            }
        }
    }

    fn open(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if !tag.self_closing {
            match &mut self.skipped {
                Some((skipped, depth)) if skipped == name => *depth += 1,
                Some(_) => {}
                None if SKIPPED.contains(&name) || (name == "title" && self.title.is_none()) => {
                    self.skipped = Some((name.to_string(), 1));
                }
                None => {}
            }
            if self.container == Some(name) {
                self.container_depth += 1;
            }
        }
        if self.counts() {
            match name {
                "br" => match &mut self.pre {
                    Some(code) => code.push('\n'),
                    None => self.out.line_break(),
                },
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.out.heading(name.as_bytes()[1] - b'0'),
                "ul" | "ol" | "menu" => self.out.list(),
                "tr" => self.out.row(),
                "td" | "th" => self.out.cell(),
                "pre" => {
                    self.out.end_block();
                    self.pre = Some(String::new());
                }
                name if BLOCKS.contains(&name) => self.out.end_block(),
                _ => {}
            }
        }
        if tag.self_closing {
            return TokenSinkResult::Continue;
        }
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn close(&mut self, name: &str) {
        if self.counts() {
            match name {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.out.end_block(),
                "ul" | "ol" | "menu" => self.out.end_list(),
                "td" | "th" => self.out.end_cell(),
                "tr" | "table" => self.out.end_row(),
                "pre" => {
                    if let Some(code) = self.pre.take() {
                        self.out.code(&code);
                    }
                }
                name if BLOCKS.contains(&name) => self.out.end_block(),
                _ => {}
            }
        }
        if self.container == Some(name) {
            self.container_depth = self.container_depth.saturating_sub(1);
        }
        if let Some((skipped, depth)) = &mut self.skipped
            && skipped == name
        {
            *depth -= 1;
            if *depth == 0 {
                self.skipped = None;
            }
        }
    }
}
