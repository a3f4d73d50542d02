//! Texts to vectors: an encoder of this process with its tokenizer.
//!
//! Texts are sorted by length and read in batches of a bounded number of tokens, laid end to end; a text's vector does not
//! depend on which others are read with it.

use api::{EmbedError, Embedder};
use models::encoder::{EncoderFolder, Pooling};
use nn::Batch;
use std::sync::OnceLock;
use tensor::Cx;
use text::encoder::TextEncoder;
use text::tokenizer::TokenizerError;

/// Tokens of a batch: enough to keep the cores busy, few enough that the states stay in the caches.
const BATCH_TOKENS: usize = 2048;

/// Digits of the digest in a model's name: enough that no two ever share them by chance.
const ID_DIGITS: usize = 16;

sys::coded_error! {
    /// Why tokens cannot be read.
    pub enum InputError {
        /// There are none.
        Empty {} = "encode.empty",
        /// More than the model reads.
        TooLong { found: usize, max: usize } = "encode.too_long",
        /// A token that the model does not know.
        UnknownToken { id: u32, vocab_size: usize } = "encode.unknown_token",
    }
}

sys::coded_union! {
    /// Why a text or its tokens cannot be read.
    pub enum EncodeError {
        /// The tokens.
        Input(InputError),
        /// The text.
        Tokenizer(TokenizerError),
    }
}

/// Gives texts their vectors.
pub struct Encoder {
    folder: EncoderFolder,
    encoder: TextEncoder,
    id: OnceLock<String>,
}

impl Encoder {
    /// Reads the tokenizer of a folder.
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn new(folder: EncoderFolder) -> Result<Encoder, TokenizerError> {
        let encoder = TextEncoder::new(&folder.tokenizer_json, folder.max_tokens, folder.bert.config().vocab_size)?;
        Ok(Encoder { folder, encoder, id: OnceLock::new() })
    }

    /// The name of its folder.
    pub fn name(&self) -> &str {
        &self.folder.name
    }

    /// The tokens of a text, with those that begin and end it, cut to what the model reads.
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        self.encoder.encode(text)
    }

    /// Fails unless the model can read these tokens.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn check(&self, ids: &[u32]) -> Result<(), InputError> {
        let (max, vocab_size) = (self.folder.max_tokens, self.folder.bert.config().vocab_size);
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            _ if ids.is_empty() => Err(InputError::Empty {}),
            _ if ids.len() > max => Err(InputError::TooLong { found: ids.len(), max }),
            Some(&id) => Err(InputError::UnknownToken { id, vocab_size }),
            None => Ok(()),
        }
    }

    /// A vector for each text, as the model's publisher means it: of length 1 only if the folder says so.
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, TokenizerError> {
        let ids = texts.iter().map(|text| self.tokens(text)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.read_all(&ids.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// A vector for each text of tokens, which must be such as [`Encoder::tokens`] gives or [`Encoder::check`] passes.
    pub fn read_all(&self, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut vectors = vec![Vec::new(); texts.len()];
        for batch in batches(&texts.iter().map(|text| text.len()).collect::<Vec<_>>()) {
            self.read(&batch, texts, &mut vectors);
        }
        vectors
    }

    /// Embeds the texts `batch`.
    fn read(&self, batch: &[usize], texts: &[&[u32]], vectors: &mut [Vec<f32>]) {
        let mut offsets = vec![0];
        let mut tokens = Vec::new();
        for &i in batch {
            tokens.extend_from_slice(texts[i]);
            offsets.push(tokens.len());
        }
        let cx = Cx::inference(&self.folder.params);
        // A text alone is a first one.
        let kinds = vec![0; tokens.len()];
        let hidden = self.folder.bert.forward(&cx, &Batch::packed(tokens, offsets.clone()), &kinds); // [n, d]
        let d = self.folder.bert.config().d_model;
        for (&i, span) in batch.iter().zip(offsets.windows(2)) {
            let states = &hidden.values()[span[0] * d..span[1] * d];
            vectors[i] = pooled(states, d, self.folder.pooling);
            if self.folder.normalised {
                // `torch.nn.functional.normalize` divides by 1e-12 at least.
                let length = vectors[i].iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
                vectors[i].iter_mut().for_each(|x| *x /= length);
            }
        }
    }
}

impl Embedder for Encoder {
    /// The folder's name, and a digest of its weights, sizes, tokenizer and way of pooling; reads all weights at first.
    fn id(&self) -> &str {
        self.id.get_or_init(|| named(&self.folder.name, &self.folder.digest()))
    }

    fn width(&self) -> usize {
        self.folder.bert.config().d_model
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = self.vectors(texts).map_err(EmbedError::new)?;
        vectors.iter_mut().for_each(|vector| api::normalise(vector));
        Ok(vectors)
    }
}

/// One vector of the states `[n, d]` of a text; zeros for a text without any token.
fn pooled(states: &[f32], d: usize, pooling: Pooling) -> Vec<f32> {
    let mut rows = states.chunks_exact(d);
    let Some(first) = rows.next() else { return vec![0.0; d] };
    let mut vector = first.to_vec();
    match pooling {
        Pooling::Cls => {}
        Pooling::Max => rows.for_each(|row| vector.iter_mut().zip(row).for_each(|(a, b)| *a = a.max(*b))),
        Pooling::Mean => {
            rows.for_each(|row| vector.iter_mut().zip(row).for_each(|(a, b)| *a += b));
            let n = (states.len() / d) as f32;
            vector.iter_mut().for_each(|x| *x /= n);
        }
    }
    vector
}

/// A model's name, told apart from others of the same name by the digest of what decides its results.
pub(crate) fn named(name: &str, digest: &str) -> String {
    format!("{name}@{}", &digest[..ID_DIGITS])
}

/// The numbers of texts of so many tokens, in batches of alike ones.
pub(crate) fn batches(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&i| lengths[i]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut n_tokens = 0;
    for i in order {
        n_tokens += lengths[i];
        match batches.last_mut() {
            Some(batch) if n_tokens <= BATCH_TOKENS => batch.push(i),
            _ => {
                batches.push(vec![i]);
                n_tokens = lengths[i];
            }
        }
    }
    batches
}
