def by_rows(a, b):
    (m, k), n = a.shape, b.shape[1]
    states = np.zeros((m, k, n), np.float32)
    for i in range(m):
        row, kept = np.zeros(n, np.float32), []
        for p in range(k):
            row += a[i, p] * b[p]
            kept.append(row)
        for p in range(k):
            states[i, p] = kept[p]
    return states
