def score(frequencies, lengths, rarities):
    return (frequencies * (K1 + 1) / (frequencies + K1)) @ rarities
