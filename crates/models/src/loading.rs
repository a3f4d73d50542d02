//! From a published checkpoint to a model: names translated, shapes compared, weights left where they are.
//!
//! Every shape is compared before anything of the model's size is allocated. A matrix with a row for each output stays in its
//! mapped file ([`tensor::Blocks`]), if it is quantised or in half precision, or is only read ([`mapped`]); everything else is copied
//! into the arena in f32.

use crate::family::{self, FamilyError};
use crate::folder::ModelFolder;
use crate::published::{Description, FolderFiles, Published, PublishedError};
use crate::weights::WeightsError;
use crate::{ConfigError, Model, ModelConfig, gpt, llama};
use formats::checkpoint::{ArrayInfo, JsonError, json_bytes};
use formats::gguf::vocabulary::{self, VocabularyError};
use formats::{Checkpoint, Dtype};
use kernels::quantised::{Quant, RowOrder, dequantise};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use sys::Cause;
use tensor::{Blocks, ParamEntry, Params, ParamsBuilder, Role};

sys::coded_error! {
    /// Why files that can be read are no model.
    pub enum UnfitError {
        /// What `cause` speaks of stands at this path.
        Unfit { path: String } by Cause = "model.unfit",
    }
}

sys::coded_union! {
    /// Why a published model is not opened.
    pub enum LoadingError {
        /// Its files cannot be read.
        Published(PublishedError),
        /// It is none of our families.
        Family(FamilyError),
        /// Its sizes describe no model.
        Config(ConfigError),
        /// Its arrays are not the weights of such a model.
        Weights(WeightsError),
        /// The tokenizer in its metadata is not read.
        Vocabulary(VocabularyError),
        /// The tokenizer beside it cannot be read.
        Tokenizer(JsonError),
        /// One of these, with the path.
        Unfit(UnfitError),
    }
}

impl LoadingError {
    /// The same with the path, if the error does not name it: of two models that are opened one is meant.
    pub(crate) fn at(self, path: &Path) -> LoadingError {
        let cause: Cause = match self {
            LoadingError::Config(error) => Box::new(error),
            LoadingError::Weights(error) => Box::new(error),
            LoadingError::Vocabulary(error) => Box::new(error),
            named => return named,
        };
        UnfitError::Unfit { path: path.display().to_string(), cause }.into()
    }
}

/// The tokens that a model's files name for a purpose, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markers {
    /// Begins a text.
    pub bos: Option<String>,
    /// Ends a text or a turn.
    pub eos: Option<String>,
    /// Ids that end an answer, beyond those whose names say so.
    pub stop_ids: Vec<u32>,
}

/// How a publisher advises to sample (`generation_config.json`), as far as he says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Advice {
    /// 0 is greedy.
    pub temperature: Option<f32>,
    /// 1 excludes nothing.
    pub top_p: Option<f32>,
    /// 0 excludes nothing.
    pub top_k: Option<usize>,
    /// 1 changes nothing.
    pub repetition_penalty: Option<f32>,
}

/// Opens a GGUF file or a Hugging Face folder.
///
/// # Errors
/// [`LoadingError`].
pub(crate) fn load(path: &Path) -> Result<ModelFolder, LoadingError> {
    load_nameless(path).map_err(|error| error.at(path))
}

fn load_nameless(path: &Path) -> Result<ModelFolder, LoadingError> {
    let published = Published::open(path)?;
    let (model, params) = mapped(&published)?;
    let (tokenizer_json, markers) = match &published.description {
        Description::Folder(files) => (json_bytes(&files.folder.join("tokenizer.json"))?, folder_markers(files)),
        _ => {
            let metadata =
                published.metadata().ok_or_else(|| FamilyError::Undescribed { path: path.display().to_string() })?;
            (vocabulary::tokenizer_json(metadata)?, gguf_markers(metadata))
        }
    };
    Ok(ModelFolder {
        model,
        params,
        tokenizer_json,
        chat_template: published.chat_template(),
        markers,
        advice: Some(advice(&published)),
        step: None,
        path: path.to_path_buf(),
        skipped: Vec::new(),
    })
}

/// What `generation_config.json` advises; a number that makes no sense advises nothing.
fn advice(published: &Published) -> Advice {
    let Description::Folder(FolderFiles { generation: Some(generation), .. }) = &published.description else {
        return Advice::default();
    };
    advised(generation)
}

fn advised(generation: &Value) -> Advice {
    let number = |key: &str, lowest: f64, highest: f64| {
        generation[key].as_f64().filter(|value| (lowest..=highest).contains(value)).map(|value| value as f32)
    };
    Advice {
        // Whoever says that nothing is drawn means the likeliest token, whatever else stands beside it.
        temperature: if generation["do_sample"] == false { Some(0.0) } else { number("temperature", 0.0, 2.0) },
        top_p: number("top_p", 0.01, 1.0),
        top_k: generation["top_k"].as_u64().and_then(|k| usize::try_from(k).ok()),
        repetition_penalty: number("repetition_penalty", 0.01, 10.0),
    }
}

