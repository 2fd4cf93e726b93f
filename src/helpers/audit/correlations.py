"""Checks of correlation matrices, of regressions that they imply, and of their p values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from mpmath import iv
from scipy import stats
from scipy.optimize import linprog

from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, Finding, audit_check
from helpers.audit.relations import (
    Printed,
    finding_from_bounds,
    finding_of_impossible,
    finding_of_missing,
    finding_of_too_few,
    join_notes,
    outward_bounds,
    overlap,
    relate,
    show_printed,
)
from helpers.errors import InputError
from helpers.printed.cells import cells_of
from helpers.printed.rounding import as_printed, interval_ends

__all__ = [
    "R2_BY_OUTCOME",
    "R2_BY_PREDICTORS",
    "CorrelationTable",
    "EigenvalueBounds",
    "bound_smallest_eigenvalue",
    "check_all_significant",
    "check_p_of_correlation",
    "check_paths_against_correlations",
    "check_positive_definite",
    "check_r_squared",
    "enclose_regression",
    "p_of_correlation",
]

R2_BY_OUTCOME = "R2 = sum of beta times correlation with the outcome"
R2_BY_PREDICTORS = "R2 = b' R b, R the correlations of the predictors"


@dataclass(frozen=True)
class CorrelationTable:
    """Printed correlations with their rounding intervals.

    Attributes
    ----------
    names : tuple of str
        Variables, in order.
    printed : dict from pair of str to printed number
        By pair in the order of `names`.
    """

    names: tuple[str, ...]
    printed: dict[tuple[str, str], Printed]

    @classmethod
    def from_pairs(cls, pairs: Mapping[tuple[str, str], Printed]) -> "CorrelationTable":
        """Build the table from printed correlations by pair, in either order.

        Raises
        ------
        InputError
            When a pair is missing.

        Examples
        --------
        >>> table = CorrelationTable.from_pairs({("x", "y"): "0.71"})
        >>> float(table.lower[0, 1]), float(table.upper[1, 0])
        (0.705, 0.715)
        """
        names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
        both = {frozenset(pair): number for pair, number in pairs.items()}
        printed = {}
        for i, first in enumerate(names):
            for second in names[:i]:
                if frozenset((first, second)) not in both:
                    raise InputError(f"pairs lacks the correlation of '{second}' and '{first}'")
                number = both[frozenset((first, second))]
                as_printed(number)
                printed[second, first] = number
        return cls(names, printed)

    @property
    def lower(self) -> np.ndarray:
        """Lower ends of the intervals, symmetric, ones on the diagonal."""
        return self._ends[0]

    @property
    def upper(self) -> np.ndarray:
        """Upper ends of the intervals, symmetric, ones on the diagonal."""
        return self._ends[1]

    @property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        lower, upper = np.eye(len(self.names)), np.eye(len(self.names))
        for (first, second), printed in self.printed.items():
            i, j = self.names.index(first), self.names.index(second)
            number = as_printed(printed)
            low, high = number.lower, number.upper
            lower[i, j] = lower[j, i] = -1.0 if low < -1 <= high else low
            upper[i, j] = upper[j, i] = 1.0 if low <= 1 < high else high
        return lower, upper

    def of(self, rows: Sequence[str], columns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the block of the given rows and columns."""
        unknown = [name for name in (*rows, *columns) if name not in self.names]
        if unknown:
            raise InputError(f"'{unknown[0]}' is not among {', '.join(self.names)}")
        block = np.ix_([self.names.index(n) for n in rows], [self.names.index(n) for n in columns])
        lower, upper = self._ends
        return lower[block], upper[block]

    def entries(self, names: Sequence[str] | None = None) -> dict[str, Printed]:
        """Return the printed correlations of some variables, or of all, by ``r(x, y)``."""
        chosen = self.names if names is None else names
        return {
            f"r({first}, {second})": number
            for (first, second), number in self.printed.items()
            if first in chosen and second in chosen
        }


@dataclass(frozen=True)
class EigenvalueBounds:
    """Bounds of the smallest eigenvalue over all matrices in a table of intervals.

    Attributes
    ----------
    lower, upper : float
        Every matrix in the intervals has its smallest eigenvalue between them.
    largest : float
        The largest smallest eigenvalue found: some matrix in the intervals has it.
    """

    lower: float
    upper: float
    largest: float


