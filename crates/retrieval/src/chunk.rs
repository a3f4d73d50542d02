//! Chunking: which pieces of a document are found and shown.
//!
//! A [`Chunk`] is an exact byte range of the document's text (`range`, what is indexed and cited) within a second one
//! (`context`, what a reader is given: the same range, the sentences around it, or its parent). Budgets are in the tokens of
//! [`crate::tokens`]. Chunks never overlap but by `Fixed`'s overlap, and hold no white space at
//! their ends but a code line's indentation.
//!
//! The method that fits most texts is `Recursive`: cut at the strongest boundaries (headings, blocks, lines, sentences)
//! until every piece fits, then join neighbours while they fit ([`recursive`]). `Semantic` cuts where the subject changes, which an
//! embedder has to tell ([`semantic`]).

pub mod recursive;
pub mod semantic;

use crate::document::{Document, Place};
use crate::{sentences, tokens};
use api::{EmbedError, Embedder};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Byte range in the document's text: what is indexed and cited.
    pub range: Range<usize>,
    /// Byte range around it that is given to a reader.
    pub context: Range<usize>,
    /// Headings above all of it, outermost first.
    pub headings: Vec<String>,
    /// Where it stands in a paged file: the page that it begins on, and the box around its blocks there.
    pub place: Option<Place>,
}

/// How a document is cut.
#[derive(Clone, Debug, PartialEq)]
pub enum Chunking {
    /// Every `tokens` tokens, each chunk beginning with the last `overlap` of the one before.
    Fixed {
        /// Size of a chunk.
        tokens: usize,
        /// Tokens that two neighbours share; less than `tokens`.
        overlap: usize,
    },
    /// By structure, each chunk at most `tokens`.
    Recursive {
        /// Size that no chunk exceeds.
        tokens: usize,
    },
    /// Each sentence, with `window` sentences on both sides as context.
    Sentences {
        /// Sentences before and after that belong to the context.
        window: usize,
    },
    /// By structure into parents of at most `parent` tokens, and these into children; a child's context is its parent.
    ParentChild {
        /// Size that no context exceeds.
        parent: usize,
        /// Size that no chunk exceeds.
        child: usize,
    },
    /// Where the subject changes, each chunk at most `tokens`; needs an embedder.
    Semantic {
        /// Size that no chunk exceeds.
        tokens: usize,
    },
    /// At every occurrence of a delimiter, and nowhere else, whatever the sizes; the delimiters belong to no chunk. A knowledge base reads
    /// Markdown as it is written for this, so that `---` and `##` are there to be found.
    Delimited {
        /// The delimiters, taken literally; the longest that fits wins.
        delimiters: Vec<String>,
    },
}

impl Chunking {
    /// What a knowledge base uses when nothing is said.
    pub fn usual() -> Chunking {
        Chunking::Recursive { tokens: 256 }
    }

    /// Whether only an embedder can tell where to cut.
    pub fn needs_embedder(&self) -> bool {
        matches!(self, Chunking::Semantic { .. })
    }

    /// Cuts `document`, asking `embedder` where the subject changes if that is the way.
    ///
    /// # Errors
    /// Those of the embedder.
    pub fn cut_with(&self, document: &Document, embedder: &dyn Embedder) -> Result<Vec<Chunk>, EmbedError> {
        match self {
            Chunking::Semantic { tokens } => Ok(of_ranges(document, semantic::cut(document, embedder, *tokens)?)),
            _ => Ok(self.cut(document)),
        }
    }

    /// Cuts `document`.
    ///
    /// # Panics
    /// If that [needs an embedder](Self::needs_embedder); see [`Self::cut_with`].
    ///
    /// ```
    /// use retrieval::{Chunking, Document};
    /// let document = Document::plain("First part.---Second part.---");
    /// let chunks = Chunking::Delimited { delimiters: vec!["---".into()] }.cut(&document);
    /// assert_eq!(&document.text[chunks[1].range.clone()], "Second part.");
    /// ```
    pub fn cut(&self, document: &Document) -> Vec<Chunk> {
        let whole = 0..document.text.len();
        let pairs: Vec<(Range<usize>, Range<usize>)> = match self {
            Chunking::Fixed { tokens, overlap } => same(fixed(&document.text, whole, *tokens, *overlap)),
            Chunking::Recursive { tokens } => same(recursive::cut(document, whole, *tokens)),
            Chunking::Sentences { window } => sentence_windows(document, *window),
            Chunking::ParentChild { parent, child } => recursive::cut(document, whole, *parent)
                .into_iter()
                .flat_map(|parent| {
                    recursive::cut(document, parent.clone(), *child).into_iter().map(move |c| (c, parent.clone()))
                })
                .collect(),
            Chunking::Delimited { delimiters } => same(delimited(&document.text, delimiters)),
            Chunking::Semantic { .. } => panic!("Chunking::cut: {self} needs an embedder"),
        };
        chunks(document, pairs)
    }
}

