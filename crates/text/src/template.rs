//! Chat templates: a conversation as the one text a model was trained on.
//!
//! A template is a Jinja source, as published with models; it is rendered by `minijinja` in the environment in which
//! Hugging Face's `transformers` renders it: blocks trimmed, `break` and `continue`, Python's methods of texts and
//! dictionaries, its ways to print (`python`), `raise_exception`, `strftime_now`, `{% generation %}` without effect.
//! A base model has no template: it gets the messages' plain text to continue.
//!
//! A template comes with a model, from anywhere, so it may be hostile: it has no way to files, other templates or the
//! network, and [`FUEL`] bounds what it may compute and build; what the engine does not charge for, what values hold, is charged
//! here ([`bounds`]).
//!
//! Knows no tokenizer: whoever renders must guard what people typed (see [`crate::tokenizer::Tokenizer::guard`]).

mod bounds;
mod methods;
mod python;
mod source;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// What one rendering may cost: an instruction is one, as are 64 bytes of text made. A conversation that fills a
/// context of a million tokens costs about a tenth; whoever goes on for ever is stopped within seconds.
const FUEL: u64 = 4_000_000;

/// The turns of the `stories` corpus, after the marker that begins each of its documents: a system message's text goes
/// before the first turn of the user.
pub const STORIES_TEMPLATE: &str = "\
<|endoftext|>
{%- set ns = namespace(system='') -%}
{%- for message in messages -%}
{%- if message.role == 'system' -%}{%- set ns.system = ns.system + message.content + '\\n' -%}
{%- elif message.role == 'user' -%}<|user|>{{ ns.system }}{{ message.content }}<|end|>{%- set ns.system = '' -%}
{%- else -%}<|assistant|>{{ message.content }}<|end|>
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}";

/// Published templates whose texts are compared with those that `transformers` renders, as the test's data names them.
pub const PROVEN: [&str; 12] = [
    "alpaca",
    "chatml",
    "gemma-it",
    "granite-3.0-instruct",
    "llama-2-chat",
    "llama-3-instruct",
    "mistral-instruct",
    "phi-3-small",
    "phi-3",
    "qwen2.5-instruct",
    "vicuna",
    "zephyr",
];

/// What is said so far, and what the model may call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// In order.
    pub messages: Vec<Message>,
    /// Functions that the model may call, each as its publisher's template wants it described: mostly a JSON schema, as OpenAI has it.
    pub tools: Vec<Json>,
}

impl From<Vec<Message>> for Conversation {
    fn from(messages: Vec<Message>) -> Conversation {
        Conversation { messages, tools: Vec::new() }
    }
}

impl Conversation {
    /// For everything about tools that it holds, its name and the same conversation without it.
    fn without_tools(&self) -> Vec<(&'static str, Conversation)> {
        let Conversation { messages, tools } = self;
        let mut without = Vec::new();
        if !tools.is_empty() {
            without.push(("tools", Conversation::from(messages.clone())));
        }
        if messages.iter().any(|message| message.fields.contains_key(TOOL_CALLS)) {
            let mut messages = messages.clone();
            messages.iter_mut().for_each(|message| drop(message.fields.shift_remove(TOOL_CALLS)));
            without.push((TOOL_CALLS, Conversation { messages, tools: tools.clone() }));
        }
        if messages.iter().any(|message| message.role == Role::Tool) {
            let messages = messages.iter().filter(|message| message.role != Role::Tool).cloned().collect();
            without.push(("tool", Conversation { messages, tools: tools.clone() }));
        }
        without
    }
}

/// The field of a message by which the assistant calls tools.
const TOOL_CALLS: &str = "tool_calls";

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said; nothing where tools are called instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What else a template may read: `tool_calls`, `tool_call_id`, `name`, `reasoning_content`.
    #[serde(flatten)]
    pub fields: Map<String, Json>,
}

