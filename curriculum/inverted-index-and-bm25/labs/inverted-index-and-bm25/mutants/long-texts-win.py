def score(frequencies, lengths, rarities):
    norms = K1 * (1 - B + B * lengths.mean() / lengths)
    return (frequencies * (K1 + 1) / (frequencies + norms[:, None])) @ rarities
