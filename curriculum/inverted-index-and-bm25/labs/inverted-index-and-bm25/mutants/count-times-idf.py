def score(frequencies, lengths, rarities):
    return frequencies @ rarities
