//! From a published description to one of our configurations: the one place where others' names are translated.
//!
//! Hugging Face's `config.json` and GGUF's metadata call the same sizes by different names. A family is read only when
//! every feature it asks for is built; anything else is an error that names the key, what was expected and what was found,
//! because a model that runs with one feature missing answers wrongly without saying so.

use crate::ModelConfig;
use crate::gpt::{self, GptConfig, Positions};
use crate::llama::{LlamaConfig, RopeScaling};
use crate::published::{Description, FolderFiles, Published};
use formats::{Dtype, gguf};
use serde_json::Value;

/// Contexts are cut here: tables of positions take memory, and a CPU reads no longer texts.
const CONTEXT_MAX: usize = 1 << 17;

sys::coded_error! {
    /// Why a published model is none of ours.
    pub enum FamilyError {
        /// Nothing says what the weights are.
        Undescribed { path: String } = "family.undescribed",
        /// A family that is not built.
        Unknown { path: String, found: String, expected: String } = "family.unknown",
        /// A key that is missing, or has a value of another kind.
        Key { path: String, key: String } = "family.key",
        /// A feature that is not built.
        Unsupported { path: String, key: String, found: String, expected: String } = "family.unsupported",
        /// An encoder without a head for classification.
        Headless { path: String, found: String, expected: String } = "family.headless",
        /// Labels without a name each of its own.
        Labels { path: String } = "family.labels",
    }
}

/// Families of decoders that are read, by the names that publishers give them.
pub const DECODERS: [&str; 5] = ["llama", "mistral", "qwen2", "qwen3", "gpt2"];

/// The configuration that a published model describes.
///
/// # Errors
/// [`FamilyError`].
pub fn config(published: &Published) -> Result<ModelConfig, FamilyError> {
    let path = published.path.display().to_string();
    let Some(name) = published.architecture() else { return Err(FamilyError::Undescribed { path }) };
    if !DECODERS.contains(&name) {
        let expected = DECODERS.join(", ");
        return Err(FamilyError::Unknown { path, found: name.into(), expected });
    }
    let config = match (&published.description, name) {
        (Description::Folder(files), "gpt2") => return Ok(ModelConfig::Gpt(Folder { files, path }.gpt()?)),
        (Description::Gguf, "gpt2") => return Ok(ModelConfig::Gpt(Gguf { published, path }.gpt()?)),
        (Description::Folder(files), _) => Folder { files, path }.llama(name)?,
        (Description::Gguf, _) => Gguf { published, path }.llama(name)?,
        (Description::State(_) | Description::Nobody, _) => return Err(FamilyError::Undescribed { path }),
    };
    Ok(ModelConfig::Llama(LlamaConfig { max_seq_len: config.max_seq_len.min(CONTEXT_MAX), ..config }))
}

/// `config.json`.
pub(crate) struct Folder<'a> {
    pub(crate) files: &'a FolderFiles,
    pub(crate) path: String,
}

