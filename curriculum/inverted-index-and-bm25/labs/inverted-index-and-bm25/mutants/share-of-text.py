def score(frequencies, lengths, rarities):
    return (frequencies / lengths[:, None]) @ rarities
