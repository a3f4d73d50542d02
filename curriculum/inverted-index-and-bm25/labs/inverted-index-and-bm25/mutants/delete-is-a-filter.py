def live_scores(query, weights, starts, texts, frequencies, lengths, states):
    total = scores(query, weights, starts, texts, frequencies, lengths)
    total[states < 2] = 0
    return total
