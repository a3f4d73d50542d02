def idf(n_texts, n_with):
    rarity = np.log(1 + (n_with + 0.5) / (n_texts - n_with + 0.5))
    return rarity.astype(np.float32)
