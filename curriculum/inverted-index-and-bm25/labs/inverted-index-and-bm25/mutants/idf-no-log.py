def idf(n_texts, n_with):
    rarity = 1 + (n_texts - n_with + 0.5) / (n_with + 0.5)
    return rarity.astype(np.float32)
