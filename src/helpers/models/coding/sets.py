"""Agreement of coders who may give a segment several codes, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.coding.chance import AgreementStatistics
from helpers.models.coding.codings import Codings, as_codings
from helpers.models.coding.distances import DistanceAlpha

__all__ = ["compare_code_sets", "fit_set_agreement", "set_distance"]

DISTANCES = ("jaccard", "masi")


def set_distance(one: frozenset, other: frozenset, *, distance: str = "masi") -> float:
    """How far two sets of codes are apart, from 0 (the same) to 1 (nothing in common).

    Parameters
    ----------
    one, other : frozenset
    distance : {"jaccard", "masi"}
        One minus the share of common codes, for MASI times 1 for equal sets, 2/3 where one set
        holds the other, 1/3 where they overlap and 0 where they do not (Passonneau, 2006).

    Examples
    --------
    >>> goal, both = frozenset(["goal"]), frozenset(["goal", "task"])
    >>> [round(set_distance(goal, both, distance=d), 3) for d in DISTANCES]
    [0.5, 0.667]
    """
    check_choice("distance", distance, DISTANCES)
    if one == other:
        return 0.0
    common = one & other
    share = len(common) / len(one | other)
    if distance == "jaccard":
        return 1 - share
    nested = one <= other or other <= one
    return 1 - share * ((2 / 3 if nested else 1 / 3) if common else 0.0)


def fit_set_agreement(
    data: Codings | pd.DataFrame,
    *,
    level: str,
    no_code: str = "none",
    ci_level: float = 0.95,
    n_boot: int = 5000,
    seed: int = 1,
) -> pd.DataFrame:
    """Krippendorff's alpha of sets of codes, by Jaccard's and by the MASI distance.

    Parameters
    ----------
    data : Codings or DataFrame
        One row a segment, coder and code: several rows where a coder gave several.
    level : str
        Column of `data` with the code.
    no_code : str
        What a coder wrote who saw the segment and gave no code: the empty set.
    ci_level : float
    n_boot : int
        Draws of whole videos.
    seed : int

    Returns
    -------
    DataFrame
        distance, est, ci_lower, ci_upper (expanded percentile limits; NaN below four videos),
        n_units (segments that two coders coded).

    Notes
    -----
    Alpha is one less the mean distance within segments by the mean distance of sets drawn from all
    segments. Where every set has one code both distances are 0 or 1 and alpha is the nominal one.

    Validated: distances and alpha to 1e-12 beside NLTK 3.10.4, sets left out included; alpha beside
    the tested example of DKPro Statistics (.186).

    References
    ----------
    Passonneau, R. (2006). Measuring agreement on set-valued items (MASI) for semantic and pragmatic
    annotation. *Proceedings of LREC 2006*, 831-836. https://aclanthology.org/L06-1392/

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> fit_set_agreement(simulate_codings(), level="code", n_boot=200).round(3)
      distance   est  ci_lower  ci_upper  n_units
    0  jaccard  0.58     0.291      0.77       36
    1     masi  0.58     0.291      0.77       36
    """
    codings = as_codings(data)
    units = _sets(codings, level, no_code)
    sets = sorted(
        set(units.melt()["value"].dropna()), key=lambda codes: (len(codes), sorted(codes))
    )
    alpha = DistanceAlpha(units, sets)
    rows = []
    for distance in DISTANCES:
        apart = np.array([[set_distance(a, b, distance=distance) for b in sets] for a in sets])
        limits = alpha.limits(lambda _, d=apart: d, ci_level=ci_level, n_boot=n_boot, seed=seed)
        rows.append((distance, alpha.estimate(lambda _, d=apart: d), *limits, alpha.n_units))
    return pd.DataFrame(rows, columns=["distance", "est", "ci_lower", "ci_upper", "n_units"])


def compare_code_sets(
    data: Codings | pd.DataFrame, *, level: str, no_code: str = "none"
) -> pd.DataFrame:
    """Agreement on each code where a segment may have several: whether it was given.

    Parameters
    ----------
    data, level, no_code
        As in `fit_set_agreement`.

    Returns
    -------
    DataFrame
        One row a code in sorted order: code, n_assigned (codings), n_segments (by any coder),
        unanimous, percent_agreement, cohen_kappa (of more than two coders the mean of the pairs:
        Light, 1971, https://doi.org/10.1037/h0031643), fleiss_kappa, krippendorff_alpha, gwet_ac1,
        each of "given" against "not given".

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> compare_code_sets(simulate_codings(), level="code").iloc[:2, [0, 1, 4, 5, 7]].round(3)
       code  n_assigned  percent_agreement  cohen_kappa  krippendorff_alpha
    0  bond          13              0.907        0.559               0.567
    1  goal          25              0.833        0.541               0.536
    """
    units = _sets(as_codings(data), level, no_code)
    codes = sorted(frozenset().union(*units.melt()["value"].dropna()))
    rows = []
    for code in codes:
        given = units.map(lambda own, code=code: code in own, na_action="ignore")
        statistics = AgreementStatistics(given.where(units.notna()))
        est = pd.DataFrame(statistics.rows).assign(est=statistics.estimates())
        pairs = est["quantity"] == "pair"
        named = est[~pairs].set_index("statistic")["est"]
        assigned = given.eq(True)
        rows.append(
            {
                "code": code,
                "n_assigned": int(assigned.sum(axis=None)),
                "n_segments": int(assigned.any(axis=1).sum()),
                **named[["unanimous", "percent_agreement"]],
                "cohen_kappa": est[pairs & (est["statistic"] == "cohen_kappa")]["est"].mean(),
                **named[["fleiss_kappa", "krippendorff_alpha", "gwet_ac1"]],
            }
        )
    return pd.DataFrame(rows)


def _sets(codings: Codings, level: str, no_code: str) -> pd.DataFrame:
    """Sets of codes, one row per segment and one column per coder; missing where none is given."""
    codings.check(level=level)
    keys = [codings.video, codings.segment, codings.coder]
    grouped = codings.data.groupby(keys, sort=False)[level]
    sets = grouped.agg(lambda codes: _one_set(codes, no_code))
    units = sets.unstack(codings.coder, sort=False)  # noqa: PD010 -- a pivot table would sort them
    if units.shape[1] < 2:
        raise InputError(
            f"data has {units.shape[1]} {codings.coder}: agreement needs codings of at least two."
        )
    return units[sorted(units.columns)]


def _one_set(codes: Sequence[str], no_code: str) -> frozenset:
    given = frozenset(codes)
    if no_code in given and len(given) > 1:
        raise InputError(
            f"a coder gave a segment {no_code!r} and {', '.join(sorted(given - {no_code}))}; "
            f"{no_code!r} says that no code applied."
        )
    return given - {no_code}