impl Folder<'_> {
    fn llama(&self, name: &str) -> Result<LlamaConfig, FamilyError> {
        let (n_heads, d_model) = (self.size("num_attention_heads")?, self.size("hidden_size")?);
        self.only("hidden_act", "silu")?;
        for key in ["attention_bias", "mlp_bias"] {
            self.only_false(key)?;
        }
        let window = if name == "mistral" { self.optional_size("sliding_window")? } else { None };
        if name.starts_with("qwen") && self.has_windowed_layers()? {
            return Err(self.unsupported("use_sliding_window", "false"));
        }
        Ok(LlamaConfig {
            vocab_size: self.size("vocab_size")?,
            n_layers: self.size("num_hidden_layers")?,
            n_heads,
            n_kv_heads: self.optional_size("num_key_value_heads")?.unwrap_or(n_heads),
            d_head: self.optional_size("head_dim")?.unwrap_or(d_model / n_heads.max(1)),
            d_model,
            d_ff: self.size("intermediate_size")?,
            max_seq_len: self.size("max_position_embeddings")?,
            norm_eps: self.number_or("rms_norm_eps", 1e-6)? as f32,
            rope_base: self.rope("rope_theta").as_f64().or(self.config()["rope_theta"].as_f64()).unwrap_or(10_000.0),
            rope_scaling: self.scaling()?,
            window,
            tied: self.config()["tie_word_embeddings"].as_bool().unwrap_or(false),
            qkv_bias: name == "qwen2",
            qk_norm: name == "qwen3",
        })
    }

    /// Whether some layers of a Qwen look back a window: none do unless the file asks for it, and then the upper ones alone.
    fn has_windowed_layers(&self) -> Result<bool, FamilyError> {
        let config = self.config();
        if config["use_sliding_window"] != true || config.get("sliding_window").is_some_and(Value::is_null) {
            return Ok(false);
        }
        if let Some(kinds) = config["layer_types"].as_array() {
            return Ok(kinds.iter().any(|kind| *kind != "full_attention"));
        }
        // The default of `transformers`.
        Ok(self.optional_size("max_window_layers")?.unwrap_or(28) < self.size("num_hidden_layers")?)
    }

    fn gpt(&self) -> Result<GptConfig, FamilyError> {
        self.only("activation_function", "gelu_new")?;
        for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] {
            self.only_false(key)?;
        }
        for key in ["scale_attn_weights", "tie_word_embeddings"] {
            if self.config()[key] == false {
                return Err(self.unsupported(key, "true"));
            }
        }
        let d_model = self.size("n_embd")?;
        let d_ff = d_model.saturating_mul(4);
        if self.optional_size("n_inner")?.is_some_and(|found| found != d_ff) {
            return Err(self.unsupported("n_inner", &d_ff.to_string()));
        }
        let eps = &self.config()["layer_norm_epsilon"];
        if !eps.is_null() && eps.as_f64().is_none_or(|eps| eps as f32 != gpt::NORM_EPS) {
            return Err(self.unsupported("layer_norm_epsilon", &gpt::NORM_EPS.to_string()));
        }
        Ok(GptConfig {
            vocab_size: self.size("vocab_size")?,
            n_layers: self.size("n_layer")?,
            n_heads: self.size("n_head")?,
            d_model,
            max_seq_len: self.size("n_positions")?,
            dropout: 0.0,
            bias: true,
            positions: Positions::Learned,
        })
    }

    fn config(&self) -> &Value {
        &self.files.config
    }

    /// A key of the rotary parameters, which newer files keep together and older ones beside the sizes.
    fn rope(&self, key: &str) -> &Value {
        let together = &self.config()["rope_parameters"];
        if together.is_object() { &together[key] } else { &self.config()["rope_scaling"][key] }
    }

    fn scaling(&self) -> Result<RopeScaling, FamilyError> {
        let kind = self.rope("rope_type").as_str().or(self.rope("type").as_str()).unwrap_or("default");
        let number = |key: &str| self.rope(key).as_f64().ok_or_else(|| self.lacks(key));
        let part = [self.rope("partial_rotary_factor"), &self.config()["partial_rotary_factor"]];
        if let Some(part) = part.into_iter().find(|part| !part.is_null() && **part != 1.0) {
            return Err(FamilyError::Unsupported {
                path: self.path.clone(),
                key: "partial_rotary_factor".into(),
                found: part.to_string(),
                expected: "1.0".into(),
            });
        }
        match kind {
            // What it stretches lies beyond the context that the model was made for, which is where ours ends.
            "default" | "dynamic" => Ok(RopeScaling::None),
            "linear" => Ok(RopeScaling::Linear { factor: number("factor")? }),
            "llama3" => Ok(RopeScaling::Llama3 {
                factor: number("factor")?,
                low_freq_factor: number("low_freq_factor")?,
                high_freq_factor: number("high_freq_factor")?,
                context: number("original_max_position_embeddings")?,
            }),
            "yarn" => self.yarn(),
            _ => Err(FamilyError::Unsupported {
                path: self.path.clone(),
                key: "rope_type".into(),
                found: kind.into(),
                expected: "default, dynamic, linear, llama3, yarn".into(),
            }),
        }
    }

    /// With the defaults of `transformers`; a factor that is null is how much longer the context is than the first one.
    fn yarn(&self) -> Result<RopeScaling, FamilyError> {
        let number = |key: &str| self.rope(key).as_f64();
        let longest = self.number("max_position_embeddings")?;
        let context = number("original_max_position_embeddings").unwrap_or(longest);
        let factor = match self.rope("factor") {
            Value::Null => longest / context,
            _ => number("factor").ok_or_else(|| self.lacks("factor"))?,
        };
        // Equation 22, with a weight that some publishers set.
        let sharper = |weight: f64| if factor <= 1.0 { 1.0 } else { 0.1 * weight * factor.ln() + 1.0 };
        let inferred = match [number("mscale"), number("mscale_all_dim")].map(|weight| weight.filter(|it| *it != 0.0)) {
            [Some(weight), Some(of_all)] => sharper(weight) / sharper(of_all),
            _ => sharper(1.0),
        };
        Ok(RopeScaling::Yarn {
            factor,
            context,
            beta_fast: number("beta_fast").filter(|it| *it != 0.0).unwrap_or(32.0),
            beta_slow: number("beta_slow").filter(|it| *it != 0.0).unwrap_or(1.0),
            whole: self.rope("truncate").as_bool().unwrap_or(true),
            attention_factor: number("attention_factor").unwrap_or(inferred),
        })
    }

    pub(crate) fn size(&self, key: &str) -> Result<usize, FamilyError> {
        self.optional_size(key)?.ok_or_else(|| self.lacks(key))
    }

    fn optional_size(&self, key: &str) -> Result<Option<usize>, FamilyError> {
        match &self.config()[key] {
            Value::Null => Ok(None),
            value => match value.as_u64().and_then(|n| usize::try_from(n).ok()) {
                Some(n) => Ok(Some(n)),
                None => Err(self.lacks(key)),
            },
        }
    }

    /// A number, whole or not.
    pub(crate) fn number(&self, key: &str) -> Result<f64, FamilyError> {
        self.config()[key].as_f64().ok_or_else(|| self.lacks(key))
    }

    /// The same with what `transformers` takes where the key is absent.
    pub(crate) fn number_or(&self, key: &str, absent: f64) -> Result<f64, FamilyError> {
        if self.config()[key].is_null() { Ok(absent) } else { self.number(key) }
    }

    fn lacks(&self, key: &str) -> FamilyError {
        FamilyError::Key { path: self.path.clone(), key: key.into() }
    }

    pub(crate) fn only(&self, key: &str, expected: &str) -> Result<(), FamilyError> {
        match &self.config()[key] {
            Value::Null => Ok(()),
            value if value == expected => Ok(()),
            _ => Err(self.unsupported(key, expected)),
        }
    }

    fn only_false(&self, key: &str) -> Result<(), FamilyError> {
        if self.config()[key] == true { Err(self.unsupported(key, "false")) } else { Ok(()) }
    }

    fn unsupported(&self, key: &str, expected: &str) -> FamilyError {
        let found = self.config()[key].to_string();
        FamilyError::Unsupported { path: self.path.clone(), key: key.into(), found, expected: expected.into() }
    }
}

