# believed: "The queries are the last ones of the whole axis, so one difference m - n serves every text."
# trap: one-offset-for-all
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
    n, m = len(q), len(k)
    text_of_query = np.searchsorted(q_offsets, np.arange(n), side="right")
    text_of_key = np.searchsorted(k_offsets, np.arange(m), side="right")
    same_text = text_of_query[:, None] == text_of_key[None, :]
    not_later = np.arange(m)[None, :] <= np.arange(n)[:, None] + (m - n)
    scores = np.einsum("nhd,mhd->hnm", q, k) / math.sqrt(q.shape[2])
    scores = np.where(same_text & not_later, scores, np.float32(-1e30))
    weights = np.stack([softmax(table) for table in scores])
    return np.einsum("hnm,mhd->nhd", weights, v)
