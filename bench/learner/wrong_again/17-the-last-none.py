# I believe: `a[-n:]` is the last n rows of a, for every n.
# trap: none
def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    new = np.diff(q_offsets)
    held = np.diff(k_offsets)
    for n, m, q_end, k_end in zip(new, held, q_offsets[1:], k_offsets[1:]):
        mine = q[:q_end][-n:]
        keys, values = k[:k_end][-m:], v[:k_end][-m:]
        target = out[:q_end][-n:]
        for h in range(q.shape[1]):
            target[:, h] = attend_causal(mine[:, h], keys[:, h], values[:, h])
    return out
