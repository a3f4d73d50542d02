def softmax(scores):
    weights = np.exp(scores - scores.max())
    return weights / weights.sum(axis=1, keepdims=True)
