def best(scores, k):
    order = np.flatnonzero(scores > 0)[:k]
    order = order[np.argsort(-scores[order], kind="stable")]
    return np.stack([order, scores[order]], axis=1).astype(np.float32)
