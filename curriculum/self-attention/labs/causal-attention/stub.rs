use crate::lab::Array;

// zh: 因果注意力，五步。每一步是一个函数；前面的函数后面会用到。
// en: Causal attention in five steps. Each is a function, and later ones use earlier ones.
// zh: 数组按行存放：[n, m] 的第 i 行第 j 列是 values[i * m + j]。
// en: Arrays are row-major: row i, column j of [n, m] is values[i * m + j].

/// scores [n, m] -> weights [n, m]
// zh: 每一行加起来是 1。n 或 m 可以是 0。
// en: Each row adds up to 1. n or m may be 0.
pub fn softmax(scores: &Array<f32>) -> Array<f32> {
    todo!()
}

/// q [n, hd], k and v [m, hd] -> [n, hd]
// zh: 没有掩码：每个查询看得见每个键。
// en: No mask: every query sees every key.
pub fn attend(q: &Array<f32>, k: &Array<f32>, v: &Array<f32>) -> Array<f32> {
    todo!()
}

/// q [n, hd], k and v [m, hd] -> [n, hd]
// zh: n 个查询是 m 个位置里的最后 n 个，看不见自己后面的位置。
// en: The n queries are the last n of the m positions and see nothing after their own.
pub fn attend_causal(q: &Array<f32>, k: &Array<f32>, v: &Array<f32>) -> Array<f32> {
    todo!()
}

/// x [n, d], w_qkv [d, 3d], w_out [d, d] -> [n, d]
// zh: w_qkv 的前 d 列是 q，然后 k，然后 v。每个头宽 d / n_heads。
// en: The first d columns of w_qkv are q, then k, then v. A head is d / n_heads wide.
pub fn multi_head(x: &Array<f32>, w_qkv: &Array<f32>, w_out: &Array<f32>, n_heads: usize) -> Array<f32> {
    todo!()
}

/// q [n, h, hd], k and v [m, h, hd] -> [n, h, hd]
// zh: 第 s 段的查询是 q_offsets[s]..q_offsets[s + 1]，键是 k_offsets[s]..k_offsets[s + 1]；一段可以是空的。
// en: Text s has queries q_offsets[s]..q_offsets[s + 1] and keys k_offsets[s]..k_offsets[s + 1]; a text may be empty.
pub fn causal_attention(
    q: &Array<f32>,
    k: &Array<f32>,
    v: &Array<f32>,
    q_offsets: &Array<i32>,
    k_offsets: &Array<i32>,
) -> Array<f32> {
    todo!()
}
