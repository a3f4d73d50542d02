def windows(n_tokens, size, overlap):
    return rows([(start, start + size) for start in range(0, n_tokens - size + 1, size - overlap)])
