# I believe: An offset is the last position of a text, so the position at a boundary belongs to the text that ends there.
# trap: none
def causal_attention(q, k, v, q_offsets, k_offsets):
    q_ends, k_ends = np.asarray(q_offsets)[1:], np.asarray(k_offsets)[1:]
    rows, keys = np.arange(len(q)), np.arange(len(k))
    text_of_row = np.searchsorted(q_ends, rows)
    text_of_key = np.searchsorted(k_ends, keys)
    stands = rows + (k_ends - q_ends)[text_of_row]  # counted on the key axis
    visible = (text_of_row[:, None] == text_of_key) & (keys <= stands[:, None])
    out = np.zeros_like(q)
    for h in range(q.shape[1]):
        scores = q[:, h] @ k[:, h].T / math.sqrt(q.shape[2])
        out[:, h] = softmax(np.where(visible, scores, -np.inf)) @ v[:, h]
    return out
