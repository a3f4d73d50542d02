# I believe: The keys that came with the queries are the first columns, and the cached ones stand behind them.
# trap: none
def attend_causal(q, k, v):
    n, m = q.shape[0], k.shape[0]
    scores = q @ k.T / math.sqrt(q.shape[1])
    among_new = np.tri(n, dtype=bool)
    cached = np.ones((n, m - n), dtype=bool)  # all of the cache is past
    visible = np.hstack([among_new, cached])
    return softmax(np.where(visible, scores, -np.inf)) @ v
