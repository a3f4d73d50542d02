"""learner.mutants.killed: of small changes of the solutions' syntax trees that change any output, the share that fails.

The survivors are listed on stderr.
"""

import sys
import tempfile

import course

course.build()
with tempfile.TemporaryDirectory() as home:
    lines = course.sanjie(home, "dev", "mutate", "--json")
for line in lines:
    print(line, file=sys.stderr)
counts = [line for line in lines if "killed" in line]
killed, survivors = (sum(line[what] for line in counts) for what in ("killed", "survivors"))
course.claim("mutants.killed", round(killed / (killed + survivors), 4), killed + survivors)
