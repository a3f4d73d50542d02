def score(frequencies, lengths, rarities):
    norms = K1 * (1 - B + B * lengths / lengths.mean())
    return (frequencies / (frequencies + norms[:, None])) @ rarities
