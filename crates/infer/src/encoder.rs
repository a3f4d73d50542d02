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

/// Digits of the digest in an encoder's name: enough that no two ever share them by chance.
const ID_DIGITS: usize = 16;

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

    /// A vector for each text, as the model's publisher means it: of length 1 only if the folder says so.
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, TokenizerError> {
        let ids = texts.iter().map(|text| self.encoder.encode(text)).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&i| ids[i].len());
        let mut vectors = vec![Vec::new(); texts.len()];
        let mut rest = &order[..];
        while !rest.is_empty() {
            let mut n_tokens = 0;
            let fits = rest.iter().take_while(|&&i| {
                n_tokens += ids[i].len();
                n_tokens <= BATCH_TOKENS
            });
            let (batch, after) = rest.split_at(fits.count().max(1));
            self.read(batch, &ids, &mut vectors);
            rest = after;
        }
        Ok(vectors)
    }

    /// Embeds the texts `batch`.
    fn read(&self, batch: &[usize], ids: &[Vec<u32>], vectors: &mut [Vec<f32>]) {
        let mut offsets = vec![0];
        let mut tokens = Vec::new();
        for &i in batch {
            tokens.extend_from_slice(&ids[i]);
            offsets.push(tokens.len());
        }
        let cx = Cx::inference(&self.folder.params);
        let hidden = self.folder.bert.forward(&cx, &Batch::packed(tokens, offsets.clone())); // [n, d]
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
        self.id.get_or_init(|| format!("{}@{}", self.folder.name, &self.folder.digest()[..ID_DIGITS]))
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
