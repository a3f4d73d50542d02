"""learner.rust.*: wrong verdicts on wrong Rust files, each a mistake put into the Rust solution, on 100 seeds each.

`false_passes` counts verdicts that pass a wrong file, `misnamed` those that name a trap which is not the mistake's. That
the solution itself never fails is part of learner.grading.false_failures.
"""

import collections
import pathlib
import sys
import tempfile

import course

N_SEEDS = 100

# The rows of a softmax, and two loops over the whole table in their place.
ROWS = "        for row in values.chunks_exact_mut(m) {\n            normalise(row);\n        }"
COLUMN_SUMS = """        for row in values.chunks_exact_mut(m) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.iter_mut().for_each(|x| *x = (*x - largest).exp());
        }
        for j in 0..m {
            let sum: f32 = values[j..].iter().step_by(m).sum();
            values[j..].iter_mut().step_by(m).for_each(|x| *x /= sum);
        }"""
ONE_MAXIMUM = """        let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for row in values.chunks_exact_mut(m) {
            row.iter_mut().for_each(|x| *x = (*x - largest).exp());
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= sum);
        }"""

# What was changed, into what, and which trap that is; none where the topic has no name for it.
MISTAKES = [
    (ROWS, "        normalise(&mut values);", "softmax-axis"),
    ("(*score - largest).exp()", "score.exp()", "overflow"),
    ("fold(f32::NEG_INFINITY, f32::max)", "fold(0.0, f32::max)", None),
    (ROWS, COLUMN_SUMS, "softmax-axis"),
    (ROWS, ONE_MAXIMUM, "one-maximum"),
    ("1.0 / (hd as f32).sqrt()", "1.0", "no-scale"),
    ("1.0 / (hd as f32).sqrt()", "1.0 / hd as f32", "scale-by-width"),
    ("1.0 / (hd as f32).sqrt()", "(hd as f32).sqrt()", None),
    ("|i| m - n + i + 1)", "|_| m)", "no-mask"),
    ("|i| m - n + i + 1)", "|i| i + 1)", "mask-from-the-start"),
    ("|i| m - n + i + 1)", "|i| (m - n + i + 2).min(m))", "mask-one-ahead"),
    ("[0, 1, 2].map(|part|", "[1, 0, 2].map(|part|", "qkv-order"),
    ("multiply(&joined, w_out)", "joined", "no-output-weights"),
    ("let keys = k_offsets.values[s] as usize..k_offsets.values[s + 1] as usize;", "let keys = rows.clone();", "keys-by-query-offsets"),
    ("array.values[(i * n_heads + head) * hd..]", "array.values[(head * array.shape[0] + i) * hd..]", None),
]

course.build()
solution = (course.LAB / "solution.rs").read_text("utf-8")
false_passes, misnamed = 0, 0
with tempfile.TemporaryDirectory() as home:
    file = pathlib.Path(home) / "mine.rs"
    for before, after, own in MISTAKES:
        assert solution.count(before) == 1, before
        file.write_text(solution.replace(before, after), "utf-8")
        found = collections.Counter()
        for seed in range(N_SEEDS):
            arguments = ("lab", "check", "causal-attention", "--file", file, "--seed", str(seed), "--json")
            last = course.sanjie(home, *arguments)[-1]
            false_passes += last["passed"]
            misnamed += last["trap"] not in (own, None)
            found["passed" if last["passed"] else f"{last['step']}: {last['trap']}"] += 1
        print(f"{after!r}, trap {own}: {dict(found)}", file=sys.stderr)
cases = N_SEEDS * len(MISTAKES)
course.claim("rust.false_passes", false_passes, cases)
course.claim("rust.misnamed", misnamed, cases)
