"""Alpha of sets of codes by NLTK, for test_set_values.py: python sets.py (nltk 3.10.4).

Sets are drawn at random for two and three coders, who leave some segments out in the last set.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import jaccard_distance, masi_distance

CODES = ("a", "b", "c", "d")
SETS = {"two_coders": ("AB", 0.0), "three_coders": ("ABC", 0.0), "incomplete": ("ABC", 0.2)}

rng = np.random.default_rng(3)
rows, alphas = [], []
for name, (coders, left_out) in SETS.items():
    marks = []
    for segment in range(25):
        true = rng.random(4) < 0.45
        for coder in coders:
            given = np.where(rng.random(4) < 0.85, true, ~true)
            if rng.random() >= left_out and given.any():
                marks.append((coder, segment, frozenset(np.array(CODES)[given])))
    rows += [(name, s, coder, " ".join(sorted(codes))) for coder, s, codes in marks]
    n = pd.Series([segment for _, segment, _ in marks]).value_counts()
    paired = [mark for mark in marks if n[mark[1]] > 1]
    for distance in (jaccard_distance, masi_distance):
        alpha = AnnotationTask(data=paired, distance=distance).alpha()
        alphas.append((name, distance.__name__.removesuffix("_distance"), alpha))
columns = ["set", "segment", "coder", "codes"]
pd.DataFrame(rows, columns=columns).to_csv("sets.csv", index=False)
pd.DataFrame(alphas, columns=["set", "distance", "alpha"]).to_csv("set_alpha.csv", index=False)
pairs = [
    ("a", "a b"),
    ("a b", "b c"),
    ("a", "a b c"),
    ("a b c", "b c d"),
    ("a", "b"),
    ("a b", "a b"),
]
distances = pd.DataFrame(pairs, columns=["one", "other"])
for f in (jaccard_distance, masi_distance):
    distances[f.__name__.removesuffix("_distance")] = [
        f({*one.split()}, {*other.split()}) for one, other in pairs
    ]
distances.to_csv("set_distances.csv", index=False)
Path("set_versions.txt").write_text(f"nltk {version('nltk')}\n", encoding="utf-8")
