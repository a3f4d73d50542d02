# believed: "A mask is np.tril of ones as large as the scores."
# trap: mask-from-the-start
def attend_causal(q, k, v):
    scores = q @ k.T / math.sqrt(q.shape[1])
    mask = np.tril(np.ones(scores.shape, dtype=bool))
    scores = np.where(mask, scores, np.float32(-np.inf))
    return softmax(scores) @ v
