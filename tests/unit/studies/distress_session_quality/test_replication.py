"""A reader's paths and effects beside the printed ones: each beside its own, in any order."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.studies.distress_session_quality.replication import (
    compare_findings,
    load_printed_sizes,
)

N_PUBLISHED, N = 1175, 300


def _compare(**own):
    """Compare estimates that equal the printed ones, but for those given, as `label=(est, se)`."""
    printed = load_printed_sizes()
    rows = printed[["published", "se_published"]].set_axis(["est", "se"], axis=1)
    for label, pair in own.items():
        rows.loc[label] = pair
    rows = rows.reset_index().sample(frac=1, random_state=3)
    other = pd.DataFrame({"label": ["", "r_square"], "est": [9.0, 9.0], "se": [1.0, 1.0]})
    rows = pd.concat([other, rows, rows.head(2)], ignore_index=True)  # effects can stand twice
    rows = rows.assign(
        ci_lower=rows["est"] - 1.96 * rows["se"], ci_upper=rows["est"] + 1.96 * rows["se"]
    )
    boot = SimpleNamespace(parameters=rows, n=N, ci_level=0.95)
    return compare_findings(boot).set_index("label")


def test_each_printed_effect_stands_beside_the_estimate_of_its_label():
    beside = _compare()
    assert len(beside) == len(load_printed_sizes()) == beside.index.nunique()
    assert beside["finding"].notna().all()
    assert (beside["difference"] == 0).all()
    assert (beside["pvalue"] == 1).all()
    assert beside["covered"].all()
    assert beside["predicted"].all()
    # as printed in Table 1: 0.478 with a standard error of 0.041, in 1175 rows
    row = beside.loc["task_on_rri"]
    assert (row["published"], row["se_published"]) == (0.478, 0.041)
    half = 1.959964 * 0.041 * np.sqrt(1 + N_PUBLISHED / N)
    assert row["pi_upper"] == pytest.approx(0.4785 + half, rel=1e-6)
    assert row["pi_lower"] == pytest.approx(0.4775 - half, rel=1e-6)


def test_what_is_found_and_what_is_not_follows_from_print_and_interval():
    beside = _compare(
        task_on_rri=(0.02, 0.10), bond_on_rri=(0.2, 0.02), goal_on_distress=(0.3, 0.05)
    )
    assert beside.loc["task_on_rri", "reading"] == "differs"
    assert beside.loc["bond_on_rri", "reading"] == "found, of another size"
    assert beside.loc["goal_on_distress", "reading"] == "differs"  # printed p = .629
    assert beside.loc["ses_on_task", "reading"] == "found here too"
    assert beside.loc["bond_on_distress", "reading"] == "also not found"  # printed p = .229


def test_a_comparison_does_not_depend_on_the_readers_estimates_for_what_it_expects():
    expected = ["pi_lower", "pi_upper", "power"]
    pd.testing.assert_frame_equal(_compare()[expected], _compare(task_on_rri=(-0.4, 0.2))[expected])
