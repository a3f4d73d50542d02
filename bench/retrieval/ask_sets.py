"""Collections with questions that they do and do not answer, as `examples/ask.rs` takes them, a line each.

A question's id is `a|documents that answer it, apart by ~|its own id`, or `u||its own id` if the collection was made without them.
"""

import json
import random

import sets

# Orders the questions before they are halved.
SEED = 1


def collection(documents, answered, unanswered):
    questions = [{"id": f"a|{'~'.join(gold)}|{id}", "question": text} for id, text, gold in answered]
    questions += [{"id": f"u||{id}", "question": text} for id, text in unanswered]
    return {"documents": documents, "questions": questions}


def cmrc(part, size):
    """Half of the passages, `size` to a collection, asked their own questions and those of as many of the other half."""
    name = {"dev": "cmrc2018/cmrc2018_dev.json.gz", "trial": "cmrc2018/cmrc2018_trial.json"}[part]
    passages = [p for article in json.loads(sets.text(name))["data"] for p in article["paragraphs"]]
    random.Random(SEED).shuffle(passages)
    half = len(passages) // 2
    for at in range(0, half, size):
        inside, outside = passages[:half][at : at + size], passages[half:][at : at + size]
        documents = [{"id": str(i), "text": p["context"]} for i, p in enumerate(inside)]
        answered = [(q["id"], q["question"], [str(i)]) for i, p in enumerate(inside) for q in p["qas"]]
        yield collection(documents, answered, [(q["id"], q["question"]) for p in outside for q in p["qas"]])


def scifact(part, size):
    """Claims as questions, `size` with their papers in a collection and as many without."""
    rows = [json.loads(line) for line in sets.text("scifact/derived-beir/corpus.jsonl.gz").splitlines()]
    corpus = {row["_id"]: {"id": row["_id"], "title": row["title"], "text": row["text"]} for row in rows}
    claims = {}
    for line in sets.text("scifact/derived-beir/queries.jsonl").splitlines():
        row = json.loads(line)
        claims[row["_id"]] = row["text"]
    gold = {}
    for line in sets.text(f"scifact/derived-beir/qrels/{part}.tsv").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            gold.setdefault(query, set()).add(document)
    queries = sorted(gold)
    random.Random(SEED).shuffle(queries)
    half = len(queries) // 2
    for at in range(0, half, size):
        inside, outside = queries[:half][at : at + size], queries[half:][at : at + size]
        missing = set().union(*(gold[query] for query in outside))
        held = sorted(set().union(*(gold[query] for query in inside)) - missing)
        answered = [(query, claims[query], sorted(gold[query])) for query in inside if gold[query] & set(held)]
        if held:
            yield collection([corpus[id] for id in held], answered, [(query, claims[query]) for query in outside])


def hops(part, size):
    """HotpotQA's and MuSiQue's questions, whose answers lie in several passages among others of the same subjects: with them, and with the
    others alone; `size` 5 is a collection a question, anything else all passages together."""
    chosen = slice(0, 50) if part == "train" else slice(50, 100)
    hotpot = json.loads(sets.text("hipporag-multihop/hotpotqa_train.json"))[chosen]
    musique = json.loads(sets.text("hipporag-multihop/musique_train.json"))[chosen]
    first, second = [], []
    for i, row in enumerate(hotpot):
        gold = {title for title, _ in row["supporting_facts"]}
        first.append((f"h{i}", row["question"], [(t, t, "".join(s), t in gold) for t, s in row["context"]]))
    for i, row in enumerate(musique):
        passages = [(f"{p['title']}#{p['idx']}", p["title"], p["paragraph_text"], p["is_supporting"]) for p in row["paragraphs"]]
        second.append((f"m{i}", row["question"], passages))
    document = lambda passage: {"id": passage[0], "title": passage[1], "text": passage[2]}
    for rows in (first, second):
        if size == 5:
            for id, question, passages in rows:
                gold, others = [p for p in passages if p[3]], [p for p in passages if not p[3]]
                yield collection([document(p) for p in gold + others[: max(1, 5 - len(gold))]], [(id, question, [p[0] for p in gold])], [])
                yield collection([document(p) for p in others[:5]], [], [(id, question)])
            continue
        half = len(rows) // 2
        missing = {p[0] for _, _, passages in rows[half:] for p in passages if p[3]}
        held = {p[0]: document(p) for _, _, passages in rows for p in passages if p[0] not in missing}
        answers = [(id, question, [p[0] for p in passages if p[3]]) for id, question, passages in rows[:half]]
        answered = [row for row in answers if all(id in held for id in row[2])]
        yield collection(list(held.values()), answered, [(id, question) for id, question, _ in rows[half:]])


def outcomes(said):
    """Of each question that was asked: its line, whether it is answered there, and whether the first citation is right."""
    for line in said.splitlines():
        row = json.loads(line)
        kind, gold, _ = row["id"].split("|", 2)
        yield row, kind == "a", bool(row["cited"]) and kind == "a" and row["cited"][0] in gold.split("~")
