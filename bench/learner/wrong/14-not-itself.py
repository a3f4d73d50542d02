# believed: "A query looks at what came before it": before, and so not at itself, unless there is nothing before.
# trap: mask-hides-itself
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
    out = np.zeros((n, v.shape[1]), dtype=np.float32)
    for i in range(n):
        position = m - n + i
        last = max(position, 1)
        out[i : i + 1] = attend(q[i : i + 1], k[:last], v[:last])
    return out
