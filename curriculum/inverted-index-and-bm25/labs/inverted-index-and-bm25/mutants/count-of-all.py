def postings(terms, offsets):
    pairs = {(term, text) for text in range(len(offsets) - 1) for term in terms[offsets[text] : offsets[text + 1]]}
    rows = [(term, text, (terms == term).sum()) for term, text in sorted(pairs)]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)
