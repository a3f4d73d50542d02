# believed: "Masking the weights and dividing by what is left is the same as masking the scores." On paper it is.
# trap: mask-after-softmax
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    weights = softmax(q @ k.T / math.sqrt(q.shape[1]))
    weights = weights * np.tri(n, m, m - n, dtype=np.float32)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ v
