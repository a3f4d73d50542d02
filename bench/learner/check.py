"""course.check.faults: what `sanjie dev check` finds wrong with the course as it stands, every lab, question and text of it.

Files are graded on one seed each; `sound.py` takes a hundred, for the claims about grading.
"""

import sys
import tempfile

import course

course.build()
with tempfile.TemporaryDirectory() as home:
    lines = course.sanjie(home, "dev", "check", "--seeds", "1", "--json")
faults = [line for line in lines if "code" in line]
for fault in faults:
    print(fault, file=sys.stderr)
course.claim("check.faults", len(faults), len(lines) - len(faults), area="course")
