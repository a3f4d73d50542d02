//! Any text by any model's tokenizer: the pieces, their ids, their bytes.

use super::{check_length, folder_of};
use crate::App;
use crate::chat::Refusal;
use crate::failure::{Body, Failure};
use axum::Json;
use axum::extract::State;
use formats::gguf::vocabulary;
use models::published::{Description, Published};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use sys::atomic_file;
use text::encoder::TextEncoder;
use text::tokenizer::{Special, Tokenizer, TokenizerError};

/// Characters of a text: more would be more pieces than a page can show.
const CHARACTERS_MAX: usize = 20_000;

/// A text to be cut.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct Tokenise {
    /// The model whose tokenizer it is: a run's id, or ORG/NAME.
    pub model: String,
    /// At most 20,000 characters.
    pub text: String,
    /// Whether markers in the text are markers; otherwise they are characters like any other.
    #[serde(default)]
    pub parse_markers: bool,
}

/// A text by pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Tokenised {
    /// In order, with those that the tokenizer itself adds.
    pub pieces: Vec<Piece>,
    /// Characters of the text.
    pub n_characters: u32,
    /// Bytes of the text in UTF-8.
    pub n_bytes: u32,
    /// Entries of the vocabulary.
    pub vocab_size: u32,
}

/// A token of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Piece {
    /// Its number in the vocabulary.
    pub id: u32,
    /// As the vocabulary writes it.
    pub name: String,
    /// The bytes of the text that it stands for; none for what the tokenizer adds.
    pub bytes: Vec<u8>,
    /// Those bytes as text, where they are whole characters.
    pub text: Option<String>,
    /// Whether it is a marker.
    pub is_special: bool,
}

/// A tokenizer of either kind.
pub(crate) enum Cutter {
    /// One that turns ids back into bytes.
    Written(Box<Tokenizer>),
    /// One that only reads, such as word pieces.
    Reader(Box<TextEncoder>),
}

/// `POST /api/tokenize`.
pub(super) async fn tokenise(
    State(app): State<Arc<App>>,
    Body(wanted): Body<Tokenise>,
) -> Result<Json<Tokenised>, Failure> {
    check_length(&wanted.text, CHARACTERS_MAX, "20000 characters at most")?;
    let cut = crate::blocking(move || -> Result<Tokenised, Failure> {
        let place = app.place(&wanted.model)?;
        let cutter = app.library.tokenizers.get(&place.path, &place.stamp, || open(&place.files).map(Arc::new));
        cutter.and_then(|cutter| cut(&cutter, &wanted)).map_err(Failure::of)
    });
    Ok(Json(cut.await?))
}

fn open(path: &Path) -> Result<Cutter, Refusal> {
    let json = tokenizer_json(path)?;
    match Tokenizer::from_json(&json) {
        Ok(tokenizer) => Ok(Cutter::Written(Box::new(tokenizer))),
        Err(TokenizerError::UnsupportedDecoder { .. }) => {
            let reader = TextEncoder::new(&json, usize::MAX, usize::MAX);
            Ok(Cutter::Reader(Box::new(reader.map_err(|error| Arc::new(error) as Refusal)?)))
        }
        Err(error) => Err(Arc::new(error)),
    }
}

/// The file beside the weights, or what the metadata of a GGUF file amounts to.
fn tokenizer_json(path: &Path) -> Result<Vec<u8>, Refusal> {
    let beside = folder_of(path).join("tokenizer.json");
    if beside.is_file() && path.is_dir() {
        return atomic_file::read(beside).map_err(|error| Arc::new(error) as Refusal);
    }
    let published = Published::open(path).map_err(|error| Arc::new(error) as Refusal)?;
    match (&published.description, published.metadata()) {
        (Description::Gguf, Some(metadata)) => {
            vocabulary::tokenizer_json(metadata).map_err(|error| Arc::new(error) as Refusal)
        }
        _ => atomic_file::read(beside).map_err(|error| Arc::new(error) as Refusal),
    }
}

fn cut(cutter: &Cutter, Tokenise { text, parse_markers, .. }: &Tokenise) -> Result<Tokenised, Refusal> {
    let refuse = |error: TokenizerError| Arc::new(error) as Refusal;
    let (pieces, vocab_size) = match cutter {
        Cutter::Written(tokenizer) => {
            let special = if *parse_markers { Special::Parse } else { Special::Text };
            let ids = tokenizer.encode(text, special).map_err(refuse)?;
            (ids.into_iter().map(|id| written(tokenizer, id)).collect(), tokenizer.vocab_size())
        }
        Cutter::Reader(reader) => {
            let pieces = reader.pieces(text).map_err(refuse)?.into_iter().map(|piece| Piece {
                id: piece.id,
                name: piece.name,
                bytes: text.as_bytes().get(piece.span.clone()).unwrap_or_default().to_vec(),
                text: text.get(piece.span).map(str::to_string),
                is_special: piece.is_special,
            });
            (pieces.collect(), reader.vocab_size())
        }
    };
    let (n_characters, n_bytes) = (text.chars().count() as u32, text.len() as u32);
    Ok(Tokenised { pieces, n_characters, n_bytes, vocab_size: vocab_size as u32 })
}

fn written(tokenizer: &Tokenizer, id: u32) -> Piece {
    let bytes = tokenizer.bytes_of(id).unwrap_or_default().to_vec();
    let text = String::from_utf8(bytes.clone()).ok();
    Piece { id, name: tokenizer.piece(id).unwrap_or_default(), bytes, text, is_special: tokenizer.is_special(id) }
}
