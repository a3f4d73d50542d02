"""Speed of chunking: `peer_chunking.py text-splitter|langchain CORPUS CHARACTERS ROUNDS`; the last line is {chunks, bytes_per_s}.

Both count characters, which is the fastest that they offer.
"""

import json
import pathlib
import sys
import time

who, corpus, characters, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
texts = [json.loads(line)["text"] for line in corpus.read_text("utf-8").splitlines()]

if who == "text-splitter":
    from semantic_text_splitter import TextSplitter

    splitter = TextSplitter(characters)
    cut = splitter.chunks
else:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=characters, chunk_overlap=0)
    cut = splitter.split_text

best = float("inf")
for _ in range(rounds):
    clock = time.perf_counter()
    chunks = sum(len(cut(text)) for text in texts)
    best = min(best, time.perf_counter() - clock)
n_bytes = sum(len(text.encode()) for text in texts)
print(json.dumps({"chunks": chunks, "bytes_per_s": n_bytes / best}))
