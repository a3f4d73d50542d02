# zh: 因果注意力，五步。每一步是一个函数；前面的函数后面会用到。
# en: Causal attention in five steps. Each is a function, and later ones use earlier ones.
# zh: 数组都是 float32，返回的也要是 float32。在 NumPy 2 里，除以 np.sqrt(8) 会变成 float64，除以 math.sqrt(8) 不会。
# en: Arrays are float32, and so must be what you return. In NumPy 2, dividing by np.sqrt(8) gives float64; math.sqrt(8) does not.
import math

import numpy as np


def softmax(scores):
    # zh: scores [n, m] -> 权重 [n, m]，每一行加起来是 1。n 或 m 可以是 0。
    # en: scores [n, m] -> weights [n, m], each row adds up to 1. n or m may be 0.
    raise NotImplementedError


def attend(q, k, v):
    # zh: q [n, hd]，k 和 v [m, hd] -> [n, hd]。没有掩码：每个查询看得见每个键。
    # en: q [n, hd], k and v [m, hd] -> [n, hd]. No mask: every query sees every key.
    raise NotImplementedError


def attend_causal(q, k, v):
    # zh: 同上，但 n 个查询是 m 个位置里的最后 n 个，看不见自己后面的位置。
    # en: As above, but the n queries are the last n of the m positions and see nothing after their own.
    raise NotImplementedError


def multi_head(x, w_qkv, w_out, n_heads):
    # zh: x [n, d]，w_qkv [d, 3d]（前 d 列是 q，然后 k，然后 v），w_out [d, d] -> [n, d]。每个头宽 d / n_heads。
    # en: x [n, d], w_qkv [d, 3d] (the first d columns are q, then k, then v), w_out [d, d] -> [n, d]. A head is d / n_heads wide.
    raise NotImplementedError


def causal_attention(q, k, v, q_offsets, k_offsets):
    # zh: q [n, h, hd]，k 和 v [m, h, hd] -> [n, h, hd]。
    # en: q [n, h, hd], k and v [m, h, hd] -> [n, h, hd].
    # zh: 第 s 段的查询是 q_offsets[s] 到 q_offsets[s+1] 之前，键是 k_offsets[s] 到 k_offsets[s+1] 之前；一段可以是空的。
    # en: Text s has queries q_offsets[s] up to q_offsets[s+1] and keys k_offsets[s] up to k_offsets[s+1]; a text may be empty.
    raise NotImplementedError


def causal_attention_torch(q, k, v, q_offsets, k_offsets):
    # zh: 选做：同一件事，用 torch.nn.functional.scaled_dot_product_attention。
    # en: Optional: the same with torch.nn.functional.scaled_dot_product_attention.
    # zh: 进来和出去都是 NumPy 数组；torch 要在函数里面 import，别处不许用。
    # en: NumPy arrays come in and go out; import torch inside this function, the only place where it may be used.
    raise NotImplementedError
