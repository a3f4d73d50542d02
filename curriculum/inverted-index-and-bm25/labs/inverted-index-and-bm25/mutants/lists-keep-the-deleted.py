def live_scores(query, weights, starts, texts, frequencies, lengths, states):
    total = np.zeros(len(lengths), dtype=np.float32)
    alive = states > 0
    if not alive.any():
        return total
    n_texts, mean_length = len(lengths), lengths[alive].mean()
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        found = texts[run]
        rarity = idf(n_texts, np.array([len(found)]))
        total[found] += weight * rarity * impact(frequencies[run], lengths[found], mean_length)
    total[states < 2] = 0
    return total
