//! What a model's files say of it, read without its weights.

use super::{FileLine, TypeCount, folder_of};
use crate::chat::Refusal;
use models::encoder::ENCODERS;
use models::published::{Description, Published};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Most bytes of a card that are shown.
const CARD_BYTES_MAX: usize = 200_000;
/// Most files of a model that are listed.
const FILES_MAX: usize = 1000;

/// What a model can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename_all = "lowercase")]
pub enum ModelUse {
    /// It answers turns.
    Chats,
    /// It continues texts.
    Continues,
    /// It gives texts vectors.
    Vectors,
    /// It gives texts labels, or pairs of them a score.
    Labels,
}

/// What is known.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    pub architecture: Option<String>,
    pub does: Option<ModelUse>,
    /// Why it can be used for nothing.
    pub refusal: Option<Refusal>,
    pub license: Option<String>,
    pub n_params: Option<u64>,
    pub context: Option<u64>,
    pub vocab_size: Option<u64>,
    pub tokenizer: Option<String>,
    pub template: Option<String>,
    pub types: Vec<TypeCount>,
}

/// Those of the model at `path`.
pub(crate) fn read(path: &Path) -> Facts {
    match Published::open(path) {
        Ok(published) => facts(&published),
        Err(error) => Facts { refusal: Some(Arc::new(error)), ..Facts::default() },
    }
}

fn facts(published: &Published) -> Facts {
    let template = published.chat_template();
    let (does, refusal) = match usable(published, template.is_some()) {
        Ok(does) => (Some(does), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let wide = |n: Option<usize>| n.map(|n| n as u64);
    let type_count = |(name, n): (&str, usize)| TypeCount { name: name.into(), n: n as u32 };
    Facts {
        architecture: published.architecture().map(str::to_string),
        does,
        refusal,
        license: published.license(),
        n_params: Some(published.n_params() as u64),
        context: wide(published.context()),
        vocab_size: wide(published.vocab_size()),
        tokenizer: published.tokenizer(text::tokenizer::kind_name),
        template,
        types: published.checkpoint.dtypes().into_iter().map(type_count).collect(),
    }
}

/// What it can be used for, as far as its description tells.
fn usable(published: &Published, has_template: bool) -> Result<ModelUse, Refusal> {
    let writes = if has_template { ModelUse::Chats } else { ModelUse::Continues };
    match &published.description {
        // One of our own: its architecture is ours.
        Description::State(_) => Ok(writes),
        Description::Folder(files) if published.architecture().is_some_and(|name| ENCODERS.contains(&name)) => {
            let made_for = files.config["architectures"].as_array().into_iter().flatten();
            let labels = made_for.filter_map(|name| name.as_str()).any(|it| it.ends_with("ForSequenceClassification"));
            Ok(if labels { ModelUse::Labels } else { ModelUse::Vectors })
        }
        _ => match models::family::config(published) {
            Ok(_) => Ok(writes),
            Err(error) => Err(Arc::new(error)),
        },
    }
}

/// Names, sizes and times of a model's files: equal as long as nothing was written.
pub(crate) fn stamp(path: &Path) -> Vec<u8> {
    let mut stamp = String::new();
    for file in files(path) {
        let found = fs::metadata(folder_of(path).join(&file.path)).and_then(|about| about.modified());
        stamp.push_str(&format!("{} {} {found:?}\n", file.path, file.bytes));
    }
    stamp.into_bytes()
}

/// A model's files, by name.
pub(crate) fn files(path: &Path) -> Vec<FileLine> {
    if path.is_file() {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        return vec![FileLine { path: name, bytes: fs::metadata(path).map_or(0, |about| about.len()) }];
    }
    let (mut found, mut open) = (Vec::new(), vec![(path.to_path_buf(), String::new())]);
    while let Some((folder, below)) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            // A link to a folder may lead round in a circle; its files are no part of the model.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((entry.path(), format!("{name}/"))),
                Ok(_) if found.len() < FILES_MAX => {
                    let bytes = fs::metadata(entry.path()).map_or(0, |about| about.len());
                    found.push(FileLine { path: name, bytes });
                }
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The card of a folder, without the front matter that programs read.
pub(crate) fn card(path: &Path) -> Option<String> {
    let bytes = fs::read(folder_of(path).join("README.md")).ok()?;
    let cut = bytes.len().min(CARD_BYTES_MAX);
    let text = String::from_utf8_lossy(&bytes[..cut]).into_owned();
    let body = match text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) {
        Some(rest) => match rest.split_once("\n---") {
            Some((_, after)) => after.split_once('\n').map_or("", |(_, body)| body),
            None => text.as_str(),
        },
        None => text.as_str(),
    };
    Some(body.trim().to_string()).filter(|body| !body.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_begins_behind_its_front_matter() {
        let folder = std::env::temp_dir().join(format!("sanjie-card-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (text, expected) in [
            ("---\nlicense: mit\n---\n# A model\n\n---\nEnd", Some("# A model\n\n---\nEnd")),
            ("---\r\nlicense: mit\r\n---\r\n# A model", Some("# A model")),
            ("# A model", Some("# A model")),
            ("---\nnever closed", Some("---\nnever closed")),
            ("---\nlicense: mit\n---\n", None),
        ] {
            fs::write(folder.join("README.md"), text).unwrap();
            assert_eq!(card(&folder).as_deref(), expected, "{text:?}");
        }
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(card(&folder), None);
    }
}
