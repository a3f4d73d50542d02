# believed: "Hiding means setting to zero", before the softmax.
# trap: mask-by-zero
def attend_causal(q, k, v):
    n, m = q.shape[0], k.shape[0]
    scores = q @ k.T / math.sqrt(q.shape[1])
    for i in range(n):
        for j in range(m):
            if j > m - n + i:
                scores[i, j] = 0.0
    return softmax(scores) @ v
