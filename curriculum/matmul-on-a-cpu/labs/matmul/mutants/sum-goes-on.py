def product(a, b):
    (m, k), n = a.shape, b.shape[1]
    c = np.zeros((m, n), np.float32)
    for i in range(m):
        total = np.float32(0)
        for j in range(n):
            for p in range(k):
                total += a[i, p] * b[p, j]
            c[i, j] = total
    return c
