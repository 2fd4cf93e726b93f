"""Alpha for unitizing by another package, for test_unitizing_values.py: python package.py.

Needs krippendorff-unitized-alpha (0.1.0, PyPI), which asks for every coder in one video.
"""

from importlib.metadata import version
from pathlib import Path

import pandas as pd
from krippendorff_unitized_alpha.krippendorffs_unitized_alpha import (
    EMPTY_TAG,
    KrippendorffUnitizedAlpha,
    Segment,
)

LENGTH = 40

marks = pd.read_csv("stretches.csv")
rows = []
for name in ("two_coders", "three_coders"):
    for what in ("which code", "any code"):
        data = {}
        for coder, own in marks[marks["set"] == name].groupby("coder"):
            data[coder], at = [], 0
            for row in own.sort_values("start").itertuples():
                if row.start > at:
                    data[coder].append(Segment(EMPTY_TAG, at, row.start))
                tag = row.code if what == "which code" else what
                data[coder].append(Segment(tag, row.start, row.end))
                at = row.end
            if at < LENGTH:
                data[coder].append(Segment(EMPTY_TAG, at, LENGTH))
        rows.append((name, what, KrippendorffUnitizedAlpha(data).result))
table = pd.DataFrame(rows, columns=["set", "what", "alpha"])
table.to_csv("package.csv", index=False)
with Path("versions.txt").open("a", encoding="utf-8") as stream:
    stream.write(f"krippendorff-unitized-alpha {version('krippendorff-unitized-alpha')}\n")
