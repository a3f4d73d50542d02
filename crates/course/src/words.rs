//! A phrase in the two languages of the course.

use serde::{Deserialize, Serialize};

/// The same thing said in Chinese and in English; neither is empty (the loader checks).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese (simplified).
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The phrase in the language with this tag: Chinese for `zh`, else English.
    ///
    /// ```
    /// let words = course::Words { zh: "形状".into(), en: "shape".into() };
    /// assert_eq!(words.in_language("zh"), "形状");
    /// ```
    pub fn in_language(&self, tag: &str) -> &str {
        if tag == "zh" { &self.zh } else { &self.en }
    }
}
