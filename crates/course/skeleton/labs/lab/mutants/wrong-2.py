# TODO(author): what its author believed.
def softmax(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)
