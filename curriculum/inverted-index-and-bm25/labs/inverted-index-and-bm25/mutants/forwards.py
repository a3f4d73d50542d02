def postings(terms, offsets):
    rows = []
    for text in range(len(offsets) - 1):
        found, often = np.unique(terms[offsets[text] : offsets[text + 1]], return_counts=True)
        rows += [(term, text, n) for term, n in zip(found, often)]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)
