# TODO(author): what its author believed.
def softmax(scores):
    return scores / scores.sum(axis=1, keepdims=True)
