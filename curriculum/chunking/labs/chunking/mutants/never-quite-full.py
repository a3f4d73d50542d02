def pack(sizes, budget):
    found, start, end = [], 0, 0
    for size in sizes.astype(int):
        if end - start + size >= budget and end > start:
            found.append((start, end))
            start = end
        end += size
        if size > budget:
            found.extend(start + windows(size, budget, 0))
            start = end
    if end > start:
        found.append((start, end))
    return rows(found)
