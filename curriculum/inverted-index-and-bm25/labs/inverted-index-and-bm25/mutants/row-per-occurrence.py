def postings(terms, offsets):
    rows = [(term, text, 1) for text in range(len(offsets) - 1) for term in terms[offsets[text] : offsets[text + 1]]]
    return np.array(sorted(rows), dtype=np.float32).reshape(-1, 3)
