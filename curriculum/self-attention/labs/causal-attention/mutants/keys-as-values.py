def attend(q, k, v):
    scores = q @ k.T / math.sqrt(q.shape[1])
    return softmax(scores) @ k
