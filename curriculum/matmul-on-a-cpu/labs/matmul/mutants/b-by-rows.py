def product(a, b):
    m, n = len(a), b.shape[1]
    c = np.zeros((m, n), np.float32)
    for i in range(m):
        for j in range(n):
            for p in range(a.shape[1]):
                c[i, j] += a[i, p] * b[j, p]
    return c
