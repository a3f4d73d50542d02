# believed: "Cutting needs the axes swapped; putting together is one reshape."
# trap: heads-joined
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
    qkv = (x @ w_qkv).reshape(n, 3, n_heads, hd).transpose(1, 2, 0, 3)
    q, k, v = qkv
    y = np.stack([attend_causal(q[h], k[h], v[h]) for h in range(n_heads)])
    return y.reshape(n, d) @ w_out
