//! Embeddings: texts or their token ids to vectors.

use super::PromptInput;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A request for vectors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingRequest {
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What to embed.
    pub input: Option<PromptInput>,
    /// `float` or `base64`; left out, it is `float`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_format: Option<String>,
    /// Numbers in a vector, for models that can give fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u64>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingReply {
    /// `list`.
    #[serde(default)]
    pub object: String,
    /// A vector for each input.
    pub data: Vec<EmbeddingItem>,
    /// The model that answered.
    #[serde(default)]
    pub model: String,
    /// What it took; not every server says so.
    #[serde(default)]
    pub usage: EmbeddingUsage,
}

/// The vector of an input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingItem {
    /// `embedding`.
    #[serde(default)]
    pub object: String,
    /// The input's number, from 0.
    pub index: usize,
    /// Its vector.
    pub embedding: EmbeddingVector,
}

/// A vector as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a list of numbers, or base64 of 32-bit floats")]
pub enum EmbeddingVector {
    /// As JSON numbers.
    Floats(Vec<f32>),
    /// As base64 of little-endian 32-bit floats: a fifth of the bytes, and what OpenAI's Python client asks for.
    Base64(String),
}

impl EmbeddingVector {
    /// Packs `vector` as base64.
    ///
    /// ```
    /// use api::openai::EmbeddingVector;
    /// let packed = EmbeddingVector::base64(&[1.0]);
    /// assert_eq!(packed, EmbeddingVector::Base64("AACAPw==".into()));
    /// assert_eq!(packed.into_floats(), Some(vec![1.0]));
    /// ```
    pub fn base64(vector: &[f32]) -> EmbeddingVector {
        let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        EmbeddingVector::Base64(STANDARD.encode(bytes))
    }

    /// The numbers; `None` if the text is no base64 of whole ones.
    pub fn into_floats(self) -> Option<Vec<f32>> {
        let packed = match self {
            EmbeddingVector::Floats(floats) => return Some(floats),
            EmbeddingVector::Base64(packed) => packed,
        };
        let bytes = STANDARD.decode(packed).ok()?;
        let (floats, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

/// Tokens that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingUsage {
    /// Of all inputs.
    pub prompt_tokens: usize,
    /// The same.
    pub total_tokens: usize,
}
