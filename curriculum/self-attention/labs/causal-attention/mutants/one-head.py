import math

import numpy as np


def softmax(scores):
    largest = scores.max(axis=1, keepdims=True, initial=-np.inf)
    weights = np.exp(scores - largest)
    return weights / weights.sum(axis=1, keepdims=True)


def attend(q, k, v):
    scores = q @ k.T / math.sqrt(q.shape[1])
    return softmax(scores) @ v


def attend_causal(q, k, v):
    n, m = len(q), len(k)
    scores = q @ k.T / math.sqrt(q.shape[1])
    positions = np.arange(m - n, m)[:, None]
    visible = np.arange(m) <= positions
    return softmax(np.where(visible, scores, -np.inf)) @ v


def multi_head(x, w_qkv, w_out, n_heads):
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    return attend_causal(q, k, v) @ w_out


def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        for h in range(q.shape[1]):
            out[rows, h] = attend_causal(q[rows, h], k[keys, h], v[keys, h])
    return out
