"""retrieval.ask.*: what `sanjie ask` answers at its own threshold, with nothing calibrated.

A collection is asked questions that its documents answer and about as many that they do not (their documents are left out). *Coverage* is
the share of the former that get an answer whose first citation is of a document that answers; *precision* the share of such answers among
all that are given, both kinds of question weighing the same. Five documents, fifty, and half of CMRC 2018 dev (424); in
English the papers and claims of SciFact's test part, 5 and 150 claims to a collection. The last line, on stderr alone, is
HotpotQA's and MuSiQue's questions beside passages chosen to look like answers, which words cannot tell apart.
None of these questions was seen when the weights of the confidence were fitted (ask_weights.py).

retrieval.ask.near_*: ten notes in two languages (near_misses.json), asked what they say and what they nearly say.
*Answered* is the share of the former that get an answer from the right note, *abstained* the share of the latter that get none.
"""

import json
import pathlib
import sys
import tempfile

import ask_sets
import peers
import sets

SETS = {
    "zh_5": lambda: ask_sets.cmrc("dev", 5),
    "zh_50": lambda: ask_sets.cmrc("dev", 50),
    "zh_424": lambda: ask_sets.cmrc("dev", 424),
    "en_5": lambda: ask_sets.scifact("test", 5),
    "en_150": lambda: ask_sets.scifact("test", 150),
    "hops_5": lambda: ask_sets.hops("test", 5),
    "hops_1000": lambda: ask_sets.hops("test", 1000),
}


def near_misses():
    """The notes with their questions; a question's answer stands in the notes that hold the words expected of it."""
    text = pathlib.Path(__file__).with_name("near_misses.json").read_text("utf-8")
    found = json.loads(text)
    holding = lambda words: [document["id"] for document in found["documents"] if words in document["text"]]
    answered = [(i, question, holding(words)) for i, (question, words) in enumerate(found["answered"])]
    return [ask_sets.collection(found["documents"], answered, list(enumerate(found["unanswered"])))]


def measured(said):
    rows = list(ask_sets.outcomes(said))
    answerable = sum(is_answerable for _, is_answerable, _ in rows)
    given = [(is_answerable, is_right) for row, is_answerable, is_right in rows if not row["abstained"]]
    right = sum(is_right for _, is_right in given) / answerable
    wrong = sum(is_answerable and not is_right for is_answerable, is_right in given) / answerable
    false = sum(not is_answerable for is_answerable, _ in given) / (len(rows) - answerable)
    return len(rows), right, right / (right + wrong + false)


peers.build("ask")
with tempfile.TemporaryDirectory() as folder:
    for name, make in SETS.items():
        path = pathlib.Path(folder) / name
        sets.write(path, make())
        n, coverage, precision = measured(peers.program("ask", path))
        print(f"{name}: {n} questions, coverage {coverage:.3f}, precision {precision:.3f}", file=sys.stderr)
        if not name.startswith("hops"):
            for what, value in (("coverage", coverage), ("precision", precision)):
                print(json.dumps({"id": f"retrieval.ask.{name}_{what}", "value": round(value, 4), "cases": n}), flush=True)
    path = pathlib.Path(folder) / "near"
    sets.write(path, near_misses())
    rows = list(ask_sets.outcomes(peers.program("ask", path)))
    right = [is_right and not row["abstained"] for row, is_answerable, is_right in rows if is_answerable]
    silent = [row["abstained"] for row, is_answerable, _ in rows if not is_answerable]
    for what, of in (("answered", right), ("abstained", silent)):
        line = {"id": f"retrieval.ask.near_{what}", "value": round(sum(of) / len(of), 4), "cases": len(of)}
        print(json.dumps(line), flush=True)
