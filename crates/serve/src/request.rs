//! What both kinds of completion ask for, checked.

use crate::handle::fresh_seed;
use crate::limits::{ALTERNATIVES_MAX, CHOICES_MAX, STOP_BYTES_MAX, STOPS_MAX};
use api::ReadError;
use api::openai::Strings;
use infer::{GenerationRequest, Input, SamplingOptions};
use serde_json::{Map, Value};

sys::coded_error! {
    /// What is wrong with a request before a model sees it.
    pub enum RequestError {
        /// The body is no JSON object.
        NotAnObject { cause: String } = "serve.not_an_object",
        /// A field has the wrong type, or a required one is missing.
        Field { param: String, cause: String } = "serve.field",
        /// A field that counts something holds anything else than a count.
        WholeNumber { param: String, found: String } = "serve.whole_number",
        /// A field that asks for something this server cannot do.
        Unsupported { param: &'static str } = "serve.unsupported",
        /// A number outside its bounds.
        OutOfRange { param: &'static str, found: u64, min: u64, max: u64 } = "serve.out_of_range",
        /// A list with too few or too many entries.
        Entries { param: &'static str, found: usize, min: usize, max: usize } = "serve.entries",
        /// A string to stop at that is empty or too long.
        StopBytes { found: usize, max: usize } = "serve.stop_bytes",
        /// More answers than one request may have, over all its prompts.
        Choices { prompts: usize, n: u64, max: usize } = "serve.choices",
        /// Alternatives that would have no place in the reply.
        AlternativesAlone {} = "serve.alternatives_alone",
        /// A list that must not be empty.
        Empty { param: &'static str } = "serve.empty",
        /// A message by somebody unknown.
        Role { param: String, found: String } = "serve.role",
        /// A part of a message that is not text.
        Part { param: String, found: String } = "serve.part",
        /// The `Host` header names a public place, which this server is not.
        ForeignHost { host: String } = "serve.foreign_host",
        /// A web page of another place asks.
        ForeignOrigin { origin: String } = "serve.foreign_origin",
        /// Another model than the one served.
        UnknownModel { model: String, served: String } = "serve.unknown_model",
        /// A path that leads nowhere.
        UnknownRoute { method: String, path: String } = "serve.unknown_route",
        /// A path that does not take this method.
        Method { method: String, path: String } = "serve.method",
        /// A body over the limit.
        BodyTooLarge { max: usize } = "serve.body_too_large",
        /// A body that did not arrive in time.
        BodyTooSlow { seconds: u64 } = "serve.body_too_slow",
        /// A body that broke off.
        BodyUnreadable { cause: String } = "serve.body_unreadable",
    }
}

impl RequestError {
    /// The field to blame.
    pub fn param(&self) -> Option<String> {
        match self {
            RequestError::Field { param, .. }
            | RequestError::WholeNumber { param, .. }
            | RequestError::Role { param, .. }
            | RequestError::Part { param, .. } => Some(param.clone()).filter(|param| !param.is_empty()),
            RequestError::Unsupported { param }
            | RequestError::OutOfRange { param, .. }
            | RequestError::Entries { param, .. }
            | RequestError::Empty { param } => Some(param.to_string()),
            RequestError::StopBytes { .. } => Some("stop".into()),
            RequestError::Choices { .. } => Some("n".into()),
            RequestError::AlternativesAlone {} => Some("top_logprobs".into()),
            RequestError::UnknownModel { .. } => Some("model".into()),
            _ => None,
        }
    }
}

impl From<ReadError> for RequestError {
    fn from(ReadError { param, message, is_object }: ReadError) -> Self {
        if !is_object {
            return RequestError::NotAnObject { cause: message };
        }
        let param = param.unwrap_or_default();
        match no_count(&message) {
            Some(found) => RequestError::WholeNumber { param, found: found.to_string() },
            None => RequestError::Field { param, cause: message },
        }
    }
}

/// What was found instead of a count, in the words of the reader of JSON: ``invalid value: integer `-1`, expected u64``.
fn no_count(message: &str) -> Option<&str> {
    let (found, expected) = message.rsplit_once(", expected ")?;
    let found = found.strip_prefix("invalid value: ").or_else(|| found.strip_prefix("invalid type: "))?;
    let bare = ["integer", "floating point", "boolean"].iter().find_map(|kind| found.strip_prefix(kind));
    // Ids of tokens are `u32`, and may also be too large.
    (expected == "u64").then(|| bare.unwrap_or(found).trim().trim_matches('`'))
}

/// What OpenAI's server does that is told nothing: it draws from what the model gives.
const OPENAI: SamplingOptions = SamplingOptions { temperature: Some(1.0), ..SamplingOptions::OPEN };

/// The fields that completions and chats share.
pub(crate) struct Shared {
    pub sampling: SamplingOptions,
    pub stop: Option<Strings>,
    /// The field that holds it, and its value.
    pub n_alternatives: (&'static str, u64),
    pub score_prompt: bool,
}

impl Shared {
    /// A request for each input; what is left open is as the model's publisher advises, else as with OpenAI.
    pub fn requests(self, inputs: Vec<Input>, advice: SamplingOptions) -> Result<Vec<GenerationRequest>, RequestError> {
        let stop = self.stop.map_or_else(Vec::new, Strings::into_vec);
        entries("stop", stop.len(), 0, STOPS_MAX)?;
        if let Some(stop) = stop.iter().find(|stop| !(1..=STOP_BYTES_MAX).contains(&stop.len())) {
            return Err(RequestError::StopBytes { found: stop.len(), max: STOP_BYTES_MAX });
        }
        let (param, n_alternatives) = self.n_alternatives;
        within(param, n_alternatives, 0, ALTERNATIVES_MAX as u64)?;
        // One for all inputs.
        let seed = SamplingOptions { seed: Some(fresh_seed()), ..SamplingOptions::OPEN };
        let sampling = self.sampling.or(advice).or(OPENAI).or(seed);
        let request = |input| GenerationRequest {
            stop: stop.clone(),
            n_alternatives: n_alternatives as usize,
            score_prompt: self.score_prompt,
            ..sampling.of(input)
        };
        Ok(inputs.into_iter().map(request).collect())
    }
}

/// The number of answers for each of `n_prompts`.
pub(crate) fn n_choices(n: Option<u64>, n_prompts: usize) -> Result<usize, RequestError> {
    let n = n.unwrap_or(1);
    within("n", n, 1, CHOICES_MAX as u64)?;
    if n as usize * n_prompts > CHOICES_MAX {
        return Err(RequestError::Choices { prompts: n_prompts, n, max: CHOICES_MAX });
    }
    Ok(n as usize)
}

/// Fails unless `min <= found <= max`.
pub(crate) fn within(param: &'static str, found: u64, min: u64, max: u64) -> Result<(), RequestError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(RequestError::OutOfRange { param, found, min, max }) }
}

/// Fails unless a list has `min` to `max` entries.
pub(crate) fn entries(param: &'static str, found: usize, min: usize, max: usize) -> Result<(), RequestError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(RequestError::Entries { param, found, min, max }) }
}

/// Fails if `asked`: the field has a value that changes the answer in a way this server cannot.
pub(crate) fn refuse(param: &'static str, asked: bool) -> Result<(), RequestError> {
    if asked { Err(RequestError::Unsupported { param }) } else { Ok(()) }
}

/// Refuses biases that would do something.
pub(crate) fn refuse_bias(bias: Option<&Map<String, Value>>) -> Result<(), RequestError> {
    refuse("logit_bias", bias.is_some_and(|bias| !bias.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_count_is_told_without_the_reader_of_json() {
        for (message, expected) in [
            ("invalid value: integer `-1`, expected u64", Some("-1")),
            ("invalid type: floating point `1.5`, expected u64", Some("1.5")),
            ("invalid type: string \"a\", expected u64", Some("string \"a\"")),
            ("invalid type: boolean `true`, expected u64", Some("true")),
            // Ids of tokens may be too large.
            ("invalid value: integer `5000000000`, expected u32", None),
            // A seed may be below zero.
            ("invalid type: floating point `0.5`, expected i64", None),
            ("missing field `prompt`", None),
        ] {
            assert_eq!(no_count(message), expected, "{message}");
        }
    }
}
