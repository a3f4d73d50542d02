def score(frequencies, lengths, rarities):
    return np.log1p(frequencies) @ rarities
