# believed: "Any constant may be subtracted, so one maximum for the whole table will do."
# trap: one-maximum
def softmax(scores):
    if scores.size == 0:
        return scores
    exps = np.exp(scores - np.max(scores))
    return exps / exps.sum(axis=1, keepdims=True)
