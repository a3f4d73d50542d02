# believed: "Keys and queries of a text lie at the same places, so one list of offsets is enough."
# trap: keys-by-query-offsets
import math

import numpy as np


def softmax(scores):
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(q, k, v):
    return softmax(q @ k.T / math.sqrt(q.shape[1])) @ v


def attend_causal(q, k, v):
    n, m = len(q), len(k)
    scores = q @ k.T / math.sqrt(q.shape[1])
    visible = np.arange(m)[None, :] <= np.arange(n)[:, None] + (m - n)
    return softmax(np.where(visible, scores, np.float32(-np.inf))) @ v


def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    y = np.zeros_like(x)
    for h in range(n_heads):
        part = slice(h * hd, (h + 1) * hd)
        y[:, part] = attend_causal(q[:, part], k[:, part], v[:, part])
    return y @ w_out


def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.empty_like(q)
    for start, end in zip(q_offsets[:-1], q_offsets[1:]):
        for h in range(q.shape[1]):
            out[start:end, h] = attend_causal(q[start:end, h], k[start:end, h], v[start:end, h])
    return out
