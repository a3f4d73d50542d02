def blocked(a, b, a_turned, b_turned):
    a = a.T if a_turned else a
    b = b.T if b_turned else b
    first = a[np.arange(len(a)) % HEIGHT]
    return product(first, b)