/// The metadata of a GGUF file.
struct Gguf<'a> {
    published: &'a Published,
    path: String,
}

impl Gguf<'_> {
    fn llama(&self, name: &str) -> Result<LlamaConfig, FamilyError> {
        let (n_heads, d_model) = (self.size("attention.head_count")?, self.size("embedding_length")?);
        let d_head = self.optional_size("attention.key_length").unwrap_or(d_model / n_heads.max(1));
        let turned = self.optional_size("rope.dimension_count").unwrap_or(d_head);
        if turned != d_head {
            return Err(self.unsupported("rope.dimension_count", turned.to_string(), d_head.to_string()));
        }
        let vocab_size = self.published.vocab_size();
        Ok(LlamaConfig {
            vocab_size: vocab_size.ok_or_else(|| self.lacks("vocab_size"))?,
            n_layers: self.size("block_count")?,
            n_heads,
            n_kv_heads: self.optional_size("attention.head_count_kv").unwrap_or(n_heads),
            d_head,
            d_model,
            d_ff: self.size("feed_forward_length")?,
            max_seq_len: self.size("context_length")?,
            norm_eps: self.number("attention.layer_norm_rms_epsilon")? as f32,
            rope_base: self.optional_number("rope.freq_base").unwrap_or(10_000.0),
            rope_scaling: self.scaling()?,
            window: self.optional_size("attention.sliding_window"),
            tied: self.published.checkpoint.get("output.weight").is_none(),
            qkv_bias: name == "qwen2",
            qk_norm: name == "qwen3",
        })
    }

    fn gpt(&self) -> Result<GptConfig, FamilyError> {
        let d_model = self.size("embedding_length")?;
        let (found, d_ff) = (self.size("feed_forward_length")?, d_model.saturating_mul(4));
        if found != d_ff {
            return Err(self.unsupported("feed_forward_length", found.to_string(), d_ff.to_string()));
        }
        let eps = self.number("attention.layer_norm_epsilon")?;
        if eps as f32 != gpt::NORM_EPS {
            return Err(self.unsupported("attention.layer_norm_epsilon", eps.to_string(), gpt::NORM_EPS.to_string()));
        }
        Ok(GptConfig {
            vocab_size: self.published.vocab_size().ok_or_else(|| self.lacks("vocab_size"))?,
            n_layers: self.size("block_count")?,
            n_heads: self.size("attention.head_count")?,
            d_model,
            max_seq_len: self.size("context_length")?,
            dropout: 0.0,
            bias: true,
            positions: Positions::Learned,
        })
    }

    fn scaling(&self) -> Result<RopeScaling, FamilyError> {
        if let Some(array) = self.published.checkpoint.get("rope_freqs.weight") {
            if array.dtype != Dtype::F32 {
                return Err(self.unsupported("rope_freqs.weight", array.dtype.name().into(), "F32".into()));
            }
            let bytes = self.published.checkpoint.bytes(array);
            let factors = bytes.as_ref().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            return Ok(RopeScaling::Factors { factors });
        }
        let kind = self.published.family_value("rope.scaling.type").and_then(gguf::Value::as_str).unwrap_or("none");
        match kind {
            "none" => Ok(RopeScaling::None),
            "linear" => Ok(RopeScaling::Linear { factor: self.number("rope.scaling.factor")? }),
            other => Err(self.unsupported("rope.scaling.type", other.into(), "none, linear".into())),
        }
    }

    fn size(&self, key: &str) -> Result<usize, FamilyError> {
        self.optional_size(key).ok_or_else(|| self.lacks(key))
    }

    fn optional_size(&self, key: &str) -> Option<usize> {
        self.published.family_value(key)?.as_usize()
    }

    fn number(&self, key: &str) -> Result<f64, FamilyError> {
        self.optional_number(key).ok_or_else(|| self.lacks(key))
    }

    fn optional_number(&self, key: &str) -> Option<f64> {
        self.published.family_value(key)?.as_f64()
    }

    fn lacks(&self, key: &str) -> FamilyError {
        FamilyError::Key { path: self.path.clone(), key: key.into() }
    }

    fn unsupported(&self, key: &str, found: String, expected: String) -> FamilyError {
        FamilyError::Unsupported { path: self.path.clone(), key: key.into(), found, expected }
    }
}
