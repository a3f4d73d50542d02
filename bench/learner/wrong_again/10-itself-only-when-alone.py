# I believe: A position looks at those before it, and only the very first, which has none, looks at itself.
# trap: mask-hides-itself
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    out = np.zeros((n, v.shape[1]), dtype=np.float32)
    for i in range(n):
        before = max(m - n + i, 1)  # an empty row would be nan
        scores = q[i : i + 1] @ k[:before].T / math.sqrt(q.shape[1])
        out[i] = (softmax(scores) @ v[:before])[0]
    return out
