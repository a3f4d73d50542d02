use crate::lab::Array;

// zh: 倒排索引与 BM25，六步。每一步是一个函数；后面的会用到前面的。
// en: An inverted index and BM25 in six steps. Each is a function, and later ones use earlier ones.
// zh: 数组按行存放：[d, q] 的第 i 行第 j 列是 values[i * q + j]。
// en: Arrays are row-major: row i, column j of [d, q] is values[i * q + j].

// zh: 三阶的知识库用的就是这两个常数。
// en: The two constants that a knowledge base of Sanjie has.
const K1: f32 = 1.6;
const B: f32 = 0.75;

/// n_with [v] -> [v]
// zh: n_texts 是文本的总数，n_with 是有这个词的文本数；结果是每个词的稀有程度。
// en: n_texts is the number of all texts, n_with that of the texts with each term; the result is how rare each term is.
pub fn idf(n_texts: usize, n_with: &Array<i32>) -> Array<f32> {
    todo!()
}

/// frequencies [d, q], lengths [d], rarities [q] -> [d]
// zh: 每段文本里每个查询词出现的次数、文本的长度、词的稀有程度 -> 得分。
// en: Frequencies of the query's terms in each text, lengths of the texts, rarities of the terms -> scores.
pub fn score(frequencies: &Array<f32>, lengths: &Array<f32>, rarities: &Array<f32>) -> Array<f32> {
    todo!()
}

/// terms [n], offsets [d+1] -> [*, 3]
// zh: 所有文本的词号首尾相接，第 i 段文本是 offsets[i]..offsets[i + 1] -> 每行是词、文本、次数，按词、再按文本排序。
// en: The terms of all texts end to end, text i being offsets[i]..offsets[i + 1] -> rows of term, text, frequency, by term, then by text.
pub fn postings(terms: &Array<i32>, offsets: &Array<i32>) -> Array<f32> {
    todo!()
}

/// query [q], weights [q], starts [v+1], texts [p], frequencies [p], lengths [d] -> [d]
// zh: query 是查询的词号，weights 是它们在查询里的分量；词 t 的倒排列表是 starts[t]..starts[t + 1]。
// en: query holds the terms asked for, weights what each counts in the query; the posting list of term t is starts[t]..starts[t + 1].
pub fn scores(
    query: &Array<i32>,
    weights: &Array<f32>,
    starts: &Array<i32>,
    texts: &Array<i32>,
    frequencies: &Array<f32>,
    lengths: &Array<f32>,
) -> Array<f32> {
    todo!()
}

/// scores [d] -> [*, 2]
// zh: 每行是文本、得分：得分大于 0 的至多 k 个，好的在前，同分的号小的在前。
// en: Rows of text, score: at most k with a score above 0, the best first, of equal ones the smaller number.
pub fn best(scores: &Array<f32>, k: usize) -> Array<f32> {
    todo!()
}

/// As scores, with states [d]
// zh: states：0 已删除，1 提问的人看不到，2 可以找到。只有 2 的得分不是 0。
// en: states: 0 deleted, 1 hidden from whoever asks, 2 may be found. Only the last have a score other than 0.
pub fn live_scores(
    query: &Array<i32>,
    weights: &Array<f32>,
    starts: &Array<i32>,
    texts: &Array<i32>,
    frequencies: &Array<f32>,
    lengths: &Array<f32>,
    states: &Array<i32>,
) -> Array<f32> {
    todo!()
}
