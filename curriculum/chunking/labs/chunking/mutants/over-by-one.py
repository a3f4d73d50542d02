def pack(sizes, budget):
    found, start, end = [], 0, 0
    for size in sizes.astype(int):
        if size > budget:
            if end > start:
                found.append((start, end))
            found.extend(end + windows(size, budget, 0))
            start = end = end + size
            continue
        end += size
        if end - start > budget:
            found.append((start, end))
            start = end
    if end > start:
        found.append((start, end))
    return rows(found)
