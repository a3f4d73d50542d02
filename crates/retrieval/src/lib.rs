//! Knowledge bases over one's own documents: parse, chunk, index, search, cite, evaluate.
//!
//! A file becomes a [`Document`] (one normalised text and blocks that are ranges of it), a document becomes [`Chunk`]s
//! (again ranges of that text), chunks go into an index, and what a search returns is a range as well: any citation can be
//! checked by slicing. Everything runs in this process and needs no model, no server and no configuration, in Chinese and
//! English alike.
//!
//! ```
//! use retrieval::{Chunking, parse};
//! let document = parse::parse("tea.md".as_ref(), "# 茶\n\n绿茶不发酵。\n\n# Tea\n\nGreen tea is not fermented.".as_bytes()).unwrap();
//! let chunks = Chunking::Recursive { tokens: 8 }.cut(&document);
//! assert_eq!(&document.text[chunks[1].range.clone()], "Tea\n\nGreen tea is not fermented.");
//! ```

pub mod access;
pub mod answer;
mod bytes;
pub mod chunk;
pub mod document;
pub mod evaluate;
pub mod fuse;
pub mod knowledge_base;
pub mod lexical;
pub mod lsa;
pub mod meaning;
pub mod parse;
pub mod questions;
pub mod sentences;
pub mod sources;
mod starts;
pub mod store;
pub mod tokens;
pub mod vector;

pub use chunk::{Chunk, Chunking};
pub use document::Document;
pub use knowledge_base::KnowledgeBase;
