def by_structure(sizes, levels, budget):
    edges = np.append(0, np.cumsum(sizes)).astype(int)
    if len(sizes) < 2 or edges[-1] <= budget:
        return pack(sizes, budget)
    strongest = levels[1:].max()
    borders = [i for i in range(1, len(sizes)) if levels[i] == strongest]
    found, start, end = [], 0, borders[0]
    for border in borders[1:] + [len(sizes)]:
        if edges[border] - edges[start] > budget:
            found.extend(edges[start] + pack(sizes[start:end], budget))
            start = end
        end = border
    found.extend(edges[start] + pack(sizes[start:end], budget))
    return rows(found)
