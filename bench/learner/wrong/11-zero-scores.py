# believed: "Hiding means setting to zero", before the softmax.
# trap: mask-by-zero
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
    n, m = q.shape[0], k.shape[0]
    scores = q @ k.T / math.sqrt(q.shape[1])
    for i in range(n):
        for j in range(m):
            if j > m - n + i:
                scores[i, j] = 0.0
    return softmax(scores) @ v
