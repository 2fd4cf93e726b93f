"""Studies with missing answers beside a simulation in R (see README.md)."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.power.own import read_plan
from helpers.models.power.simulation import simulate_power

REFERENCE = pd.read_csv(Path(__file__).parent / "incomplete.csv")
PLAN = {
    "model": "alliance ~ a*distress\noutcome ~ b*alliance + c*distress\nindirect := a*b",
    "values": {"a": -0.30, "b": 0.35, "c": -0.15},
    "targets": ["a", "b", "c", "indirect"],
    "missing": {"alliance": 0.1, "outcome": 0.2},
    "missing_depends_on": {"outcome": "distress"},
}
SAMPLES = 200


@cache
def simulate(analysis, n):
    study = simulate_power(
        read_plan({**PLAN, "analysis": analysis}).design,
        sizes=[n], effects=[1.0], n_replications=SAMPLES, n_boot=149, interval="bootstrap",
        seed=11, n_jobs=1,
    )  # fmt: skip
    return study.table


@pytest.mark.parametrize("cell", list(REFERENCE.groupby(["criterion", "n"]).groups), ids=str)
def test_power_with_missing_answers_is_what_r_finds(cell):
    criterion, n = cell
    theirs = REFERENCE.query("criterion == @criterion and n == @n").set_index("target")
    for row in simulate("listwise" if criterion == "listwise" else "fiml", n).itertuples():
        expected, samples = theirs.loc[row.target, ["power", "samples"]]
        both = (expected + row.power) / 2
        spread = np.sqrt(both * (1 - both) * (1 / SAMPLES + 1 / samples))
        assert abs(row.power - expected) < 3 * spread, row.target
