# believed: "There is always something to look at": a table without columns does not occur.
# trap: none
def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
