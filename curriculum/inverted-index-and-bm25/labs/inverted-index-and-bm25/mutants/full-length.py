def score(frequencies, lengths, rarities):
    norms = K1 * lengths / lengths.mean()
    return (frequencies * (K1 + 1) / (frequencies + norms[:, None])) @ rarities
