"""Writes learner.json: what other people's programs make of right and wrong results and of reviews.

`knowing`: rows of results with the parameters of `crates/course/src/mastery.rs`, and P(L) after each, as pyBKT's forward
pass gives it; each row has one probability of a guess, as pyBKT's models do. `remembering`: days and ratings of reviews (1
again, 2 hard, 3 good) with the day on which the next one is due, as the Python package `fsrs` of the authors of FSRS gives
it without learning steps and without fuzz, at a retention of 0.9.

    python make_learner.py      (made with pyBKT 1.4.3, numpy 2.2, pandas 2.2, scikit-learn 1.5, fsrs 6.3.2)
"""

import json
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
from fsrs import Card, Rating, Scheduler
from pyBKT.models import Model

PRIOR, LEARN, SLIP = 0.2, 0.15, 0.1
GUESSES = [0.05, 0.25, 0.3]
LENGTH = 9
draw = random.Random(1)


def knowing(results, guess):
    """P(L) before each result, and after the last: a result more is asked about and left out."""
    rows = pd.DataFrame(dict(user_id=1, skill_name="s", correct=results + [1], order_id=range(len(results) + 1)))
    model = Model(seed=1, num_fits=1)
    model.fit(data=rows)
    learnt = model.fit_model["s"]
    learnt["prior"], learnt["pi_0"] = PRIOR, np.array([[1 - PRIOR], [PRIOR]])
    learnt["learns"], learnt["forgets"] = np.array([LEARN]), np.zeros(1)
    learnt["guesses"], learnt["slips"] = np.array([guess]), np.array([SLIP])
    learnt["As"] = np.array([[[1 - LEARN, 0], [LEARN, 1]]])
    return [float(known) for known in model.predict(data=rows)["state_predictions"]][1:]


def remembering(days, ratings):
    scheduler = Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    start, card, due = datetime(2026, 1, 1, 12, tzinfo=timezone.utc), Card(), []
    for day, rating in zip(days, ratings):
        card, _ = scheduler.review_card(card, Rating(rating), start + timedelta(days=day))
        due.append((card.due - start).days)
    return due


rows = []
for guess in GUESSES:
    for results in [[1] * LENGTH, [0] * LENGTH, [0, 0, 0, 1, 1, 1, 1, 0, 1], [draw.randint(0, 1) for _ in range(LENGTH)]]:
        rows.append(dict(guess=guess, right=[bool(result) for result in results], known=knowing(results, guess)))
cards = []
for gaps in [[0, 2, 11, 46], [0, 1, 1, 1, 1, 30], [0, 400, 3], [0, 3, 9, 20, 60, 200]]:
    days = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    for ratings in [[3] * len(days), [2, 3, 1, 3, 3, 2], [draw.randint(1, 3) for _ in days]]:
        ratings = ratings[: len(days)]
        cards.append(dict(days=days, ratings=ratings, due=remembering(days, ratings)))
out = dict(knowing=rows, remembering=cards)
Path(__file__).with_name("learner.json").write_text(json.dumps(out, indent=1) + "\n")
