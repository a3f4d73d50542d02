//! HTML: the main text of a page, with its headings, lists, tables and code.
//!
//! Works on the standard's token stream (html5ever), not on a tree: a writer that forgives missing ends needs no more.
//! Main text is what `<main>` holds, else `<article>`, else everything but navigation, asides, footers, forms' controls,
//! scripts and styles. Of that, elements that call themselves navigation or the like by class or id are left out again, if most of what they
//! say is links, or if they say little. Not here: visibility by style sheets, and scripts that write the page.

use super::writer::{Mark, Writer};
use crate::document::Document;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Parses a page.
pub fn parse(text: &str) -> Document {
    let text = crate::document::normalise(text);
    let lower = text.to_ascii_lowercase();
    let containers = ["main", "article"].into_iter().filter(|name| lower.contains(&format!("<{name}")));
    // A page that calls all of itself a menu has that for its text.
    for keeps_asides in [false, true] {
        for container in containers.clone().map(Some).chain([None]) {
            let mut out = Writer::default();
            run(&text, &mut out, container, keeps_asides);
            if !out.is_empty() {
                return out.finish();
            }
        }
    }
    Writer::default().finish()
}

/// Reads a fragment, or a page without choosing its main text, into `out`.
pub fn read(text: &str, out: &mut Writer) {
    run(text, out, None, true);
}

fn run(text: &str, out: &mut Writer, container: Option<&'static str>, keeps_asides: bool) {
    let state = State {
        out,
        container,
        container_depth: 0,
        skipped: None,
        keeps_asides,
        asides: vec![],
        link_depth: 0,
        pre: None,
        title: None,
    };
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
    /// Whether what calls itself no main text stays.
    keeps_asides: bool,
    /// The open elements that call themselves that, the outermost first.
    asides: Vec<Aside>,
    /// Links that are open.
    link_depth: usize,
    /// Text of an open `<pre>`.
    pre: Option<String>,
    /// Text of `<title>`.
    title: Option<String>,
}

/// An element that calls itself no main text.
struct Aside {
    name: String,
    /// How often an element of its name is open.
    depth: usize,
    /// What was written before it.
    before: Mark,
    /// Bytes of its text, and of those in links.
    bytes: usize,
    link_bytes: usize,
    /// Whether it goes only if it is mostly links: a menu may be that of a restaurant.
    is_menu: bool,
}

/// What says less than this is no main text, if it calls itself none.
const ASIDE_BYTES_MAX: usize = 200;

/// Asides within asides are looked at so deep.
const ASIDES_MAX: usize = 8;

/// Elements that may be an aside.
const CONTAINERS: [&str; 8] = ["div", "section", "ul", "ol", "header", "p", "dl", "form"];

/// Words of classes and ids by which elements call themselves no main text.
const ASIDES: [&str; 22] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "sidebar",
    "footer",
    "cookie",
    "cookies",
    "consent",
    "ad",
    "ads",
    "advert",
    "adverts",
    "advertisement",
    "advertising",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "social",
    "share",
    "newsletter",
    "promo",
];

impl Aside {
    /// The element of `tag`, if it calls itself no main text.
    fn of(tag: &Tag, before: impl FnOnce() -> Mark) -> Option<Aside> {
        if !CONTAINERS.contains(&&*tag.name) {
            return None;
        }
        let named = tag.attrs.iter().filter(|attribute| matches!(&*attribute.name.local, "class" | "id"));
        let words: Vec<String> = named
            .flat_map(|attribute| attribute.value.split(|c: char| !c.is_ascii_alphanumeric()))
            .map(str::to_ascii_lowercase)
            .collect();
        let word = words.iter().find(|word| ASIDES.contains(&word.as_str()))?;
        let is_menu = word == "menu";
        Some(Aside { name: tag.name.to_string(), depth: 1, before: before(), bytes: 0, link_bytes: 0, is_menu })
    }

    fn is_no_main_text(&self) -> bool {
        self.link_bytes * 2 > self.bytes || (!self.is_menu && self.bytes < ASIDE_BYTES_MAX)
    }
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
            let bytes = text.trim().len();
            for aside in &mut self.asides {
                aside.bytes += bytes;
                aside.link_bytes += if self.link_depth > 0 { bytes } else { 0 };
            }
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
            if !tag.self_closing {
                self.asides.iter_mut().filter(|aside| aside.name == name).for_each(|aside| aside.depth += 1);
                let is_plain = !self.out.is_in_row() && self.pre.is_none();
                if !self.keeps_asides && is_plain && self.asides.len() < ASIDES_MAX {
                    self.asides.extend(Aside::of(tag, || self.out.mark()));
                }
            }
            match name {
                "a" => self.link_depth += usize::from(!tag.self_closing),
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
                "a" => self.link_depth = self.link_depth.saturating_sub(1),
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
        if self.counts() {
            self.asides.iter_mut().filter(|aside| aside.name == name).for_each(|aside| aside.depth -= 1);
            while let Some(aside) = self.asides.pop_if(|aside| aside.depth == 0) {
                self.out.end_block();
                if aside.is_no_main_text() {
                    self.out.undo(aside.before);
                    for around in &mut self.asides {
                        around.bytes -= aside.bytes;
                        around.link_bytes -= aside.link_bytes;
                    }
                }
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