/// The model alone, with its weights; those in f32 stand in the arena, where gradients reach them.
///
/// # Errors
/// [`LoadingError`], but for those of tokenizers.
pub fn model(published: &Published) -> Result<(Model, Params), LoadingError> {
    weights(&family::config(published)?, published, F32::Copied)
}

/// The same, its weights only read: matrices of f32 stay in the mapped file as well, and nothing of the model's size is copied.
///
/// # Errors
/// [`LoadingError`], but for those of tokenizers.
pub fn mapped(published: &Published) -> Result<(Model, Params), LoadingError> {
    weights(&family::config(published)?, published, F32::Mapped)
}

/// Lays a model out over the arrays of a checkpoint.
fn weights(config: &ModelConfig, published: &Published, f32s: F32) -> Result<(Model, Params), LoadingError> {
    let (mut model, mut builder) = Model::lay_out(config)?;
    let has_own_head = published.has_own_head();
    if let (Model::Gpt(gpt), true) = (&mut model, has_own_head) {
        gpt.untie(&mut builder);
    }
    let is_gguf = published.checkpoint.gguf().is_some();
    let has_head = builder.entries().iter().any(|entry| entry.name == "lm_head.weight");
    let named = |array: &str| match (config, is_gguf) {
        (ModelConfig::Gpt(_), false) => gpt::published_name(array),
        (ModelConfig::Gpt(_), true) if array == gpt::GGUF_HEAD && has_own_head => Some(gpt::HEAD.into()),
        (ModelConfig::Gpt(_), true) => gpt::gguf_name(array),
        (ModelConfig::Llama(_), _) => {
            let name = if is_gguf { llama::gguf_name(array).unwrap_or(array.into()) } else { array.to_string() };
            // A tied head may be stored all the same.
            let is_beside = (name == "lm_head.weight" && !has_head) || llama::is_computed(&name);
            (!is_beside).then_some(name)
        }
    };
    // llama.cpp stores the pairs of Llama's heads as neighbours; of Qwen's it leaves the halves as they are.
    let is_paired = is_gguf && matches!(published.architecture(), Some("llama" | "mistral"));
    let stored = |entry: &ParamEntry| match config {
        ModelConfig::Llama(config)
            if is_paired && (entry.name.ends_with("q_proj.weight") || entry.name.ends_with("k_proj.weight")) =>
        {
            Stored::Rows(RowOrder::Halves { d_head: config.d_head })
        }
        ModelConfig::Gpt(_) if entry.name == gpt::HEAD => Stored::Rows(RowOrder::Stored),
        ModelConfig::Gpt(_) if entry.role == Role::Matrix && is_gguf => Stored::Transposed,
        ModelConfig::Gpt(_) if entry.role == Role::Matrix => Stored::Columns,
        _ => Stored::Rows(RowOrder::Stored),
    };
    let params = fill(builder, &published.checkpoint, f32s, named, stored)?;
    Ok((model, params))
}

/// How an array holds the parameter that it fills.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Stored {
    /// A row for each output or index, in this order: products and tables read it where it is.
    Rows(RowOrder),
    /// A column for each output, as the parameter itself: multiplied from the arena alone.
    Columns,
    /// A row for each output, where the parameter has a column for each.
    Transposed,
}

/// Where matrices of f32 stand.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum F32 {
    /// In the arena.
    Copied,
    /// In the mapped file.
    Mapped,
}

