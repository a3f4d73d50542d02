//! What is known of each public data set: its files, their addresses, licence, sizes and checksums.

use crate::FetchError;
use serde::Deserialize;
use std::sync::LazyLock;

/// A public data set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Its name, which is its folder's too.
    pub name: String,
    /// What it is, in a line.
    pub title: Words,
    /// Licence of the data, as its source states it.
    pub licence: Words,
    /// Folders on the network, each ending in `/`, in the order in which they are tried.
    pub addresses: Vec<String>,
    /// Its files.
    pub files: Vec<DataFile>,
}

/// A line in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Words {
    /// In the language of a tag: `zh`, or else English.
    pub fn of(&self, language: &str) -> &str {
        if language == "zh" { &self.zh } else { &self.en }
    }
}

/// A file of a data set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its path below each address.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl Dataset {
    /// Size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Where `file` can be fetched, in the order in which it is tried.
    pub fn urls(&self, file: &DataFile) -> Vec<String> {
        self.addresses.iter().map(|address| format!("{address}{}", percent_encoded(&file.path))).collect()
    }
}

impl DataFile {
    /// The name it gets in the data set's folder: the last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Every data set that can be fetched by name.
///
/// ```
/// let shakespeare = hub::datasets().iter().find(|set| set.name == "tinyshakespeare").unwrap();
/// assert_eq!(shakespeare.bytes(), 1_115_394);
/// ```
pub fn datasets() -> &'static [Dataset] {
    static KNOWN: LazyLock<Vec<Dataset>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct List {
            dataset: Vec<Dataset>,
        }
        let list: List = toml::from_str(include_str!("../datasets.toml")).expect("the list of data sets parses");
        list.dataset
    });
    &KNOWN
}

/// The data set of this name.
///
/// # Errors
/// [`FetchError::Unknown`], which names what was probably meant.
pub fn find(name: &str) -> Result<&'static Dataset, FetchError> {
    if let Some(found) = datasets().iter().find(|dataset| dataset.name == name) {
        return Ok(found);
    }
    let nearest = sys::nearest(name, datasets().iter().map(|dataset| dataset.name.as_str()));
    Err(FetchError::Unknown { name: name.into(), nearest: nearest.unwrap_or_default().into() })
}

/// A path as it stands in an address: everything but unreserved characters and `/` as `%XX` (RFC 3986, section 2).
pub(crate) fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_file_names_are_encoded_in_addresses() {
        assert_eq!(percent_encoded("a b/诗.txt"), "a%20b/%E8%AF%97.txt");
    }
}