/// The chunks of byte ranges of the document's text in ascending order, each its own context.
pub fn of_ranges(document: &Document, ranges: Vec<Range<usize>>) -> Vec<Chunk> {
    chunks(document, same(ranges))
}

/// The chunks of ranges and contexts in ascending order.
fn chunks(document: &Document, pairs: Vec<(Range<usize>, Range<usize>)>) -> Vec<Chunk> {
    let mut sections = Sections { document, at: 0 };
    pairs.into_iter().map(|(range, context)| sections.chunk(range, context)).collect()
}

fn same(ranges: Vec<Range<usize>>) -> Vec<(Range<usize>, Range<usize>)> {
    ranges.into_iter().map(|range| (range.clone(), range)).collect()
}

/// Windows of `tokens` tokens within `within`.
fn fixed(text: &str, within: Range<usize>, tokens: usize, overlap: usize) -> Vec<Range<usize>> {
    let spans: Vec<Range<usize>> = tokens::spans(&text[within.clone()]).collect();
    let bytes =
        |window: Range<usize>| within.start + spans[window.start].start..within.start + spans[window.end - 1].end;
    windows(spans.len(), tokens, overlap).into_iter().map(bytes).collect()
}

/// Windows over `n` tokens, `size` to each, beginning with the last `overlap` of the one before; the last ends at `n`.
///
/// ```
/// assert_eq!(retrieval::chunk::windows(10, 4, 1), [0..4, 3..7, 6..10]);
/// ```
pub fn windows(n: usize, size: usize, overlap: usize) -> Vec<Range<usize>> {
    let step = size.saturating_sub(overlap).max(1);
    let mut found = vec![];
    let mut start = 0;
    while start < n {
        let end = (start + size.max(1)).min(n);
        found.push(start..end);
        start = if end == n { n } else { start + step };
    }
    found
}

fn sentence_windows(document: &Document, window: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let within = document.blocks.iter().map(|block| block.range.clone());
    let sentences: Vec<Range<usize>> = within.flat_map(|range| sentences::split(&document.text, range)).collect();
    let around = |i: usize| {
        let last = (i + window).min(sentences.len() - 1);
        sentences[i.saturating_sub(window)].start..sentences[last].end
    };
    sentences.iter().enumerate().map(|(i, range)| (range.clone(), around(i))).collect()
}

fn delimited(text: &str, delimiters: &[String]) -> Vec<Range<usize>> {
    let mut delimiters: Vec<&str> = delimiters.iter().map(String::as_str).filter(|d| !d.is_empty()).collect();
    delimiters.sort_by_key(|d| std::cmp::Reverse(d.len()));
    let mut found = vec![];
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        match delimiters.iter().find(|d| text.as_bytes()[at..].starts_with(d.as_bytes())) {
            Some(delimiter) => {
                found.push(start..at);
                at += delimiter.len();
                start = at;
            }
            None => at += 1,
        }
    }
    found.push(start..text.len());
    let trimmed = found.into_iter().map(|range| trim(text, range));
    trimmed.filter(|range| !range.is_empty()).collect()
}

/// `range` without white space at its ends.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = &text[range.clone()];
    let start = range.start + slice.len() - slice.trim_start().len();
    start..(range.start + slice.trim_end().len()).max(start)
}

/// Finds the headings of chunks that come in ascending order.
struct Sections<'d> {
    document: &'d Document,
    at: usize,
}

