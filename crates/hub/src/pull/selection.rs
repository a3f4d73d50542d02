//! Which files of a published model are needed: the weights in one form, and what describes them.
//!
//! Safetensors before GGUF; of several GGUF files, which are the same model in several types, the person chooses one.
//! Everything else stays where it is: pickles, other frameworks' weights, pictures, training states.

use super::PullError;

/// Descriptions of weights in safetensors, and the card with the licence.
const BESIDE: [&str; 14] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "README.md",
    "LICENSE",
    "LICENSE.txt",
];
/// What goes with a GGUF file, which describes itself.
const CARD: [&str; 3] = ["README.md", "LICENSE", "LICENSE.txt"];
/// Names that a choice is offered of, at most.
const OFFERED_MAX: usize = 40;

/// Chooses among `names`, paths below the model's folder; `source` names it in errors.
pub(crate) fn select<'a>(source: &str, names: &[&'a str], chosen: Option<&str>) -> Result<Vec<&'a str>, PullError> {
    let with = |weights: Vec<&'a str>, beside: &[&str]| {
        // Small files first: what is wrong with a model shows before the large ones are on their way.
        let beside = names.iter().copied().filter(|name| beside.contains(name));
        beside.chain(weights).collect::<Vec<_>>()
    };
    let ggufs: Vec<&str> = names.iter().copied().filter(|name| name.ends_with(".gguf")).collect();
    if let Some(chosen) = chosen {
        let Some(file) = ggufs.iter().copied().find(|name| *name == chosen) else {
            return Err(PullError::NoFile { source: source.into(), file: chosen.into(), files: offered(&ggufs) });
        };
        return Ok(with(vec![file], &CARD));
    }
    if names.contains(&"model.safetensors") {
        return Ok(with(vec!["model.safetensors"], &BESIDE));
    }
    let index = "model.safetensors.index.json";
    if names.contains(&index) {
        let shards = names.iter().copied().filter(|name| is_shard(name));
        return Ok(with(std::iter::once(index).chain(shards).collect(), &BESIDE));
    }
    match ggufs.as_slice() {
        [file] => Ok(with(vec![file], &CARD)),
        [] => Err(match names.iter().find(|name| is_pickle(name)) {
            Some(file) => PullError::Pickles { source: source.into(), file: (*file).into() },
            None => PullError::NoWeights { source: source.into() },
        }),
        _ => Err(PullError::Several { source: source.into(), files: offered(&ggufs) }),
    }
}

/// `model-00001-of-00003.safetensors`.
fn is_shard(name: &str) -> bool {
    let middle = name.strip_prefix("model-").and_then(|rest| rest.strip_suffix(".safetensors"));
    let number = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit());
    middle.and_then(|middle| middle.split_once("-of-")).is_some_and(|(i, n)| number(i) && number(n))
}

fn is_pickle(name: &str) -> bool {
    [".bin", ".pt", ".pth", ".ckpt", ".pkl"].iter().any(|ending| name.ends_with(ending))
}

fn offered(files: &[&str]) -> Box<str> {
    let more = if files.len() > OFFERED_MAX { "\n  ..." } else { "" };
    let shown = &files[..files.len().min(OFFERED_MAX)];
    format!("{}{more}", shown.join("\n  ")).into()
}

/// Folders in which weights stand, sorted: where a model may be found in an archive.
pub(crate) fn roots<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let weights =
        |name: &str| name.ends_with(".gguf") || name == "model.safetensors" || name == "model.safetensors.index.json";
    let mut found: Vec<&str> = names
        .iter()
        .filter_map(|name| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            weights(file).then_some(folder)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use sys::Coded;

    #[test]
    fn a_model_is_weights_in_one_form_and_what_describes_them() {
        let select = |names: &[&'static str], chosen| select("s", names, chosen).map_err(|error| error.code());
        let folder = ["a.png", "config.json", "model.safetensors", "pytorch_model.bin", "q.gguf", "onnx/model.onnx"];
        assert_eq!(select(&folder, None), Ok(vec!["config.json", "model.safetensors"]));
        assert_eq!(select(&folder, Some("q.gguf")), Ok(vec!["q.gguf"]));
        let shards = [
            "consolidated.safetensors",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "model-a-of-b.safetensors",
        ];
        assert_eq!(select(&shards, None), Ok(vec![shards[4], shards[3], shards[1], shards[2]]));
        assert_eq!(select(&["b.gguf", "README.md", "config.json"], None), Ok(vec!["README.md", "b.gguf"]));
        assert_eq!(select(&["b.gguf", "a.gguf"], None), Err("pull.several"));
        assert_eq!(select(&["b.gguf", "a.gguf"], Some("c.gguf")), Err("pull.no_file"));
        assert_eq!(select(&["pytorch_model.bin", "config.json"], None), Err("pull.pickles"));
        assert_eq!(select(&["config.json"], None), Err("pull.no_weights"));
    }

    #[test]
    fn models_are_found_in_folders_of_an_archive() {
        assert_eq!(roots(&["p/m/model.safetensors", "p/m/config.json", "p/x.py"]), ["p/m"]);
        assert_eq!(roots(&["a.gguf", "p/b.gguf", "p/c.gguf"]), ["", "p"]);
    }
}
