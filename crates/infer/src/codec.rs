//! Between a person's text and a model's tokens: prompts in, pieces of text out.
//!
//! Conversations go through the model's chat template, in which what people typed is guarded: nobody ends the
//! model's turn by typing its end marker. A base model has no template; it gets the messages' plain text to continue,
//! without markers that its tokenizer lacks. Descriptions of tools, calls and their results are guarded as well. A raw text is taken as the model's own language, markers included.

use serde_json::Value;
use text::template::{self, ChatTemplate, Conversation, TemplateError};
use text::tokenizer::{Special, Tokenizer, TokenizerError};

/// Names of special tokens that end a document or a turn, across the families of models.
const END_MARKERS: [&str; 8] =
    ["<|endoftext|>", "<|end|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "</s>", "<eos>", "<end_of_turn>"];

/// The marker between documents: what a model that knows it has seen before every beginning.
const DOCUMENT_MARKER: &str = "<|endoftext|>";

/// What a model is asked to continue.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Raw text; special markers in it count as such. An empty one asks for a new document.
    Text(String),
    /// Raw tokens.
    Tokens(Vec<u32>),
    /// A conversation; the model answers as the assistant.
    Messages(Conversation),
}

/// An input as the model gets it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// Its tokens.
    pub ids: Vec<u32>,
    /// The same as text, markers shown.
    pub text: String,
    /// Tokens that end the answer.
    pub stop_tokens: Vec<u32>,
    /// How many of the first tokens nobody asked for: a marker that begins a document.
    pub n_added: usize,
}

sys::coded_union! {
    /// Why an input gives no prompt.
    pub enum PromptError {
        /// The text cannot be encoded.
        Tokenizer(TokenizerError),
        /// The template does not take these messages.
        Template(TemplateError),
    }
}

/// A tokenizer with the chat template, if there is one.
pub struct Codec {
    tokenizer: Tokenizer,
    template: Option<ChatTemplate>,
    /// Tokens that end an answer whatever their names.
    stop_ids: Vec<u32>,
}

impl Codec {
    /// Puts both together; without `template` the model is a base model.
    pub fn new(tokenizer: Tokenizer, template: Option<ChatTemplate>) -> Codec {
        Codec { tokenizer, template, stop_ids: Vec::new() }
    }

    /// The same, ending answers at these tokens, too.
    pub fn stopping_at(self, stop_ids: Vec<u32>) -> Codec {
        Codec { stop_ids, ..self }
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Whether conversations have a template of their own.
    pub fn has_template(&self) -> bool {
        self.template.is_some()
    }

    /// Encodes what is to be continued.
    ///
    /// # Errors
    /// [`PromptError`]. Whether the prompt fits the context is the engine's question.
    pub fn prompt(&self, input: &Input) -> Result<Prompt, PromptError> {
        let (ids, n_added) = match (input, &self.template) {
            (Input::Tokens(ids), _) => (ids.clone(), 0),
            (Input::Text(text), _) => self.begun(self.tokenizer.encode(text, Special::Parse)?),
            (Input::Messages(conversation), Some(template)) => {
                (self.tokenizer.encode_guarded(&template.render(&self.guarded(conversation))?)?, 0)
            }
            (Input::Messages(conversation), None) => {
                self.begun(self.tokenizer.encode(&template::continuation(conversation)?, Special::Text)?)
            }
        };
        let text = ids.iter().map(|&id| self.bytes_of(id)).collect::<Vec<_>>().concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        // A call may begin with a marker of its own, which must not end the answer.
        let is_turn =
            self.template.is_some() && matches!(input, Input::Messages(conversation) if conversation.tools.is_empty());
        Ok(Prompt { ids, text, stop_tokens: self.stop_tokens(is_turn), n_added })
    }

    /// The bytes of a token; none for an id that the tokenizer does not know.
    pub fn bytes_of(&self, id: u32) -> &[u8] {
        self.tokenizer.bytes_of(id).unwrap_or_default()
    }

    /// A token alone as text; parts of a character become U+FFFD.
    pub fn token_text(&self, id: u32) -> String {
        String::from_utf8_lossy(self.bytes_of(id)).into_owned()
    }

    /// The conversation with every marker broken that somebody typed.
    fn guarded(&self, conversation: &Conversation) -> Conversation {
        let Conversation { mut messages, mut tools } = conversation.clone();
        for message in &mut messages {
            message.content = message.content.as_deref().map(|content| self.tokenizer.guard(content));
            message.fields.values_mut().for_each(|value| self.guard(value));
        }
        tools.iter_mut().for_each(|tool| self.guard(tool));
        Conversation { messages, tools }
    }

    /// Guards all texts of a value; JSON nests no deeper than its reader lets it.
    fn guard(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.tokenizer.guard(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.guard(item)),
            Value::Object(fields) => {
                let guarded = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                    self.guard(&mut value);
                    (self.tokenizer.guard(&key), value)
                });
                *fields = guarded.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A turn of a conversation is plain text, so any marker ends it; raw text may hold markers of roles.
    fn stop_tokens(&self, is_turn: bool) -> Vec<u32> {
        let special = self.tokenizer.special_tokens().into_iter();
        let ends = special.filter(|(marker, _)| is_turn || END_MARKERS.contains(marker)).map(|(_, id)| id);
        ends.chain(self.stop_ids.iter().copied()).collect()
    }

    /// A model that saw a marker before every document gets it before every prompt; no prompt at all asks for a document.
    /// Also says how many tokens that added.
    fn begun(&self, ids: Vec<u32>) -> (Vec<u32>, usize) {
        let begin = self.tokenizer.begin().or_else(|| self.tokenizer.id_of(DOCUMENT_MARKER).filter(|_| ids.is_empty()));
        match begin.filter(|begin| ids.first() != Some(begin)) {
            Some(begin) => (std::iter::once(begin).chain(ids).collect(), 1),
            None => (ids, 0),
        }
    }
}
