"""Simple slopes: the slope of the predictor at chosen values of the moderator, with its test."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.linear import t_tests
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.sides import Side, defined_inference, slope_row
from helpers.models.moderation.slope_lines import SlopeLine, as_slope_lines

__all__ = ["probe_simple_slopes"]

PERCENTILES = (16, 50, 84)
SIMPLE_SLOPE_COLUMNS = (
    "outcome",
    "se_type",
    "term",
    "at",
    "moderator_value",
    "est",
    "se",
    "df",
    "t",
    "pvalue",
    "ci_lower",
    "ci_upper",
)


def probe_simple_slopes(
    fit: ModerationFit | SlopeLine,
    *,
    at: str | Sequence[float] = "sd",
    of: str = "predictor",
    ci_level: float | None = None,
    se_type: str | None = None,
) -> pd.DataFrame:
    """Test the predictor's slope at chosen values of the moderator.

    Parameters
    ----------
    fit : ModerationFit or SlopeLine
    at : {"sd", "percentiles"} or sequence of float
        The moderator's mean and one standard deviation either side; its 16th, 50th and 84th
        percentiles; or values on the moderator's own scale. A moderator of labels, or of two
        values, is always probed at each of them.
    of : {"predictor", "moderator"}
        Whose slope; with "moderator" the two change places.
    ci_level : float, optional
        The fit's own level where not given.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given: "cr2" with clusters, else "classical"; published coefficients
        have only their own.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type term at moderator_value est se df t pvalue ci_lower ci_upper``; `term`
        names the slope, which of a column of labels is the difference of two levels
        (``arm[B - A]``); `at` says how the value was chosen, `moderator_value` is on the
        moderator's own scale, and the position of a level from 0 where it has labels.

    Raises
    ------
    InputError
        No product term, an unknown `at`, or an `at` that needs numbers that were not published.

    Notes
    -----
    est = b1 + b3 u, se² = var b1 + 2 u cov + u² var b3, with u the moderator from its center; t
    on the residual degrees of freedom; with clusters on Satterthwaite's, with imputations on
    Barnard and Rubin's, both found for each slope. Tests at several values are not adjusted for
    their number.

    Validated: tests/reference/moderation/moderation.R (hand formulas, checked there against
    emmeans 1.8.4 with classical and HC3 covariances), max relative difference 2e-13, and 9e-10
    where columns far from zero are not centered; cluster_robust.R (clubSandwich 0.5.8,
    linear_contrast), labels.R (emmeans) and pooling.R (mice) beside it.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). Multiple regression: Testing and interpreting
    interactions. Sage. Chapter 2.

    Examples
    --------
    >>> from helpers.models.moderation.model import fit_moderation
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.standard_normal((81, 3)), columns=["x", "w", "y"])
    >>> fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
    >>> probe_simple_slopes(fit, at=[-2, 0, 2])["moderator_value"].tolist()
    [-2.0, 0.0, 2.0]
    """
    if isinstance(fit, ModerationFit) and Side(fit, of).other.several:
        return _slopes_at_levels(fit, of, se_type, ci_level)
    tables = []
    for line in as_slope_lines(fit, se_type, ci_level, of):
        labels, values = moderator_points(line, at)
        est, se = line.evaluate(values)
        tests = t_tests(est, se, line.df(values), line.ci_level)
        tables.append(
            _label_slopes(tests, line.outcome, line.se_type, line.predictor, labels, values)
        )
    return pd.concat(tables, ignore_index=True)


def _slopes_at_levels(
    fit: ModerationFit, of: str, se_type: str | None, ci_level: float | None
) -> pd.DataFrame:
    own = Side(fit, of)
    other = own.other
    level = fit.ci_level if ci_level is None else check_ci_level(ci_level)
    found = defined_inference(fit, se_type)
    labels = [str(label) for label in other.levels]
    tables = []
    for label, weights in own.contrasts().items():
        rows = np.stack([slope_row(own, weights, code) for code in other.codes])
        tests = found.test(rows, level)
        kind = se_type or fit.se_type
        tables.append(_label_slopes(tests, fit.outcome, kind, label, labels, other.codes))
    return pd.concat(tables, ignore_index=True)


def _label_slopes(
    tests: pd.DataFrame,
    outcome: str,
    se_type: str,
    term: str,
    labels: Sequence[str],
    values: Sequence[float],
) -> pd.DataFrame:
    labeled = tests.assign(
        outcome=outcome, se_type=se_type, term=term, at=labels, moderator_value=values
    )
    return labeled[list(SIMPLE_SLOPE_COLUMNS)]


def moderator_points(line: SlopeLine, at: str | Sequence[float]) -> tuple[list[str], np.ndarray]:
    """Return the labels and the values at which a moderator is probed."""
    if line.moderator_levels is not None:
        return [str(level) for level in line.moderator_levels], np.array(line.moderator_codes)
    if isinstance(at, str):
        check_choice("at", at, ("sd", "percentiles"))
        if at == "sd":
            if not (np.isfinite(line.moderator_mean) and np.isfinite(line.moderator_sd)):
                raise InputError(
                    "at='sd' needs moderator_mean and moderator_sd; give both or a list of values."
                )
            steps = np.array([-1.0, 0.0, 1.0])
            return ["-1 SD", "mean", "+1 SD"], line.moderator_mean + steps * line.moderator_sd
        if line.moderator_values is None:
            raise InputError("at='percentiles' needs the data; give a list of values instead.")
        return (
            [f"{p}th percentile" for p in PERCENTILES],
            np.percentile(line.moderator_values, PERCENTILES),
        )
    try:
        values = np.array([float(value) for value in at])
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if not (values.size and np.isfinite(values).all()):
        raise InputError(
            f"at={at!r} is not 'sd', 'percentiles' or a list of finite numbers, e.g. at=[2, 3, 4]."
        )
    return [f"{value:g}" for value in values], values
