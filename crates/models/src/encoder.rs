//! Opening a published encoder of texts: BERT or RoBERTa, with what `sentence-transformers` says of its use.
//!
//! Beside the weights and the tokenizer a folder may say how the hidden states of a text become one vector
//! ([`crate::modules`]), and how many tokens are read (`sentence_bert_config.json`, else `tokenizer_config.json`).

use crate::bert::Bert;
use crate::bert_folder::{self, BertFolder};
use crate::loading::{F32, LoadingError, Stored, fill};
use crate::modules::{self, Ending};
use crate::published::Published;
use formats::Checkpoint;
use kernels::quantised::RowOrder;
use std::path::Path;
use tensor::{Params, ParamsBuilder};

pub use crate::bert_folder::ENCODERS;
pub use crate::modules::Pooling;
pub use kernels::Products;

/// Arrays beside the encoder itself: heads of other tasks, and tables that are computed.
const BESIDE: [&str; 6] =
    ["pooler.", "cls.", "lm_head.", "classifier.", "embeddings.position_ids", "embeddings.token_type_ids"];

/// An encoder with its weights, as opened.
pub struct EncoderFolder {
    /// The folder's name.
    pub name: String,
    /// The model.
    pub bert: Bert,
    /// Its weights.
    pub params: Params,
    /// In what its layers multiply.
    pub products: Products,
    /// The bytes of `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// How hidden states become one vector.
    pub pooling: Pooling,
    /// Whether that vector is brought to length 1.
    pub normalised: bool,
    /// Tokens of a text that are read, its begin and end included.
    pub max_tokens: usize,
    checkpoint: Checkpoint,
}

impl EncoderFolder {
    /// SHA-256 of everything that decides a text's vector, in hexadecimal. Reads all weights.
    pub fn digest(&self) -> String {
        let EncoderFolder { bert, pooling, normalised, max_tokens, products, .. } = self;
        let products = if *products == Products::Bf16 { " bf16" } else { "" };
        let facts = format!("{:?} {pooling:?} {normalised} {max_tokens}{products}", bert.config());
        bert_folder::digest(&facts, &self.tokenizer_json, &self.checkpoint)
    }
}

/// Whether `path` is a published encoder, by what its files say of it.
pub fn is_encoder(path: &Path) -> bool {
    let published = Published::open(path);
    published.is_ok_and(|it| it.architecture().is_some_and(|name| ENCODERS.contains(&name)))
}

/// Opens a Hugging Face folder.
///
/// # Errors
/// [`LoadingError`].
pub fn open(path: &Path) -> Result<EncoderFolder, LoadingError> {
    open_for(path, Products::F32)
}

/// The same, for products of this type.
///
/// # Errors
/// [`LoadingError`].
pub fn open_for(path: &Path, products: Products) -> Result<EncoderFolder, LoadingError> {
    open_nameless(path, products).map_err(|error| error.at(path))
}

fn open_nameless(path: &Path, products: Products) -> Result<EncoderFolder, LoadingError> {
    let folder = BertFolder::open(path)?;
    let mut builder = ParamsBuilder::new();
    let bert = Bert::new(&folder.config, &mut builder)?;
    let named = |array: &str| {
        let array = folder.plain_name(array);
        (!is_beside(&array)).then(|| array.into_owned())
    };
    let mut params =
        fill(builder, &folder.published.checkpoint, F32::Copied, named, |_| Stored::Rows(RowOrder::Stored))?;
    // An encoder reads short texts, of which packing would cost each as much as its products.
    params.pack(products);
    let Ending { pooling, normalised } = modules::ending(&folder)?;
    Ok(EncoderFolder {
        name: folder.name(),
        bert,
        params,
        products,
        tokenizer_json: folder.tokenizer_json()?,
        pooling,
        normalised,
        max_tokens: folder.max_tokens()?,
        checkpoint: folder.published.checkpoint,
    })
}

/// Whether an array is no part of the encoder itself.
pub(crate) fn is_beside(array: &str) -> bool {
    BESIDE.iter().any(|beside| array.starts_with(beside))
}
