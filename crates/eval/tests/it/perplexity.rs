//! Perplexity against PyTorch (`goldens/make_perplexity.py`), and what cannot be measured.

use check::{Golden, Outcome, Stop, equal, that};
use eval::perplexity::measure;
use infer::{Codec, TextModel};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use text::tokenizer::Tokenizer;

/// The golden's window.
const WINDOW: usize = 10;

pub fn golden() -> Result<(TextModel, String, Vec<f32>), Stop> {
    let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/perplexity.safetensors"))?;
    let (vocab_size, max_seq_len) = (256, 16);
    let config = GptConfig {
        vocab_size,
        n_layers: 2,
        n_heads: 4,
        d_model: 32,
        max_seq_len,
        dropout: 0.0,
        bias: false,
        positions: Positions::Learned,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    for entry in params.entries().to_vec() {
        params.weights_mut()[entry.range].copy_from_slice(&golden.get(&format!("weight/{}", entry.name))?.values);
    }
    let model = TextModel::from_parts(model, params, Codec::new(Tokenizer::train_bytes(&[]), None))?;
    let bytes: Vec<u8> = golden.get("text")?.values.iter().map(|&byte| byte as u8).collect();
    Ok((model, String::from_utf8(bytes)?, golden.get("expected")?.values.clone()))
}

pub fn equals_pytorch() -> Outcome {
    let (model, text, expected) = golden()?;
    let mut last = (0, 0);
    let lines = measure(&model, &text, Some(WINDOW), |done, total| last = (done, total))?;
    equal(lines.iter().map(|line| line.metric).collect::<Vec<_>>(), vec!["ppl", "bits_per_byte", "top1"], "metrics")?;
    equal(lines[0].n, expected[3] as usize, "scored tokens")?;
    for (line, &expected) in lines.iter().zip(&expected) {
        let expected = f64::from(expected);
        that((line.value - expected).abs() <= 1e-4 * expected.max(1e-3), || format!("{line:?}, expected {expected}"))?;
        that(line.ci95[0] <= line.value && line.value <= line.ci95[1], || format!("{line:?}"))?;
    }
    that(last.0 <= last.1 && last.0 + 1 >= last.1, || format!("progress ended at {last:?}"))
}

pub fn what_scores_nothing_is_refused() -> Outcome {
    let (model, text, _) = golden()?;
    for (text, window, code) in [
        (&*text, 1, "eval.window"),
        (&*text, 17, "eval.window"),
        ("a", 8, "eval.too_short"),
        ("ab", 8, "eval.too_short"),
        ("abc", 2, "eval.too_short"),
    ] {
        let error = measure(&model, text, Some(window), |_, _| {}).err();
        equal(error.as_ref().map(sys::Coded::code), Some(code), "code")?;
    }
    // However few tokens there are, and whether all or none of them are the likeliest, an interval is no point.
    for text in ["abc", "zzzz"] {
        for line in measure(&model, text, None, |_, _| {})? {
            that(line.ci95[0] < line.ci95[1], || format!("{text}: {line:?}"))?;
        }
    }
    Ok(())
}
