"""Makes pdf/: a page in every layout of bench/retrieval/pdf_pages.py with its text, and files that need a password, or none.

    pip install -r bench/peers/pdf.txt 'pypdf[crypto]'; python crates/retrieval/goldens/make_pdf.py
"""

import pathlib
import subprocess
import sys

from pypdf import PdfReader, PdfWriter

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "pdf"
SCRIPT = HERE.parents[2] / "bench/retrieval/pdf_pages.py"

subprocess.run([sys.executable, SCRIPT, FOLDER, "1"], check=True)
for name, user in (("needs_password", "secret"), ("forbids_changes", "")):
    writer = PdfWriter(clone_from=PdfReader(FOLDER / "plain.pdf"))
    writer.add_metadata({"/Title": "绿茶 and tea"})
    writer.encrypt(user, owner_password="owner", algorithm="AES-256")
    writer.write(FOLDER / f"{name}.pdf")
