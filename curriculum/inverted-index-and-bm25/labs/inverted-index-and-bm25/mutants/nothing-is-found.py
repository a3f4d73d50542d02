def best(scores, k):
    order = np.argsort(-scores, kind="stable")[:k]
    return np.stack([order, scores[order]], axis=1).astype(np.float32)
