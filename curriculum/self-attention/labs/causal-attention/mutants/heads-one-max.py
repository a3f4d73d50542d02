def multi_head(x, w_qkv, w_out, n_heads):
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    hd = x.shape[1] // n_heads
    visible = np.tri(len(x), dtype=bool)
    heads = []
    for h in range(n_heads):
        columns = slice(h * hd, (h + 1) * hd)
        scores = q[:, columns] @ k[:, columns].T / math.sqrt(hd)
        scores = np.where(visible, scores, -np.inf)
        weights = np.exp(scores - scores.max(initial=-np.inf))
        heads.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, columns])
    return np.concatenate(heads, axis=1) @ w_out
