def postings(terms, offsets):
    frequencies = {}
    for text in range(len(offsets) - 1):
        for term in terms[offsets[text] : offsets[text + 1]]:
            key = str(term), str(text)
            frequencies[key] = frequencies.get(key, 0) + 1
    rows = [(int(term), int(text), n) for (term, text), n in sorted(frequencies.items())]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)
