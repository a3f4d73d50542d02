def blocked(a, b, a_turned, b_turned):
    a = a.T if a_turned else a
    b = b.T if b_turned else b
    c = np.zeros((len(a), b.shape[1]), np.float16)
    for p in range(0, len(b), DEPTH):
        c += product(a[:, p : p + DEPTH], b[p : p + DEPTH]).astype(np.float16)
    return c.astype(np.float32)
