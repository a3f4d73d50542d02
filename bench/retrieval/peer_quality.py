"""bm25s on a collection: `peer_quality.py scifact|jieba|pairs FOLDER`; the last line is {value, by_query, ...}."""

import json
import math
import pathlib
import re
import sys

import bm25s
import jieba
import Stemmer

kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
queries = {row["_id"]: row["text"] for row in map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())}
ids = [row["_id"] for row in corpus]


def judged(name):
    grades = {}
    for line in (folder / name).read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    return grades


def ranked(index, tokens):
    found, _ = index.retrieve(tokens, k=10, show_progress=False, n_threads=1)
    return [[ids[i] for i in row] for row in found]


def ndcg(ranking, grades):
    gain = lambda values: sum(value / math.log2(i + 2) for i, value in enumerate(values))
    ideal = gain(sorted(grades.values(), reverse=True)[:10])
    return gain([grades.get(document, 0) for document in ranking]) / ideal if ideal else 0.0


def mrr(ranking, grades):
    return next((1 / (i + 1) for i, document in enumerate(ranking) if grades.get(document, 0) > 0), 0.0)


def values(metric, rankings, grades):
    return [metric(ranking, found) for ranking, found in zip(rankings, grades)]


def mean(values):
    return sum(values) / len(values)


if kind == "scifact":
    stemmer = Stemmer.Stemmer("english")
    cut = lambda texts: bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)
    sides = {}
    for side in ("train", "test"):
        grades = judged(f"{side}.tsv")
        sides[side] = (grades, cut([queries[query] for query in grades]))
    best = (-1.0,)
    for weight in (0, 1, 2, 3, 4, 5):
        tokens = cut([(row["title"] + " ") * weight + row["text"] for row in corpus])
        for k1 in (0.9, 1.2, 1.5, 2.0):
            for b in (0.4, 0.6, 0.75, 0.9):
                index = bm25s.BM25(k1=k1, b=b)
                index.index(tokens, show_progress=False)
                grades, asked = sides["train"]
                value = mean(values(ndcg, ranked(index, asked), grades.values()))
                if value > best[0]:
                    grades, asked = sides["test"]
                    found = values(ndcg, ranked(index, asked), grades.values())
                    best = (value, weight, k1, b, dict(zip(grades, found)))
    value, weight, k1, b, by_query = best
    chosen = {"train": value, "title": weight, "k1": k1, "b": b}
    print(json.dumps({"value": mean(by_query.values()), "chosen": chosen, "by_query": by_query}))
else:
    if kind == "jieba":
        cut = lambda text: [word for word in jieba.lcut(text) if word.strip()]
    else:
        cut = lambda text: [
            piece
            for run in re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", text.lower())
            for piece in ([run[i : i + 2] for i in range(max(len(run) - 1, 1))] if run[0] >= "\u3400" else [run])
        ]
    grades = judged("test.tsv")
    index = bm25s.BM25()
    index.index([cut(row["text"]) for row in corpus], show_progress=False)
    found = values(mrr, ranked(index, [cut(queries[query]) for query in grades]), grades.values())
    print(json.dumps({"value": mean(found), "by_query": dict(zip(grades, found))}))
