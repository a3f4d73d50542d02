# believed: "The scale is the length of the key: len(k)." In NumPy that is how many keys there are.
# trap: none
import math

import numpy as np


def softmax(scores):
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(q, k, v):
    scores = (q @ k.T) / math.sqrt(len(k))
    return softmax(scores) @ v
