# believed: "The offset of the triangle is n - m": the sign the wrong way round.
# trap: mask-shifted-back
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
    hidden = np.triu(np.ones((n, m), dtype=bool), k=n - m + 1)
    scores[hidden] = -1e30
    return softmax(scores) @ v
