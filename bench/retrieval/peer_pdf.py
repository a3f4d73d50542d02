"""Peers that read PDF files: the pages themselves, their text, how fast it comes, and how near everybody's text is to the true one.

    peer_pdf.py make FOLDER PAGES         makes the files
    peer_pdf.py WHO FOLDER                writes NAME.WHO.txt beside each NAME.pdf; prints {"seconds"}; WHO is pypdf or pdfminer
    peer_pdf.py score FOLDER WHO...       prints {LAYOUT: {WHO: F1}}

The score compares characters without white space: the longest common subsequence of a text and the true one is what was found, in
its order; F1 is the mean of its shares of both.
"""

import json
import pathlib
import subprocess
import sys
import time

from pdf_pages import LAYOUTS

HERE = pathlib.Path(__file__).resolve().parent


def pypdf(path):
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def pdfminer(path):
    from pdfminer.high_level import extract_text

    return extract_text(path)


def score(found, true):
    from rapidfuzz.distance import LCSseq

    found, true = ("".join(text.split()).replace("•", "").replace("|", "") for text in (found, true))
    same = LCSseq.similarity(found, true)
    return 2 * same / (len(found) + len(true))


what, folder, *rest = sys.argv[1:]
folder = pathlib.Path(folder)
names = [layout.__name__ for layout in LAYOUTS]
if what == "make":
    subprocess.run([sys.executable, HERE / "pdf_pages.py", folder, rest[0]], check=True)
    # Beside the ten there are some for the tests alone.
    for path in folder.iterdir():
        if path.stem not in names:
            path.unlink()
    print(json.dumps({"files": len(names)}))
elif what == "score":
    read = lambda name, who: (folder / f"{name}{who}.txt").read_text("utf-8")
    print(json.dumps({name: {who: round(score(read(name, "." + who), read(name, "")), 4) for who in rest} for name in names}))
else:
    extract = {"pypdf": pypdf, "pdfminer": pdfminer}[what]
    extract(folder / f"{names[0]}.pdf")
    clock = time.perf_counter()
    texts = {name: extract(folder / f"{name}.pdf") for name in names}
    seconds = time.perf_counter() - clock
    for name, text in texts.items():
        (folder / f"{name}.{what}.txt").write_text(text, "utf-8")
    print(json.dumps({"seconds": seconds}))
