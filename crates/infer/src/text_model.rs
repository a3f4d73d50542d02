//! A model with its language: weights, tokenizer and chat template from one folder.

use crate::codec::Codec;
use crate::engine::Limits;
use crate::options::SamplingOptions;
use crate::text_engine::TextEngine;
use models::Model;
use models::folder::ModelFolder;
use models::loading::Markers;
use tensor::Params;
use text::template::{ChatTemplate, TemplateError};
use text::tokenizer::{Tokenizer, TokenizerError};

/// A model that reads and writes text.
pub struct TextModel {
    /// Its mathematics.
    pub model: Model,
    /// Its weights.
    pub params: Params,
    /// Its tokenizer and template.
    pub codec: Codec,
    /// How its publisher advises to sample; `None` for a model of our own.
    pub advice: Option<SamplingOptions>,
}

sys::coded_error! {
    /// Parts of a folder that do not belong together.
    pub enum MismatchError {
        /// The tokenizer knows tokens that the model has no row for.
        Vocabulary { tokenizer: usize, model: usize } = "model.tokenizer_mismatch",
    }
}

sys::coded_union! {
    /// Why a folder's parts make no [`TextModel`].
    pub enum LoadError {
        /// Its tokenizer.json is unusable.
        Tokenizer(TokenizerError),
        /// Its chat template is unusable.
        Template(TemplateError),
        /// Tokenizer and model do not fit.
        Mismatch(MismatchError),
    }
}

impl TextModel {
    /// Reads the tokenizer and the template of a folder.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn new(folder: ModelFolder) -> Result<TextModel, LoadError> {
        let tokenizer = Tokenizer::from_json(&folder.tokenizer_json)?;
        let mut template = folder.chat_template.as_deref().map(ChatTemplate::new).transpose()?;
        let Markers { bos, eos, stop_ids } = folder.markers;
        if let Some(template) = &mut template {
            // Templates add them to texts, where `transformers` has an empty text for one that is missing.
            template.define("bos_token", bos.as_deref().unwrap_or_default());
            template.define("eos_token", eos.as_deref().unwrap_or_default());
        }
        let codec = Codec::new(tokenizer, template).stopping_at(stop_ids);
        let model = TextModel::from_parts(folder.model, folder.params, codec)?;
        Ok(TextModel { advice: folder.advice.map(SamplingOptions::from), ..model })
    }

    /// Puts parts together that were made elsewhere.
    ///
    /// # Errors
    /// [`LoadError::Mismatch`].
    pub fn from_parts(model: Model, params: Params, codec: Codec) -> Result<TextModel, LoadError> {
        let (tokenizer, vocab_size) = (codec.tokenizer().vocab_size(), model.vocab_size());
        if tokenizer > vocab_size {
            return Err(MismatchError::Vocabulary { tokenizer, model: vocab_size }.into());
        }
        Ok(TextModel { model, params, codec, advice: None })
    }

    /// An engine on this model.
    pub fn engine(&self, limits: Limits) -> TextEngine<'_> {
        TextEngine::new(&self.model, &self.params, &self.codec, limits)
    }
}
