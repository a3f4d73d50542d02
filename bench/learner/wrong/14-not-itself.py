# believed: "A query looks at what came before it": before, and so not at itself, unless there is nothing before.
# trap: mask-hides-itself
def attend_causal(q, k, v):
    n, m = len(q), len(k)
    out = np.zeros((n, v.shape[1]), dtype=np.float32)
    for i in range(n):
        position = m - n + i
        last = max(position, 1)
        out[i : i + 1] = attend(q[i : i + 1], k[:last], v[:last])
    return out
