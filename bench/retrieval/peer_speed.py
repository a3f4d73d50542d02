"""Speed of bm25s or tantivy on a collection: `peer_speed.py bm25s|tantivy FOLDER`; the last line is {texts_per_s, queries_per_s}."""

import json
import pathlib
import re
import sys
import time

who, folder = sys.argv[1], pathlib.Path(sys.argv[2])
corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
texts = [(row.get("title", "") + " " + row["text"]).strip() for row in corpus]
asked = {line.split("\t")[0] for line in (folder / "test.tsv").read_text().splitlines()[1:]}
rows = map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())
queries = [row["text"] for row in rows if row["_id"] in asked]

if who == "bm25s":
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")

    def build():
        tokens = bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)
        index = bm25s.BM25(backend="numba")
        index.index(tokens, show_progress=False)
        return index

    def search(index):
        tokens = bm25s.tokenize(queries, stopwords="en", stemmer=stemmer, show_progress=False, return_ids=False)
        index.retrieve(tokens, k=10, show_progress=False, n_threads=1)
else:
    import tantivy

    schema = tantivy.SchemaBuilder().add_unsigned_field("id", stored=True).add_text_field("text", tokenizer_name="en_stem").build()

    def build():
        index = tantivy.Index(schema)
        writer = index.writer(256 << 20, 1)
        for i, text in enumerate(texts):
            document = tantivy.Document()
            document.add_unsigned("id", i)
            document.add_text("text", text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return index

    def search(index):
        searcher = index.searcher()
        for query in queries:
            query = index.parse_query(re.sub(r"\W+", " ", query), ["text"])
            searcher.search(query, 10, count=False)

clock = time.perf_counter()
index = build()
indexing = time.perf_counter() - clock
search(index)  # numba compiles
best = float("inf")
for _ in range(2):
    clock = time.perf_counter()
    search(index)
    best = min(best, time.perf_counter() - clock)
print(json.dumps({"texts_per_s": len(texts) / indexing, "queries_per_s": len(queries) / best}))
