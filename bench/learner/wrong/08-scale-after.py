# believed: "The weights are divided by the root of d": he scales after the softmax what should have been scaled before.
# trap: scale-after-softmax
import math

import numpy as np


def softmax(scores):
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(q, k, v):
    d = q.shape[-1]
    weights = softmax(q @ k.T)
    return (weights / math.sqrt(d)) @ v
