"""Ways of cutting compared by `sanjie kb compare`, as the topic `chunking` shows them: `chunking_ways.py scifact|cmrc [ENCODER]`.

Eight texts of a data set (SciFact's abstracts in English, CMRC 2018's passages in Chinese) are put into one document, in an order drawn
once. `plain` runs them together, sentence after sentence, as minutes are; `headed` leaves them as they are written, each below its
title. A question counts for the document that holds its text. Of SciFact there are as many of the texts that claims are about as an
encoder reads in a few minutes, and the claims whose evidence is all among them. ENCODER is a folder that `kb add --embedder` takes; without one there is
no semantic chunking. A table goes to standard output.
"""

import json
import pathlib
import random
import sys
import tempfile

import peers
import sets

TEXTS_MAX = 320
TOGETHER = 8
SEED = 1
WAYS = ["fixed:256", "fixed:64", "fixed:128/32", "recursive:128", "recursive:64", "sentences:2", "parent:512/64"]

what, encoder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None


def scifact():
    rows = [json.loads(line) for line in sets.text("scifact/derived-beir/corpus.jsonl.gz").splitlines()]
    texts = {row["_id"]: (row["title"], row["text"]) for row in rows}
    claims = [json.loads(line) for line in sets.text("scifact/derived-beir/queries.jsonl").splitlines()]
    gold = {}
    for part in ("train", "test"):
        for line in sets.text(f"scifact/derived-beir/qrels/{part}.tsv").splitlines()[1:]:
            query, document, grade = line.split("\t")
            if int(grade) > 0:
                gold.setdefault(query, []).append(document)
    asked = sorted({document for documents in gold.values() for document in documents})
    random.Random(SEED).shuffle(asked)
    kept = set(asked[:TEXTS_MAX])
    questions = [(row["_id"], row["text"], gold[row["_id"]]) for row in claims if set(gold.get(row["_id"], [""])) <= kept]
    return {id: texts[id] for id in kept}, questions, " "


def cmrc():
    texts, questions = {}, []
    for article in json.loads(sets.text("cmrc2018/cmrc2018_dev.json.gz"))["data"]:
        for i, passage in enumerate(article["paragraphs"]):
            id = f"{article.get('id', article['title'])}-{i}"
            texts[id] = (article["title"], passage["context"])
            questions += [(question["id"], question["question"], [id]) for question in passage["qas"]]
    return texts, questions, ""


peers.release("sanjie", ["--package", "cli"])
texts, questions, between = {"scifact": scifact, "cmrc": cmrc}[what]()
ids = sorted(texts)
random.Random(SEED).shuffle(ids)
documents = [ids[at : at + TOGETHER] for at in range(0, len(ids), TOGETHER)]
place = {id: f"{number:04}.md" for number, together in enumerate(documents) for id in together}
print(f"{what}: {len(texts)} texts in {len(documents)} documents, {len(questions)} questions")
for form in ("plain", "headed"):
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home) / "docs"
        folder.mkdir()
        for number, together in enumerate(documents):
            if form == "plain":
                content = between.join(" ".join(texts[id][1].split()) for id in together)
            else:
                content = "\n\n".join(f"# {texts[id][0]}\n\n{texts[id][1]}" for id in together)
            (folder / f"{number:04}.md").write_text(content, "utf-8")
        lines = [{"id": id, "question": question, "relevant": sorted({place[one] for one in gold})} for id, question, gold in questions]
        file = pathlib.Path(home) / "questions.jsonl"
        sets.write(file, lines)
        peers.sanjie(home, "kb", "add", "notes", folder, "--chunking", "fixed:128", *(["--embedder", encoder] if encoder else []), "--json")
        ways = [*WAYS, *(["semantic:128"] if encoder else [])]
        chosen = [argument for way in ways for argument in ("--chunking", way)]
        print(f"\n{form}")
        for way in peers.sanjie(home, "kb", "compare", "notes", file, *chosen, "--json"):
            low, high = way["ci95"]
            down, up = way["difference_ci95"]
            print(
                f"{way['chunking']:14} {way['chunks']:6} chunks  ndcg@10 {way['ndcg']:.4f} ({low:.4f} to {high:.4f})"
                f"  {way['difference']:+.4f} ({down:+.4f} to {up:+.4f})  {way['verdict']}",
                flush=True,
            )