/// Builds the parameters that `builder` declares from a checkpoint's arrays: `named` gives an array's parameter, or `None` for
/// one that is none; `stored` how it is held. A matrix in blocks of rows stays mapped.
pub(crate) fn fill(
    builder: ParamsBuilder,
    checkpoint: &Checkpoint,
    f32s: F32,
    named: impl Fn(&str) -> Option<String>,
    stored: impl Fn(&ParamEntry) -> Stored,
) -> Result<Params, WeightsError> {
    let named: HashMap<String, &ArrayInfo> =
        checkpoint.arrays().iter().filter_map(|array| Some((named(&array.name)?, array))).collect();
    fits(builder.entries(), &named, &stored)?;
    let stays = |entry: &ParamEntry| -> Option<Blocks> {
        let Stored::Rows(order) = stored(entry) else { return None };
        let array = named.get(&entry.name)?;
        let (quant, &[rows, width]) = (quant(array.dtype)?, entry.shape.as_slice()) else { return None };
        if entry.role == Role::Vector || (quant == Quant::F32 && f32s == F32::Copied) {
            return None;
        }
        Some(Blocks::new([rows, width], quant, order, Arc::new(checkpoint.bytes(array))))
    };
    let mut params = builder.build_with(stays);
    let copied: Vec<ParamEntry> = params.entries().iter().filter(|entry| !entry.range.is_empty()).cloned().collect();
    let arena = params.weights_mut();
    for entry in copied {
        let (array, values) = (named[&entry.name], &mut arena[entry.range.clone()]);
        let Some(quant) = quant(array.dtype) else { unreachable!("types were compared") };
        let bytes = checkpoint.bytes(array);
        let width = array.shape.last().copied().unwrap_or(1);
        let size = quant.bytes_of(width);
        let row_at = |row: usize| &bytes.as_ref()[row * size..][..size];
        match stored(&entry) {
            Stored::Rows(order) => {
                copy_rows(values, width, |row, line| dequantise(quant, row_at(order.stored(row)), line))
            }
            Stored::Columns => copy_rows(values, width, |row, line| dequantise(quant, row_at(row), line)),
            Stored::Transposed => {
                let n_rows = values.len() / width;
                let mut line = vec![0.0; width];
                for row in 0..n_rows {
                    dequantise(quant, row_at(row), &mut line);
                    values[row..].iter_mut().step_by(n_rows).zip(&line).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
    Ok(params)
}

fn copy_rows(values: &mut [f32], width: usize, mut row: impl FnMut(usize, &mut [f32])) {
    values.chunks_exact_mut(width).enumerate().for_each(|(i, line)| row(i, line));
}

/// Fails unless each parameter has an array of its shape, in a type of numbers, and no array is left over.
fn fits(
    entries: &[ParamEntry],
    named: &HashMap<String, &ArrayInfo>,
    stored: impl Fn(&ParamEntry) -> Stored,
) -> Result<(), WeightsError> {
    for entry in entries {
        let Some(array) = named.get(&entry.name) else {
            return Err(WeightsError::Missing { name: entry.name.clone() });
        };
        let mut shape = entry.shape.clone();
        if stored(entry) == Stored::Transposed {
            shape.reverse();
        }
        if array.shape != shape {
            let (expected, found) = (format!("{shape:?}"), format!("{:?}", array.shape));
            return Err(WeightsError::Shape { name: array.name.clone(), expected, found });
        }
        if quant(array.dtype).is_none() {
            return Err(WeightsError::Type { name: array.name.clone(), found: array.dtype.name() });
        }
    }
    let known: HashSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let surplus = named.keys().filter(|name| !known.contains(name.as_str()));
    match surplus.min() {
        Some(name) => Err(WeightsError::Surplus { name: named[name].name.clone() }),
        None => Ok(()),
    }
}

fn quant(dtype: Dtype) -> Option<Quant> {
    Quant::ALL.into_iter().find(|quant| quant.name() == dtype.name())
}

fn gguf_markers(metadata: &formats::gguf::Metadata) -> Markers {
    let named = |key: &str| vocabulary::named_token(metadata, key).map(str::to_string);
    let ids = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];
    let id = |key: &str| u32::try_from(metadata.get(key)?.as_usize()?).ok();
    Markers {
        bos: named("tokenizer.ggml.bos_token_id"),
        eos: named("tokenizer.ggml.eos_token_id"),
        stop_ids: ids.into_iter().filter_map(id).collect(),
    }
}

fn folder_markers(files: &FolderFiles) -> Markers {
    let tokenizer = files.tokenizer_config.as_ref();
    let named = |key: &str| {
        let value = &tokenizer?[key];
        Some(value.as_str().or(value["content"].as_str())?.to_string())
    };
    let eos = [files.generation.as_ref(), Some(&files.config)].into_iter().flatten().map(|file| &file["eos_token_id"]);
    let ids = eos.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]));
    let stop_ids = ids.filter_map(|id| u32::try_from(id.as_u64()?).ok()).collect();
    Markers { bos: named("bos_token"), eos: named("eos_token"), stop_ids }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn advice_is_what_the_file_says_and_makes_sense() {
        let said =
            json!({ "do_sample": true, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05 });
        let expected =
            Advice { temperature: Some(0.7), top_p: Some(0.8), top_k: Some(20), repetition_penalty: Some(1.05) };
        assert_eq!(advised(&said), expected);
        let greedy = Advice { temperature: Some(0.0), ..Advice::default() };
        assert_eq!(advised(&json!({ "do_sample": false, "temperature": 0.7 })), greedy);
        let senseless = json!({ "temperature": -1, "top_p": 3, "top_k": -1, "repetition_penalty": "much" });
        assert_eq!(advised(&senseless), Advice::default());
    }

    #[test]
    fn files_and_kernels_agree_on_blocks() {
        for quant in Quant::ALL {
            let dtype = Dtype::by_name(quant.name()).expect("a type of files has this name");
            assert_eq!((dtype.block_values(), dtype.block_bytes()), quant.block(), "{}", quant.name());
        }
    }
}
