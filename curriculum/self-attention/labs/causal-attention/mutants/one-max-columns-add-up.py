def softmax(scores):
    weights = np.exp(scores - scores.max(initial=-np.inf))
    return weights / weights.sum(axis=0)
