//! Between a person's text and a model's tokens: prompts in, pieces of text out.
//!
//! Conversations go through the model's chat template, in which what people typed is guarded: nobody ends the
//! model's turn by typing its end marker. A base model has no template; it gets the messages' plain text to continue,
//! without markers that its tokenizer lacks. A raw text is taken as the model's own language, markers included.

use text::template::{self, ChatTemplate, Message, TemplateError};
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
    Messages(Vec<Message>),
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
            (Input::Messages(messages), Some(template)) => {
                let guard = |m: &Message| Message { content: self.tokenizer.guard(&m.content), ..m.clone() };
                let guarded: Vec<Message> = messages.iter().map(guard).collect();
                (self.tokenizer.encode_guarded(&template.render(&guarded)?)?, 0)
            }
            (Input::Messages(messages), None) => {
                self.begun(self.tokenizer.encode(&template::continuation(messages), Special::Text)?)
            }
        };
        let text = ids.iter().map(|&id| self.bytes_of(id)).collect::<Vec<_>>().concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        let is_turn = matches!(input, Input::Messages(_)) && self.template.is_some();
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
