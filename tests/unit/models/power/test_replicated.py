"""A study beside a published one: the intervals and tests hold what they say on known truths."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.errors import InputError
from helpers.models.power.replicated import READINGS, compare_replication

N_PAIRS = 20_000


def _draw_correlations(rho: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return correlations of `N_PAIRS` samples of `n` normal pairs."""
    x, e = rng.standard_normal((2, N_PAIRS, n))
    y = rho * x + np.sqrt(1 - rho**2) * e
    x, y = (values - values.mean(axis=1, keepdims=True) for values in (x, y))
    return (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))


def _pairs(rho: float, n_published: int, n: int, rho_own: float | None = None) -> pd.DataFrame:
    """Return studies and their repetitions as Fisher's z, compared."""
    rng = np.random.default_rng(11)
    published = np.arctanh(_draw_correlations(rho, n_published, rng))
    est = np.arctanh(_draw_correlations(rho if rho_own is None else rho_own, n, rng))
    se = np.sqrt(1 / (n - 3))
    table = pd.DataFrame({"published": published, "lower": published, "upper": published})
    table = table.assign(
        se_published=np.sqrt(1 / (n_published - 3)), found=True, est=est, se=se,
        ci_lower=est - 1.959964 * se, ci_upper=est + 1.959964 * se,
    )  # fmt: skip
    return compare_replication(table, n_published=n_published - 3, n=n - 3)


@pytest.mark.parametrize(
    ("rho", "n_published", "n"), [(0.0, 81, 30), (0.4, 200, 50), (0.6, 50, 400)]
)
def test_the_prediction_interval_holds_95_of_100_repetitions_and_5_of_100_differ(
    rho, n_published, n
):
    pairs = _pairs(rho, n_published, n)
    error = np.sqrt(0.95 * 0.05 / N_PAIRS)
    # Fisher's z has a bias of rho / (2 n), which two unequal samples do not share
    bias = 0.003
    assert pairs["predicted"].mean() == pytest.approx(0.95, abs=4 * error + bias)
    assert (pairs["pvalue"] < 0.05).mean() == pytest.approx(0.05, abs=4 * error + bias)
    # and an interval of the first study alone would promise too much: 83 % at equal sizes
    if n_published < n:
        assert pairs["covered"].mean() < 0.6


def test_a_true_difference_is_found_as_often_as_its_size_says():
    pairs = _pairs(0.4, 150, 150, rho_own=0.1)
    shift = (np.arctanh(0.4) - np.arctanh(0.1)) / np.sqrt(2 / 147)
    power = stats.norm.sf(1.959964 - shift)
    assert (pairs["pvalue"] < 0.05).mean() == pytest.approx(power, abs=0.015)


def test_power_is_that_of_a_sample_of_the_second_size():
    """Of repetitions of a study that saw exactly the true effect, so many are significant."""
    rho, n = 0.3, 60
    rng = np.random.default_rng(12)
    est = np.arctanh(_draw_correlations(rho, n, rng)) * np.sqrt(n - 3)
    table = pd.DataFrame(
        {
            "published": [np.arctanh(rho)], "lower": [np.arctanh(rho)], "upper": [np.arctanh(rho)],
            "se_published": [1 / np.sqrt(197)], "found": [True], "est": [0.3],
            "se": [0.1], "ci_lower": [0.1], "ci_upper": [0.5],
        }
    )  # fmt: skip
    power = compare_replication(table, n_published=197, n=n - 3)["power"][0]
    assert (abs(est) > 1.959964).mean() == pytest.approx(power, abs=0.015)


CASES = {
    # published, its SE, found, estimate, interval: reading
    "the same": (0.40, 0.05, True, 0.38, (0.20, 0.56), "found here too"),
    "smaller and found": (0.40, 0.05, True, 0.10, (0.05, 0.15), "found, of another size"),
    "too few": (0.40, 0.05, True, 0.20, (-0.10, 0.50), "cannot be told here"),
    "near zero": (0.20, 0.10, True, 0.02, (-0.08, 0.12), "not found here"),
    "none where one was": (0.40, 0.05, True, 0.02, (-0.08, 0.12), "differs"),
    "the other way": (0.40, 0.05, True, -0.30, (-0.50, -0.10), "differs"),
    "negative": (-0.40, 0.05, True, -0.35, (-0.50, -0.20), "found here too"),
    "none and none": (-0.02, 0.03, False, 0.01, (-0.10, 0.12), "also not found"),
    "none but one": (-0.02, 0.05, False, 0.09, (0.01, 0.17), "found here, though not there"),
    "none but a large one": (-0.02, 0.03, False, 0.50, (0.40, 0.60), "differs"),
    "no standard error": (0.40, np.nan, True, 0.38, (0.20, 0.56), "found here too"),
}


@pytest.mark.parametrize(
    ("published", "se_published", "found", "est", "limits", "reading"), CASES.values(), ids=CASES
)
def test_what_a_comparison_comes_to(published, se_published, found, est, limits, reading):
    row = {
        "published": published, "lower": published - 0.0005, "upper": published + 0.0005,
        "se_published": se_published, "found": found, "est": est,
        "se": (limits[1] - limits[0]) / 3.92, "ci_lower": limits[0], "ci_upper": limits[1],
    }  # fmt: skip
    beside = compare_replication(pd.DataFrame([row]), n_published=200, n=200).iloc[0]
    assert beside["reading"] == reading
    assert reading in READINGS
    if np.isnan(se_published):
        assert pd.isna(beside[["pvalue", "pi_lower", "power", "predicted"]]).all()


def test_a_range_that_the_print_leaves_accuses_of_no_difference_within_it():
    """Of an effect of which is printed only that it was found, every size from there on may be."""
    row = {
        "published": np.nan, "lower": 0.22, "upper": np.inf, "se_published": 0.11, "found": True,
        "est": 0.60, "se": 0.15, "ci_lower": 0.31, "ci_upper": 0.89,
    }  # fmt: skip
    beside = compare_replication(pd.DataFrame([row]), n_published=78, n=78).iloc[0]
    assert (beside["pvalue"], beside["reading"]) == (1.0, "found here too")
    assert beside["pi_upper"] == np.inf
    # the least power: at the smallest size that the print leaves
    assert beside["power"] == pytest.approx(stats.norm.sf(1.959964 - 2.0), abs=1e-4)
    none = row | {"lower": -0.22, "upper": 0.22, "found": False}
    beside = compare_replication(pd.DataFrame([none]), n_published=78, n=78).iloc[0]
    assert beside["z"] == pytest.approx((0.60 - 0.22) / np.hypot(0.11, 0.15))
    assert np.isnan(beside["power"])


def test_a_column_that_is_missing_is_named():
    with pytest.raises(InputError, match="table lacks se_published"):
        compare_replication(
            pd.DataFrame(
                columns=[
                    "published",
                    "lower",
                    "upper",
                    "found",
                    "est",
                    "se",
                    "ci_lower",
                    "ci_upper",
                ]
            ),
            n_published=10,
            n=10,
        )
