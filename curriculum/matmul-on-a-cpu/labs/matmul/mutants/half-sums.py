def product(a, b):
    (m, k), n = a.shape, b.shape[1]
    c = np.zeros((m, n), np.float16)
    for i in range(m):
        for j in range(n):
            for p in range(k):
                c[i, j] += np.float16(a[i, p] * b[p, j])
    return c.astype(np.float32)
