def blocked(a, b, a_turned, b_turned):
    if a.shape[1] != b.shape[0]:
        a = a.T if a_turned else a
        b = b.T if b_turned else b
    return product(a, b)
