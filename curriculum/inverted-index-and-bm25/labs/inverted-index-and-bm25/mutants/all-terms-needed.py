def scores(query, weights, starts, texts, frequencies, lengths):
    total = np.zeros(len(lengths), dtype=np.float32)
    has_all = np.ones(len(lengths), dtype=bool)
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        found = texts[run]
        rarity = idf(len(lengths), np.array([len(found)]))
        total[found] += weight * rarity * impact(frequencies[run], lengths[found], lengths.mean())
        has_all &= np.isin(np.arange(len(lengths)), found)
    return total * has_all
