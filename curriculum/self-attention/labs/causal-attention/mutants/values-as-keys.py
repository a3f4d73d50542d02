def attend(q, k, v):
    scores = q @ v.T / math.sqrt(q.shape[1])
    return softmax(scores) @ v
