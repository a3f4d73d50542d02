"""Collections for the area `retrieval`, made from the data sets: JSON lines and judgements in a folder of one's choice."""

import gzip
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def data(name):
    path = pathlib.Path(os.environ.get("SANJIE_DATA", ROOT.parent / "shared/data")) / name
    if not path.exists():
        sys.exit(f"the data set file {name} is neither in $SANJIE_DATA nor in ../shared/data")
    return path


def text(name):
    raw = data(name).read_bytes()
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8", "replace")


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def scifact(folder):
    """corpus.jsonl, queries.jsonl, train.tsv, test.tsv: BEIR's files."""
    base = "scifact/derived-beir/"
    (folder / "corpus.jsonl").write_text(text(base + "corpus.jsonl.gz"), "utf-8")
    for name in ("queries.jsonl", "qrels/train.tsv", "qrels/test.tsv"):
        (folder / pathlib.Path(name).name).write_text(text(base + name), "utf-8")


def cmrc(folder, part):
    """corpus.jsonl, queries.jsonl, test.tsv: a paragraph is a document, a question a query."""
    name = {"dev": "cmrc2018/cmrc2018_dev.json.gz", "trial": "cmrc2018/cmrc2018_trial.json"}[part]
    corpus, queries, judged = [], [], ["query\tdocument\tgrade"]
    for article in json.loads(text(name))["data"]:
        for paragraph in article["paragraphs"]:
            document = str(len(corpus))
            corpus.append({"_id": document, "text": paragraph["context"]})
            for question in paragraph["qas"]:
                queries.append({"_id": question["id"], "text": question["question"]})
                judged.append(f"{question['id']}\t{document}\t1")
    write(folder / "corpus.jsonl", corpus)
    write(folder / "queries.jsonl", queries)
    (folder / "test.tsv").write_text("\n".join(judged) + "\n")


def english_texts():
    """Texts of the English sets, one after another, always in the same order."""
    for line in text("scifact/derived-beir/corpus.jsonl.gz").splitlines():
        row = json.loads(line)
        yield row["title"] + ". " + row["text"]
    for path in sorted(data("hipporag-multihop").rglob("*")):
        if path.is_file() and ".json" in path.name:
            raw = path.read_bytes()
            raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
            yield from strings(json.loads(raw))
    for name in ("gsm8k/train.jsonl", "gsm8k/test.jsonl"):
        for line in readable(name).splitlines():
            yield json.loads(line)["question"]
    for folder in ("wikitext-2", "tinystories-2mb", "sst2", "banking77", "tinyshakespeare", "lf-pretrain-demo", "raschka-instruction"):
        for path in sorted(data(folder).rglob("*")):
            if path.is_file():
                raw = path.read_bytes()
                yield (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "replace")


def readable(name):
    return text(name) if data_exists(name) else text(name + ".gz")


def data_exists(name):
    return (pathlib.Path(os.environ.get("SANJIE_DATA", ROOT.parent / "shared/data")) / name).exists()


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)


def sentences(folder, n):
    """corpus.jsonl of n distinct sentences, queries.jsonl of 1,000 questions made of their rarer words."""
    seen = set()
    for body in english_texts():
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", body):
            sentence = " ".join(sentence.split())
            if 20 <= len(sentence) <= 400:
                seen.add(sentence)
        if len(seen) >= n:
            break
    if len(seen) < n:
        sys.exit(f"the sets give {len(seen)} distinct sentences, expected {n}")
    corpus = sorted(seen)[:n]
    write(folder / "corpus.jsonl", ({"_id": str(i), "text": sentence} for i, sentence in enumerate(corpus)))
    queries = [" ".join(corpus[i * (n // 1000)].split()[:12]) for i in range(1000)]
    write(folder / "queries.jsonl", ({"_id": str(i), "text": query} for i, query in enumerate(queries)))
    judged = "".join(f"{i}\t{i * (n // 1000)}\t1\n" for i in range(1000))
    (folder / "test.tsv").write_text("query\tdocument\tgrade\n" + judged)
