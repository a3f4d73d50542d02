def add_tile(c, rows, panel, i, j):
    (k, h), w = rows.shape, panel.shape[1]
    flat, n = c.copy().ravel(), c.shape[1]
    for r in range(h):
        for s in range(w):
            at = (i + r) * n + j + s
            for p in range(k):
                if at < len(flat):
                    flat[at] += rows[p, r] * panel[p, s]
    return flat.reshape(c.shape)
