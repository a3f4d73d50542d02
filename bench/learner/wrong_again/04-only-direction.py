# I believe: Only the direction of a query and a key says what they mean, so both are brought to length 1 before comparing.
# trap: none
def attend(q, k, v):
    def unit(x):
        return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-8)

    similarity = unit(q) @ unit(k).T
    return softmax(similarity / math.sqrt(q.shape[1])) @ v
