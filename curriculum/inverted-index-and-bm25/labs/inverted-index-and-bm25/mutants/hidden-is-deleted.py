def live_scores(query, weights, starts, texts, frequencies, lengths, states):
    total = np.zeros(len(lengths), dtype=np.float32)
    alive = states > 0
    if not alive.any():
        return total
    seen = states == 2
    if not seen.any():
        return total
    n_texts, mean_length = int(seen.sum()), lengths[seen].mean()
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        keep = seen[texts[run]]
        found, often = texts[run][keep], frequencies[run][keep]
        rarity = idf(n_texts, np.array([len(found)]))
        total[found] += weight * rarity * impact(often, lengths[found], mean_length)
    return total
