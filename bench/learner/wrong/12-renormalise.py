# believed: "Masking the weights and dividing by what is left is the same as masking the scores." On paper it is.
# trap: mask-after-softmax
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
    weights = softmax(q @ k.T / math.sqrt(q.shape[1]))
    weights = weights * np.tri(n, m, m - n, dtype=np.float32)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ v
