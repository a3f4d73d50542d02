def blocked(a, b, a_turned, b_turned):
    a = a.T if a_turned else a
    b = b.T if b_turned else b
    k = len(b) - len(b) % DEPTH
    return product(a[:, :k], b[:k])
