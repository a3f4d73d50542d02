"""learner.verdict.*: seconds from a saved file to its verdict, the start of the program included.

Python: the solution and every mutant. Rust: the file as a learner has it on the way, written as far as each step, and
each with a comment of its own, so that it is compiled anew. Once before, nothing is counted: files are then in memory.
"""

import pathlib
import re
import statistics
import tempfile
import time

import course

N_RUST_EACH = 3

course.build()
solution = (course.LAB / "solution.py").read_text("utf-8")
python = [solution] + [f"{solution}\n\n{path.read_text('utf-8')}" for path in sorted((course.LAB / "mutants").iterdir())]

# Functions of the solution become the stub's, from the last step on backwards.
stub = (course.LAB / "stub.rs").read_text("utf-8")
rust = [(course.LAB / "solution.rs").read_text("utf-8")]
for name in reversed(re.findall(r"^pub fn (\w+)", stub, re.M)):
    rust.append(re.sub(rf"^(pub fn {name}\b.*?\{{\n).*?^\}}$", r"\1    todo!()\n}", rust[-1], flags=re.M | re.S))

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    def seconds(name, text):
        file = folder / name
        file.write_text(text, "utf-8")
        start = time.perf_counter()
        verdicts = course.sanjie(folder / "home", "lab", "check", "causal-attention", "--file", file, "--json")
        assert verdicts, name
        return time.perf_counter() - start

    for name, language, texts in [
        ("mine.py", "python", python),
        ("mine.rs", "rust", [f"{text}\n// {n}\n" for n in range(N_RUST_EACH) for text in rust]),
    ]:
        seconds(name, f"{texts[0]}\n")
        taken = sorted(seconds(name, text) for text in texts)
        value = round(statistics.median(taken), 3)
        course.claim(f"verdict.{language}_seconds", value, len(taken), [round(taken[0], 3), round(taken[-1], 3)])
