def pack(sizes, budget):
    return windows(int(sizes.sum()), budget, 0)
