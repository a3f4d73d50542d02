def idf(n_texts, n_with):
    with np.errstate(divide="ignore"):
        return np.log(n_texts / n_with).astype(np.float32)
