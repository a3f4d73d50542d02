//! What turns texts into vectors, wherever it runs: an encoder in this process, or a model behind an address.
//!
//! Whoever searches by meaning needs no more than this trait. Vectors of two embedders must never meet in one index, and
//! [`Embedder::id`] is what tells them apart. No batching, no cache: an embedder cuts what it gets as suits it.

use sys::Coded;

/// Turns texts into vectors of one width.
pub trait Embedder: Send + Sync {
    /// Tells the vectors of two embedders apart: a model's name and a digest of what decides its vectors, or an address
    /// and a model's name.
    fn id(&self) -> &str;

    /// Numbers in a vector.
    fn width(&self) -> usize;

    /// One vector a text, in their order, each of length 1; zeros for a text in which the model reads nothing.
    ///
    /// # Errors
    /// [`EmbedError`]; then there are no vectors at all.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why there are no vectors: the embedder's own coded error, such as `EndpointError`.
#[derive(Debug)]
pub struct EmbedError(Box<dyn Coded + Send + Sync>);

impl EmbedError {
    /// Wraps what went wrong.
    pub fn new(error: impl Coded + Send + Sync + 'static) -> EmbedError {
        EmbedError(Box::new(error))
    }
}

impl Coded for EmbedError {
    fn code(&self) -> &'static str {
        self.0.code()
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        self.0.fields()
    }
}

impl std::fmt::Display for EmbedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for EmbedError {}

/// Brings a vector to length 1; one of zeros stays.
///
/// ```
/// let mut vector = [3.0, 4.0];
/// api::normalise(&mut vector);
/// assert_eq!(vector, [0.6, 0.8]);
/// ```
pub fn normalise(vector: &mut [f32]) {
    // In f64 no square overflows or vanishes.
    let length = vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
}
