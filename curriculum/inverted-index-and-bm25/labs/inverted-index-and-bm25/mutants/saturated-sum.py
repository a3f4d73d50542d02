def score(frequencies, lengths, rarities):
    return impact(frequencies @ rarities, lengths, lengths.mean())
