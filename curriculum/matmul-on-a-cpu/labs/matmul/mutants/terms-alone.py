def by_rows(a, b):
    return a[:, :, None] * b[None]
