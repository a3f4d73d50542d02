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
        let message = error.inner().to_string();
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
