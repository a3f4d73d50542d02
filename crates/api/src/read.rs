//! JSON to a wire type, with an error that names the field.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The field, such as `messages[0].content`; `None` if the body is not JSON or not an object at all.
    pub param: Option<String>,
    /// What was expected and found.
    pub message: String,
    /// Whether the body is JSON at all.
    pub is_json: bool,
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
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let message = error.inner().to_string();
        let is_json = error.inner().classify() == Category::Data;
        let path = error.path().to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let param = match (path.as_str(), missing) {
            (".", None) => None,
            (".", Some(name)) => Some(name.to_string()),
            (path, None) => Some(path.to_string()),
            (path, Some(name)) => Some(format!("{path}.{name}")),
        };
        ReadError { param: param.filter(|_| is_json), message, is_json }
    })?;
    let no_param = |error: serde_json::Error| ReadError { param: None, message: error.to_string(), is_json: false };
    json.end().map_err(no_param)?;
    Ok(value)
}
