def scores(query, weights, starts, texts, frequencies, lengths):
    total = np.zeros(len(lengths), dtype=np.float32)
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        found = texts[run]
        n_with = frequencies[run].sum()
        rarity = np.log(1 + max(len(lengths) - n_with + 0.5, 0) / (n_with + 0.5)).astype(np.float32)
        total[found] += weight * rarity * impact(frequencies[run], lengths[found], lengths.mean())
    return total
