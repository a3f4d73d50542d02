//! What of an input fits the model's window.
//!
//! A conversation that has grown too long loses its oldest turns, a text its beginning: the person goes on talking,
//! and is told what the model no longer sees. A part of the window stays free for the answer. System turns at
//! the beginning stay, and what is left begins with a turn of the user. Only a last turn that is too long by
//! itself is refused, by the engine's own check.

use crate::codec::{Codec, Input, PromptError};
use text::template::{Conversation, Message, Role};

/// Share of the window kept free for the answer, unless fewer tokens are asked for: with less room an answer would
/// break off in its first sentence.
const ANSWER_SHARE: usize = 4;

/// An input that fits, and what it lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// What is left.
    pub input: Input,
    /// Oldest turns that are not in it.
    pub left_out_turns: usize,
    /// Tokens at the beginning of a text that are not in it.
    pub left_out_tokens: usize,
}

impl Fitted {
    /// Cuts `input` to a window of `context` tokens, of which the answer may take `max_tokens`; `None` lets the window be
    /// its limit.
    ///
    /// # Errors
    /// [`PromptError`].
    pub fn new(input: Input, codec: &Codec, context: usize, max_tokens: Option<usize>) -> Result<Fitted, PromptError> {
        let room = context / ANSWER_SHARE;
        let budget = context.saturating_sub(max_tokens.map_or(room, |n| n.min(room)).max(1));
        match input {
            Input::Messages(Conversation { messages, tools }) if codec.has_template() => {
                let starts = starts(&messages);
                let kept = |place: usize| {
                    let messages = [&messages[..starts[0]], &messages[starts[place]..]].concat();
                    Input::Messages(Conversation { messages, tools: tools.clone() })
                };
                // Fewer turns are fewer tokens, so the first start that fits is found by halving.
                let (mut low, mut high) = (0, starts.len() - 1);
                while low < high {
                    let middle = (low + high) / 2;
                    let fits = codec.prompt(&kept(middle))?.ids.len() <= budget;
                    if fits { high = middle } else { low = middle + 1 }
                }
                Ok(Fitted { input: kept(low), left_out_turns: starts[low] - starts[0], left_out_tokens: 0 })
            }
            input => Ok(last_tokens(codec.prompt(&input)?.ids, budget, codec)),
        }
    }
}

/// Where a shortened conversation may begin: after the first system turns, and at each later turn of the user.
fn starts(messages: &[Message]) -> Vec<usize> {
    let first = messages.iter().position(|message| message.role != Role::System).unwrap_or(messages.len());
    let later = (first + 1..messages.len()).filter(|&i| messages[i].role == Role::User);
    std::iter::once(first).chain(later).collect()
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
    Fitted { left_out_turns: 0, left_out_tokens: n_tokens - ids.len(), input: Input::Tokens(ids) }
}
