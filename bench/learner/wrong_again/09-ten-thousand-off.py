# I believe: Taking 10000 off a hidden score is as good as minus infinity, and it keeps nan away.
# trap: mask-too-small
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    hidden = np.arange(m)[None, :] > (m - n + np.arange(n))[:, None]
    bias = hidden.astype(np.float32) * -10000.0
    scores = q @ k.T / math.sqrt(q.shape[1]) + bias
    return softmax(scores) @ v
