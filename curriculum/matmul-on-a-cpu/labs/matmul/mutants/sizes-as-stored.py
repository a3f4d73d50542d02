def blocked(a, b, a_turned, b_turned):
    c = np.zeros((len(a), b.shape[1]), np.float32)
    found = product(a.T if a_turned else a, b.T if b_turned else b)
    m, n = min(len(c), len(found)), min(c.shape[1], found.shape[1])
    c[:m, :n] = found[:m, :n]
    return c
