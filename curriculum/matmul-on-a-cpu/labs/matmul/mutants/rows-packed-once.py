def blocked(a, b, a_turned, b_turned):
    a = a.T if a_turned else a
    b = b.T if b_turned else b
    c = np.zeros((len(a), b.shape[1]), np.float32)
    for p in range(0, len(b), DEPTH):
        depth = len(b[p : p + DEPTH])
        c += product(a[:, :depth], b[p : p + DEPTH])
    return c
