def windows(n_tokens, size, overlap):
    found, start = [], 0
    while start < n_tokens:
        end = min(start + size, n_tokens)
        found.append((max(end - size, 0), end))
        start = n_tokens if end == n_tokens else end - overlap
    return rows(found)
