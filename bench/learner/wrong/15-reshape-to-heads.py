# believed: "Heads are cut like a batch: reshape to [heads, n, width], done."
# trap: heads-reshaped
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
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    q = q.reshape(n_heads, n, d // n_heads)
    k = k.reshape(n_heads, n, d // n_heads)
    v = v.reshape(n_heads, n, d // n_heads)
    heads = [attend_causal(q[h], k[h], v[h]) for h in range(n_heads)]
    return np.concatenate(heads, axis=1) @ w_out
