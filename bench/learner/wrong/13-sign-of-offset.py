# believed: "The offset of the triangle is n - m": the sign the wrong way round.
# trap: mask-shifted-back
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    scores = q @ k.T / math.sqrt(q.shape[1])
    hidden = np.triu(np.ones((n, m), dtype=bool), k=n - m + 1)
    scores[hidden] = -1e30
    return softmax(scores) @ v
