def windows(n_tokens, size, overlap):
    found, start = [], 0
    while start < n_tokens:
        found.append((start, start + size))
        start = n_tokens if start + size >= n_tokens else start + size - overlap
    return rows(found)
