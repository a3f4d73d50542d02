"""Speed of chunking: `peer_chunking.py text-splitter|langchain CORPUS tokens|characters SIZE ROUNDS`; the last line is {chunks, bytes_per_s}.

Characters are what both count fastest. Tokens are those of `retrieval::tokens`, for langchain alone: text-splitter counts them in Rust.
"""

import json
import pathlib
import re
import sys
import time

who, corpus, unit, size, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
# Letters by eights, digits by threes, every other sign alone; Chinese characters, kana and Hangul are signs.
SIGNS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(rf"[0-9]{{1,3}}|[A-Za-z]{{1,8}}|[^\W\d_{SIGNS}]{{1,8}}|\S")
texts = [json.loads(line)["text"] for line in corpus.read_text("utf-8").splitlines()]

if who == "text-splitter":
    from semantic_text_splitter import TextSplitter

    if unit != "characters":
        sys.exit("text-splitter counts tokens in Rust")
    splitter = TextSplitter(size)
    cut = splitter.chunks
else:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    count = len if unit == "characters" else lambda text: len(TOKEN.findall(text))
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0, length_function=count)
    cut = splitter.split_text

best = float("inf")
for _ in range(rounds):
    clock = time.perf_counter()
    chunks = sum(len(cut(text)) for text in texts)
    best = min(best, time.perf_counter() - clock)
n_bytes = sum(len(text.encode()) for text in texts)
print(json.dumps({"chunks": chunks, "bytes_per_s": n_bytes / best}))
