def add_tile(c, rows, panel, i, j):
    (k, h), w = rows.shape, panel.shape[1]
    sums = rows.sum(axis=0)[:, None] * panel.sum(axis=0)
    out = c.copy()
    part = out[i : i + h, j : j + w]
    part += sums[: part.shape[0], : part.shape[1]]
    return out
