def parents(sizes, levels, parent, child):
    found = []
    for start, end in by_structure(sizes, levels, parent):
        children = start + windows(int(end - start), child, 0)
        found += [(first, last, start, end) for first, last in children]
    return rows(found, 4)
