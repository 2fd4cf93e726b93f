"""Johnson-Neyman: at which values of the moderator the predictor's slope is significant."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers.errors import InputError
from helpers.models.inference.summary import Readable, Section
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.slope_lines import SlopeLine, as_slope_lines

__all__ = ["JohnsonNeyman", "critical_p_fdr", "probe_johnson_neyman"]

FDR_GRID = 1000
SEARCH_GRID = 2001


@dataclass(frozen=True, repr=False)
class JohnsonNeyman(Readable):
    """Where a conditional slope is significant.

    Attributes
    ----------
    table : pandas.DataFrame
        ``outcome se_type term bound lower upper within_observed_range``, one row per bound: `term`
        names the slope, `bound` is the moderator value where p crosses alpha, `lower` to `upper`
        the region of significance that it closes (infinite where the region is open). With no
        bound one row of NaN: the slope is significant nowhere; or, where `lower` and `upper` are
        infinite, everywhere. A two-level moderator gives no row.
    regions : pandas.DataFrame
        ``outcome se_type term lower upper slope n_cases share_of_cases``: the observed range of the
        moderator cut at the bounds inside it; `slope` is "positive", "negative" or "not
        significant" there. Empty where the observed range is not known.
    alpha : float
        The p below which a slope counts as significant: 1 - `ci_level`, or less with `fdr`, for
        which it is the smallest among the slopes.
    t_critical : float
        The |t| at this p; NaN where degrees of freedom differ along the moderator.
    ci_level : float
    fdr : bool
    note : str
        A sentence for each slope that says what was found.
    """

    table: pd.DataFrame
    regions: pd.DataFrame
    alpha: float
    t_critical: float
    ci_level: float
    fdr: bool
    note: str

    def _head(self) -> str:
        return self.note

    def _sections(self) -> list[Section]:
        return [("bounds", self.table), ("regions in the sample", self.regions)]


def probe_johnson_neyman(
    fit: ModerationFit | SlopeLine,
    *,
    of: str = "predictor",
    ci_level: float | None = None,
    se_type: str | None = None,
    fdr: bool = False,
) -> JohnsonNeyman:
    """Find the moderator values at which the predictor's slope becomes significant.

    Parameters
    ----------
    fit : ModerationFit or SlopeLine
    of : {"predictor", "moderator"}
        Whose slope; with "moderator" the two change places, which for a moderator of labels asks
        along which values of the predictor two levels differ, a slope for each pair of levels.
    ci_level : float, optional
        One minus the two-sided alpha; the fit's own level where not given.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given: "cr2" with clusters, else "classical"; published coefficients
        have only their own.
    fdr : bool
        Raise the critical t so that the false-discovery rate over the observed range of the
        moderator is at most alpha (needs the observed range).

    Returns
    -------
    JohnsonNeyman

    Raises
    ------
    InputError
        No product term, a slope that changes with a column of several levels, or `fdr` without a
        known observed range.

    Notes
    -----
    The bounds are the roots of (b1 + b3 u)² = T (var b1 + 2 u cov + u² var b3), T the squared
    critical t: exact, not searched on a grid, where degrees of freedom are the same at each value.
    With clusters (Satterthwaite) and imputations (Barnard and Rubin) they are those of the slope at
    that value, t's critical value changes with them, and the bounds are where p(u) = alpha,
    bracketed on 2001 values that are dense around the mean and reach to infinity, then polished;
    two bounds within one step of that grid would be missed.

    A significant product gives two bounds, with the slope significant outside them; another product
    gives two, significant between them, or none, significant nowhere; exactly one occurs only where
    b3² equals T var b3. Where degrees of freedom differ there can be more.

    The test at a value chosen beforehand keeps its alpha, the search over all values does not,
    hence `fdr`: the Benjamini-Hochberg step-up over 1000 equally spaced values of the observed
    range (Esarey & Sumner, 2018).

    Validated: tests/reference/moderation/moderation.R (roots by polyroot and uniroot, p.adjust
    for the false-discovery rate), max difference 1e-12 SD of the moderator; with clusters
    cluster_robust.R (uniroot on clubSandwich's p), with imputations pooling.R.

    References
    ----------
    Bauer, D. J., & Curran, P. J. (2005). Probing interactions in fixed and multilevel regression.
    Multivariate Behavioral Research, 40(3), 373-400. https://doi.org/10.1207/s15327906mbr4003_5
    Esarey, J., & Sumner, J. L. (2018). Marginal effects in interaction models: Determining and
    controlling the false positive rate. Comparative Political Studies, 51(9), 1144-1176.
    https://doi.org/10.1177/0010414017730080

    Examples
    --------
    >>> from helpers.models.moderation.slope_lines import slopes_from_published
    >>> line = slopes_from_published(b_predictor=0.0, b_product=1.0, var_predictor=1.0,
    ...     var_product=0.1, cov=0.0, df_resid=float("inf"))
    >>> probe_johnson_neyman(line).table["bound"].round(4).tolist()
    [-2.4975, 2.4975]
    """
    found = [_probe(line, fdr) for line in as_slope_lines(fit, se_type, ci_level, of)]
    return JohnsonNeyman(
        table=pd.concat([one.table for one in found], ignore_index=True),
        regions=pd.concat([one.regions for one in found], ignore_index=True),
        alpha=min(one.alpha for one in found),
        t_critical=float(np.max([one.t_critical for one in found])),
        ci_level=found[0].ci_level,
        fdr=fdr,
        note=" ".join(one.note for one in found),
    )


def _probe(line: SlopeLine, fdr: bool) -> JohnsonNeyman:
    alpha = 1 - line.ci_level
    known_range = np.isfinite(line.moderator_min) and np.isfinite(line.moderator_max)
    if fdr and not known_range:
        raise InputError(
            "fdr=True needs the moderator's observed range; give moderator_min and moderator_max."
        )
    if line.moderator_levels is None and fdr:
        grid = np.linspace(line.moderator_min, line.moderator_max, FDR_GRID)
        est, se = line.evaluate(grid)
        alpha = critical_p_fdr(est, se, df=line.df(grid), alpha=alpha)
    t_critical = float(stats.t.isf(alpha / 2, line.df_resid))
    if line.moderator_levels is not None:
        note = f"{line.moderator} has two levels, so its slopes are compared at these two only."
        return JohnsonNeyman(
            _bound_table([]), _region_table([]), alpha, t_critical, line.ci_level, fdr, note
        )

    if line.inference is None:
        bounds, regions = _solve(line, t_critical)
    else:
        bounds, regions = _search(line, alpha)
    everywhere = not bounds and bool(_excess(line, alpha, np.array([line.center]))[0] > 0)
    head = {"outcome": line.outcome, "se_type": line.se_type, "term": line.predictor}
    rows = [
        head
        | {
            "bound": bound,
            "lower": lower,
            "upper": upper,
            "within_observed_range": bool(
                known_range and line.moderator_min <= bound <= line.moderator_max
            ),
        }
        for bound, (lower, upper) in zip(bounds, regions, strict=True)
    ] or [
        head
        | {
            "bound": np.nan,
            "lower": -np.inf if everywhere else np.nan,
            "upper": np.inf if everywhere else np.nan,
            "within_observed_range": False,
        }
    ]
    pieces = _observed_regions(line, bounds, alpha) if known_range else []
    return JohnsonNeyman(
        table=_bound_table(rows),
        regions=_region_table(pieces),
        alpha=alpha,
        t_critical=t_critical,
        ci_level=line.ci_level,
        fdr=fdr,
        note=_sentence(line, bounds, pieces, everywhere),
    )


def critical_p_fdr(
    est: np.ndarray, se: np.ndarray, *, df: float | np.ndarray, alpha: float
) -> float:
    """Return the critical p that holds the false-discovery rate of a set of slopes at alpha.

    Parameters
    ----------
    est, se : array, shape (m,)
        Slopes and their standard errors at m moderator values.
    df : float or array, shape (m,)
        Degrees of freedom of their tests.
    alpha : float

    Returns
    -------
    float
        i alpha / m for the largest i whose i-th smallest p is at most i alpha / m; alpha / m where
        there is none.

    Examples
    --------
    >>> est, se = np.array([0.5, 0.4, 0.1]), np.array([0.1, 0.15, 0.1])
    >>> round(critical_p_fdr(est, se, df=100, alpha=0.05), 4)
    0.0333
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        pvalues = np.sort(2 * stats.t.sf(np.abs(est / se), df))
    thresholds = np.arange(1, pvalues.size + 1) / pvalues.size * alpha
    passed = np.flatnonzero(pvalues <= thresholds)
    return float(thresholds[passed[-1] if passed.size else 0])


def _solve(line: SlopeLine, t_critical: float) -> tuple[list[float], list[tuple[float, float]]]:
    """Return the bounds on the moderator's scale, ascending, and the region each one closes."""
    square = t_critical**2
    a = line.change**2 - square * line.var_change
    b = line.slope * line.change - square * line.cov
    c = line.slope**2 - square * line.var_slope
    if a == 0:
        if b == 0:
            return [], []
        root = line.center + line.scale * (-c / (2 * b))
        return [root], [(root, np.inf) if b > 0 else (-np.inf, root)]
    # b² - a c without the squares of estimates, which cancel: all is lost where variances are tiny
    discriminant = square * (
        line.change**2 * line.var_slope
        - 2 * line.slope * line.change * line.cov
        + line.slope**2 * line.var_change
    ) - square**2 * (line.var_slope * line.var_change - line.cov**2)
    if a > 0:
        discriminant = max(discriminant, 0.0)  # two roots always: the slope is zero somewhere
    elif discriminant <= 0:
        return [], []
    q = -(b + np.copysign(np.sqrt(discriminant), b))
    roots = (q / a, c / q) if q != 0 else (0.0, 0.0)
    low, high = sorted(line.center + line.scale * root for root in roots)
    if a > 0:
        return [low, high], [(-np.inf, low), (high, np.inf)]
    return [low, high], [(low, high), (low, high)]


def _excess(line: SlopeLine, alpha: float, values: np.ndarray) -> np.ndarray:
    """Return how far |slope| lies above the least that is significant."""
    est, se = line.evaluate(values)
    return np.abs(est) - line.critical_t(values, alpha) * se


def _search(line: SlopeLine, alpha: float) -> tuple[list[float], list[tuple[float, float]]]:
    """Find the bounds where degrees of freedom differ along the moderator; as `_solve`."""
    sd = np.sqrt(line.var_slope / line.var_change) if line.var_change > 0 else 1.0
    middle = -line.cov / line.var_change if line.var_change > 0 else 0.0

    def value(angle: float | np.ndarray) -> float | np.ndarray:
        return line.center + line.scale * (middle + sd * np.tan(angle))

    def excess(angle: float | np.ndarray) -> float | np.ndarray:
        angles = np.atleast_1d(angle)
        found = _excess(line, alpha, value(angles)) * np.cos(angles)  # finite at infinity
        return found if np.ndim(angle) else float(found[0])

    angles = np.linspace(-np.pi / 2, np.pi / 2, SEARCH_GRID + 2)[1:-1]
    found = excess(angles)
    crossings = np.flatnonzero(found[:-1] * found[1:] < 0)
    bounds = [
        float(value(optimize.brentq(excess, angles[i], angles[i + 1], xtol=1e-15, rtol=1e-14)))
        for i in crossings
    ]
    edges = [-np.inf, *bounds, np.inf]
    # where |slope| rises above the limit the region lies to the right of the bound, else left
    first = [position + int(found[i] < 0) for position, i in enumerate(crossings)]
    return bounds, [(edges[k], edges[k + 1]) for k in first]


def _observed_regions(line: SlopeLine, bounds: list[float], alpha: float) -> list[dict]:
    inside = [
        bound for bound in sorted(set(bounds)) if line.moderator_min < bound < line.moderator_max
    ]
    edges = [line.moderator_min, *inside, line.moderator_max]
    pieces = []
    for position, (lower, upper) in enumerate(pairwise(edges)):
        middle = np.array([(lower + upper) / 2])
        sign = "positive" if line.evaluate(middle)[0][0] > 0 else "negative"
        n_cases = share = np.nan
        if line.moderator_values is not None:
            last = position == len(edges) - 2
            below = line.moderator_values <= upper if last else line.moderator_values < upper
            n_cases = int((below & (line.moderator_values >= lower)).sum()) / line.n_copies
            share = n_cases / (line.moderator_values.size / line.n_copies)
        pieces.append(
            {
                "outcome": line.outcome,
                "se_type": line.se_type,
                "term": line.predictor,
                "lower": lower,
                "upper": upper,
                "slope": sign if _excess(line, alpha, middle)[0] > 0 else "not significant",
                "n_cases": n_cases,
                "share_of_cases": share,
            }
        )
    return pieces


def _sentence(line: SlopeLine, bounds: list[float], pieces: list[dict], everywhere: bool) -> str:
    slope = f"The slope of {line.predictor} on {line.outcome}"
    if everywhere:
        return f"{slope} is significant at every value of {line.moderator}."
    if not bounds:
        return f"{slope} is significant at no value of {line.moderator}."
    if not pieces:
        listed = " and ".join(f"{bound:.4g}" for bound in bounds)
        return f"{slope} changes significance at {line.moderator} = {listed}."
    found = [piece for piece in pieces if piece["slope"] != "not significant"]
    if not found:
        return f"{slope} is significant at no observed value of {line.moderator}."
    if len(pieces) == 1:
        return f"{slope} is {found[0]['slope']} at every observed value of {line.moderator}."
    parts = [
        f"{piece['slope']} for {line.moderator} between {piece['lower']:.4g} and"
        f" {piece['upper']:.4g}"
        for piece in found
    ]
    return f"{slope} is {' and '.join(parts)}, and not significant elsewhere in the sample."


def _bound_table(rows: list[dict]) -> pd.DataFrame:
    columns = ["outcome", "se_type", "term", "bound", "lower", "upper", "within_observed_range"]
    kinds = {"bound": float, "lower": float, "upper": float, "within_observed_range": bool}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _region_table(rows: list[dict]) -> pd.DataFrame:
    columns = ["outcome", "se_type", "term", "lower", "upper", "slope", "n_cases", "share_of_cases"]
    kinds = {"lower": float, "upper": float, "n_cases": float, "share_of_cases": float}
    return pd.DataFrame(rows, columns=columns).astype(kinds)
