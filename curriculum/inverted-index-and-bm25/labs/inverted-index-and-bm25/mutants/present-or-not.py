def score(frequencies, lengths, rarities):
    return (frequencies > 0).astype(np.float32) @ rarities
