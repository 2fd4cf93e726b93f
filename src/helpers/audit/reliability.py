"""Checks of reliability and validity: AVE, composite reliability, alpha, GoF, Fornell-Larcker."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from helpers.audit.findings import (
    CONSISTENT,
    IMPOSSIBLE,
    NOT_DECIDED,
    POSSIBLE_ONLY_IF,
    Finding,
    audit_check,
)
from helpers.audit.relations import (
    Printed,
    finding_of_missing,
    join_notes,
    overlap,
    relate,
    show_printed,
)
from helpers.errors import InputError
from helpers.printed.cells import cells_of
from helpers.printed.rounding import as_printed

__all__ = [
    "ItemCounts",
    "check_discriminant_validity",
    "check_gof",
    "check_item_count",
    "check_root_ave",
    "composite_reliability_range",
    "item_counts",
]

_OUTWARD = 1e-12
ALPHAS = ("", "standardized", "raw")
RAW_ALPHA = "alpha is of items that are not standardized"


@dataclass(frozen=True)
class ItemCounts:
    """Numbers of items with which reliabilities can hold.

    Attributes
    ----------
    by_reliability : tuple of int
        Those that AVE and composite reliability allow.
    by_all : tuple of int
        Those that alpha allows as well; the same when there is no alpha.
    """

    by_reliability: tuple[int, ...]
    by_all: tuple[int, ...]


def composite_reliability_range(
    n_items: int, ave: float, *, min_loading: float = 0.5
) -> tuple[float, float]:
    """Return the least and largest composite reliability of items with a given AVE.

    Parameters
    ----------
    n_items : int
        Number of items, k.
    ave : float
        Mean squared loading.
    min_loading : float, default 0.5
        No loading is below it; none is above 1.

    Returns
    -------
    tuple of float
        (nan, nan) when no loadings in the range have this AVE.

    Notes
    -----
    CR = S² / (S² + k (1 − AVE)), S the sum of the loadings (Fornell and Larcker, 1981,
    doi:10.2307/3151312). With the sum of squares fixed at k AVE, S is largest when all loadings
    are equal. It is least at a corner of the cube of loadings: some at 1, the rest at
    `min_loading`, one between.

    Examples
    --------
    >>> low, high = composite_reliability_range(12, 0.657)
    >>> round(high, 4)
    0.9583
    """
    if not min_loading**2 <= ave <= 1:
        return math.nan, math.nan
    noise = n_items * (1 - ave)
    if noise == 0:
        return 1.0, 1.0
    largest = n_items * math.sqrt(ave)
    spread = 1 - min_loading**2
    at_one = min(math.floor(n_items * (ave - min_loading**2) / spread), n_items - 1)
    between = n_items * ave - at_one - (n_items - at_one - 1) * min_loading**2
    least = at_one + (n_items - at_one - 1) * min_loading + math.sqrt(max(between, 0.0))
    return least**2 / (least**2 + noise), largest**2 / (largest**2 + noise)


def item_counts(
    ave: Printed,
    composite_reliability: Printed,
    alpha: Printed | None = None,
    *,
    min_loading: float = 0.5,
    max_items: int = 100,
) -> ItemCounts:
    """Return the numbers of items with which printed reliabilities can hold.

    Parameters
    ----------
    ave, composite_reliability, alpha : printed number
        As printed; alpha may be missing.
    min_loading : float, default 0.5
        The least loading that the paper allows.
    max_items : int, default 100
        The largest number tried.

    Notes
    -----
    Composite reliability rises with AVE at fixed k, so its range over the printed interval of AVE
    is found at the ends. Alpha of standardized items fixes the variance of the item sum,
    T = k / (1 − alpha (k − 1) / k). As the loadings are correlations of the items with one variable
    of unit variance, the sum of the loadings is its covariance with the item sum, and S² ≤ T by
    Cauchy and Schwarz, where S² = k CR (1 − AVE) / (1 − CR). It holds for factors and for
    composites. Alpha of raw items is another number when the items' variances differ.

    Examples
    --------
    >>> item_counts("0.657", "0.965", "0.959").by_all
    (15, 16)
    """
    a, cr = as_printed(ave), as_printed(composite_reliability)
    by_reliability = []
    for k in range(2, max_items + 1):
        low = composite_reliability_range(k, max(a.lower, min_loading**2), min_loading=min_loading)
        high = composite_reliability_range(k, min(a.upper, 1.0), min_loading=min_loading)
        if overlap(low[0] - _OUTWARD, high[1] + _OUTWARD, cr):
            by_reliability.append(k)
    by_all = by_reliability
    if alpha not in (None, "") and cr.lower < 1:
        top = min(as_printed(alpha).upper, 1.0)
        odds = cr.lower / (1 - cr.lower)
        by_all = [
            k
            for k in by_reliability
            if k * odds * (1 - a.upper) <= k / (1 - top * (k - 1) / k) * (1 + _OUTWARD)
        ]
    return ItemCounts(tuple(by_reliability), tuple(by_all))


@audit_check("number of items from the reliabilities")
def check_item_count(
    ave: Printed | None,
    composite_reliability: Printed | None,
    alpha: Printed | None = None,
    *,
    location: str,
    n_items: int | None = None,
    min_loading: float = 0.5,
    alpha_of: str = "",
    note: str = "",
) -> Finding:
    """Check AVE, composite reliability and alpha against each other and the number of items.

    Parameters
    ----------
    ave, composite_reliability, alpha : printed number or None
        As printed.
    location, note : str
        Where they appear, and what else to record.
    n_items : int, optional
        The number of items that the paper states. When not given, any number may fit.
    min_loading : float, default 0.5
        The least loading that the paper allows.
    alpha_of : {"", "standardized", "raw"}, default ""
        Which items alpha is of, where it is known. Alpha of raw items says nothing here.

    Returns
    -------
    Finding
        The recomputed bounds are those of the composite reliability with `n_items`; the reading
        names the numbers of items that fit. AVE and composite reliability alone decide: what only
        alpha rules out is possible only if it is that of raw items, and not decided where it is
        not known of which items it is.

    Examples
    --------
    >>> check_item_count("0.657", "0.965", "0.959", n_items=12, location="Table 2").reading
    '15 or 16 items'
    """
    if alpha_of not in ALPHAS:
        raise InputError(f"alpha_of={alpha_of!r} is not one of '', standardized, raw")
    printed = {"AVE": ave, "CR": composite_reliability}
    stated = f"{n_items} items" if n_items else "any number of items"
    relation = f"AVE, CR and alpha of {stated} with loadings of {min_loading:g} or more"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    counts = item_counts(
        ave, composite_reliability, None if alpha_of == "raw" else alpha, min_loading=min_loading
    )
    possible = n_items in counts.by_reliability if n_items else bool(counts.by_reliability)
    fits = n_items in counts.by_all if n_items else bool(counts.by_all)
    undecided = POSSIBLE_ONLY_IF if alpha_of == "standardized" else NOT_DECIDED
    verdict = IMPOSSIBLE if not possible else CONSISTENT if fits else undecided
    low = high = math.nan
    if n_items:
        a = as_printed(ave)
        low = composite_reliability_range(
            n_items, max(a.lower, min_loading**2), min_loading=min_loading
        )[0]
        high = composite_reliability_range(n_items, min(a.upper, 1.0), min_loading=min_loading)[1]
    remark = ""
    if counts.by_all != counts.by_reliability:
        remark = (
            f"by AVE and CR {_items(counts.by_reliability)}, with alpha {_items(counts.by_all)}"
        )
    return Finding(
        location=location,
        relation=relation,
        printed=show_printed(printed | {"alpha": alpha, "items": n_items}),
        verdict=verdict,
        implied_lower=low,
        implied_upper=high,
        reading=_reading_of_counts(counts, verdict, stated=bool(n_items)),
        method="integer count",
        note=join_notes(remark, note),
        cells=cells_of(printed, alpha, n_items),
    )


@audit_check("root of the AVE")
def check_root_ave(
    ave: Printed | None, root: Printed | None, *, location: str, note: str = ""
) -> Finding:
    """Check a diagonal entry of a Fornell-Larcker table against the AVE: root = sqrt(AVE).

    Examples
    --------
    >>> check_root_ave("0.657", "0.810", location="Table 3").nominal
    False
    """
    return relate(
        "root = sqrt(ave)",
        {"root": root, "ave": ave},
        within={"ave": (0.0, 1.0)},
        location=location,
        note=note,
        readings={"the AVE itself": "ave"},
    )


@audit_check("root of the AVE against the correlations")
def check_discriminant_validity(
    roots: Mapping[str, Printed],
    correlations: Mapping[tuple[str, str], Printed],
    *,
    location: str,
    reading: str = "",
    note: str = "",
) -> list[Finding]:
    """Check the claim that the root of every AVE exceeds the construct's correlations.

    Parameters
    ----------
    roots : mapping from str to printed number
        Root of the AVE by construct.
    correlations : mapping from pair of str to printed number
        Correlations by pair of constructs, in either order.
    location, note : str
        Where they appear, and what else to record.
    reading : str, optional
        The reading under which a failed claim holds.

    Returns
    -------
    list of Finding
        One a construct, for its largest correlation; the recomputed bounds are that one's.

    Notes
    -----
    Fornell and Larcker (1981), doi:10.2307/3151312.

    Examples
    --------
    >>> found = check_discriminant_validity(
    ...     {"x": "0.731", "y": "0.810"}, {("x", "y"): "0.743"}, location="Table 3"
    ... )
    >>> [finding.verdict for finding in found]
    ['impossible', 'consistent']
    """
    findings = []
    for name, root in roots.items():
        own = {pair: as_printed(r) for pair, r in correlations.items() if name in pair}
        pair = max(own, key=lambda p: abs(own[p].value))
        low, high = sorted(abs(end) for end in (own[pair].lower, own[pair].upper))
        other = pair[0] if pair[1] == name else pair[1]
        fails = as_printed(root).upper < low
        findings.append(
            Finding(
                location=f"{location}, {name}",
                relation="root of the AVE > |r| with every other construct",
                printed=show_printed({"root": root, f"r with {other}": own[pair]}),
                verdict=IMPOSSIBLE if fails else CONSISTENT,
                implied_lower=low,
                implied_upper=high,
                nominal=as_printed(root).value > abs(own[pair].value),
                reading=reading if fails else "",
                method="comparison",
                note=note,
                cells=cells_of(root, own[pair], own),
            )
        )
    return findings


@audit_check("GoF from the AVEs and R²")
def check_gof(
    gof: Printed | None,
    aves: Sequence[Printed],
    r_squared: Sequence[Printed],
    *,
    location: str,
    note: str = "",
) -> Finding:
    """Check a GoF: root of mean AVE times mean R².

    Parameters
    ----------
    gof : printed number or None
        As printed.
    aves, r_squared : sequence of printed number
        AVE of every construct, R² of every endogenous one.
    location, note : str
        Where it appears, and what else to record.

    Returns
    -------
    Finding
        When the relation fails, the note says whether any non-negative weighting of the AVEs and
        of the R² could give the printed value: it lies between the roots of the products of the
        smallest and of the largest.

    Notes
    -----
    Tenenhaus, Amato and Esposito Vinzi (2004); Wetzels, Odekerken-Schröder and van Oppen (2009),
    doi:10.2307/20650284.

    Examples
    --------
    >>> aves = ["0.657", "0.602", "0.575", "0.611", "0.535"]
    >>> found = check_gof("0.543", aves, ["0.563", "0.899"], location="text")
    >>> found.verdict, found.note
    ('impossible', 'no non-negative weighting gives less than 0.5483 or more than 0.7690')
    """
    printed = {"gof": gof}
    printed |= {f"ave{i}": value for i, value in enumerate(aves, start=1)}
    printed |= {f"r2_{i}": value for i, value in enumerate(r_squared, start=1)}
    mean_ave = f"({' + '.join(f'ave{i + 1}' for i in range(len(aves)))}) / {len(aves)}"
    mean_r2 = f"({' + '.join(f'r2_{i + 1}' for i in range(len(r_squared)))}) / {len(r_squared)}"
    finding = relate(
        f"gof = sqrt({mean_ave} * {mean_r2})",
        printed,
        within=dict.fromkeys(printed, (0.0, 1.0)),
        location=location,
        note=note,
    )
    if finding.verdict != IMPOSSIBLE or not finding.relation.startswith("gof"):
        return finding
    ends_ave = [as_printed(value) for value in aves]
    ends_r2 = [as_printed(value) for value in r_squared]
    least = _root_of_product(min(a.lower for a in ends_ave), min(r.lower for r in ends_r2))
    most = _root_of_product(max(a.upper for a in ends_ave), max(r.upper for r in ends_r2))
    number = as_printed(gof)
    weighted = (
        "a weighting of the AVEs and R² could give it"
        if overlap(least, most, number)
        else f"no non-negative weighting gives less than {least:.4f} or more than {most:.4f}"
    )
    return replace(finding, note=join_notes(weighted, note))


def _root_of_product(first: float, second: float) -> float:
    return math.sqrt(max(first, 0.0) * max(second, 0.0))


def _reading_of_counts(counts: ItemCounts, verdict: str, *, stated: bool) -> str:
    if verdict in (NOT_DECIDED, POSSIBLE_ONLY_IF):
        return RAW_ALPHA
    if stated and verdict == CONSISTENT:
        return ""
    return _items(counts.by_all if verdict == CONSISTENT else counts.by_reliability)


def _items(counts: Sequence[int]) -> str:
    if not counts:
        return "no number of items"
    if len(counts) > 4 and counts[-1] - counts[0] == len(counts) - 1:
        return f"{counts[0]} to {counts[-1]} items"
    head = ", ".join(str(k) for k in counts[:-1])
    return f"{head} or {counts[-1]} items" if head else f"{counts[0]} items"
