def postings(terms, offsets):
    pairs = {(term, text) for text in range(len(offsets) - 1) for term in terms[offsets[text] : offsets[text + 1]]}
    return np.array([(*pair, 1) for pair in sorted(pairs)], dtype=np.float32).reshape(-1, 3)
