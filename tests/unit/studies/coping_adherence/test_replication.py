"""A reader's composites beside the printed ones: each number beside its own, in any order."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.studies.coping_adherence.replication import compare_findings, load_printed_sizes

N_PUBLISHED, N = 213, 120


def _compare(**own):
    """Compare estimates equal to the printed ones, but for those given as `finding=(est, se)`."""
    printed = load_printed_sizes()
    est = {row.finding: (row.published, 0.05) for row in printed.itertuples()} | own

    def table(quantity, *, kind):
        assert kind == "percentile"
        rows = []
        for row in printed[printed["kind"] == quantity].itertuples():
            start, end = row.of if isinstance(row.of, tuple) else ("", row.of)
            value, se = est[row.finding]
            rows.append((end, start, value, se, value - 1.96 * se, value + 1.96 * se))
        names = ["lhs", "rhs", "est", "se", "ci_lower", "ci_upper"]
        return pd.DataFrame(rows, columns=names).sample(frac=1, random_state=5)

    return compare_findings(SimpleNamespace(table=table, n=N, ci_level=0.95)).set_index("finding")


def test_each_printed_number_stands_beside_the_estimate_of_the_same():
    beside = _compare()
    assert len(beside) == len(load_printed_sizes()) == beside.index.nunique()
    assert np.allclose(beside["difference"], 0)
    assert beside["covered"].all()
    tested = beside[beside["se_published"].notna()]
    assert set(tested["kind"]) == {"path", "indirect"}
    assert tested["predicted"].all()
    assert beside.loc[~beside["kind"].isin(["path", "indirect"]), "reading"].isna().all()


def test_standard_errors_are_the_printed_ones_or_what_the_test_gives_where_that_is_larger():
    beside = _compare()
    # Table 4: 0.521, SE 0.087, t 5.967; 0.521 / 5.967 = 0.08731
    row = beside.loc["Avoidant coping → Therapeutic alliance"]
    assert row["se_published"] == pytest.approx(0.521 / 5.967, rel=1e-12)
    half = 1.959964 * row["se_published"] * np.sqrt(1 + N_PUBLISHED / N)
    assert row["pi_upper"] - row["upper"] == pytest.approx(half, rel=1e-6)
    # Table 4: 0.710, SE 0.033, t 21.967; 0.710 / 21.967 = 0.0323 is less than what is printed
    assert beside.loc["Therapeutic alliance → Client adherence", "se_published"] == 0.033


def test_an_indirect_effect_is_the_product_of_the_printed_paths():
    row = _compare().loc["Avoidant coping → Therapeutic alliance → Client adherence"]
    assert row["published"] == pytest.approx(0.521 * 0.710, rel=1e-12)
    assert row["lower"] == pytest.approx(0.5205 * 0.7095, rel=1e-12)
    assert row["upper"] == pytest.approx(0.5215 * 0.7105, rel=1e-12)


def test_an_effect_that_is_not_here_is_read_by_both_intervals():
    beside = _compare(**{"Avoidant coping → Therapeutic alliance": (0.0, 0.05)})
    assert beside.loc["Avoidant coping → Therapeutic alliance", "reading"] == "differs"
    beside = _compare(**{"Avoidant coping → Therapeutic alliance": (0.35, 0.20)})
    assert beside.loc["Avoidant coping → Therapeutic alliance", "reading"] == "cannot be told here"
    problem = "Problem-focused coping → Therapeutic alliance"
    assert beside.loc[problem, "reading"] == "also not found"  # printed t = 0.804
