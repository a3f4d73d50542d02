//! JSON to a wire type, with an error that names the field.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The field, such as `messages[0].content`; `None` if the body is no object.
    pub param: Option<String>,
    /// What was expected and found.
    pub message: String,
    /// Whether the body is a JSON object at all.
    pub is_object: bool,
}

/// Reads a JSON body as `T`.
///
/// ```
/// use api::openai::CompletionRequest;
/// let error = api::read::<CompletionRequest>(br#"{"prompt": "a", "max_tokens": "b"}"#).unwrap_err();
/// assert_eq!(error.param.as_deref(), Some("max_tokens"));
/// ```
///
/// # Errors
/// [`ReadError`].
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ReadError> {
    let no_object = |message: String| ReadError { param: None, message, is_object: false };
    let value: Value = serde_json::from_slice(body).map_err(|error| no_object(error.to_string()))?;
    // A wire type would also be read from a list, field by field.
    if !value.is_object() {
        return Err(no_object("expected an object".into()));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = in_words_of_json(&error.inner().to_string());
        let path = error.path().to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let param = match (path.as_str(), missing) {
            (".", None) => None,
            (".", Some(name)) => Some(name.to_string()),
            (path, None) => Some(path.to_string()),
            (path, Some(name)) => Some(format!("{path}.{name}")),
        };
        ReadError { param, message, is_object: true }
    })
}

/// A message of serde's about a value of JSON, in JSON's words instead of Rust's. Counts keep theirs (`u64`), by which whoever says what
/// is counted knows them.
///
/// ```
/// assert_eq!(api::in_words_of_json("invalid type: map, expected f32"), "invalid type: object, expected a number");
/// ```
pub fn in_words_of_json(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else { return message.to_string() };
    // A reader of text names the place of the value, too.
    let (expected, place) = match expected.find(" at line ") {
        Some(at) => expected.split_at(at),
        None => (expected, ""),
    };
    let expected = match expected {
        "f32" | "f64" => "a number",
        "i32" | "i64" | "u32" => "a whole number",
        "a sequence" => "a list",
        "a map" => "an object",
        "a boolean" => "true or false",
        of_rust if of_rust.starts_with("struct ") => "an object",
        plain => plain,
    };
    let found = found
        .replace("invalid type: map", "invalid type: object")
        .replace("invalid type: sequence", "invalid type: list")
        .replace("invalid type: unit", "invalid type: null");
    format!("{found}, expected {expected}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_speaks_of_json() {
        for (message, expected) in [
            ("invalid type: string \"a\", expected f32", "invalid type: string \"a\", expected a number"),
            ("invalid type: integer `1`, expected struct Message", "invalid type: integer `1`, expected an object"),
            (
                "recipe: invalid type: sequence, expected struct Run with 4 elements at line 1 column 2",
                "recipe: invalid type: list, expected an object at line 1 column 2",
            ),
            ("invalid type: unit, expected a boolean", "invalid type: null, expected true or false"),
            ("invalid value: integer `-1`, expected u64", "invalid value: integer `-1`, expected u64"),
            ("missing field `prompt`", "missing field `prompt`"),
        ] {
            assert_eq!(in_words_of_json(message), expected);
        }
    }
}
