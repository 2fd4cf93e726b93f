"""No false alarm on tables printed from real fits; altered ones are found."""

import numpy as np
import pandas as pd
import pytest
from audit_corpus import (
    FAMILIES,
    alter_number,
    measure_detection,
    measure_false_alarms,
    simulate_printed_table,
)

from helpers.errors import InputError


@pytest.mark.slow
def test_a_thousand_true_tables_raise_no_alarm():
    slower = ("regression", "mediation", "bootstrap")
    quicker = tuple(family for family in FAMILIES if family not in slower)
    table = pd.concat(
        [
            measure_false_alarms(n_tables=70, seed=20260301, families=slower),
            measure_false_alarms(n_tables=200, seed=20260301, families=quicker),
        ]
    )
    assert set(table["family"]) == set(FAMILIES)
    assert table["tables"].sum() >= 1000
    assert table.loc[table["false_alarms"] > 0, "family"].tolist() == []


@pytest.mark.slow
def test_altered_tables_are_found():
    """A self-made figure: the rates of benchmarks/audit_detection.py less sampling error."""
    table = measure_detection(n_tables=6, seed=5)
    rate = table.groupby("family")["found"].mean()
    assert set(rate.index) == set(FAMILIES)
    assert table["found"].mean() > 0.65
    assert rate["percentages"] > 0.85
    assert rate["mediation"] > 0.75
    assert table.loc[table["found"], "checks"].ne("").all()


def test_a_seed_gives_the_same_tables():
    for family in FAMILIES:
        first, second = (simulate_printed_table(family, np.random.default_rng(9)) for _ in range(2))
        assert first == second


def test_alterations_change_one_thing():
    rng = np.random.default_rng(1)
    for _ in range(50):
        digit = alter_number("-0.473", "digit", rng)
        assert sum(a != b for a, b in zip(digit, "-0.473", strict=True)) == 1
        swap = alter_number("-0.473", "swap", rng)
        assert sorted(swap) == sorted("-0.473")
        assert swap != "-0.473"
    assert alter_number("-0.473", "sign", rng) == "0.473"
    assert alter_number("0.00", "sign", rng) is None
    assert alter_number("1.1", "swap", rng) is None
    with pytest.raises(InputError, match="how='drop' is not one of digit, swap, sign"):
        alter_number("1.1", "drop", rng)
    with pytest.raises(InputError, match="family='anova' is not one of regression"):
        simulate_printed_table("anova", rng)
