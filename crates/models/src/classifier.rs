//! Opening a published classifier of texts: BERT or RoBERTa with a head for sequence classification.
//!
//! Its labels have names (`id2label`), and its logits become scores as its publisher means it: softmax where one label is true,
//! sigmoid where several may be (`problem_type`). A model with a single label is a cross-encoder: its score says how well two
//! texts belong together, by the sigmoid unless the files of `sentence-transformers` ask for the logit itself.
//!
//! Not here: heads for tokens, for multiple choice and for masked words; a folder of these is refused.

use crate::bert::{BertClassifier, HeadNames};
use crate::bert_folder::{self, BertFolder};
use crate::config::check_sizes;
use crate::encoder::is_beside;
use crate::family::FamilyError;
use crate::loading::{F32, LoadingError, Stored, fill};
use formats::Checkpoint;
use kernels::quantised::RowOrder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use tensor::{Params, ParamsBuilder};

/// Most labels of a model: far beyond what anybody tells apart, and bounded before names are made up.
const MAX_LABELS: usize = 1 << 16;

/// How logits become scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Shares of 1: one label is true.
    Softmax,
    /// Each by itself between 0 and 1.
    Sigmoid,
    /// The logits themselves.
    Identity,
}

/// A classifier with its weights, as opened.
pub struct ClassifierFolder {
    /// The folder's name.
    pub name: String,
    /// The model.
    pub classifier: BertClassifier,
    /// Its weights.
    pub params: Params,
    /// The bytes of `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// The labels in the order of the logits, no two alike.
    pub labels: Vec<String>,
    /// How logits become scores.
    pub activation: Activation,
    /// Tokens of a text or pair that are read, those that begin and end it included.
    pub max_tokens: usize,
    checkpoint: Checkpoint,
}

impl ClassifierFolder {
    /// SHA-256 of everything that decides a text's scores, in hexadecimal. Reads all weights.
    pub fn digest(&self) -> String {
        let ClassifierFolder { classifier, labels, activation, max_tokens, .. } = self;
        let facts = format!("{:?} {labels:?} {activation:?} {max_tokens}", classifier.bert().config());
        bert_folder::digest(&facts, &self.tokenizer_json, &self.checkpoint)
    }
}

/// Opens a Hugging Face folder.
///
/// # Errors
/// [`LoadingError`].
pub fn open(path: &Path) -> Result<ClassifierFolder, LoadingError> {
    open_nameless(path).map_err(|error| error.at(path))
}

fn open_nameless(path: &Path) -> Result<ClassifierFolder, LoadingError> {
    let folder = BertFolder::open(path)?;
    let labels = labels(&folder)?;
    let (classifier, mut params) = lay_out(&folder, labels.len())?;
    params.pack(kernels::Products::F32);
    let said = folder.beside("config_sentence_transformers.json")?;
    Ok(ClassifierFolder {
        name: folder.name(),
        classifier,
        params,
        tokenizer_json: folder.tokenizer_json()?,
        activation: activation(&folder, said.as_ref(), labels.len())?,
        labels,
        max_tokens: folder.max_tokens()?,
        checkpoint: folder.published.checkpoint,
    })
}

/// The model alone with its weights in the arena, where gradients reach them.
///
/// # Errors
/// [`LoadingError`], but for those of tokenizers.
pub fn model(path: &Path) -> Result<(BertClassifier, Params), LoadingError> {
    let folder = BertFolder::open(path)?;
    let n_labels = labels(&folder)?.len();
    lay_out(&folder, n_labels)
}

fn lay_out(folder: &BertFolder, n_labels: usize) -> Result<(BertClassifier, Params), LoadingError> {
    is_for_sequences(folder)?;
    let head = if folder.family == "bert" { HeadNames::BERT } else { HeadNames::ROBERTA };
    let mut builder = ParamsBuilder::new();
    let classifier = BertClassifier::new(&folder.config, n_labels, head, &mut builder)?;
    let named = |array: &str| {
        let array = folder.plain_name(array);
        let is_head = [head.dense, head.out].iter().any(|part| array.starts_with(&format!("{part}.")));
        (is_head || !is_beside(&array)).then(|| array.into_owned())
    };
    let params = fill(builder, &folder.published.checkpoint, F32::Copied, named, |_| Stored::Rows(RowOrder::Stored))?;
    Ok((classifier, params))
}

/// Fails if the folder says that it was made for something else.
fn is_for_sequences(folder: &BertFolder) -> Result<(), FamilyError> {
    let made_for = &folder.files().config["architectures"];
    let expected = match folder.family {
        "bert" => "BertForSequenceClassification",
        "roberta" => "RobertaForSequenceClassification",
        _ => "XLMRobertaForSequenceClassification",
    };
    let named: Vec<&str> = made_for.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if named.is_empty() || named.contains(&expected) {
        return Ok(());
    }
    let path = folder.published.path.display().to_string();
    Err(FamilyError::Headless { path, found: named.join(", "), expected: expected.into() })
}

/// The names of `id2label` by their numbers; without them `LABEL_0`, `LABEL_1` and so on, of which `transformers` assumes two.
fn labels(folder: &BertFolder) -> Result<Vec<String>, LoadingError> {
    let config = &folder.files().config;
    let bad = || FamilyError::Labels { path: folder.published.path.display().to_string() };
    let Value::Object(named) = &config["id2label"] else {
        let n = if config["num_labels"].is_null() { 2 } else { folder.described().size("num_labels")? };
        check_sizes(&[("model.n_labels", n, MAX_LABELS)])?;
        return Ok((0..n).map(|i| format!("LABEL_{i}")).collect());
    };
    check_sizes(&[("model.n_labels", named.len(), MAX_LABELS)])?;
    let in_order = (0..named.len()).map(|i| named.get(&i.to_string()).and_then(Value::as_str).map(str::to_string));
    let labels: Vec<String> = in_order.collect::<Option<_>>().ok_or_else(bad)?;
    if labels.iter().collect::<BTreeSet<_>>().len() < labels.len() {
        return Err(bad().into());
    }
    Ok(labels)
}

/// As `sentence-transformers` chooses for one label, and the pipeline of `transformers` for several.
fn activation(folder: &BertFolder, said: Option<&Value>, n_labels: usize) -> Result<Activation, FamilyError> {
    let config = &folder.files().config;
    if n_labels > 1 {
        let several_may_be = config["problem_type"] == "multi_label_classification";
        return Ok(if several_may_be { Activation::Sigmoid } else { Activation::Softmax });
    }
    let places = [
        ("activation_fn", said.map(|said| &said["activation_fn"])),
        ("sentence_transformers.activation_fn", Some(&config["sentence_transformers"]["activation_fn"])),
        ("sbert_ce_default_activation_function", Some(&config["sbert_ce_default_activation_function"])),
    ];
    let named = places.into_iter().find_map(|(key, value)| Some((key, value?.as_str()?)));
    let Some((key, name)) = named else { return Ok(Activation::Sigmoid) };
    match name.rsplit('.').next() {
        Some("Sigmoid") => Ok(Activation::Sigmoid),
        Some("Identity") => Ok(Activation::Identity),
        _ => Err(FamilyError::Unsupported {
            path: folder.published.path.display().to_string(),
            key: key.into(),
            found: name.into(),
            expected: "Sigmoid, Identity".into(),
        }),
    }
}
