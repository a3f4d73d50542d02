def product(a, b):
    m, n = len(b), a.shape[1]
    c = np.zeros((m, n), np.float32)
    for i in range(m):
        for j in range(n):
            for p in range(len(a)):
                c[i, j] += b[i, p] * a[p, j]
    return c
