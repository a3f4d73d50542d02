def product(a, b):
    (m, k), n = a.shape, b.shape[1]
    numbers = a.reshape(-1)
    c = np.zeros((m, n), np.float32)
    for i in range(m):
        for j in range(n):
            for p in range(k):
                c[i, j] += numbers[p * m + i] * b[p, j]
    return c