def p_of_correlation(r: float, n: int) -> float:
    """Return the two-sided p of a Pearson correlation of `n` pairs.

    t = r sqrt((n − 2) / (1 − r²)) with n − 2 degrees of freedom.

    Examples
    --------
    >>> round(p_of_correlation(0.158, 213), 3)
    0.021
    """
    if abs(r) >= 1:
        return 0.0
    return float(2 * stats.t.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


@audit_check("p from the correlation and N")
def check_p_of_correlation(
    r: Printed | None,
    p: Printed | None,
    *,
    n: int | None,
    location: str,
    tails: int | None = None,
    note: str = "",
) -> Finding:
    """Check a p, or a claim such as ``"< .01"``, against a correlation and the sample size.

    Parameters
    ----------
    r, p : printed number or None
        As printed.
    n : int or None
        Number of pairs.
    location, note : str
        Where it appears, and what else to record.
    tails : {1, 2}, optional
        Whether p is said to be one- or two-sided; two-sided is tried first when not given.

    Notes
    -----
    p falls as the size of r grows, so its bounds are those at the ends of the interval. When the
    relation fails, the note gives the least sample size with which the claim would hold.

    Examples
    --------
    >>> found = check_p_of_correlation("0.158", "< .01", n=213, location="Table 3")
    >>> found.verdict, found.note
    ('impossible', 'it would need a sample of at least 264')
    """
    printed = {"p": p, "r": r, "n": n}
    relation = "p = P(|t| > |r| sqrt((n - 2) / (1 - r**2))), df = n - 2"
    if missing := finding_of_missing(location, relation, printed, note=note):
        return missing
    if few := finding_of_too_few(location, relation, printed, {"n": 3}, note=note):
        return few
    for name, value, low in (("r", r, -1.0), ("p", p, 0.0)):
        if impossible := finding_of_impossible(location, name, value, low, 1.0, note=note):
            return impossible
    number, target = as_printed(r), as_printed(p)
    sizes = sorted((abs(number.lower), abs(number.upper)))
    if number.lower < 0 < number.upper:
        sizes[0] = 0.0
    share = 0.5 if tails == 1 else 1.0
    low, high = (share * p_of_correlation(min(r, 1.0), n) for r in reversed(sizes))
    finding = finding_from_bounds(
        location,
        relation,
        printed,
        p,
        outward_bounds(low, high, "monotone"),
        nominal=target.agrees(share * p_of_correlation(number.value, n)),
        note=note,
    )
    if finding.verdict == IMPOSSIBLE and tails is None and overlap(low / 2, high / 2, target):
        return finding.only_if("p is one-sided")
    if finding.verdict == IMPOSSIBLE and target.relation == "<" and sizes[1] > 0:
        needed = _least_sample(min(sizes[1], 1.0), target.value / share)
        remark = f"it would need a sample of at least {needed}"
        return replace(finding, note=join_notes(remark, note))
    return finding


def check_all_significant(
    pairs: Mapping[tuple[str, str], Printed], *, n: int, claim: Printed, location: str
) -> list[Finding]:
    """Check a sentence that all correlations are significant at a level.

    Parameters
    ----------
    pairs : mapping from pair of str to printed number
        The correlations.
    n : int
        Number of pairs of values.
    claim : printed number
        The level, such as ``"< .01"``.
    location : str
        Where the correlations stand.

    Returns
    -------
    list of Finding
        One a correlation.

    Examples
    --------
    >>> found = check_all_significant(
    ...     {("x", "y"): "0.158", ("x", "z"): "0.711"}, n=213, claim="< .01", location="Table 3"
    ... )
    >>> [finding.verdict for finding in found]
    ['impossible', 'consistent']
    """
    return [
        check_p_of_correlation(r, claim, n=n, location=f"{location}, {first} with {second}")
        for (first, second), r in pairs.items()
    ]


def bound_smallest_eigenvalue(lower: np.ndarray, upper: np.ndarray) -> EigenvalueBounds:
    """Bound the smallest eigenvalue of a symmetric matrix known up to intervals.

    Parameters
    ----------
    lower, upper : numpy.ndarray of shape (p, p)
        Symmetric; the ends of the intervals.

    Notes
    -----
    From below by Weyl: the smallest eigenvalue of the middle matrix less the spectral radius of
    the matrix of radii, and from above by their sum. Where the former is negative, from above by
    cutting planes: the smallest eigenvalue is the minimum of v'Rv over unit vectors, hence concave
    in R; for any set of v the largest t with t ≤ v'Rv for all of them is a linear program whose
    value bounds it, and the eigenvectors of its solutions are added until solution and bound meet.

    Examples
    --------
    >>> lower = np.array([[1.0, 0.995], [0.995, 1.0]])
    >>> bounds = bound_smallest_eigenvalue(lower, np.minimum(lower + 0.01, 1.0))
    >>> round(bounds.upper, 6), round(bounds.largest, 6)
    (0.005, 0.005)
    """
    middle, radius = (lower + upper) / 2, (upper - lower) / 2
    spread = float(np.abs(np.linalg.eigvalsh(radius)).max())
    values, vectors = np.linalg.eigh(middle)
    low = float(values[0]) - spread - 1e-12
    best, matrix = float(values[0]), middle
    pairs = zip(*np.triu_indices_from(middle, 1), strict=True)
    free = [(i, j) for i, j in pairs if radius[i, j] > 0]
    cuts = list(vectors.T)
    top = float(values[0]) + spread
    for _ in range(60 if low < 0 else 0):
        # t - sum_ij 2 v_i v_j x_ij <= sum of the fixed part, x the free entries
        coefficients, right = [], []
        for v in cuts:
            moving = np.array([-2 * v[i] * v[j] for i, j in free])
            fixed = float(v @ middle @ v) + moving @ np.array([middle[i, j] for i, j in free])
            coefficients.append(np.append(moving, 1.0))
            right.append(fixed)
        goal = np.zeros(len(free) + 1)
        goal[-1] = -1.0
        limits = [(lower[i, j], upper[i, j]) for i, j in free] + [(None, None)]
        result = linprog(goal, A_ub=np.array(coefficients), b_ub=right, bounds=limits)
        if result.status != 0:
            break
        top = min(top, float(-result.fun) + 1e-9)
        matrix = middle.copy()
        for (i, j), x in zip(free, result.x[:-1], strict=True):
            matrix[i, j] = matrix[j, i] = x
        values, vectors = np.linalg.eigh(matrix)
        best = max(best, float(values[0]))
        if top - best < 1e-6:
            break
        cuts.append(vectors[:, 0])
    return EigenvalueBounds(low, top, best)


@audit_check("correlations that can stand together")
def check_positive_definite(table: CorrelationTable, *, location: str, note: str = "") -> Finding:
    """Check that some correlation matrix rounds to the table.

    A correlation matrix has no negative eigenvalue. The recomputed bounds are those of the
    smallest eigenvalue; see `bound_smallest_eigenvalue`.

    Examples
    --------
    >>> pairs = {("x", "y"): "0.9", ("x", "z"): "0.9", ("y", "z"): "0.2"}
    >>> check_positive_definite(CorrelationTable.from_pairs(pairs), location="Table 3").verdict
    'impossible'
    """
    bounds = bound_smallest_eigenvalue(table.lower, table.upper)
    nominal = np.linalg.eigvalsh((table.lower + table.upper) / 2)[0] >= 0
    return Finding(
        location=location,
        relation="smallest eigenvalue of the correlations >= 0",
        printed=show_printed(table.entries()),
        verdict=IMPOSSIBLE if bounds.upper < 0 else CONSISTENT,
        implied_lower=bounds.lower,
        implied_upper=bounds.upper,
        nominal=bool(nominal),
        method="enclosure",
        note=note,
        cells=cells_of(table.entries()),
    )


def enclose_regression(
    lower: np.ndarray, upper: np.ndarray, right_lower: np.ndarray, right_upper: np.ndarray
) -> np.ndarray:
    """Enclose all solutions x of Rx = r, R and r known up to intervals.

    Parameters
    ----------
    lower, upper : numpy.ndarray of shape (p, p)
        Ends of R.
    right_lower, right_upper : numpy.ndarray of shape (p,)
        Ends of r.

    Returns
    -------
    numpy.ndarray of shape (p, 2)
        Lower and upper end for each coefficient; infinite where R may be singular.

    Notes
    -----
    Krawczyk's iteration in outward-rounded arithmetic: with C an approximate inverse of the middle
    matrix, every solution satisfies x = Cr + (I − CR) x; when the largest row sum q of |I − CR| is
    below 1 all solutions are within |Cr| / (1 − q), and iterating the equation from there shrinks
    the box. That the entries above and below the diagonal are the same numbers is not used, so the
    enclosure is somewhat too wide, never too narrow. Rump (2010), doi:10.1017/S096249291000005X.

    Examples
    --------
    >>> R = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> enclose_regression(R, R, np.array([0.5, 0.4]), np.array([0.5, 0.4])).round(6).tolist()
    [[0.4, 0.4], [0.2, 0.2]]
    """
    p = len(right_lower)
    inverse = np.linalg.pinv((lower + upper) / 2)
    R = [[iv.mpf([lower[i, j], upper[i, j]]) for j in range(p)] for i in range(p)]
    r = [iv.mpf([right_lower[i], right_upper[i]]) for i in range(p)]
    C = [[iv.mpf(float(inverse[i, j])) for j in range(p)] for i in range(p)]
    start = [sum((C[i][k] * r[k] for k in range(p)), iv.mpf(0)) for i in range(p)]
    rest = [
        [int(i == j) - sum((C[i][k] * R[k][j] for k in range(p)), iv.mpf(0)) for j in range(p)]
        for i in range(p)
    ]
    q = max(sum(_magnitude(x) for x in row) for row in rest)
    if q >= 1:
        return np.column_stack([np.full(p, -np.inf), np.full(p, np.inf)])
    reach = max(_magnitude(x) for x in start) / (1 - q) * (1 + 1e-12)
    box = [iv.mpf([-reach, reach]) for _ in range(p)]
    for _ in range(200):
        before = [interval_ends(x) for x in box]
        for i in range(p):
            image = start[i] + sum((rest[i][j] * box[j] for j in range(p)), iv.mpf(0))
            (low, high), (was_low, was_high) = interval_ends(image), interval_ends(box[i])
            box[i] = iv.mpf([max(low, was_low), min(high, was_high)])
        after = [interval_ends(x) for x in box]
        if (
            max(
                abs(a - b)
                for x, y in zip(after, before, strict=True)
                for a, b in zip(x, y, strict=True)
            )
            < 1e-12
        ):
            break
    return np.array([interval_ends(x) for x in box])


@audit_check("path from the correlations")
def check_paths_against_correlations(
    table: CorrelationTable,
    paths: Mapping[str, Printed],
    *,
    outcome: str,
    location: str,
    note: str = "",
) -> list[Finding]:
    """Check standardized regression coefficients against the correlations printed for them.

    Parameters
    ----------
    table : CorrelationTable
        Correlations of predictors and outcome.
    paths : mapping from str to printed number
        Standardized coefficient by predictor.
    outcome : str
        The variable predicted.
    location, note : str
        Where the coefficients appear, and what else to record.

    Returns
    -------
    list of Finding
        One a coefficient against the enclosure of what the correlations imply, and one a predictor
        for its normal equation, r(x, y) = sum of beta_j r(x, x_j). Each equation has every number
        once, so its bounds are sharp, and it can fail where the enclosure is too wide to.

    Examples
    --------
    >>> table = CorrelationTable.from_pairs(
    ...     {("x", "z"): "0.50", ("x", "y"): "0.50", ("z", "y"): "0.40"}
    ... )
    >>> found = check_paths_against_correlations(
    ...     table, {"x": "0.40", "z": "0.30"}, outcome="y", location="Table 4"
    ... )
    >>> [finding.verdict for finding in found]
    ['consistent', 'impossible', 'impossible', 'impossible']
    """
    predictors = list(paths)
    block_low, block_high = table.of(predictors, predictors)
    right_low, right_high = (ends[:, 0] for ends in table.of(predictors, [outcome]))
    box = enclose_regression(block_low, block_high, right_low, right_high)
    middle = np.linalg.lstsq(
        (block_low + block_high) / 2, (right_low + right_high) / 2, rcond=None
    )[0]
    findings = []
    for (name, path), (low, high), implied in zip(paths.items(), box, middle, strict=True):
        number = as_printed(path)
        known = math.isfinite(low)
        entered = {"beta": path} | table.entries([*predictors, outcome])
        findings.append(
            Finding(
                location=f"{location}, {name} -> {outcome}",
                relation="beta = R^-1 r, the regression that the correlations imply",
                printed=show_printed(entered),
                verdict=CONSISTENT if not known or overlap(low, high, number) else IMPOSSIBLE,
                implied_lower=low,
                implied_upper=high,
                nominal=number.agrees(float(implied)),
                method="enclosure",
                note=join_notes("" if known else "the correlations allow a singular matrix", note),
                cells=cells_of(entered),
            )
        )
    for name in predictors:
        findings.append(
            _check_normal_equation(table, paths, name, outcome, location=location, note=note)
        )
    return findings


def _check_normal_equation(
    table: CorrelationTable,
    paths: Mapping[str, Printed],
    name: str,
    outcome: str,
    *,
    location: str,
    note: str,
) -> Finding:
    others = [other for other in paths if other != name]
    printed = {"r_y": _printed_of(table, name, outcome), "b": paths[name]}
    terms = ["b"]
    for k, other in enumerate(others, start=1):
        printed |= {f"b{k}": paths[other], f"r{k}": _printed_of(table, name, other)}
        terms.append(f"b{k}*r{k}")
    finding = relate(
        f"r_y = {' + '.join(terms)}",
        printed,
        location=f"{location}, normal equation of {name} for {outcome}",
        look_for_slips=False,
        note=note,
    )
    names = ", ".join(f"{k} {other}" for k, other in enumerate(others, start=1))
    return replace(
        finding,
        relation=f"r({name}, {outcome}) = sum of beta times correlation with {name}",
        note=join_notes(f"numbered: {names}", finding.note),
    )


@audit_check("R² from paths and correlations")
def check_r_squared(
    r_squared: Printed | None,
    paths: Mapping[str, Printed],
    table: CorrelationTable,
    *,
    location: str,
    outcome: str | None = None,
    note: str = "",
) -> Finding:
    """Check an R² against standardized paths and correlations.

    Parameters
    ----------
    r_squared : printed number or None
        As printed.
    paths : mapping from str to printed number
        Standardized coefficient by predictor.
    table : CorrelationTable
        Printed correlations.
    location, note : str
        Where it appears, and what else to record.
    outcome : str, optional
        With it, R² = sum of beta r(x, y), from the correlations with the outcome; without it,
        R² = b' R b, from those of the predictors.

    Examples
    --------
    >>> table = CorrelationTable.from_pairs({("x", "z"): "0.50"})
    >>> check_r_squared("0.30", {"x": "0.40", "z": "0.20"}, table, location="text").verdict
    'impossible'
    """
    printed: dict[str, Printed | None] = {"r_squared": r_squared}
    terms = []
    names = list(paths)
    printed |= {f"b{k}": paths[name] for k, name in enumerate(names, start=1)}
    if outcome is not None:
        for k, name in enumerate(names, start=1):
            printed[f"r{k}"] = _printed_of(table, name, outcome)
            terms.append(f"b{k}*r{k}")
        relation = R2_BY_OUTCOME
    else:
        for k, first in enumerate(names, start=1):
            terms.append(f"b{k}**2")
            for m, second in enumerate(names[: k - 1], start=1):
                printed[f"r{m}_{k}"] = _printed_of(table, second, first)
                terms.append(f"2*b{m}*b{k}*r{m}_{k}")
        relation = R2_BY_PREDICTORS
    finding = relate(
        f"r_squared = {' + '.join(terms)}",
        printed,
        within={"r_squared": (0.0, 1.0)},
        location=location,
        look_for_slips=False,
        note=note,
    )
    names_text = ", ".join(f"{k} {name}" for k, name in enumerate(names, start=1))
    return replace(
        finding, relation=relation, note=join_notes(f"numbered: {names_text}", finding.note)
    )


def _least_sample(r: float, level: float) -> int:
    """Return the least sample in which a correlation has a p below the level."""
    top = 4
    while p_of_correlation(r, top) >= level:
        top *= 2
    low = 3
    while top - low > 1:
        middle = (low + top) // 2
        low, top = (low, middle) if p_of_correlation(r, middle) < level else (middle, top)
    return top


def _printed_of(table: CorrelationTable, first: str, second: str) -> Printed:
    for pair in ((first, second), (second, first)):
        if pair in table.printed:
            return table.printed[pair]
    raise InputError(f"the correlation of '{first}' and '{second}' is not in the table")


def _magnitude(interval: "iv.mpf") -> float:
    low, high = interval_ends(interval)
    return max(abs(low), abs(high))
