//! The answers' numbers, where they can be worked out by hand.

use check::{Outcome, close, equal};
use course::{Array, Value, Values};

fn array(shape: &[usize], values: &[f32]) -> Value {
    Value::Array(Array::f32(shape, values.to_vec()))
}

fn answer(name: &str, arguments: &[Value]) -> Array {
    answers::find(name).unwrap_or_else(|| panic!("no answer {name}"))(arguments)
}

pub fn softmax() -> Outcome {
    let weights = answer("softmax", &[array(&[2, 2], &[1e4, 1e4, 0.0, 3f32.ln()])]);
    close(weights.floats(), &[0.5, 0.5, 0.25, 0.75], 1e-6, "weights")?;
    equal(answer("softmax", &[array(&[2, 0], &[])]).shape, vec![2, 0], "no columns")?;
    equal(answer("softmax", &[array(&[0, 2], &[])]).shape, vec![0, 2], "no rows")
}

pub fn attention_without_and_with_a_mask() -> Outcome {
    // A query of zeros takes the average of what it sees.
    let (q, k) = (array(&[2, 1], &[0.0, 0.0]), array(&[3, 1], &[5.0, -1.0, 2.0]));
    let v = array(&[3, 1], &[3.0, 6.0, 12.0]);
    let [q, k, v] = [q, k, v];
    close(answer("attend", &[q.clone(), k.clone(), v.clone()]).floats(), &[7.0, 7.0], 1e-6, "attend")?;
    close(answer("attend_causal", &[q, k, v]).floats(), &[4.5, 7.0], 1e-6, "attend_causal")
}

pub fn heads() -> Outcome {
    // q and k are zero, v is x, the output doubles: each row is twice the average of the rows up to it.
    let x = array(&[2, 2], &[1.0, 2.0, 3.0, 6.0]);
    let w_qkv = array(&[2, 6], &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let w_out = array(&[2, 2], &[2.0, 0.0, 0.0, 2.0]);
    for n_heads in [1, 2] {
        let y = answer("multi_head", &[x.clone(), w_qkv.clone(), w_out.clone(), Value::Int(n_heads)]);
        close(y.floats(), &[2.0, 4.0, 4.0, 8.0], 1e-6, "multi_head")?;
    }
    Ok(())
}

pub fn packed() -> Outcome {
    let offsets =
        |values: &[i32]| Value::Array(Array { shape: vec![values.len()], values: Values::I32(values.to_vec()) });
    let q = array(&[2, 1, 1], &[0.0, 0.0]);
    let (k, v) = (array(&[3, 1, 1], &[1.0, 2.0, 3.0]), array(&[3, 1, 1], &[4.0, 8.0, 10.0]));
    // Three sequences: one cached position before the query, none at all, one position.
    let arguments = [q, k, v, offsets(&[0, 1, 1, 2]), offsets(&[0, 2, 2, 3])];
    close(answer("causal_attention", &arguments).floats(), &[6.0, 10.0], 1e-6, "causal_attention")
}
