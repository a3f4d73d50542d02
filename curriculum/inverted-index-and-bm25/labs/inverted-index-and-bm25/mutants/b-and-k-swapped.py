def score(frequencies, lengths, rarities):
    norms = B * (1 - K1 + K1 * lengths / lengths.mean())
    return (frequencies * (B + 1) / (frequencies + norms[:, None])) @ rarities
