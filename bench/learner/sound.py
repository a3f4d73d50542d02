"""learner.grading.*: wrong verdicts on files whose verdict is known, in all labs of the curriculum.

`sanjie dev check` grades every solution and every mutant on 100 seeds. A false failure is a solution that does not
pass; a false pass is a mutant that does; a mutant is misnamed if it fails another step than its lab says, if its numbers
are those of another trap's mutant as well, or if its file is called like another trap. Its numbers are always its own, so
this says how far the traps can be told apart; `wrong.py` says how well they fit what was written without sight of them.
"""

import sys
import tempfile

import course

course.build()
with tempfile.TemporaryDirectory() as home:
    lines = course.sanjie(home, "dev", "check", "--seeds", "100", "--json")
runs = [line for line in lines if "code" not in line]
faults = [line for line in lines if "code" in line]
for fault in faults:
    print(fault, file=sys.stderr)
solutions, mutants = (sum(line[what] for line in runs) for what in ("solutions", "mutants"))


def count(*codes):
    return sum(fault["code"] in codes for fault in faults)


course.claim("grading.false_failures", count("sound.solution"), solutions)
course.claim("grading.false_passes", count("sound.mutant_passes"), mutants)
course.claim("grading.misnamed", count("sound.mutant_step", "sound.mutant_trap", "sound.mutant_name"), mutants)
