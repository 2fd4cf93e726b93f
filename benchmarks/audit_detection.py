"""Measure what the audit of printed numbers finds, and that it finds nothing where nothing is.

Run from the repository's root:

    python benchmarks/audit_detection.py [tables] [altered] [cells]

`tables` (default 1000): tables of each family printed from real fits, in which there is nothing to
find. `altered` (default 150): tables of each family and kind of alteration with one number altered.
`cells` (default 60): cells of each published study altered, one at a time, in which a finding
counts that the study's own audit does not have. Writes audit_detection.csv beside itself: a row for
each family or study, alteration and size of the change in units of the last digit.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from audit_corpus import ALTERATIONS, alter_number, measure_detection, measure_false_alarms

from helpers.audit.findings import DOUBTFUL
from helpers.errors import InputError
from helpers.paths import studies_with
from helpers.printed.numbers import load_published, load_source, melt_published
from helpers.studies.registry import audit_tables

SEED = 20260301


def alter_published(study: str, n_cells: int, rng: np.random.Generator) -> list[tuple]:
    """Alter cells of a study's tables one at a time and ask whether the audit sees it."""
    tables = {name: load_published(study, name) for name in load_source(study)["tables"]}
    long = melt_published(study, [name for name in tables if name.startswith("table_")])
    long = long[long["relation"] == "="].reset_index(drop=True)
    before = _doubted(audit_tables(tables, study=study))
    size = min(n_cells // len(ALTERATIONS), len(long))  # none where no table holds numbers
    rows = []
    for alteration in ALTERATIONS:
        for i in rng.choice(len(long), size=size, replace=False):
            cell = long.iloc[i]
            altered = alter_number(cell["printed"], alteration, rng)
            if altered is None:
                continue
            frame = tables[cell["table"]].copy()
            levels = frame.index.nlevels
            key = tuple(cell["row"].split(" -> ")) if levels > 1 else cell["row"]
            place = list(frame.index).index(key), frame.columns.get_loc(cell["column"])
            frame.iloc[place] = altered
            try:
                after = _doubted(audit_tables(tables | {cell["table"]: frame}, study=study))
            except InputError:  # such as a negative N: no number of its kind, so nothing to find
                continue
            change = float(altered.rstrip("*")) - cell["value"]
            units = round(abs(change) * 10 ** cell["decimals"])
            rows.append((study, alteration, units, len(after - before) > 0))
    return rows


def _doubted(audit: pd.DataFrame) -> set[tuple[str, str]]:
    chosen = audit[audit["verdict"].isin(DOUBTFUL)]
    return set(zip(chosen["location"], chosen["relation"], strict=True))


def main() -> None:
    """Run the three measurements."""
    n_tables, n_altered, n_cells = (
        int(given) for given in (*sys.argv[1:4], *("1000", "150", "60")[len(sys.argv) - 1 :])
    )
    start = time.process_time()
    alarms = measure_false_alarms(n_tables=n_tables, seed=SEED)
    print(f"{alarms.to_string(index=False)}\n{time.process_time() - start:.0f} s processor\n")

    start = time.process_time()
    found = measure_detection(n_tables=n_altered, seed=SEED + 1)
    rng = np.random.default_rng(SEED + 2)
    rows = [row for study in studies_with("audit") for row in alter_published(study, n_cells, rng)]
    published = pd.DataFrame(rows, columns=["family", "alteration", "units", "found"])
    both = pd.concat([found[published.columns], published])
    size = pd.cut(both["units"], [0, 1, 9, 99, np.inf], labels=["1", "2-9", "10-99", "100+"])
    keys = ["family", "alteration", size.rename("units_changed")]
    rates = both.groupby(keys, observed=True)["found"].agg(found="mean", altered="size")
    rates.round(3).to_csv(Path(__file__).with_name("audit_detection.csv"))
    print(both.groupby(["family", "alteration"])["found"].agg(["mean", "size"]).round(3))
    by_number = found.groupby(["family", "number"])["found"].agg(["mean", "size"])
    least = by_number[by_number["size"] > 9].nsmallest(12, "mean").round(2)
    print(f"\nleast often found:\n{least}")
    print(
        f"\nall: {both['found'].mean():.3f} of {len(both)}, "
        f"{time.process_time() - start:.0f} s processor"
    )


if __name__ == "__main__":
    main()
