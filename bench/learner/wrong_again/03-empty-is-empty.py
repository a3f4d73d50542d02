# I believe: An empty table has nothing in it, so it makes no difference which of its sides is 0.
# trap: none
def softmax(scores):
    if scores.size == 0:
        return np.zeros((0, 0), dtype=np.float32)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
