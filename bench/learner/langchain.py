"""learner.langchain.*: the bridges of the topic `chunking`, where LangChain is installed.

retriever: of the questions put to the lesson's retriever, in both languages, the share for which it finds what `sanjie search`
finds, in the same order and at the same places. The code is the lesson's own, run against a studio. splitter: the share of seeds on
which the lab's solution passes the step that cuts with LangChain's splitter.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import course

TOPIC = course.ROOT / "curriculum/chunking"
N_SEEDS = 20
NOTES = {
    "rules.md": "# Borrowing\n\nYou may keep a tool for seven days.\n\n# Late tools\n\nThe first day costs nothing. After that a drill costs two euros a day.\n",
    "规定.md": "# 借用\n\n一件工具可以借七天。\n\n# 超期\n\n第一天不收钱。之后电钻每天两块。\n",
    "other.txt": "Ladders hang in the yard. 梯子挂在院子里。",
}
QUESTIONS = ["What does a late drill cost?", "电钻超期还，要多少钱？", "Where are the ladders?", "梯子在哪里？", "tool"]

course.build()
python = os.environ["SANJIE_PEER_PYTHON"]


def retriever(lang):
    """The lesson's retriever, asking on standard input."""
    text = (TOPIC / f"lesson.{lang}.md").read_text("utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "BaseRetriever" in block)
    definition = code[: code.index("\nfor document in")]
    return definition + (
        "\nimport sys\nfor line in sys.stdin:\n"
        "    found = SanjieRetriever(base='mine', address=os.environ['SANJIE_ADDRESS']).invoke(json.loads(line))\n"
        "    print(json.dumps([[d.page_content, d.metadata['document'], d.metadata['start'], d.metadata['end']] for d in found]))\n"
    )


with tempfile.TemporaryDirectory() as home:
    notes = pathlib.Path(home) / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text, "utf-8")
    course.sanjie(home, "kb", "add", "mine", notes, "--chunking", "recursive:16", "--json")
    studio = subprocess.Popen(
        [course.program(), "start", "--port", "0", "--no-open"],
        env=course.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address, token = studio.stdout.readline().strip().split("/?token=")
        right = 0
        asked = "".join(json.dumps(question) + "\n" for question in QUESTIONS)
        expected = []
        for question in QUESTIONS:
            hits = course.sanjie(home, "search", "mine", question, "-k", "4", "--owner", "--json")
            expected.append([[hit[key] for key in ("text", "document", "start", "end")] for hit in hits])
        for lang in ("en", "zh"):
            variables = {**os.environ, "SANJIE_TOKEN": token, "SANJIE_ADDRESS": address, "PYTHONIOENCODING": "utf-8"}
            done = subprocess.run([python, "-c", retriever(lang)], input=asked, env=variables, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            right += sum(json.loads(line) == hits for line, hits in zip(done.stdout.splitlines(), expected, strict=True))
    finally:
        studio.terminate()
        studio.wait()
    course.claim("langchain.retriever", right / (2 * len(QUESTIONS)), 2 * len(QUESTIONS))
    file = TOPIC / "labs/chunking/solution.py"
    passed = 0
    for seed in range(N_SEEDS):
        last = course.sanjie(home, "lab", "check", "chunking", "--file", file, "--step", "langchain", "--seed", str(seed), "--json")[-1]
        passed += bool(last["passed"] and last["step"] == "langchain")
    course.claim("langchain.splitter", passed / N_SEEDS, N_SEEDS)
