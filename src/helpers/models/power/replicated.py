"""A study repeated: whether a second estimate agrees with a published one.

Estimates of independent samples differ, and never agree digit by digit. What can be asked is
whether they differ by more than sampling error, and whether the second sample was large enough to
tell the published effect from none.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from helpers.errors import InputError
from helpers.models.inference.intervals import check_ci_level
from helpers.models.power.analytic import power_normal

__all__ = ["READINGS", "compare_replication", "compute_power"]

READINGS = (
    "found here too",
    "found, of another size",
    "cannot be told here",
    "not found here",
    "differs",
    "also not found",
    "found here, though not there",
)
"""What a comparison comes to, in the order in which it is told; see `compare_replication`."""

_NEEDED = (
    "published", "lower", "upper", "se_published", "found", "est", "se", "ci_lower", "ci_upper",
)  # fmt: skip


def compare_replication(
    table: pd.DataFrame, *, n_published: ArrayLike, n: ArrayLike, ci_level: float = 0.95
) -> pd.DataFrame:
    """Set the estimates of a study beside those of a published one of the same design.

    Parameters
    ----------
    table : DataFrame
        One row per effect: `published`, and `lower` and `upper`, between which the printed number
        leaves it; `se_published`, NaN where none is printed; `found`, whether the published study
        reports an effect (True), the absence of one (False), or neither (NA), as of a reliability;
        and the estimate beside it, `est se ci_lower ci_upper`. Other columns are kept.
    n_published, n : int or array
        Rows of the two studies; of Fisher's z what its standard error rests on, rows less 3.
    ci_level : float
        Of the prediction interval; one minus the level of the tests.

    Returns
    -------
    DataFrame
        The given columns and

        - `published_lower`, `published_upper`: the published confidence interval, from its
          standard error; of a range of sizes the range itself.
        - `difference`: estimate less published.
        - `z`, `pvalue`: of the test that the two estimate the same effect, against the nearest
          value that the printed number leaves.
        - `covered`: whether the estimate's own interval contains such a value.
        - `pi_lower`, `pi_upper`: prediction interval for the estimate of a study of `n` rows, if
          it repeats the published one; `predicted`, whether the estimate lies in it.
        - `power`: of the two-sided test in a study of `n` rows, if the effect has the published
          size; of a range of sizes the smallest, NaN where the range includes zero.
        - `reading`: one of `READINGS`. Of a published effect: *found here too*, where the interval
          excludes zero on the published side and the two do not differ; *found, of another size*,
          where they do; *cannot be told here*, where the interval includes zero and the published
          value; *not found here*, where it includes zero only, and the two do not differ. Of a
          published absence: *also not found* or *found here, though not there*, by whether the
          interval includes zero. *Differs*: the two differ, and the effect is not found on the
          published side. NA where nothing was claimed.

        `z`, `pvalue`, `pi_lower`, `pi_upper` and `power` are NaN, and `predicted` is NA, where no
        standard error is printed.

    Raises
    ------
    InputError
        When a column is missing.

    Notes
    -----
    Both estimates are taken as normal about the same effect. The prediction interval is that of
    Patil et al. (2016), published estimate plus and less z times the root of the summed squares of
    the two standard errors, that of the second study being the published one times the root of the
    ratio of the sample sizes; so it does not depend on the second study's data. For correlations
    give all values as Fisher's z.

    Validated: tests/reference/power/replicated.R (psych 2.2.9, metafor 3.8.1, base R), relative
    difference below 1e-9; and by simulation with known truth in
    tests/unit/models/power/test_replicated.py.

    References
    ----------
    Patil, P., Peng, R. D., & Leek, J. T. (2016). What should researchers expect when they replicate
    studies? A statistical view of replicability in psychological science. Perspectives on
    Psychological Science, 11(4), 539-544. https://doi.org/10.1177/1745691616646366

    Spence, J. R., & Stanley, D. J. (2016). Prediction interval: What to expect when you're
    expecting ... a replication. PLoS ONE, 11(9), e0162874.
    https://doi.org/10.1371/journal.pone.0162874

    Examples
    --------
    >>> effects = pd.DataFrame(
    ...     {"published": [-0.195], "lower": [-0.1955], "upper": [-0.1945], "found": [True],
    ...      "se_published": [0.031], "est": [-0.08], "se": [0.09],
    ...      "ci_lower": [-0.25], "ci_upper": [0.10]}
    ... )
    >>> beside = compare_replication(effects, n_published=1175, n=120)
    >>> beside[["difference", "pvalue", "covered", "pi_lower", "pi_upper", "power"]].round(3)
       difference  pvalue  covered  pi_lower  pi_upper  power
    0       0.115   0.229     True    -0.395     0.005  0.518
    >>> beside["reading"][0]
    'cannot be told here'
    """
    lacking = [name for name in _NEEDED if name not in table]
    if lacking:
        raise InputError(f"table lacks {', '.join(lacking)}; see the docstring.")
    level = check_ci_level(ci_level)
    limit = stats.norm.isf((1 - level) / 2)
    low, high, est, published_se = (
        table[name].to_numpy(dtype=float) for name in ("lower", "upper", "est", "se_published")
    )
    expected_se = published_se * np.sqrt(n_published / n)
    spread = limit * np.hypot(published_se, expected_se)
    z = (est - np.clip(est, low, high)) / np.hypot(published_se, table["se"].to_numpy(dtype=float))
    half = np.where(table["published"].notna(), limit * published_se, 0.0)
    beside = table.assign(
        published_lower=table["published"].fillna(table["lower"]) - half,
        published_upper=table["published"].fillna(table["upper"]) + half,
        difference=est - table["published"],
        z=z,
        pvalue=2 * stats.norm.sf(abs(z)),
        covered=(table["ci_lower"] <= high) & (table["ci_upper"] >= low),
        pi_lower=low - spread,
        pi_upper=high + spread,
        power=compute_power(table, n_published=n_published, n=n, ci_level=level),
    )
    inside = pd.Series((beside["pi_lower"] <= est) & (est <= beside["pi_upper"]), dtype="boolean")
    beside["predicted"] = inside.where(np.isfinite(published_se)).to_numpy()
    side = np.sign(low + high)
    read = [
        _read(row, bool(row.pvalue < 1 - level), own_side)
        for row, own_side in zip(beside.itertuples(), side, strict=True)
    ]
    return beside.assign(reading=pd.Categorical(read, categories=READINGS))


def compute_power(
    table: pd.DataFrame, *, n_published: ArrayLike, n: ArrayLike, ci_level: float = 0.95
) -> np.ndarray:
    """Return the power of a study to find effects of the published sizes.

    Parameters
    ----------
    table : DataFrame
        `lower upper se_published`, as of `compare_replication`.
    n_published, n, ci_level
        As of `compare_replication`.

    Returns
    -------
    array of float
        Of a range of sizes the smallest, NaN where the range includes zero.

    Examples
    --------
    >>> sizes = pd.DataFrame({"lower": [0.4775], "upper": [0.4785], "se_published": [0.041]})
    >>> compute_power(sizes, n_published=1175, n=60).round(2)
    array([0.75])
    """
    low, high = (table[name].to_numpy(dtype=float) for name in ("lower", "upper"))
    smallest = np.where(low * high > 0, np.minimum(abs(low), abs(high)), np.nan)
    expected_se = table["se_published"].to_numpy(dtype=float) * np.sqrt(n_published / n)
    return power_normal(smallest, se=expected_se, ci_level=ci_level)


def _read(row: tuple, differs: bool, side: float) -> str | None:
    if pd.isna(row.found):
        return None
    clear = row.ci_lower * row.ci_upper > 0
    if not row.found:
        return (
            "differs"
            if differs
            else ("found here, though not there" if clear else "also not found")
        )
    if clear and np.sign(row.est) == side:
        return "found, of another size" if differs else "found here too"
    if differs:
        return "differs"
    if clear:
        return "not found here"
    return "cannot be told here" if row.covered else "not found here"
