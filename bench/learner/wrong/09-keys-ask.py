# believed: "Keys times queries or queries times keys, it is the same product", and so the rows of his table are keys.
# trap: softmax-axis
import math

import numpy as np


def softmax(scores):
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(q, k, v):
    table = softmax(k @ q.T / math.sqrt(k.shape[1]))
    return table.T @ v
