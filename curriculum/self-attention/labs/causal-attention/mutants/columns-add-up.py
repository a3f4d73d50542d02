def softmax(scores):
    largest = scores.max(axis=1, keepdims=True, initial=-np.inf)
    weights = np.exp(scores - largest)
    return weights / weights.sum(axis=0)
