def scores(query, weights, starts, texts, frequencies, lengths):
    total = np.zeros(len(lengths), dtype=np.float32)
    for term, weight in zip(query, weights):
        found = texts[starts[term] :]
        rarity = idf(len(lengths), np.array([starts[term + 1] - starts[term]]))
        np.add.at(total, found, weight * rarity * impact(frequencies[starts[term] :], lengths[found], lengths.mean()))
    return total
