# believed: "More precision cannot hurt."
# trap: none
def softmax(scores):
    scores = scores.astype(np.float64)
    if scores.shape[1] == 0:
        return scores
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
