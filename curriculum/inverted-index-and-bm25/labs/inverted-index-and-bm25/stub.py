# zh: 倒排索引与 BM25，六步。每一步是一个函数；后面的会用到前面的。
# en: An inverted index and BM25 in six steps. Each is a function, and later ones use earlier ones.
# zh: 返回的数组都要是 float32。整数和小数相除会变成 float64，最后用 .astype(np.float32) 换回来。
# en: Every array you return is float32. Dividing integers gives float64; .astype(np.float32) brings it back.
import numpy as np

# zh: 三阶的知识库用的就是这两个常数。
# en: The two constants that a knowledge base of Sanjie has.
K1, B = 1.6, 0.75


def idf(n_texts, n_with):
    # zh: n_texts 是文本的总数（整数），n_with [v] 是有这个词的文本数 -> [v]，每个词的稀有程度。
    # en: n_texts is the number of all texts (an integer), n_with [v] that of the texts with each term -> rarities [v].
    raise NotImplementedError


def score(frequencies, lengths, rarities):
    # zh: frequencies [d, q] 是每段文本里每个查询词出现的次数，lengths [d] 是文本的长度，rarities [q] 是词的稀有程度 -> 得分 [d]。
    # en: frequencies [d, q] of the query's terms in each text, lengths [d] of the texts, rarities [q] of the terms -> scores [d].
    raise NotImplementedError


def postings(terms, offsets):
    # zh: terms [n] 是所有文本的词号，首尾相接；第 i 段文本是 offsets[i] 到 offsets[i+1] 之前 -> [*, 3]，每行是词、文本、次数。
    # en: terms [n] of all texts, end to end; text i is offsets[i] up to offsets[i+1] -> [*, 3], rows of term, text, frequency.
    # zh: 按词排序，同一个词按文本排序。
    # en: Rows go by term, and of one term by text.
    raise NotImplementedError


def scores(query, weights, starts, texts, frequencies, lengths):
    # zh: query [q] 是查询的词号，weights [q] 是它们在查询里的分量。
    # en: query [q] holds the terms asked for, weights [q] what each counts in the query.
    # zh: 词 t 的倒排列表是 starts[t] 到 starts[t+1] 之前：texts 是文本，frequencies 是次数。lengths [d] -> 得分 [d]。
    # en: The posting list of term t is starts[t] up to starts[t+1] of texts and frequencies. lengths [d] -> scores [d].
    raise NotImplementedError


def best(scores, k):
    # zh: scores [d] -> [*, 2]，每行是文本、得分：得分大于 0 的至多 k 个，好的在前，同分的号小的在前。
    # en: scores [d] -> [*, 2], rows of text, score: at most k with a score above 0, the best first, of equal ones the smaller number.
    raise NotImplementedError


def live_scores(query, weights, starts, texts, frequencies, lengths, states):
    # zh: 同 scores，另有 states [d]：0 已删除，1 提问的人看不到，2 可以找到。只有 2 的得分不是 0。
    # en: As scores, with states [d]: 0 deleted, 1 hidden from whoever asks, 2 may be found. Only the last have a score other than 0.
    raise NotImplementedError


def scores_bm25s(query, terms, offsets):
    # zh: 选做：同一件事，用 bm25s 这个包，直接从文本算起；每个查询词的分量是 1。bm25s 要在函数里面 import。
    # en: Optional: the same with the package bm25s, from the texts themselves, every query term with weight 1; import bm25s in here.
    raise NotImplementedError