impl Message {
    /// A message of text alone.
    pub fn new(role: Role, content: impl Into<String>) -> Message {
        Message { role, content: Some(content.into()), fields: Map::new() }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Whoever set the conversation up.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// What a tool gave that the model had called.
    Tool,
}

sys::coded_error! {
    /// Why a template gives no text.
    pub enum TemplateError {
        /// The source is no template, or refuses these messages.
        Invalid { cause: String } = "template.invalid",
        /// The text is the same without the tools, the calls or the results that the conversation holds; or there is no template.
        Toolless { what: &'static str } = "template.toolless",
    }
}

/// A parsed chat template.
#[derive(Clone)]
pub struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    /// Parses a Jinja source.
    ///
    /// ```
    /// use text::template::{ChatTemplate, Message, Role, STORIES_TEMPLATE};
    /// let template = ChatTemplate::new(STORIES_TEMPLATE)?;
    /// let asked = vec![Message::new(Role::User, "Where is the key?")];
    /// assert_eq!(template.render(&asked.into())?, "<|endoftext|><|user|>Where is the key?<|end|><|assistant|>");
    /// # Ok::<(), text::template::TemplateError>(())
    /// ```
    ///
    /// # Errors
    /// [`TemplateError::Invalid`].
    pub fn new(source: &str) -> Result<ChatTemplate, TemplateError> {
        let adapted = source::adapted(source).map_err(|cause| TemplateError::Invalid { cause })?;
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(invalid)?;
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        python::install(&mut environment);
        // Templates ask whether they are none, as they are in `transformers`.
        environment.add_global("tools", ());
        environment.add_global("documents", ());
        environment.add_template_owned("chat", adapted).map_err(invalid)?;
        Ok(ChatTemplate { environment })
    }

    /// Gives the template a value by name, such as `bos_token`.
    pub fn define(&mut self, name: &str, value: &str) {
        self.environment.add_global(name.to_string(), value);
    }

    /// Lets `strftime_now` tell this moment, in seconds since 1970 (UTC), instead of the local time.
    pub fn stop_clock(&mut self, unix_seconds: i64) {
        python::stop_clock(&mut self.environment, unix_seconds);
    }

    /// The conversation as text, ending where the assistant begins to speak.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`] when the template refuses the messages, [`TemplateError::Toolless`] when it passes over what is
    /// about tools: the model would answer as if it had not been said.
    pub fn render(&self, conversation: &Conversation) -> Result<String, TemplateError> {
        let text = self.text_of(conversation)?;
        for (what, without) in conversation.without_tools() {
            if self.text_of(&without).is_ok_and(|other| other == text) {
                return Err(TemplateError::Toolless { what });
            }
        }
        Ok(text)
    }

    fn text_of(&self, conversation: &Conversation) -> Result<String, TemplateError> {
        #[derive(Serialize)]
        struct Variables<'a> {
            messages: &'a [Message],
            // Absent and so none, as templates expect where there are no tools.
            #[serde(skip_serializing_if = "<[Json]>::is_empty")]
            tools: &'a [Json],
            add_generation_prompt: bool,
        }
        let Conversation { messages, tools } = conversation;
        self.render_with(&Variables { messages, tools, add_generation_prompt: true })
    }

    /// The text for these variables (`messages`, `tools`, `documents`, `add_generation_prompt` ...), of any shape. As in
    /// `transformers`, a field of a message that is null counts as missing, and what a model thought before it spoke may be
    /// called `reasoning_content`, `reasoning` or `thinking`.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`] when the template refuses them, or costs more than [`FUEL`].
    pub fn render_with(&self, variables: &impl Serialize) -> Result<String, TemplateError> {
        let unclear = |error: serde_json::Error| TemplateError::Invalid { cause: error.to_string() };
        let mut variables = serde_json::to_value(variables).map_err(unclear)?;
        let messages = variables.get_mut("messages").and_then(Json::as_array_mut);
        messages.into_iter().flatten().for_each(tidy);
        let template = self.environment.get_template("chat").map_err(invalid)?;
        template.render(Value::from(Serde(variables))).map_err(invalid)
    }
}

/// Names of what a model thought, the one that templates read first.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// A message as templates expect it.
fn tidy(message: &mut Json) {
    let Some(fields) = message.as_object_mut() else { return };
    fields.retain(|_, value| !value.is_null());
    if let Some(thought) = REASONING.iter().find_map(|name| fields.get(*name)).cloned() {
        fields.entry("thinking").or_insert_with(|| thought.clone());
        fields.insert("reasoning_content".into(), thought);
    }
}

/// A conversation for a base model: the messages' plain text, a line each.
///
/// # Errors
/// [`TemplateError::Toolless`]: plain text has no place for tools.
pub fn continuation(conversation: &Conversation) -> Result<String, TemplateError> {
    if let Some((what, _)) = conversation.without_tools().into_iter().next() {
        return Err(TemplateError::Toolless { what });
    }
    let texts = conversation.messages.iter().filter_map(|message| message.content.as_deref());
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

fn invalid(error: Error) -> TemplateError {
    TemplateError::Invalid { cause: format!("{error:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_message_goes_before_the_first_user_turn() {
        let template = ChatTemplate::new(STORIES_TEMPLATE).unwrap();
        let messages = vec![
            Message::new(Role::System, "Be kind."),
            Message::new(Role::User, "Hi"),
            Message::new(Role::Assistant, "Hello"),
            Message::new(Role::User, "Bye"),
        ];
        let expected =
            "<|endoftext|><|user|>Be kind.\nHi<|end|><|assistant|>Hello<|end|><|user|>Bye<|end|><|assistant|>";
        assert_eq!(template.render(&messages.into()).unwrap(), expected);
    }

    #[test]
    fn a_template_can_refuse() {
        let template = ChatTemplate::new("{{ raise_exception('no turns') }}").unwrap();
        assert!(template.render(&Conversation::default()).unwrap_err().to_string().contains("no turns"));
        assert!(ChatTemplate::new("{% if %}").is_err());
    }

    #[test]
    fn a_base_model_continues_plain_text() {
        let said = vec![Message::new(Role::User, "a"), Message::new(Role::Assistant, "b")];
        assert_eq!(continuation(&said.into()).unwrap(), "a\nb");
        let result = vec![Message::new(Role::Tool, "3")];
        assert!(matches!(continuation(&result.into()), Err(TemplateError::Toolless { what: "tool" })));
    }
}
