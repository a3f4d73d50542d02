//! What of an input fits the model's window.
//!
//! A conversation that has grown too long loses its oldest turns, a text its beginning: the person goes on talking,
//! and the page says what the model no longer sees. A part of the window stays free for the answer. System turns at
//! the beginning stay, and what is left begins with a turn of the user. Only a last turn that is too long by
//! itself is refused, by the engine's own check.

use crate::chat::{self, Input, Refusal, Turn};
use infer::Codec;
use std::sync::Arc;
use text::template::{Message, Role};

/// Share of the window kept free for the answer, unless fewer tokens are asked for: with less room an answer would
/// break off in its first sentence.
const ANSWER_SHARE: usize = 4;

/// An input that fits, and what it lost.
pub(crate) struct Fitted {
    pub input: infer::Input,
    pub left_out_turns: usize,
    pub left_out_tokens: usize,
}

/// Cuts `input` to a window of `context` tokens, of which the answer may take `max_tokens`.
pub(crate) fn fit(input: &Input, codec: &Codec, context: usize, max_tokens: usize) -> Result<Fitted, Refusal> {
    let budget = context.saturating_sub(max_tokens.min(context / ANSWER_SHARE).max(1));
    let encode = |input: &infer::Input| match codec.prompt(input) {
        Ok(prompt) => Ok(prompt.ids),
        Err(error) => Err(Arc::new(error) as Refusal),
    };
    match input {
        Input::Messages(turns) if codec.has_template() => {
            let messages = messages(turns);
            let starts = starts(&messages);
            // Fewer turns are fewer tokens, so the first start that fits is found by halving.
            let (mut low, mut high) = (0, starts.len() - 1);
            while low < high {
                let middle = (low + high) / 2;
                let fits = encode(&infer::Input::Messages(from(&messages, &starts, middle)))?.len() <= budget;
                if fits { high = middle } else { low = middle + 1 }
            }
            let input = infer::Input::Messages(from(&messages, &starts, low));
            Ok(Fitted { input, left_out_turns: starts[low] - starts[0], left_out_tokens: 0 })
        }
        Input::Messages(turns) => Ok(last_tokens(encode(&infer::Input::Messages(messages(turns)))?, budget, codec)),
        Input::Text(text) => Ok(last_tokens(encode(&infer::Input::Text(text.clone()))?, budget, codec)),
    }
}

fn messages(turns: &[Turn]) -> Vec<Message> {
    let message = |turn: &Turn| {
        let role = match turn.role {
            chat::Role::System => Role::System,
            chat::Role::User => Role::User,
            chat::Role::Assistant => Role::Assistant,
        };
        Message { role, content: turn.content.clone() }
    };
    turns.iter().map(message).collect()
}

/// Where a shortened conversation may begin: after the first system turns, and at each later turn of the user.
fn starts(messages: &[Message]) -> Vec<usize> {
    let first = messages.iter().position(|message| message.role != Role::System).unwrap_or(messages.len());
    let later = (first + 1..messages.len()).filter(|&i| messages[i].role == Role::User);
    std::iter::once(first).chain(later).collect()
}

fn from(messages: &[Message], starts: &[usize], place: usize) -> Vec<Message> {
    [&messages[..starts[0]], &messages[starts[place]..]].concat()
}

fn last_tokens(mut ids: Vec<u32>, budget: usize, codec: &Codec) -> Fitted {
    let n_tokens = ids.len();
    if n_tokens > budget {
        ids.drain(..n_tokens - budget);
        // Not from the middle of a character.
        let is_middle = |id: &u32| codec.bytes_of(*id).first().is_some_and(|byte| byte & 0xc0 == 0x80);
        let n_middle = ids.iter().take_while(|id| is_middle(id)).count();
        ids.drain(..n_middle.min(ids.len().saturating_sub(1)));
    }
    Fitted { left_out_turns: 0, left_out_tokens: n_tokens - ids.len(), input: infer::Input::Tokens(ids) }
}
