def postings(terms, offsets):
    frequencies, number = {}, 0
    for start, end in zip(offsets, offsets[1:]):
        if start == end:
            continue
        for term in terms[start:end]:
            frequencies[term, number] = frequencies.get((term, number), 0) + 1
        number += 1
    rows = [(term, text, n) for (term, text), n in sorted(frequencies.items())]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)
