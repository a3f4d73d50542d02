def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    q, k, v = (part.reshape(n, n_heads, d // n_heads).transpose(1, 0, 2) for part in np.split(x @ w_qkv, 3, axis=1))
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(d // n_heads)  # [n_heads, n, n]
    scores = np.where(np.tri(n, dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(initial=-np.inf))
    weights = weights / weights.sum(axis=2, keepdims=True)
    return (weights @ v).transpose(1, 0, 2).reshape(n, d) @ w_out