impl Sections<'_> {
    fn chunk(&mut self, range: Range<usize>, context: Range<usize>) -> Chunk {
        let blocks = &self.document.blocks;
        while self.at < blocks.len() && blocks[self.at].range.end <= range.start {
            self.at += 1;
        }
        // Overlapping chunks may begin before the last one ended.
        while self.at > 0 && blocks[self.at - 1].range.end > range.start {
            self.at -= 1;
        }
        let mut inside = blocks[self.at..].iter().take_while(|block| block.range.start < range.end);
        let first = inside.next();
        let mut headings: Vec<String> = match first {
            Some(block) => self.document.heading_path(block).into_iter().map(str::to_string).collect(),
            None => vec![],
        };
        let mut place = first.and_then(|block| block.place);
        for block in inside {
            if let (Some(place), Some(next)) = (&mut place, block.place)
                && place.page == next.page
            {
                *place = place.around(&next);
            }
            if headings.is_empty() {
                continue;
            }
            let path = self.document.heading_path(block);
            let shared = headings.iter().zip(&path).take_while(|(a, b)| a == *b).count();
            headings.truncate(shared);
        }
        Chunk { range, context, headings, place }
    }
}

/// `recursive:256`, `fixed:512`, `fixed:512/64`, `sentences:2`, `parent:1024/256`, `semantic:256`, `delimiter:---`.
impl fmt::Display for Chunking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Chunking::Fixed { tokens, overlap: 0 } => write!(f, "fixed:{tokens}"),
            Chunking::Fixed { tokens, overlap } => write!(f, "fixed:{tokens}/{overlap}"),
            Chunking::Recursive { tokens } => write!(f, "recursive:{tokens}"),
            Chunking::Sentences { window } => write!(f, "sentences:{window}"),
            Chunking::Semantic { tokens } => write!(f, "semantic:{tokens}"),
            Chunking::ParentChild { parent, child } => write!(f, "parent:{parent}/{child}"),
            Chunking::Delimited { delimiters } => {
                write!(f, "delimiter:{}", delimiters.join("|").replace('\n', "\\n").replace('\t', "\\t"))
            }
        }
    }
}

/// Reads what `Display` writes, and `semantic` alone; several delimiters are apart by `|`, and `\n` and `\t` stand for line end and tab.
impl FromStr for Chunking {
    type Err = ChunkingError;

    fn from_str(found: &str) -> Result<Chunking, ChunkingError> {
        let refuse = || ChunkingError::Unknown { found: found.to_string() };
        if found == "semantic" {
            return Ok(Chunking::Semantic { tokens: SEMANTIC_TOKENS });
        }
        let (name, value) = found.split_once(':').ok_or_else(refuse)?;
        let number =
            |text: &str| text.parse::<usize>().ok().filter(|n| (1..=TOKENS_MAX).contains(n)).ok_or_else(refuse);
        match name {
            "semantic" => Ok(Chunking::Semantic { tokens: number(value)? }),
            "recursive" => Ok(Chunking::Recursive { tokens: number(value)? }),
            "fixed" => {
                let (tokens, overlap) = match value.split_once('/') {
                    Some((tokens, overlap)) => (number(tokens)?, overlap.parse().map_err(|_| refuse())?),
                    None => (number(value)?, 0),
                };
                if overlap < tokens { Ok(Chunking::Fixed { tokens, overlap }) } else { Err(refuse()) }
            }
            "sentences" => Ok(Chunking::Sentences { window: value.parse().map_err(|_| refuse())? }),
            "parent" => {
                let (parent, child) = value.split_once('/').ok_or_else(refuse)?;
                let (parent, child) = (number(parent)?, number(child)?);
                if child <= parent { Ok(Chunking::ParentChild { parent, child }) } else { Err(refuse()) }
            }
            "delimiter" if !value.is_empty() => {
                let delimiters = value.split('|').map(|d| d.replace("\\n", "\n").replace("\\t", "\t")).collect();
                Ok(Chunking::Delimited { delimiters })
            }
            _ => Err(refuse()),
        }
    }
}

/// The budget of `semantic` alone.
const SEMANTIC_TOKENS: usize = 256;
/// No budget is larger: a chunk is meant to be read.
const TOKENS_MAX: usize = 1 << 20;

sys::coded_error! {
    /// A chunking that cannot be read.
    pub enum ChunkingError {
        /// It is none of the forms.
        Unknown { found: String } = "kb.chunking",
        /// It needs an embedder, and none was chosen.
        NeedsEmbedder { asked: String } = "kb.chunking_needs_embedder",
    }
}
