//! An embedding model behind an OpenAI-compatible address: `POST {address}/embeddings`.
//!
//! What comes back is not taken on trust: as many vectors as texts, each once, all of one width, of finite numbers.

use crate::endpoint::{Endpoint, EndpointError, EndpointPatience};
use crate::openai::{EmbeddingReply, EmbeddingRequest, PromptInput};
use crate::{EmbedError, Embedder, normalise, read};

/// Texts of a request; some servers take no more than 32.
const BATCH_TEXTS: usize = 32;
/// Bytes of a request's texts, unless a single one has more. OpenAI takes 300,000 tokens, and no token is shorter than a byte.
const BATCH_BYTES: usize = 1 << 18;
/// What is embedded to learn the width.
const PROBE: &str = "width";
/// Numbers in a vector; no model that is served has a tenth of it.
const WIDTH_MAX: usize = 1 << 16;

/// An embedding model behind an address.
pub struct EmbeddingEndpoint {
    endpoint: Endpoint,
    model: String,
    id: String,
    width: usize,
}

impl EmbeddingEndpoint {
    /// Asks the API at `address` (such as `https://api.openai.com/v1`) for a first vector of `model`.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub fn connect(
        address: &str,
        model: &str,
        key: Option<&str>,
        patience: EndpointPatience,
    ) -> Result<EmbeddingEndpoint, EndpointError> {
        let endpoint = Endpoint::new(address, key, patience)?;
        let id = format!("{} {model}", endpoint.address());
        let mut connected = EmbeddingEndpoint { endpoint, model: model.into(), id, width: 0 };
        let probed = connected.request(&[PROBE])?;
        connected.width = probed[0].len();
        if !(1..=WIDTH_MAX).contains(&connected.width) {
            return Err(connected.wrong(format!("vectors of 1 to {WIDTH_MAX} numbers"), connected.width.to_string()));
        }
        Ok(connected)
    }

    /// Embeds the texts of one request.
    fn request(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EndpointError> {
        let request = EmbeddingRequest {
            model: Some(self.model.clone()),
            input: Some(PromptInput::Texts(texts.iter().map(|text| text.to_string()).collect())),
            // Every server knows it; not every one knows base64.
            encoding_format: Some("float".into()),
            dimensions: None,
        };
        let answer = self.endpoint.post("embeddings", &request)?;
        let reply: EmbeddingReply = read(&answer).map_err(|error| {
            let place = error.param.map(|param| format!("{param}: ")).unwrap_or_default();
            self.wrong("a list of embeddings".into(), format!("{place}{}", error.message))
        })?;
        if reply.data.len() != texts.len() {
            return Err(self.wrong(format!("{} vectors", texts.len()), reply.data.len().to_string()));
        }
        let mut vectors = vec![None; texts.len()];
        for item in reply.data {
            let Some(place @ None) = vectors.get_mut(item.index) else {
                return Err(self.wrong("each index once".into(), format!("index {}", item.index)));
            };
            let floats = item.embedding.into_floats();
            let sound = floats.filter(|floats| floats.iter().all(|x| x.is_finite()));
            *place =
                Some(sound.ok_or_else(|| self.wrong("finite numbers".into(), format!("others at {}", item.index)))?);
        }
        Ok(vectors.into_iter().flatten().collect())
    }

    fn wrong(&self, expected: String, found: String) -> EndpointError {
        EndpointError::Answer { address: format!("{}/embeddings", self.endpoint.address()), expected, found }
    }
}

impl Embedder for EmbeddingEndpoint {
    fn id(&self) -> &str {
        &self.id
    }

    fn width(&self) -> usize {
        self.width
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut all = Vec::with_capacity(texts.len());
        for batch in batches(texts) {
            for mut vector in self.request(batch).map_err(EmbedError::new)? {
                if vector.len() != self.width {
                    let expected = format!("vectors of {} numbers, as the first had", self.width);
                    return Err(EmbedError::new(self.wrong(expected, vector.len().to_string())));
                }
                normalise(&mut vector);
                all.push(vector);
            }
        }
        Ok(all)
    }
}

/// Cuts texts into requests.
fn batches<'a, 't>(texts: &'a [&'t str]) -> impl Iterator<Item = &'a [&'t str]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        let mut n_bytes = 0;
        let fits = rest.iter().take(BATCH_TEXTS).take_while(|text| {
            n_bytes += text.len();
            n_bytes <= BATCH_BYTES
        });
        let n = fits.count().max(1).min(rest.len());
        let (batch, after) = rest.split_at(n);
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_hold_few_texts_and_bytes() {
        let long = "x".repeat(BATCH_BYTES / 2 + 1);
        let cut = |texts: &[&str]| batches(texts).map(<[_]>::len).collect::<Vec<_>>();
        assert!(cut(&[]).is_empty());
        assert_eq!(cut(&[""; 70]), [32, 32, 6]);
        assert_eq!(cut(&[long.as_str(); 2]), [1, 1]);
        assert_eq!(cut(&[long.repeat(3).as_str(), "a", "b"]), [1, 2]);
    }
}
