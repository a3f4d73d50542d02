def by_rows(a, b):
    (m, k), n = a.shape, b.shape[1]
    states = np.zeros((m, k, n), np.float16)
    for i in range(m):
        row = np.zeros(n, np.float16)
        for p in range(k):
            row += (a[i, p] * b[p]).astype(np.float16)
            states[i, p] = row
    return states.astype(np.float32)
