//! Wire types of hosted model APIs, for servers and clients alike.
//!
//! A type here is what travels, nothing more: what a field means is the business of whoever serves or asks. Unknown
//! fields are ignored, because clients are newer than servers; fields of a wrong type are named in the error.

pub mod openai;
mod read;

pub use read::{ReadError, read};
