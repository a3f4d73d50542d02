"""learner.wrong.misnamed: of wrong solutions written without sight of the lab's mutants, those that get a wrong name.

The files of `wrong_again/` hold one function each, as people write it who believe something that is not so: their first line
says what, their second which trap of the topic that is, or `none`. Both were decided before any of them was graded. All
else is the solution's. A file is misnamed if on any seed it passes, or a trap is named that is not its own. To name none
is no mistake: a trap is named only where the outputs show it. On stderr stands what came of each.

`wrong/` holds the 20 before them. Of those two were misnamed, 03 and 16: the topic had no word for what their authors
believed, and mutants with the same outputs were listed under a neighbour's. It has words for both since then, and their
second lines say so; so they prove nothing new, and are graded only to see that this stays.
"""

import collections
import pathlib
import sys
import tempfile

import course

N_SEEDS = 10

course.build()
solution = (course.LAB / "solution.py").read_text("utf-8")
sets = {name: sorted((course.ROOT / "bench/learner" / name).glob("*.py")) for name in ("wrong", "wrong_again")}
misnamed = {name: [] for name in sets}
with tempfile.TemporaryDirectory() as home:
    mine = pathlib.Path(home) / "mine.py"
    for of, file in ((name, file) for name, files in sets.items() for file in files):
        belief = file.read_text("utf-8")
        own = belief.splitlines()[1].removeprefix("# trap: ")
        mine.write_text(f"{solution}\n\n{belief}", "utf-8")
        found = collections.Counter()
        for seed in range(N_SEEDS):
            arguments = ("lab", "check", "causal-attention", "--file", mine, "--seed", str(seed), "--json")
            last = course.sanjie(home, *arguments)[-1]
            found["passed" if last["passed"] else f"{last['step']}: {last['trap'] or 'none'}"] += 1
        named = {outcome.split(": ")[-1] for outcome in found}
        if named - {own, "none"}:
            misnamed[of].append(file.name)
        print(f"{of}/{file.name}: its trap {own}; {dict(found)}", file=sys.stderr)
print(f"misnamed: {misnamed}", file=sys.stderr)
course.claim("wrong.misnamed", len(misnamed["wrong_again"]), len(sets["wrong_again"]))
