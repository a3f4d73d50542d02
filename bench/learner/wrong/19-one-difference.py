# believed: "The queries are the last ones of the whole axis, so one difference m - n serves every text."
# trap: one-offset-for-all
def causal_attention(q, k, v, q_offsets, k_offsets):
    n, m = len(q), len(k)
    text_of_query = np.searchsorted(q_offsets, np.arange(n), side="right")
    text_of_key = np.searchsorted(k_offsets, np.arange(m), side="right")
    same_text = text_of_query[:, None] == text_of_key[None, :]
    not_later = np.arange(m)[None, :] <= np.arange(n)[:, None] + (m - n)
    scores = np.einsum("nhd,mhd->hnm", q, k) / math.sqrt(q.shape[2])
    scores = np.where(same_text & not_later, scores, np.float32(-1e30))
    weights = np.stack([softmax(table) for table in scores])
    return np.einsum("hnm,mhd->nhd", weights, v)
