def blocked(a, b, a_turned, b_turned):
    a = a.reshape(a.shape[::-1]) if a_turned else a
    b = b.reshape(b.shape[::-1]) if b_turned else b
    return product(a, b)
