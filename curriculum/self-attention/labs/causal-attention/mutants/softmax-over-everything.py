def softmax(scores):
    largest = scores.max(initial=-np.inf)
    weights = np.exp(scores - largest)
    return weights / weights.sum()
