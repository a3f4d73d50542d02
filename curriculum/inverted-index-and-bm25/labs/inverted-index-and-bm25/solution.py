import numpy as np

K1, B = 1.6, 0.75  # what a knowledge base of Sanjie has, too


def idf(n_texts, n_with):
    """n_texts int, n_with i32[v] -> f32[v]: how much a term tells that n_with of n_texts texts have."""
    rarity = np.log(1 + (n_texts - n_with + 0.5) / (n_with + 0.5))
    return rarity.astype(np.float32)


def impact(frequencies, lengths, mean_length):
    """What frequency and length make of a term: it saturates, and sooner in a short text."""
    norms = K1 * (1 - B + B * lengths / mean_length)
    return frequencies * (K1 + 1) / (frequencies + norms)


def score(frequencies, lengths, rarities):
    """frequencies f32[d, q], lengths f32[d], rarities f32[q] -> f32[d]: each column a term of the query."""
    parts = impact(frequencies, lengths[:, None], lengths.mean())  # [d, q]
    return parts @ rarities


def postings(terms, offsets):
    """terms i32[n], offsets i32[d+1] -> f32[*, 3]: rows of term, text, frequency, by term, then by text."""
    frequencies = {}
    for text in range(len(offsets) - 1):
        for term in terms[offsets[text] : offsets[text + 1]]:
            frequencies[term, text] = frequencies.get((term, text), 0) + 1
    rows = [(term, text, frequency) for (term, text), frequency in sorted(frequencies.items())]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)


def scores(query, weights, starts, texts, frequencies, lengths):
    """query i32[q], weights f32[q], starts i32[v+1], texts i32[p], frequencies f32[p], lengths f32[d] -> f32[d]."""
    total = np.zeros(len(lengths), dtype=np.float32)
    mean_length = lengths.mean()
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        found = texts[run]  # each text once, so += loses nothing
        rarity = idf(len(lengths), np.array([len(found)]))
        total[found] += weight * rarity * impact(frequencies[run], lengths[found], mean_length)
    return total


def best(scores, k):
    """scores f32[d], k int -> f32[*, 2]: rows of text, score; the best first, of equal ones the smaller number."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0][:k]
    return np.stack([order, scores[order]], axis=1).astype(np.float32)


def live_scores(query, weights, starts, texts, frequencies, lengths, states):
    """As scores, with states i32[d]: 0 deleted, 1 hidden from whoever asks, 2 may be found."""
    total = np.zeros(len(lengths), dtype=np.float32)
    alive = states > 0
    if not alive.any():
        return total
    n_texts, mean_length = int(alive.sum()), lengths[alive].mean()
    for term, weight in zip(query, weights):
        run = slice(starts[term], starts[term + 1])
        keep = alive[texts[run]]
        found, often = texts[run][keep], frequencies[run][keep]
        rarity = idf(n_texts, np.array([len(found)]))
        total[found] += weight * rarity * impact(often, lengths[found], mean_length)
    total[states < 2] = 0
    return total


def scores_bm25s(query, terms, offsets):
    """query i32[q], terms i32[n], offsets i32[d+1] -> f32[d], with the package bm25s.

    Its method "lucene" leaves out the factor K1 + 1: the same order, other numbers.
    """
    import bm25s

    corpus = [[str(term) for term in terms[start:end]] for start, end in zip(offsets, offsets[1:])]
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(corpus, show_progress=False)
    return index.get_scores([str(term) for term in query]) * np.float32(K1 + 1)
