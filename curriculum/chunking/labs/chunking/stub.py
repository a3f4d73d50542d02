# zh: 文档分块，五步。每一步是一个函数；后面的会用到前面的。
# en: Chunking in five steps. Each is a function, and later ones use earlier ones.
# zh: 一块是两个数：第一个词元的号，和最后一个词元之后的号。返回的数组都是 float32；一块也没有时形状是 [0, 2]。
# en: A chunk is two numbers: its first token, and the token after its last. Every array you return is float32, and [0, 2] without chunks.
import numpy as np


def windows(n_tokens, size, overlap):
    # zh: 三个整数 -> [*, 2]：每块 size 个词元，从上一块的最后 overlap 个开始；最后一块到文本的末尾为止。
    # en: Three integers -> [*, 2]: size tokens each, beginning with the last overlap of the one before; the last ends with the text.
    raise NotImplementedError


def pack(sizes, budget):
    # zh: sizes [s] 是每个句子的词元数（整数，用 float32 装着），budget 是整数 -> [*, 2]，每块是装得下的整句；太长的一句切成窗口。
    # en: sizes [s] are the tokens of each sentence (whole numbers in float32), budget an integer -> [*, 2], whole sentences while they fit; a longer one in windows.
    raise NotImplementedError


def by_structure(sizes, levels, budget):
    # zh: levels [s] 是每个句子前面那道边界有多强（int32，越大越强）-> [*, 2]，先在最强的边界切，再把装得下的相邻几份合起来。
    # en: levels [s] say how strong the boundary before each sentence is (int32, larger is stronger) -> [*, 2], cut at the strongest first, then join neighbours that fit.
    raise NotImplementedError


def depths(likenesses):
    # zh: likenesses [g] 是相邻两处有多像 -> [g]，每一处比两边的高处低多少。
    # en: likenesses [g] say how alike neighbouring places are -> [g], how far each lies below the tops on both sides.
    raise NotImplementedError


def parents(sizes, levels, parent, child):
    # zh: parent 和 child 是两个整数，child 不大于 parent -> [*, 4]，每行是小块的头尾，和它所在大块的头尾。
    # en: parent and child are integers, child at most parent -> [*, 4], rows of a child's start and end, then its parent's.
    raise NotImplementedError


def windows_langchain(n_tokens, size, overlap):
    # zh: 选做：同 windows，用 langchain_text_splitters 这个包，在函数里面 import。
    # en: Optional: as windows, with the package langchain_text_splitters, imported in here.
    raise NotImplementedError
