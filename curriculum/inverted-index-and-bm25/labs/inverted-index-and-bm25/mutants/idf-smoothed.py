def idf(n_texts, n_with):
    return np.log(n_texts / (n_with + 1) + 1).astype(np.float32)
