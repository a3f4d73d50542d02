//! Chat templates: a conversation as the one text a model was trained on.
//!
//! A template is a Jinja source, as published with models; it is rendered by `minijinja` in the environment that
//! Hugging Face documents (blocks trimmed, `raise_exception`, `tojson`). A base model has no template: it gets the
//! messages' plain text to continue.
//!
//! Knows no tokenizer: whoever renders must guard what people typed (see [`crate::tokenizer::Tokenizer::guard`]).

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::Serialize;

/// The turns of the `stories` corpus: a system message's text goes before the first turn of the user.
pub const STORIES_TEMPLATE: &str = "\
{%- set ns = namespace(system='') -%}
{%- for message in messages -%}
{%- if message.role == 'system' -%}{%- set ns.system = ns.system + message.content + '\\n' -%}
{%- elif message.role == 'user' -%}<|user|>{{ ns.system }}{{ message.content }}<|end|>{%- set ns.system = '' -%}
{%- else -%}<|assistant|>{{ message.content }}<|end|>
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}";

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
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
}

sys::coded_error! {
    /// Why a template gives no text.
    pub enum TemplateError {
        /// The source is no template, or refuses these messages.
        Invalid { cause: String } = "template.invalid",
    }
}

/// A parsed chat template.
pub struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    /// Parses a Jinja source.
    ///
    /// ```
    /// use text::template::{ChatTemplate, Message, Role, STORIES_TEMPLATE};
    /// let template = ChatTemplate::new(STORIES_TEMPLATE)?;
    /// let messages = [Message { role: Role::User, content: "Where is the key?".into() }];
    /// assert_eq!(template.render(&messages)?, "<|user|>Where is the key?<|end|><|assistant|>");
    /// # Ok::<(), text::template::TemplateError>(())
    /// ```
    ///
    /// # Errors
    /// [`TemplateError::Invalid`].
    pub fn new(source: &str) -> Result<ChatTemplate, TemplateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(invalid)?;
        environment.set_syntax(syntax);
        environment.add_function("raise_exception", |why: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, why))
        });
        environment.add_template_owned("chat", source.to_string()).map_err(invalid)?;
        Ok(ChatTemplate { environment })
    }

    /// The conversation as text, ending where the assistant begins to speak.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`] when the template refuses the messages.
    pub fn render(&self, messages: &[Message]) -> Result<String, TemplateError> {
        let template = self.environment.get_template("chat").map_err(invalid)?;
        template
            .render(context! { messages => Value::from(Serde(messages)), add_generation_prompt => true })
            .map_err(invalid)
    }
}

/// A conversation for a base model: the messages' plain text, a line each.
pub fn continuation(messages: &[Message]) -> String {
    messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n")
}

fn invalid(error: Error) -> TemplateError {
    TemplateError::Invalid { cause: format!("{error:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(role: Role, content: &str) -> Message {
        Message { role, content: content.into() }
    }

    #[test]
    fn a_system_message_goes_before_the_first_user_turn() {
        let template = ChatTemplate::new(STORIES_TEMPLATE).unwrap();
        let messages = [
            say(Role::System, "Be kind."),
            say(Role::User, "Hi"),
            say(Role::Assistant, "Hello"),
            say(Role::User, "Bye"),
        ];
        let expected = "<|user|>Be kind.\nHi<|end|><|assistant|>Hello<|end|><|user|>Bye<|end|><|assistant|>";
        assert_eq!(template.render(&messages).unwrap(), expected);
    }

    #[test]
    fn a_template_can_refuse() {
        let template = ChatTemplate::new("{{ raise_exception('no turns') }}").unwrap();
        assert!(template.render(&[]).unwrap_err().to_string().contains("no turns"));
        assert!(ChatTemplate::new("{% if %}").is_err());
    }

    #[test]
    fn a_base_model_continues_plain_text() {
        assert_eq!(continuation(&[say(Role::User, "a"), say(Role::Assistant, "b")]), "a\nb");
    }
}
