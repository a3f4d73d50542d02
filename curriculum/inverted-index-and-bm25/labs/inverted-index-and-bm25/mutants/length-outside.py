def score(frequencies, lengths, rarities):
    saturated = frequencies * (K1 + 1) / (frequencies + K1)
    return (saturated @ rarities) / (1 - B + B * lengths / lengths.mean())
