//! What says how well texts answer a question, wherever it runs.
//!
//! An [`crate::Embedder`] sees each text by itself, and its vectors can be kept; a reranker reads the question and a text
//! together. It tells more and costs more, so it is asked about the best hits of a search alone.

use crate::EmbedError;

/// Scores texts for a question.
pub trait Reranker: Send + Sync {
    /// Tells the scores of two rerankers apart: a model's name and a digest of what decides its scores.
    fn id(&self) -> &str;

    /// A score for each text, in their order, the larger the better; comparable within one question.
    ///
    /// # Errors
    /// [`RerankError`]; then there are no scores at all.
    fn scores(&self, query: &str, texts: &[&str]) -> Result<Vec<f32>, RerankError>;
}

/// Why there are no scores: the reranker's own coded error.
pub type RerankError = EmbedError;
