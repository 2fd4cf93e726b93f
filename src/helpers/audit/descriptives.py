"""Checks of descriptives: means and SDs of whole numbers, ranges, percentages, Shapiro-Wilk."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from scipy import stats

from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, Finding, audit_check
from helpers.audit.relations import (
    Printed,
    finding_from_bounds,
    finding_of_bound,
    finding_of_impossible,
    finding_of_missing,
    finding_of_too_few,
    join_notes,
    outward_bounds,
    show_printed,
)
from helpers.printed.cells import cells_of
from helpers.printed.rounding import as_printed, exact_bounds

__all__ = [
    "check_counts",
    "check_item_points",
    "check_mean_of_integers",
    "check_overlapping_shares",
    "check_percentage",
    "check_scale_range",
    "check_sd_of_integers",
    "check_sd_range",
    "check_shapiro_wilk",
    "counts_of_percentage",
    "name_sizes",
    "p_of_shapiro_wilk",
    "sd_range",
    "sizes_of_percentage",
]


@audit_check("mean of whole numbers (GRIM)")
def check_mean_of_integers(
    mean: Printed | None, *, n: int | None, location: str, n_items: int = 1, note: str = ""
) -> Finding:
    """Check a mean of whole numbers against the sample size (GRIM).

    Parameters
    ----------
    mean : printed number or None
        As printed.
    n : int or None
        Number of values.
    location, note : str
        Where it appears, and what else to record.
    n_items : int, default 1
        Number of items averaged into each value; a sum of items counts as one.

    Returns
    -------
    Finding
        The recomputed bounds are the possible means on both sides of the printed one, or, of a
        consistent mean, the least and the largest that round to it.

    Notes
    -----
    Consistent when some whole number S has S / (n items) in the rounding interval; a mean given to
    fewer digits than log10(n items) always is. Brown and Heathers (2017),
    doi:10.1177/1948550616673876.

    Examples
    --------
    >>> check_mean_of_integers("5.19", n=28, location="demo").verdict
    'impossible'
    >>> check_mean_of_integers("5.18", n=28, location="demo").verdict
    'consistent'
    """
    printed = {"mean": mean, "n": n}
    relation = "mean = whole number / (n x items)"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 1}, note=note):
        return few
    if bound := finding_of_bound(location, relation, printed, ("mean",), note=note):
        return bound
    low, high = exact_bounds(mean)
    total = n * n_items
    first, last = math.ceil(low * total), math.floor(high * total)
    possible = first <= last
    below, above = (first, last) if possible else (last, first)
    informative = 10 ** as_printed(mean).decimals > total
    remark = "" if informative else "always possible at this sample size"
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed | ({"items": n_items} if n_items > 1 else {})),
        verdict=CONSISTENT if possible else IMPOSSIBLE,
        implied_lower=below / total,
        implied_upper=above / total,
        nominal=possible,
        method="integer count",
        note=join_notes(remark, note),
        cells=cells_of(printed, n_items),
    )


@audit_check("SD of whole numbers (GRIMMER)")
def check_sd_of_integers(
    mean: Printed | None,
    sd: Printed | None,
    *,
    n: int | None,
    location: str,
    n_items: int = 1,
    note: str = "",
) -> Finding:
    """Check an SD of whole numbers against mean and sample size (GRIMMER).

    Parameters
    ----------
    mean, sd : printed number or None
        As printed; the SD with divisor n − 1.
    n : int or None
        Number of values.
    location, note : str
        Where they appear, and what else to record.
    n_items : int, default 1
        Number of items averaged into each value.

    Returns
    -------
    Finding
        The recomputed bounds are those of the SDs that round to it, or the nearest possible SDs
        on both sides.

    Notes
    -----
    With S the sum and Q the sum of squares of n whole numbers, n items times the values,
    SD² = (Q − S²/n) / (n − 1) / items². Consistent when, for some S that gives the printed mean,
    some Q in the interval has the parity of S, as x² and x are both even or both odd, and is at
    least the Q of the most equal numbers with sum S. All S are tried, in exact arithmetic; a test
    of the S nearest to the printed mean alone rejects some possible SDs. Anaya (2016),
    doi:10.7287/peerj.preprints.2400v1; Allard (2018), Analytic-GRIMMER.

    Examples
    --------
    >>> check_sd_of_integers("3.44", "2.47", n=18, location="demo").verdict
    'impossible'
    >>> check_sd_of_integers("5.21", "1.60", n=28, location="demo").verdict
    'consistent'
    """
    printed = {"mean": mean, "sd": sd, "n": n}
    relation = "sd**2 = (Q - S**2/n) / (n - 1), Q and S whole numbers of one parity"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 2}, note=note):
        return few
    if impossible := finding_of_impossible(location, "sd", sd, 0.0, math.inf, note=note):
        return impossible
    if bound := finding_of_bound(location, relation, printed, ("mean", "sd"), note=note):
        return bound
    low, high = exact_bounds(mean)
    total = n * n_items
    sums = range(math.ceil(low * total), math.floor(high * total) + 1)
    shown = show_printed(printed | ({"items": n_items} if n_items > 1 else {}))
    entered = cells_of(sd, printed, n_items)
    if not sums:
        return Finding(
            location,
            relation,
            shown,
            IMPOSSIBLE,
            nominal=False,
            method="integer count",
            note=join_notes("the mean itself is impossible", note),
            cells=entered,
        )
    sd_low, sd_high = exact_bounds(sd)
    scale = (n - 1) * n_items**2
    inside, below, above = [], [], []
    for S in sums:
        offset = Fraction(S * S, n)
        least = _least_sum_of_squares(S, n)
        first = math.ceil(max(sd_low, 0) ** 2 * scale + offset)
        start = max(first, least)
        start += (start - S) % 2
        last = math.floor(sd_high**2 * scale + offset)
        if start <= last:
            end = last - (last - S) % 2
            inside += [start - offset, end - offset]
        else:
            above.append(start - offset)
            if start - 2 >= least:
                below.append(start - 2 - offset)
    reached = inside or [max(below, default=min(above)), min(above)]
    ends = [math.sqrt(q / scale) for q in (min(reached), max(reached))]
    return Finding(
        location=location,
        relation=relation,
        printed=shown,
        verdict=CONSISTENT if inside else IMPOSSIBLE,
        implied_lower=ends[0],
        implied_upper=ends[1],
        nominal=bool(inside),
        method="integer count",
        note=note,
        cells=entered,
    )


def sd_range(
    mean: float, *, n: int, minimum: float, maximum: float, attained: bool = True
) -> tuple[float, float]:
    """Return the least and largest SD (divisor n − 1) of `n` values with a mean and a range.

    Parameters
    ----------
    mean : float
        Mean of the values.
    n : int
        Number of values.
    minimum, maximum : float
        Ends of the range.
    attained : bool, default True
        Whether both ends occur among the values, as a printed minimum and maximum do.

    Notes
    -----
    The variance is largest with all values but one at the ends, hence below the limit
    (max − m)(m − min) n / (n − 1) of Bhatia and Davis (2000), doi:10.1080/00029890.2000.12005203,
    which is what is returned. It is least with the values at the ends as few, and the rest as
    equal, as can be.

    Examples
    --------
    >>> low, high = sd_range(4.2, n=5, minimum=1, maximum=7, attained=False)
    >>> round(low, 2), round(high, 2)
    (0.0, 3.35)
    """
    spread = max((maximum - mean) * (mean - minimum), 0.0) * n / (n - 1)
    if not attained or n < 3:
        return 0.0, math.sqrt(spread)
    rest = (n * mean - minimum - maximum) / (n - 2)
    squares = minimum**2 + maximum**2 + (n - 2) * rest**2 - n * mean**2
    return math.sqrt(max(squares, 0.0) / (n - 1)), math.sqrt(spread)


@audit_check("SD from mean, minimum and maximum")
def check_sd_range(
    mean: Printed | None,
    sd: Printed | None,
    minimum: Printed | None,
    maximum: Printed | None,
    *,
    n: int | None,
    location: str,
    attained: bool = True,
    note: str = "",
) -> Finding:
    """Check an SD against mean, minimum and maximum; see `sd_range`.

    Examples
    --------
    >>> check_sd_range("2.0", "3.9", 1, 5, n=30, location="Table 1").verdict
    'impossible'
    """
    printed = {"sd": sd, "mean": mean, "min": minimum, "max": maximum, "n": n}
    relation = "sd between the least and the largest that mean, minimum and maximum allow"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 2}, note=note):
        return few
    low_end, high_end = as_printed(minimum).lower, as_printed(maximum).upper
    number = as_printed(mean)
    if number.upper < low_end or number.lower > high_end:
        return Finding(
            location,
            relation,
            show_printed(printed),
            IMPOSSIBLE,
            method="monotone",
            note=join_notes("the mean lies outside the range", note),
            cells=cells_of(printed),
        )
    inner = (as_printed(minimum).upper, as_printed(maximum).lower)
    # largest where the mean is nearest the middle; least where the range is narrowest
    middle = min(max((low_end + high_end) / 2, number.lower), number.upper)
    high = sd_range(middle, n=n, minimum=low_end, maximum=high_end, attained=attained)[1]
    center = min(max(sum(inner) / 2, number.lower), number.upper)
    low = sd_range(center, n=n, minimum=inner[0], maximum=inner[1], attained=attained)[0]
    return finding_from_bounds(
        location,
        relation,
        printed,
        sd,
        outward_bounds(low, high, "monotone"),
        nominal=None,
        note=note,
    )


@audit_check("sums within the range of the scale")
def check_scale_range(
    minimum: Printed | None,
    maximum: Printed | None,
    *,
    item_minimum: int,
    item_maximum: int,
    location: str,
    n_items: int | None = None,
    note: str = "",
) -> Finding:
    """Check the least and largest sum of items against the item scale and the number of items.

    Parameters
    ----------
    minimum, maximum : printed number or None
        Least and largest sum observed.
    item_minimum, item_maximum : int
        The item scale.
    location, note : str
        Where they appear, and what else to record.
    n_items : int, optional
        The number of items that the paper states. When not given, any number may fit.

    Returns
    -------
    Finding
        The recomputed bounds are the possible least and largest sum; the reading names the
        numbers of items with which the range is possible.

    Examples
    --------
    >>> found = check_scale_range(
    ...     "18", "73", item_minimum=1, item_maximum=4, location="Table 1, emotion-focused"
    ... )
    >>> found.verdict, found.note
    ('impossible', 'the minimum needs at most 18 items, the maximum at least 19')
    """
    printed = {"min": minimum, "max": maximum}
    stated = f"{n_items} items" if n_items else "any number of items"
    relation = f"sums of {stated} scored {item_minimum} to {item_maximum}"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    low, high = as_printed(minimum).value, as_printed(maximum).value
    needed = math.ceil(high / item_maximum)
    most = math.floor(low / item_minimum) if item_minimum > 0 else None
    if n_items:
        fits = n_items * item_minimum <= low and high <= n_items * item_maximum
    else:
        fits = most is None or needed <= most
    if most is None:
        remark, reading = f"the maximum needs at least {needed} items", f"{needed} items or more"
    else:
        remark = f"the minimum needs at most {most} items, the maximum at least {needed}"
        reading = (
            ""
            if needed > most
            else (f"{needed} items" if needed == most else f"{needed} to {most} items")
        )
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=CONSISTENT if fits else IMPOSSIBLE,
        implied_lower=n_items * item_minimum if n_items else math.nan,
        implied_upper=n_items * item_maximum if n_items else math.nan,
        nominal=fits,
        reading="" if fits and n_items else reading,
        method="integer count",
        note=join_notes(remark, note),
        cells=cells_of(printed, n_items, item_minimum, item_maximum),
    )


@audit_check("number of answers to an item")
def check_item_points(
    points: int, item_minimum: int, item_maximum: int, *, location: str
) -> Finding:
    """Check the number of response options against the ends of the item scale.

    Examples
    --------
    >>> check_item_points(6, 0, 5, location="WAI-SR").verdict
    'consistent'
    """
    printed = {"options": points, "minimum": item_minimum, "maximum": item_maximum}
    expected = item_maximum - item_minimum + 1
    return Finding(
        location=location,
        relation="options = maximum - minimum + 1",
        printed=show_printed(printed),
        verdict=CONSISTENT if points == expected else IMPOSSIBLE,
        implied_lower=expected,
        implied_upper=expected,
        nominal=points == expected,
        method="integer count",
        cells=cells_of(printed),
    )


def _share_bounds(percentage: Printed) -> tuple[Fraction, Fraction]:
    """Return the ends of a percentage as fractions, one that is a bound from 0 or up to 100."""
    number = as_printed(percentage)
    return exact_bounds(
        replace(number, lower=max(number.lower, 0.0), upper=min(number.upper, 100.0))
    )


def counts_of_percentage(percentage: Printed, n: int) -> range:
    """Return the counts out of `n` that print as a percentage.

    Examples
    --------
    >>> list(counts_of_percentage("77.5%", 213)), list(counts_of_percentage("50.4%", 213))
    ([165], [])
    """
    low, high = _share_bounds(percentage)
    return range(max(0, math.ceil(low * n / 100)), min(n, math.floor(high * n / 100)) + 1)


@audit_check("percentage of a whole count")
def check_percentage(
    percentage: Printed | None, *, n: int | None, location: str, note: str = ""
) -> Finding:
    """Check that some whole count out of N prints as the percentage.

    Returns
    -------
    Finding
        The recomputed bounds are, in per cent, those of the counts that print like it, or the
        nearest possible percentages. A percentage of no whole count is possible only if it is of
        fewer valid answers, when some number of them has it.

    Examples
    --------
    >>> found = check_percentage("50.4%", n=213, location="results")
    >>> found.verdict, round(found.implied_lower, 2), round(found.implied_upper, 2)
    ('possible only if', 50.23, 50.7)
    """
    printed = {"percentage": percentage, "n": n}
    relation = "percentage = 100 k / n, k a whole number"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 1}, note=note):
        return few
    low, _ = _share_bounds(percentage)
    counts = counts_of_percentage(percentage, n)
    if counts:
        ends, remark, reading = (counts[0], counts[-1]), _counts_text(counts), ""
    else:
        below = math.floor(low * n / 100)
        ends, remark = (below, below + 1), f"k would be {below} or {below + 1}"
        sizes = sizes_of_percentage(percentage, n - 1)
        reading = f"it is of {name_sizes(sizes)} valid answers and not of all" if sizes else ""
    finding = Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=CONSISTENT if counts else IMPOSSIBLE,
        implied_lower=100 * ends[0] / n,
        implied_upper=100 * ends[1] / n,
        nominal=bool(counts),
        method="integer count",
        note=join_notes(remark, note),
        cells=cells_of(printed),
    )
    return finding.only_if(reading) if reading else finding


def sizes_of_percentage(percentage: Printed, most: int) -> list[int]:
    """Return the sample sizes up to `most` of which some whole count prints as a percentage.

    Examples
    --------
    >>> sizes_of_percentage("50.4%", 213)[:3], sizes_of_percentage("50.4%", 213)[-1]
    ([113, 115, 117], 141)
    """
    return [n for n in range(1, most + 1) if counts_of_percentage(percentage, n)]


def name_sizes(sizes: Sequence[int]) -> str:
    """Name sample sizes, of which there is at least one.

    Examples
    --------
    >>> name_sizes([113, 115, 117, 119]), name_sizes([10, 40])
    ('113 to 119 (an odd number)', '10 or 40')
    """
    steps = {b - a for a, b in itertools.pairwise(sizes)}
    if len(sizes) < 4:
        return " or ".join(map(str, sizes))
    if steps == {1}:
        return f"{sizes[0]} to {sizes[-1]}"
    if steps == {2}:
        return f"{sizes[0]} to {sizes[-1]} (an {'odd' if sizes[0] % 2 else 'even'} number)"
    return f"{sizes[-1]} or some smaller number of"


@audit_check("counts that add up")
def check_counts(
    percentages: Mapping[str, Printed | None],
    *,
    n: int | None,
    location: str,
    exhaustive: bool = True,
    note: str = "",
) -> Finding:
    """Check that whole counts of exclusive categories print as their percentages and add up to N.

    Parameters
    ----------
    percentages : mapping from str to printed number or None
        By category.
    n : int or None
        Sample size.
    location, note : str
        Where they appear, and what else to record.
    exhaustive : bool, default True
        Whether the categories are all there are; otherwise the counts may add up to less.

    Returns
    -------
    Finding
        The recomputed bounds are the least and the largest sum of the counts; the note has the sum
        of the printed percentages.

    Examples
    --------
    >>> shares = {"0-3": "16%", "4-6": "13%", "7-12": "12%", "13-24": "13%", "> 24": "47%"}
    >>> found = check_counts(shares, n=1175, location="sample")
    >>> found.verdict, found.note
    ('consistent', 'the printed percentages add up to 101')
    """
    relation = f"whole counts add up to {'N' if exhaustive else 'N or less'}"
    printed = dict(percentages) | {"n": n}
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 1}, note=note):
        return few
    counts = [counts_of_percentage(share, n) for share in percentages.values()]
    possible = all(counts)
    low = sum(c[0] for c in counts) if possible else math.nan
    high = sum(c[-1] for c in counts) if possible else math.nan
    adds = possible and low <= n and (high >= n or not exhaustive)
    shares = [as_printed(share) for share in percentages.values()]
    exact = all(share.relation == "=" for share in shares)
    total = sum(Fraction(repr(share.value)) for share in shares)
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed),
        verdict=CONSISTENT if adds else IMPOSSIBLE,
        implied_lower=low,
        implied_upper=high,
        nominal=(total == 100 if exhaustive else total <= 100) if exact else None,
        method="integer count",
        note=join_notes(
            f"the printed percentages add up to {float(total):g}" if exact else "", note
        ),
        cells=cells_of(printed),
    )


@audit_check("share with at least one feature")
def check_overlapping_shares(
    any_share: Printed, parts: Mapping[str, Printed], *, location: str, note: str = ""
) -> Finding:
    """Check the share with at least one of several overlapping features against their shares.

    It is at least the largest of them; where more features than those printed exist it has no
    upper bound but 100%.

    Examples
    --------
    >>> check_overlapping_shares("85%", {"x": "70%", "y": "59%"}, location="sample").verdict
    'consistent'
    """
    least = max(as_printed(share).lower for share in parts.values())
    total = as_printed(any_share)
    return Finding(
        location=location,
        relation="share with at least one >= the largest share",
        printed=show_printed({"at least one": any_share} | dict(parts)),
        verdict=CONSISTENT if total.upper >= least else IMPOSSIBLE,
        implied_lower=least,
        implied_upper=100.0,
        method="comparison",
        note=note,
        cells=cells_of(any_share, parts),
    )


def p_of_shapiro_wilk(w: float, n: int) -> float:
    """Return the p of a Shapiro-Wilk W for samples of 12 to 5000.

    ln(1 − W) is taken as normal with mean and ln SD polynomials in ln n. Royston (1995), algorithm
    AS R94, doi:10.2307/2986146.

    Examples
    --------
    >>> 2.5e-7 < p_of_shapiro_wilk(0.951, 213) < 2.8e-6
    True
    """
    if w >= 1:
        return 1.0
    log_n = math.log(n)
    mean = np.polyval([0.0038915, -0.083751, -0.31082, -1.5861], log_n)
    sd = math.exp(np.polyval([0.0030302, -0.082676, -0.4803], log_n))
    return float(stats.norm.sf((math.log(1 - w) - mean) / sd))


@audit_check("p from W and N")
def check_shapiro_wilk(
    w: Printed | None, p: Printed | None, *, n: int | None, location: str, note: str = ""
) -> Finding:
    """Check the p of a Shapiro-Wilk test against W and the sample size.

    p rises with W, so its bounds are those at the ends of the interval; see `p_of_shapiro_wilk`.

    Examples
    --------
    >>> check_shapiro_wilk("0.964", "< 0.01", n=213, location="Table 1").verdict
    'consistent'
    """
    printed = {"p": p, "W": w, "n": n}
    relation = "p of W by Royston's approximation"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if not 12 <= n <= 5000:
        return finding_of_missing(
            location, relation, {"W": w, "an approximation for this n": None}, note=note
        )
    for name, value in (("W", w), ("p", p)):
        if impossible := finding_of_impossible(location, name, value, 0.0, 1.0, note=note):
            return impossible
    number = as_printed(w)
    low = p_of_shapiro_wilk(number.lower, n)
    high = p_of_shapiro_wilk(number.upper, n)
    return finding_from_bounds(
        location,
        relation,
        printed,
        p,
        outward_bounds(low, high, "monotone"),
        nominal=as_printed(p).agrees(p_of_shapiro_wilk(number.value, n)),
        note=note,
    )


def _least_sum_of_squares(total: int, n: int) -> int:
    """Sum of squares of the n most equal whole numbers with a given sum."""
    each, left = divmod(total, n)
    return left * (each + 1) ** 2 + (n - left) * each**2


def _counts_text(counts: Sequence[int]) -> str:
    return f"k = {counts[0]}" if len(counts) == 1 else f"k from {counts[0]} to {counts[-1]}"
