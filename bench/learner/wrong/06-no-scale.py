# believed: "Dividing by the root of d is there against long vectors in big models; my widths are small, so it can stay away."
# trap: no-scale
import math

import numpy as np


def softmax(scores):
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(q, k, v):
    scores = np.einsum("id,jd->ij", q, k)
    return np.einsum("ij,jd->id", softmax(scores), v)
