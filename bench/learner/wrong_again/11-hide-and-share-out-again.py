# I believe: The future can be struck out after softmax, as long as what remains is made to add up to 1 again.
# trap: mask-after-softmax
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    weights = softmax(q @ k.T / math.sqrt(q.shape[1]))
    weights = np.tril(weights, k=m - n)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ v
