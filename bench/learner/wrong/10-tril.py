# believed: "A mask is np.tril of ones as large as the scores."
# trap: mask-from-the-start
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
    scores = q @ k.T / math.sqrt(q.shape[1])
    mask = np.tril(np.ones(scores.shape, dtype=bool))
    scores = np.where(mask, scores, np.float32(-np.inf))
    return softmax(scores) @ v
