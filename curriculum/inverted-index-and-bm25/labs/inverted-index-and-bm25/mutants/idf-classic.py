def idf(n_texts, n_with):
    rarity = np.log((n_texts - n_with + 0.5) / (n_with + 0.5))
    return rarity.astype(np.float32)
