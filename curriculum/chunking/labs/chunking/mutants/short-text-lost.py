def windows(n_tokens, size, overlap):
    return rows([(start, min(start + size, n_tokens)) for start in range(0, n_tokens - overlap, size - overlap)])
