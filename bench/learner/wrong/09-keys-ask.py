# believed: "Keys times queries or queries times keys, it is the same product", and so the rows of his table are keys.
# trap: softmax-axis
def attend(q, k, v):
    table = softmax(k @ q.T / math.sqrt(k.shape[1]))
    return table.T @ v
