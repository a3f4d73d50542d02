def windows(n_tokens, size, overlap):
    found, start, step = [], 0, overlap or size
    while start < n_tokens:
        end = min(start + size, n_tokens)
        found.append((start, end))
        start = n_tokens if end == n_tokens else start + step
    return rows(found)
