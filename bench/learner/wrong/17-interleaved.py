# believed: "Each head has its own q, k and v side by side", as in some published checkpoints.
# trap: heads-interleaved
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
    projected = (x @ w_qkv).reshape(n, n_heads, 3 * hd)
    parts = []
    for h in range(n_heads):
        q = projected[:, h, :hd]
        k = projected[:, h, hd : 2 * hd]
        v = projected[:, h, 2 * hd :]
        parts.append(attend_causal(q, k, v))
    return np.hstack(parts) @ w_out
