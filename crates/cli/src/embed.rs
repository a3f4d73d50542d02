//! `sanjie embed`: the vectors of the lines of a text.

use crate::{Failure, Outcome, failure, input, model, print_line, say};
use infer::Encoder;
use kernels::cpu::{Bf16Unit, bf16_unit};
use messages::Lang;
use models::encoder::{Products, open_for};
use std::path::PathBuf;

/// Lines embedded at a time, so that the first vectors come early.
const LINES: usize = 256;

/// What `sanjie embed` takes.
#[derive(clap::Args)]
pub struct Arguments {
    model: PathBuf,
    // Standard input, if it is left out.
    file: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Dtype::F32)]
    dtype: Dtype,
    #[arg(long)]
    json: bool,
}

/// In what layers multiply.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Dtype {
    F32,
    Bf16,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let text = input::read(arguments.file.as_deref())?;
    let path = model::locate_pulled(&arguments.model, model::ENCODER).map_err(failure)?;
    let products = match arguments.dtype {
        Dtype::F32 => Products::F32,
        Dtype::Bf16 => Products::Bf16,
    };
    if products == Products::Bf16 && bf16_unit() == Bf16Unit::F32 {
        say(messages::text(lang, "cli.embed_bf16", &[]));
    }
    let folder = open_for(&path, products).map_err(failure)?;
    let encoder = Encoder::new(folder).map_err(failure)?;
    let lines: Vec<&str> = text.lines().collect();
    for (number, lines) in lines.chunks(LINES).enumerate() {
        let vectors = encoder.vectors(lines).map_err(failure)?;
        for (i, embedding) in vectors.into_iter().enumerate() {
            if arguments.json {
                let index = number * LINES + i;
                print_line(&serde_json::json!({ "index": index, "embedding": embedding }).to_string());
            } else {
                let numbers: Vec<String> = embedding.iter().map(f32::to_string).collect();
                print_line(&numbers.join(" "));
            }
        }
    }
    Ok(Outcome::Done)
}
