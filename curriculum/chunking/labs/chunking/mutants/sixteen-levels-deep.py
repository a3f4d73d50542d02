def by_structure(sizes, levels, budget):
    edges = np.append(0, np.cumsum(sizes)).astype(int)
    found = []

    def cut(first, last, depth):
        if edges[last] - edges[first] <= budget or last - first == 1 or depth == 16:
            found.extend(edges[first] + pack(sizes[first:last], budget))
            return
        strongest = levels[first + 1 : last].max()
        borders = [i for i in range(first + 1, last) if levels[i] == strongest]
        start, end = first, borders[0]
        for border in borders[1:] + [last]:
            if edges[border] - edges[start] > budget:
                cut(start, end, depth + 1)
                start = end
            end = border
        cut(start, end, depth + 1)

    if len(sizes) > 0:
        cut(0, len(sizes), 0)
    return rows(found)
