# I believe: The mask is for training; once there is a cache, nothing lies in the future and everything may be seen.
# trap: none
def attend_causal(q, k, v):
    n, m = q.shape[0], k.shape[0]
    scores = q @ k.T / math.sqrt(q.shape[1])
    is_causal = n == m  # no cache yet
    if is_causal:
        scores = np.where(np.tri(n, dtype=bool), scores, -np.inf)
    return softmax(scores) @ v
