//! Texts, or pairs of them, to scores of labels: a classifier of this process with its tokenizer.
//!
//! A model with one label is a [`CrossEncoder`]: it reads a question and a text together and says how well they belong
//! together. It knows more than two vectors can tell, and has to read every pair: for the few best hits of a search.

use crate::encoder::{batches, named};
use api::{RerankError, Reranker};
use models::classifier::{Activation, ClassifierFolder};
use nn::Batch;
use std::sync::OnceLock;
use tensor::Cx;
use text::encoder::{Encoded, TextEncoder};
use text::tokenizer::TokenizerError;

sys::coded_error! {
    /// Why tokens cannot be judged.
    pub enum PassageError {
        /// There are none, because the tokenizer puts none before a text.
        Empty {} = "classify.empty",
        /// The tokenizer counts more texts in a passage than the model tells apart.
        UnknownKind { found: u32, n_kinds: usize } = "classify.unknown_kind",
    }
}

sys::coded_union! {
    /// Why a passage has no scores.
    pub enum ClassifyError {
        /// Its tokens.
        Passage(PassageError),
        /// Its text.
        Tokenizer(TokenizerError),
    }
}

/// A text, or two that are read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    /// The text, or the first of the two.
    pub text: &'a str,
    /// The second one.
    pub pair: Option<&'a str>,
}

/// Gives texts the scores of labels.
pub struct Classifier {
    folder: ClassifierFolder,
    encoder: TextEncoder,
    id: OnceLock<String>,
}

impl Classifier {
    /// Reads the tokenizer of a folder.
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn new(folder: ClassifierFolder) -> Result<Classifier, TokenizerError> {
        let vocab_size = folder.classifier.bert().config().vocab_size;
        let encoder = TextEncoder::new(&folder.tokenizer_json, folder.max_tokens, vocab_size)?;
        Ok(Classifier { folder, encoder, id: OnceLock::new() })
    }

    /// The labels in the order of the scores; a cross-encoder has one.
    pub fn labels(&self) -> &[String] {
        &self.folder.labels
    }

    /// How logits become scores.
    pub fn activation(&self) -> Activation {
        self.folder.activation
    }

    /// The folder's name, and a digest of what decides its scores; reads all weights at first.
    pub fn id(&self) -> &str {
        self.id.get_or_init(|| named(&self.folder.name, &self.folder.digest()))
    }

    /// A score for each label of each passage, as the model's publisher means it.
    ///
    /// # Errors
    /// [`ClassifyError`].
    pub fn scores(&self, passages: &[Passage]) -> Result<Vec<Vec<f32>>, ClassifyError> {
        let mut scores = self.logits(passages)?;
        scores.iter_mut().for_each(|row| activate(self.folder.activation, row));
        Ok(scores)
    }

    /// The logits of each passage; they do not depend on what is read beside it.
    ///
    /// # Errors
    /// [`ClassifyError`].
    pub fn logits(&self, passages: &[Passage]) -> Result<Vec<Vec<f32>>, ClassifyError> {
        let encoded = passages.iter().map(|passage| self.encode(passage)).collect::<Result<Vec<_>, _>>()?;
        let mut rows = vec![Vec::new(); passages.len()];
        for batch in batches(&encoded.iter().map(|it| it.ids.len()).collect::<Vec<_>>()) {
            let (mut ids, mut kinds, mut offsets) = (Vec::new(), Vec::new(), vec![0]);
            for &i in &batch {
                ids.extend_from_slice(&encoded[i].ids);
                kinds.extend_from_slice(&encoded[i].kinds);
                offsets.push(ids.len());
            }
            let cx = Cx::inference(&self.folder.params);
            let logits = self.folder.classifier.forward(&cx, &Batch::packed(ids, offsets), &kinds); // [s, n_labels]
            for (&i, row) in batch.iter().zip(logits.values().chunks_exact(self.folder.labels.len())) {
                rows[i] = row.to_vec();
            }
        }
        Ok(rows)
    }

    /// The tokens of a passage, as far as the model reads them.
    fn encode(&self, passage: &Passage) -> Result<Encoded, ClassifyError> {
        let mut encoded = self.encoder.encode_passage(passage.text, passage.pair)?;
        let n_kinds = self.folder.classifier.bert().config().n_kinds;
        if n_kinds == 1 {
            // RoBERTa does not tell the two apart, whatever the tokenizer says.
            encoded.kinds.fill(0);
        }
        match encoded.kinds.iter().find(|&&kind| kind as usize >= n_kinds) {
            _ if encoded.ids.is_empty() => Err(PassageError::Empty {}.into()),
            Some(&found) => Err(PassageError::UnknownKind { found, n_kinds }.into()),
            None => Ok(encoded),
        }
    }
}

fn activate(activation: Activation, row: &mut [f32]) {
    match activation {
        Activation::Identity => {}
        Activation::Sigmoid => row.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
        Activation::Softmax => {
            let logits = row.to_vec();
            kernels::softmax::softmax_rows(&logits, logits.len(), row);
        }
    }
}

/// A classifier with one label: the relevance of a text to a question.
pub struct CrossEncoder(Classifier);

impl CrossEncoder {
    /// The classifier as a cross-encoder; given back if it tells several labels apart.
    ///
    /// # Errors
    /// The classifier itself.
    // It was read from a file; a box would save nothing.
    #[allow(clippy::result_large_err)]
    pub fn new(classifier: Classifier) -> Result<CrossEncoder, Classifier> {
        if classifier.labels().len() == 1 { Ok(CrossEncoder(classifier)) } else { Err(classifier) }
    }
}

impl Reranker for CrossEncoder {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn scores(&self, query: &str, texts: &[&str]) -> Result<Vec<f32>, RerankError> {
        let passages: Vec<Passage> = texts.iter().map(|text| Passage { text: query, pair: Some(text) }).collect();
        let scores = self.0.scores(&passages).map_err(RerankError::new)?;
        Ok(scores.into_iter().map(|row| row[0]).collect())
    }
}
