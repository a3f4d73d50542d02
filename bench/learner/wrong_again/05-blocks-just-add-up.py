# I believe: Going through the keys in blocks, sums measured against the largest score so far can simply be added up.
# trap: none
def attend(q, k, v):
    n, m = len(q), len(k)
    scale = 1 / math.sqrt(q.shape[1])
    largest = np.full((n, 1), -np.inf, dtype=np.float32)
    total = np.zeros((n, 1), dtype=np.float32)
    out = np.zeros((n, v.shape[1]), dtype=np.float32)
    for start in range(0, m, 4):
        block = slice(start, start + 4)
        s = (q @ k[block].T) * scale
        largest = np.maximum(largest, s.max(axis=1, keepdims=True))
        e = np.exp(s - largest)
        total += e.sum(axis=1, keepdims=True)
        out += e @ v[block]
    return out / total
