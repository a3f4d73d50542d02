"""fuzz.READER.crashes: inputs that make a reader panic, abort, hang or ask for too much memory, found by coverage-guided fuzzing.

`run.py READER [--minutes M]`: READER is a function of `fuzz/src/readers.rs`, M is 15 if nothing is said. The programs (`fuzz/targets`) are libFuzzer's, built by a
nightly compiler with the address sanitizer and all checks of a debug build; without one (`cargo +nightly`) nothing is measured.
Found inputs stay in target/fuzz/findings and are tried again first, what was learned stays in target/fuzz/corpus, and the next run goes
on from there. Each run adds a line to hours.csv beside this file. Minutes are those of the CPU: on a busy machine a run takes longer, and
proves as much.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

import seeds

ROOT = seeds.ROOT
WORK = ROOT / "target/fuzz"
HOURS = pathlib.Path(__file__).parent / "hours.csv"
# As `cargo fuzz` builds, for whoever does not have it.
FLAGS = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
]
LIMITS = {
    # What a knowledge base unpacks at most, with room for what is made of it.
    "rss_limit_mb": 2560,
    # No single allocation comes near what a file may unpack to.
    "malloc_limit_mb": 1024,
    # Seconds for one input of at most max_len bytes, with the sanitizer, on a busy machine.
    "timeout": 20,
    "max_len": 64 << 10,
}
# After so many findings it is time to mend.
FINDINGS_MAX = 10


def host():
    said = subprocess.run(["rustc", "+nightly", "-vV"], capture_output=True, text=True)
    if said.returncode:
        sys.exit("fuzzing needs a nightly toolchain beside the stable one: rustup toolchain install nightly")
    return re.search(r"host: (\S+)", said.stdout)[1]


def build(reader):
    """The target's program."""
    triple = host()
    arguments = ["--release", "--target", triple, "--manifest-path", str(ROOT / "fuzz/targets/Cargo.toml"), "--target-dir", str(WORK / "build")]
    environment = {**os.environ, "RUSTFLAGS": " ".join(FLAGS)}
    subprocess.run(["cargo", "+nightly", "build", "--quiet", "--locked", "--bin", reader, *arguments], check=True, env=environment)
    return WORK / "build" / triple / "release" / reader


def fuzz(program, reader, seconds):
    """Findings and executions of so many seconds of the CPU, and the places of the program that were reached."""
    corpus, findings = WORK / "corpus" / reader, WORK / "findings" / reader
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    first, scratch = WORK / "seeds" / reader, WORK / "scratch" / reader
    words = seeds.write(reader, first)
    flags = [f"-{name}={value}" for name, value in LIMITS.items()]
    found = set()
    n_ends = n_runs = reached = 0
    end = cpu_seconds() + seconds
    while n_ends < FINDINGS_MAX and (left := int(end - cpu_seconds())) > 0:
        before = written(findings)
        command = [program, corpus, first, findings, f"-max_total_time={left}", f"-dict={words}", f"-artifact_prefix={findings}/", *flags]
        command += ["-print_final_stats=1", "-detect_leaks=0"]
        log = WORK / f"{reader}.log"
        # Files of a target that was ended stay behind.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        with log.open("wb") as out:
            subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": str(scratch)})
        said = log.read_text("utf-8", "replace")
        n_runs += sum(map(int, re.findall(r"stat::number_of_executed_units:\s*(\d+)", said)))
        reached = max([reached, *map(int, re.findall(r"\bcov: (\d+)", said))])
        after = written(findings)
        new = sorted(path for path in after if after[path] != before.get(path))
        n_ends += len(new)
        found.update(new)
        for path in new:
            print(f"{reader}: {path.relative_to(ROOT)}", file=sys.stderr)
        if not new and "stat::number_of_executed_units" not in said:
            sys.exit(f"{reader} did not run:\n{said[-2000:]}")
    return len(found), n_runs, reached


def written(findings):
    """When each input was last found to fail; a slow one fails nothing."""
    return {path: path.stat().st_mtime_ns for path in findings.iterdir() if not path.name.startswith("slow-unit")}


def cpu_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


parser = argparse.ArgumentParser()
parser.add_argument("reader", choices=sorted(seeds.WORDS))
parser.add_argument("--minutes", type=float, default=15)
arguments = parser.parse_args()
program = build(arguments.reader)
began = cpu_seconds()
n_found, n_runs, reached = fuzz(program, arguments.reader, 60 * arguments.minutes)
minutes = (cpu_seconds() - began) / 60
if not HOURS.exists():
    HOURS.write_text("day,reader,cpu_minutes,executions,reached,crashes\n", "utf-8")
with HOURS.open("a", encoding="utf-8") as log:
    log.write(f"{datetime.date.today()},{arguments.reader},{minutes:.1f},{n_runs},{reached},{n_found}\n")
print(f"{arguments.reader}: {n_runs} executions in {minutes:.1f} minutes, {reached} places reached, {n_found} found", file=sys.stderr)
print(json.dumps({"id": f"fuzz.{arguments.reader}.crashes", "value": n_found, "cases": round(minutes)}))
