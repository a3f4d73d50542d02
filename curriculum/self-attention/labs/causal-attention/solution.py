import math

import numpy as np


def softmax(scores):
    """scores f32[n, m] -> weights f32[n, m]: none negative, each row with sum 1."""
    # The largest score of a row becomes 0, so exp never overflows; `initial` covers rows without columns.
    largest = scores.max(axis=1, keepdims=True, initial=-np.inf)
    weights = np.exp(scores - largest)
    return weights / weights.sum(axis=1, keepdims=True)


def attend(q, k, v):
    """q f32[n, hd], k and v f32[m, hd] -> f32[n, hd]: every query sees every key."""
    scores = q @ k.T / math.sqrt(q.shape[1])  # [n, m]
    return softmax(scores) @ v


def attend_causal(q, k, v):
    """As attend, but the n queries are the last n of the m positions and see nothing after their own."""
    n, m = len(q), len(k)
    scores = q @ k.T / math.sqrt(q.shape[1])  # [n, m]
    positions = np.arange(m - n, m)[:, None]  # where each query stands
    visible = np.arange(m) <= positions
    return softmax(np.where(visible, scores, -np.inf)) @ v


def multi_head(x, w_qkv, w_out, n_heads):
    """x f32[n, d], w_qkv f32[d, 3d], w_out f32[d, d] -> f32[n, d]: one causal sequence, heads side by side."""
    q, k, v = np.split(x @ w_qkv, 3, axis=1)  # [n, d] each
    hd = x.shape[1] // n_heads
    heads = []
    for h in range(n_heads):
        columns = slice(h * hd, (h + 1) * hd)
        heads.append(attend_causal(q[:, columns], k[:, columns], v[:, columns]))
    return np.concatenate(heads, axis=1) @ w_out


def causal_attention(q, k, v, q_offsets, k_offsets):
    """q f32[n, h, hd], k and v f32[m, h, hd], offsets i32[s+1] -> f32[n, h, hd].

    Sequence s has the queries q_offsets[s]..q_offsets[s+1] and the keys k_offsets[s]..k_offsets[s+1];
    its queries are the last of its positions. A sequence may be empty.
    """
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        for h in range(q.shape[1]):
            out[rows, h] = attend_causal(q[rows, h], k[keys, h], v[keys, h])
    return out


def causal_attention_torch(q, k, v, q_offsets, k_offsets):
    """As causal_attention, with PyTorch's function.

    Its is_causal=True takes query i for position i, which is wrong as soon as there are more keys than queries, so the
    mask is built here.
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        n, m = rows.stop - rows.start, keys.stop - keys.start
        if n == 0:
            continue
        heads_first = [torch.from_numpy(part).transpose(0, 1) for part in (q[rows], k[keys], v[keys])]  # [h, n or m, hd]
        visible = torch.ones(n, m, dtype=torch.bool).tril(m - n)
        out[rows] = scaled_dot_product_attention(*heads_first, attn_mask=visible).transpose(0, 1).numpy()
    return out
