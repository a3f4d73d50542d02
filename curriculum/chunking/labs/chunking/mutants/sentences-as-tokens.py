def pack(sizes, budget):
    edges = np.append(0, np.cumsum(sizes))
    return rows([(edges[a], edges[b]) for a, b in windows(len(sizes), budget, 0).astype(int)])
