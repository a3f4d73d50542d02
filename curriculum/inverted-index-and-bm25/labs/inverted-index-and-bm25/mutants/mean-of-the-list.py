def scores(query, weights, starts, texts, frequencies, lengths):
    total = np.zeros(len(lengths), dtype=np.float32)
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        found = texts[run]
        if len(found):
            rarity = idf(len(lengths), np.array([len(found)]))
            total[found] += weight * rarity * impact(frequencies[run], lengths[found], lengths[found].mean())
    return total
