import numpy as np


def rows(found, width=2):
    """Tuples to f32[*, width], also when there are none."""
    return np.array(found, dtype=np.float32).reshape(-1, width)


def windows(n_tokens, size, overlap):
    """n_tokens int, size int, overlap int -> f32[*, 2]: first token and the token after the last of each window."""
    found, start = [], 0
    while start < n_tokens:
        end = min(start + size, n_tokens)
        found.append((start, end))
        start = n_tokens if end == n_tokens else end - overlap
    return rows(found)


def pack(sizes, budget):
    """sizes f32[s], budget int -> f32[*, 2]: whole sentences while they fit; a longer one in windows."""
    found, start, end = [], 0, 0  # start and end of the chunk that is open
    for size in sizes.astype(int):
        if end - start + size > budget and end > start:
            found.append((start, end))
            start = end
        end += size
        if size > budget:
            found.extend(start + windows(size, budget, 0))
            start = end
    if end > start:
        found.append((start, end))
    return rows(found)


def by_structure(sizes, levels, budget):
    """sizes f32[s], levels i32[s], budget int -> f32[*, 2]: at the strongest boundaries first, joined while they fit."""
    edges = np.append(0, np.cumsum(sizes)).astype(int)  # where each sentence begins, and the end
    found = []

    def cut(first, last):  # the sentences from first up to last
        size = edges[last] - edges[first]
        if size <= budget:
            found.append((edges[first], edges[last]))
        elif last - first == 1:
            found.extend(edges[first] + windows(size, budget, 0))
        else:
            strongest = levels[first + 1 : last].max()
            borders = [i for i in range(first + 1, last) if levels[i] == strongest]
            start, end = first, borders[0]
            for border in borders[1:] + [last]:
                if edges[border] - edges[start] > budget:
                    cut(start, end)
                    start = end
                end = border
            cut(start, end)

    if len(sizes) > 0:
        cut(0, len(sizes))
    return rows(found)


def climb(here, side):
    """How far the likeness rises along one side before it falls."""
    top = here
    for likeness in side:
        if likeness < top:
            break
        top = likeness
    return top - here


def depths(likenesses):
    """likenesses f32[g] -> f32[g]: how deep each gap lies below the tops on both sides."""
    found = [climb(here, likenesses[:i][::-1]) + climb(here, likenesses[i + 1 :]) for i, here in enumerate(likenesses)]
    return np.array(found, dtype=np.float32)


def parents(sizes, levels, parent, child):
    """sizes f32[s], levels i32[s], parent int, child int -> f32[*, 4]: start and end of a child, then of its parent."""
    edges = np.append(0, np.cumsum(sizes))
    found = []
    for start, end in by_structure(sizes, levels, parent):
        # What of each sentence lies in the parent; a parent may be a part of one sentence.
        inside = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
        is_in = inside > 0
        children = start + by_structure(inside[is_in], levels[is_in], child)
        found += [(first, last, start, end) for first, last in children]
    return rows(found, 4)


def windows_langchain(n_tokens, size, overlap):
    """The same as windows, by the package langchain_text_splitters, over a text of n_tokens words."""
    from langchain_text_splitters import CharacterTextSplitter

    def count(text):
        return len(text.split())

    splitter = CharacterTextSplitter(separator=" ", chunk_size=size, chunk_overlap=overlap, length_function=count)
    chunks = [chunk.split() for chunk in splitter.split_text(" ".join(map(str, range(n_tokens))))]
    return rows([(int(words[0]), int(words[-1]) + 1) for words in chunks if words])
