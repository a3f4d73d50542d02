//! The answers of `read-checkpoint`: bytes worked out by hand, and a Llama of one block against the engine's own.

use check::{Outcome, Stop, close, equal};
use course::{Array, Value, Values};
use models::llama::{LlamaConfig, RopeScaling};
use models::{Model, ModelConfig};
use nn::Batch;
use tensor::{Cx, Params};

const IDS: [u32; 5] = [1, 4, 2, 6, 1];
const HEADS: [usize; 2] = [4, 2];

fn answer(name: &str, arguments: &[Value]) -> Array {
    answers::find(name).unwrap_or_else(|| panic!("no answer {name}"))(arguments)
}

fn ints(shape: &[usize], values: Vec<i32>) -> Value {
    Value::Array(Array { shape: shape.to_vec(), values: Values::I32(values) })
}

fn floats(shape: &[usize], values: &[f32]) -> Value {
    Value::Array(Array::f32(shape, values.to_vec()))
}

pub fn bytes_by_hand() -> Outcome {
    let numbers = answer("bf16", &[ints(&[3], vec![0x3fc0, 0xc040, 0])]);
    equal(numbers.floats(), &[1.5, -3.0, 0.0][..], "bf16")?;
    // The lesson's block: a scale of 0.25, then 1 and 9, 8 and 15, and nothing.
    let block = [0x00, 0x34, 0x19, 0x8f].into_iter().chain([0x88; 14]).collect();
    let numbers = answer("q4_0", &[ints(&[1, 18], block)]);
    let found = [0, 1, 2, 16, 17].map(|i| numbers.floats()[i]);
    equal((numbers.shape.clone(), found), (vec![1, 32], [0.25, 1.75, 0.0, -1.75, 0.0]), "Q4_0")?;
    // Names the other way round than data.
    let header = r#"{"w0":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},"w1":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#;
    let data = [&2.5f32.to_le_bytes()[..], &[0xc0, 0x3f, 0x40, 0xc0]].concat();
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
    let file: Vec<i32> = file.into_iter().map(i32::from).collect();
    for (which, expected) in [Array::f32([2, 1], vec![1.5, -3.0]), Array::f32([1, 1], vec![2.5])].iter().enumerate() {
        equal(&answer("read_array", &[ints(&[file.len()], file.clone()), Value::Int(which)]), expected, "an array")?;
    }
    Ok(())
}

pub fn a_norm_and_a_turn_by_hand() -> Outcome {
    let arguments = [floats(&[1, 2], &[3.0, 4.0]), floats(&[2], &[1.0, 2.0]), floats(&[1], &[3.5])];
    close(answer("rms_norm", &arguments).floats(), &[0.75, 2.0], 1e-6, "12.5 and 3.5 under the root")?;
    let arguments = [floats(&[1, 4], &[1.0, 0.0, 0.0, 1.0]), ints(&[1], vec![2]), Value::Int(100)];
    let (fast, slow) = (2f32, 0.2f32);
    let by_hand = [fast.cos(), -slow.sin(), fast.sin(), slow.cos()];
    close(answer("rotary", &arguments).floats(), &by_hand, 1e-6, "two pairs at position 2")
}

pub fn the_logits_are_the_engines() -> Outcome {
    let (model, params) = llama()?;
    let cx = Cx::inference(&params);
    let expected = model.head(&cx, &model.forward(&cx, &Batch::single(IDS.to_vec()), None));
    let found = answer("logits", &arguments(&params)?);
    equal(&found.shape[..], &[IDS.len(), 7][..], "shape")?;
    close(found.floats(), expected.values(), 1e-4, "logits")
}

/// One block with heads that share, weights large enough for every part to matter.
fn llama() -> Result<(Model, Params), Stop> {
    let config = LlamaConfig {
        vocab_size: 7,
        n_layers: 1,
        n_heads: HEADS[0],
        n_kv_heads: HEADS[1],
        d_head: 4,
        d_model: 6,
        d_ff: 5,
        max_seq_len: 8,
        norm_eps: 1e-5,
        rope_base: 10_000.0,
        rope_scaling: RopeScaling::None,
        window: None,
        tied: true,
        qkv_bias: false,
        qk_norm: false,
    };
    let (model, mut params) = Model::new(&ModelConfig::Llama(config))?;
    params.initialise(3);
    let weights = params.weights_mut();
    weights.iter_mut().enumerate().for_each(|(i, w)| *w = *w * 30.0 + (i % 5) as f32 * 0.1);
    Ok((model, params))
}

/// Names as the lesson has them, with shapes and values.
fn arrays(params: &Params) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let short = |name: &str| name.trim_end_matches(".weight").rsplit('.').next().unwrap_or_default().to_string();
    let values = params.weights();
    let entries = params.entries().iter();
    entries.map(|entry| (short(&entry.name), entry.shape.clone(), values[entry.range.clone()].to_vec())).collect()
}

fn arguments(params: &Params) -> Result<Vec<Value>, Stop> {
    let arrays = arrays(params);
    let get = |name: &str| arrays.iter().find(|(known, ..)| known == name).ok_or_else(|| format!("no {name}"));
    let norms = ["input_layernorm", "post_attention_layernorm", "norm"];
    let gains = norms.into_iter().map(|name| Ok(get(name)?.2.clone())).collect::<Result<Vec<_>, Stop>>()?.concat();
    let (_, shape, embed) = get("embed_tokens")?;
    let mut arguments = vec![ints(&[IDS.len()], IDS.map(|id| id as i32).to_vec()), floats(shape, embed)];
    arguments.push(floats(&[3, shape[1]], &gains));
    for name in ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] {
        let (_, shape, values) = get(name)?;
        arguments.push(floats(shape, values));
    }
    arguments.extend(HEADS.map(Value::Int));
    Ok(arguments)
}

/// Lines of Python that print the lesson's logits of the same model, and the engine's own.
pub fn twin() -> Result<(String, Vec<f32>), Stop> {
    let (_, params) = llama()?;
    let pairs = arrays(&params)
        .into_iter()
        .map(|(name, shape, values)| format!("{name:?}: np.array({values:?}).reshape({shape:?})"));
    let (w, [h, g]) = (pairs.collect::<Vec<_>>().join(", "), HEADS);
    let program = format!("print(*logits({IDS:?}, {{{w}}}, {h}, {g}, 10000.0).ravel())\n");
    Ok((program, answer("logits", &arguments(&params)?).floats().to_vec()))
}
