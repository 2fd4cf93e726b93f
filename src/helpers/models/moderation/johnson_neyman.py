"""Johnson-Neyman: at which values of the moderator the predictor's slope is significant."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.models.moderation.model import ModerationFit
from helpers.models.moderation.simple_slopes import SlopeLine, as_slope_line

__all__ = ["JohnsonNeyman", "critical_t_fdr", "probe_johnson_neyman"]

FDR_GRID = 1000


@dataclass(frozen=True)
class JohnsonNeyman:
    """Where a conditional slope is significant.

    Attributes
    ----------
    table : pandas.DataFrame
        ``outcome se_type bound lower upper within_observed_range``, a row a bound: `bound` is the
        moderator value where p crosses alpha, `lower` to `upper` the region of significance that
        it closes (infinite where the region is open). With no bound one row of NaN: the slope is
        significant nowhere. A two-level moderator gives no row.
    regions : pandas.DataFrame
        ``outcome se_type lower upper slope n_cases share_of_cases``: the observed range of the
        moderator cut at the bounds inside it; `slope` is "positive", "negative" or "not
        significant" there. Empty where the observed range is not known.
    t_critical : float
        The |t| that counts as significant.
    ci_level : float
    fdr : bool
    note : str
        One sentence that says what was found.
    """

    table: pd.DataFrame
    regions: pd.DataFrame
    t_critical: float
    ci_level: float
    fdr: bool
    note: str


def probe_johnson_neyman(
    fit: ModerationFit | SlopeLine,
    *,
    ci_level: float | None = None,
    se_type: str | None = None,
    fdr: bool = False,
) -> JohnsonNeyman:
    """Find the moderator values at which the predictor's slope becomes significant.

    Parameters
    ----------
    fit : ModerationFit or SlopeLine
    ci_level : float, optional
        One minus the two-sided alpha; the fit's own level where not given.
    se_type : {"classical", "hc3"}, optional
        Classical where not given; published coefficients have only their own.
    fdr : bool
        Raise the critical t so that the false-discovery rate over the observed range of the
        moderator is at most alpha (needs the observed range).

    Returns
    -------
    JohnsonNeyman

    Raises
    ------
    InputError
        No product term, or `fdr` without a known observed range.

    Notes
    -----
    The bounds are the roots of (b1 + b3 u)² = T (var b1 + 2 u cov + u² var b3), T the squared
    critical t: exact, not searched on a grid. A significant product gives two, with the slope
    significant outside them; another product gives two, significant between them, or none,
    significant nowhere; exactly one occurs only where b3² equals T var b3. The test at a
    value chosen beforehand keeps its alpha, the search over all values does not, hence `fdr`:
    the Benjamini-Hochberg step-up over 1000 equally spaced values of the observed range (Esarey &
    Sumner, 2018).

    Validated: tests/reference/moderation/moderation.R (roots by polyroot and uniroot, p.adjust
    for the false-discovery rate), max difference 1e-12 SD of the moderator.

    References
    ----------
    Bauer, D. J., & Curran, P. J. (2005). Probing interactions in fixed and multilevel regression.
    Multivariate Behavioral Research, 40(3), 373-400. https://doi.org/10.1207/s15327906mbr4003_5
    Esarey, J., & Sumner, J. L. (2018). Marginal effects in interaction models: Determining and
    controlling the false positive rate. Comparative Political Studies, 51(9), 1144-1176.
    https://doi.org/10.1177/0010414017730080

    Examples
    --------
    >>> from helpers.models.moderation.simple_slopes import slopes_from_published
    >>> line = slopes_from_published(b_predictor=0.0, b_product=1.0, var_predictor=1.0,
    ...     var_product=0.1, cov=0.0, df_resid=float("inf"))
    >>> probe_johnson_neyman(line).table["bound"].round(4).tolist()
    [-2.4975, 2.4975]
    """
    line = as_slope_line(fit, se_type, ci_level)
    alpha = 1 - line.ci_level
    t_critical = float(stats.t.isf(alpha / 2, line.df_resid))
    known_range = np.isfinite(line.moderator_min) and np.isfinite(line.moderator_max)
    if fdr and not known_range:
        raise InputError(
            "fdr=True needs the moderator's observed range; give moderator_min and moderator_max."
        )
    if line.moderator_levels is not None:
        note = f"{line.moderator} has two levels, so its slopes are compared at these two only."
        return JohnsonNeyman(
            _bound_table([]), _region_table([]), t_critical, line.ci_level, fdr, note
        )
    if fdr:
        grid = np.linspace(line.moderator_min, line.moderator_max, FDR_GRID)
        est, se = line.evaluate(grid)
        t_critical = critical_t_fdr(est, se, df_resid=line.df_resid, alpha=alpha)

    bounds, regions = _solve(line, t_critical)
    rows = [
        {
            "outcome": line.outcome,
            "se_type": line.se_type,
            "bound": bound,
            "lower": lower,
            "upper": upper,
            "within_observed_range": bool(
                known_range and line.moderator_min <= bound <= line.moderator_max
            ),
        }
        for bound, (lower, upper) in zip(bounds, regions, strict=True)
    ] or [
        {
            "outcome": line.outcome,
            "se_type": line.se_type,
            "bound": np.nan,
            "lower": np.nan,
            "upper": np.nan,
            "within_observed_range": False,
        }
    ]
    pieces = _observed_regions(line, bounds, t_critical) if known_range else []
    return JohnsonNeyman(
        table=_bound_table(rows),
        regions=_region_table(pieces),
        t_critical=t_critical,
        ci_level=line.ci_level,
        fdr=fdr,
        note=_sentence(line, bounds, pieces),
    )


def critical_t_fdr(est: np.ndarray, se: np.ndarray, *, df_resid: float, alpha: float) -> float:
    """Return the critical t that holds the false-discovery rate of a set of slopes at alpha.

    Parameters
    ----------
    est, se : array, shape (m,)
        Slopes and their standard errors at m moderator values.
    df_resid : float
    alpha : float

    Returns
    -------
    float
        The quantile at i alpha / m for the largest i whose i-th smallest p is at most i alpha / m;
        at alpha / m where there is none.
    """
    pvalues = np.sort(2 * stats.t.sf(np.abs(est / se), df_resid))
    thresholds = np.arange(1, pvalues.size + 1) / pvalues.size * alpha
    passed = np.flatnonzero(pvalues <= thresholds)
    share = thresholds[passed[-1] if passed.size else 0]
    return float(stats.t.isf(share / 2, df_resid))


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
    discriminant = b * b - a * c
    if discriminant <= 0:
        # a > 0 always has two roots (the slope is zero somewhere); rounding aside this is a < 0
        return [], []
    q = -(b + np.copysign(np.sqrt(discriminant), b))
    low, high = sorted(line.center + line.scale * root for root in (q / a, c / q))
    if a > 0:
        return [low, high], [(-np.inf, low), (high, np.inf)]
    return [low, high], [(low, high), (low, high)]


def _observed_regions(line: SlopeLine, bounds: list[float], t_critical: float) -> list[dict]:
    inside = [bound for bound in bounds if line.moderator_min < bound < line.moderator_max]
    edges = [line.moderator_min, *inside, line.moderator_max]
    pieces = []
    for position, (lower, upper) in enumerate(pairwise(edges)):
        est, se = line.evaluate((lower + upper) / 2)
        sign = "positive" if est > 0 else "negative"
        n_cases = share = np.nan
        if line.moderator_values is not None:
            last = position == len(edges) - 2
            below = line.moderator_values <= upper if last else line.moderator_values < upper
            n_cases = int((below & (line.moderator_values >= lower)).sum())
            share = n_cases / line.moderator_values.size
        pieces.append(
            {
                "outcome": line.outcome,
                "se_type": line.se_type,
                "lower": lower,
                "upper": upper,
                "slope": sign if abs(est) > t_critical * se else "not significant",
                "n_cases": n_cases,
                "share_of_cases": share,
            }
        )
    return pieces


def _sentence(line: SlopeLine, bounds: list[float], pieces: list[dict]) -> str:
    slope = f"The slope of {line.predictor} on {line.outcome}"
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
    columns = ["outcome", "se_type", "bound", "lower", "upper", "within_observed_range"]
    kinds = {"bound": float, "lower": float, "upper": float, "within_observed_range": bool}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _region_table(rows: list[dict]) -> pd.DataFrame:
    columns = ["outcome", "se_type", "lower", "upper", "slope", "n_cases", "share_of_cases"]
    kinds = {"lower": float, "upper": float, "n_cases": float, "share_of_cases": float}
    return pd.DataFrame(rows, columns=columns).astype(kinds)
