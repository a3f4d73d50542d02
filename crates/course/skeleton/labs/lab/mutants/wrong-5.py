# TODO(author): what its author believed.
def softmax(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))
