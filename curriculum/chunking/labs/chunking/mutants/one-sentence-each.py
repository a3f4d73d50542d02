def pack(sizes, budget):
    found, start = [], 0
    for size in sizes.astype(int):
        found.extend(start + windows(size, budget, 0))
        start += size
    return rows(found)
