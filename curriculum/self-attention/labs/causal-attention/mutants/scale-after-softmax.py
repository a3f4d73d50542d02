def attend(q, k, v):
    scores = q @ k.T
    return softmax(scores) / math.sqrt(q.shape[1]) @ v
