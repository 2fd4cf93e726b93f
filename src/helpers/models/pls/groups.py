"""Two groups of one composite model: whether composites are the same and paths differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.intervals import check_ci_level
from helpers.models.inference.resampling import (
    Record,
    Regrouping,
    check_n_boot,
    check_seed,
    map_draws,
)
from helpers.models.inference.summary import Readable, Section
from helpers.models.pls.kernel import FAILURES
from helpers.models.pls.model import fill_with_means, fit_pls, prepare_items
from helpers.models.pls.samples import correlate_counts, in_stacks
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel
from helpers.models.pls.stages import (
    StagedModel,
    StagedStructure,
    compile_stages,
    composite_weights,
    sample_loadings,
    solve_stages,
    stage_statistics,
)

__all__ = ["GroupComparison", "compare_groups"]

LARGEST_SHARE_FAILED = 0.05
"""Of the assignments; with more, those that have a solution are no random part of all."""

_PATH = ["lhs", "op", "rhs"]


@dataclass(frozen=True, repr=False)
class GroupComparison(Readable):
    """What `compare_groups` finds; every test is by random assignment of cases to the groups.

    Attributes
    ----------
    groups : tuple of str
        The two groups; differences are the first less the second.
    n : tuple of int
    composition : DataFrame
        MICOM's step 2, ``construct c c_lower pvalue``: the correlation of the scores that the
        weights of the two groups give to all cases, and the quantile below which it is
        significantly smaller than 1. Of one item it is 1 and nothing is tested: NaN.
    means, variances : DataFrame
        Step 3, ``construct difference lower upper pvalue``: of the means of the scores (weights of
        all cases, in their standard deviations), and of the logarithms of their variances, with
        the limits within which chance keeps them.
    paths : DataFrame
        ``lhs op rhs first second difference lower upper pvalue``.
    n_permutations, n_failed, ci_level, seed
        How many assignments were tried, in how many a group has no solution (they are left out),
        and the options.
    """

    groups: tuple[str, str]
    n: tuple[int, int]
    composition: pd.DataFrame
    means: pd.DataFrame
    variances: pd.DataFrame
    paths: pd.DataFrame
    n_permutations: int
    n_failed: int
    ci_level: float
    seed: int
    model: PLSModel | StagedModel = field(repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """The paths of the two groups and their differences."""
        return self.paths

    def _head(self) -> str:
        (first, second), (n, m) = self.groups, self.n
        failed = f", {self.n_failed} of them without a solution" if self.n_failed else ""
        return (
            f"{first} ({n} cases) less {second} ({m} cases); {self.n_permutations} random"
            f" assignments{failed}, seed {self.seed}"
        )

    def _sections(self) -> list[Section]:
        return [
            ("paths", self.paths),
            ("composition (MICOM, step 2)", self.composition),
            ("means of the scores (MICOM, step 3)", self.means),
            ("log variances of the scores (MICOM, step 3)", self.variances),
        ]


def compare_groups(
    data: pd.DataFrame,
    *,
    model: PLSModel | StagedModel,
    group: str,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    missing: str = "error",
    n_permutations: int = 1000,
    ci_level: float = 0.95,
    seed: int = 1,
    n_jobs: int | None = None,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> GroupComparison:
    """Compare two groups: measurement invariance of composites (MICOM) and differences of paths.

    Parameters
    ----------
    data, model, weighting, mode, tolerance, max_iter
        As in `helpers.models.pls.model.fit_pls`.
    group : str
        A column with two values; the first to appear is the first group.
    missing : {"error", "listwise", "mean"}
        With "mean" a missing answer takes the item's mean of all cases, before they are grouped.
    n_permutations : int
        Random assignments of the cases to two groups of these sizes.
    ci_level : float
        1 less the level of the tests.
    seed : int
    n_jobs : int, optional
        Threads; by default one a core. The result does not depend on it.

    Returns
    -------
    GroupComparison

    Raises
    ------
    InputError
        As `fit_pls`, of each group; for a group that is no column, does not have two values or is
        missing for a case; and where more than 5% of the assignments have no solution.

    Notes
    -----
    Step 1, configural invariance, holds by construction: both groups have the same items, data
    treatment and algorithm. A path's difference is of interest where step 2 does not reject; only
    where step 3 does not either may the groups be pooled. That a test does not reject is no proof
    of equality. A second-order construct is a composite of its dimensions' items, and its
    composition is tested beside that of the dimensions; a product is no composite, and its path is
    compared alone.

    A p value is (1 + as extreme) / (1 + assignments), so that it is never 0 and the test keeps its
    level in any number of assignments (Phipson, B., & Smyth, G. K., 2010, *Statistical Applications
    in Genetics and Molecular Biology, 9*, 39, https://doi.org/10.2202/1544-6115.1585). Assignments
    presume that cases are independent; clients of one therapist are not.

    Henseler, J., Ringle, C. M., & Sarstedt, M. (2016). *International Marketing Review, 33*,
    405-431. https://doi.org/10.1108/IMR-09-2014-0304. Validated: tests/reference/pls,
    composite_tests.R and staged_groups.R (the algorithm on the cases of each group in R, assignment
    by assignment), 1e-9.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> data = simulate_sessions(300)
    >>> data["training"] = np.where(data["experience"] > 10, "long", "short")
    >>> found = compare_groups(
    ...     data, model=PLSModel(ITEMS, PATHS), group="training", n_permutations=200
    ... )
    >>> found.paths.round(3)
            lhs op       rhs  first  second  difference  lower  upper  pvalue
    0  alliance  ~  distress -0.237  -0.247       0.010 -0.195  0.197   0.965
    1   quality  ~  distress -0.130  -0.125      -0.004 -0.200  0.214   0.985
    2   quality  ~  alliance  0.241   0.463      -0.223 -0.213  0.203   0.040
    """
    check_ci_level(ci_level)
    check_seed(seed)
    n_permutations = check_n_boot(n_permutations)
    options = {
        "weighting": weighting, "mode": mode, "tolerance": tolerance, "max_iter": max_iter
    }  # fmt: skip
    structure = compile_stages(model, **options)
    items, kept = prepare_items(data, model, missing)
    codes, names = split_groups(data, group, kept)
    if len(names) != 2:
        found = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise InputError(
            f"group: {group!r} has {len(names)} values ({found}); choose the cases of two, or use"
            " compare_several_groups."
        )
    names = tuple(f"{group} {name}" for name in names)
    filled = pd.DataFrame(fill_with_means(items), columns=items.columns)
    check_groups(filled, codes, names, model=model, **options)
    compared = _prepare(filled, structure)
    observed = compared(codes[None])["values"][0]
    sizes = int((codes == 0).sum()), int((codes == 1).sum())
    record = map_draws(compared, Regrouping(sizes, n_permutations, seed), n_jobs=n_jobs)
    drawn, n_failed = keep_solved(record)
    tables = _tabulate(observed, drawn, ci_level, structure)
    return GroupComparison(
        **tables,
        groups=names,
        n=sizes,
        n_permutations=n_permutations,
        n_failed=n_failed,
        ci_level=ci_level,
        seed=seed,
        model=model,
    )


def _prepare(filled: pd.DataFrame, structure: StagedStructure) -> _Comparison:
    """What all assignments share: the cases, and the scores that the weights of all give them."""
    X = ((filled - filled.mean()) / filled.std(ddof=0)).to_numpy()
    everyone = np.ones((1, len(X)))
    R = np.corrcoef(filled.to_numpy(), rowvar=False)[None]
    found = solve_stages(R, structure, X=X, counts=everyone)
    n = len(X)
    return _Comparison(
        X=X,
        R=R[0],
        scores=np.sqrt((n - 1) / n) * X @ composite_weights(found, structure)[0],
        references=sample_loadings(found, structure),
        structure=structure,
    )


def split_groups(
    data: pd.DataFrame, group: str, kept: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The group of each kept case, from 0, and the names of the groups, in order of appearance."""
    if group not in data.columns:
        raise InputError(f"group: data has no column {group!r}.{did_you_mean(group, data.columns)}")
    codes, values = pd.factorize(data[group][kept])
    if (codes < 0).any():
        raise InputError(f"group: {group!r} is missing for {(codes < 0).sum()} case(s); name it.")
    return codes, tuple(map(str, values))


def check_groups(
    filled: pd.DataFrame, codes: np.ndarray, names: Sequence[str], **options: object
) -> None:
    """Raise InputError where the model has no solution in one of the groups, and name it."""
    for code, name in enumerate(names):
        try:
            fit_pls(filled[codes == code], **options)
        except InputError as error:
            raise InputError(f"group {name}: {error}") from None


def keep_solved(record: Record) -> tuple[np.ndarray, int]:
    """The values of the assignments that have a solution, and how many have none."""
    solved = record["failure"] == 0
    n, n_failed = len(solved), int((~solved).sum())
    if n_failed > LARGEST_SHARE_FAILED * n:
        reason = FAILURES[int(pd.Series(record["failure"][~solved]).mode()[0])]
        raise InputError(
            f"{n_failed} of {n} random assignments have no solution ({reason}); a test by the"
            " others would not keep its level."
        )
    return record["values"][solved], n_failed


@dataclass(frozen=True)
class _Comparison:
    """Composition, means, log variances and paths of two groups, for many assignments at once."""

    X: np.ndarray
    R: np.ndarray
    scores: np.ndarray
    references: tuple[np.ndarray, ...]
    structure: StagedStructure

    def __call__(self, codes: np.ndarray) -> Record:
        return in_stacks(self.of, (codes == 0).astype(float))

    def of(self, members: np.ndarray) -> Record:
        n_paths = len(self.structure.last.model.paths)
        paths, weights, failure = [], [], np.zeros(len(members), dtype=int)
        for counts in (members, 1 - members):
            found = solve_stages(
                correlate_counts(self.X, counts),
                self.structure,
                X=self.X,
                counts=counts,
                references=self.references,
            )
            paths.append(stage_statistics(found, self.structure)[:, :n_paths])
            weights.append(composite_weights(found, self.structure))
            failure = np.where(failure > 0, failure, found.failure)
        one, two = weights
        across, of_one, of_two = (
            np.einsum("bpk,bpk->bk", self.R @ a, b) for a, b in ((one, two), (one, one), (two, two))
        )
        means, variances = zip(*map(self._moments, (members, 1 - members)), strict=True)
        values = [across / np.sqrt(of_one * of_two), means[0] - means[1]]
        values += [np.log(variances[0]) - np.log(variances[1]), *paths]
        return {"values": np.column_stack(values), "failure": failure}

    def _moments(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = counts.sum(axis=1, keepdims=True)
        mean = counts @ self.scores / n
        return mean, (counts @ self.scores**2 - n * mean**2) / (n - 1)


def _tabulate(
    observed: np.ndarray, drawn: np.ndarray, ci_level: float, structure: StagedStructure
) -> dict[str, pd.DataFrame]:
    """Lay out what was observed and what chance gives."""
    model, composites = structure.last.model, [name for _, name in structure.composites]
    K, n_paths = len(composites), len(model.paths)
    parts = np.cumsum([0, K, K, K, n_paths, n_paths])
    c, mean, variance, first, second = (slice(*ends) for ends in pairwise(parts))
    several = np.array([size > 1 for size in structure.composites.values()])
    smaller = (1 + (drawn[:, c] <= observed[c] + 1e-12).sum(axis=0)) / (1 + len(drawn))
    composition = pd.DataFrame(
        {
            "construct": composites,
            "c": observed[c],
            "c_lower": np.where(several, np.quantile(drawn[:, c], 1 - ci_level, axis=0), np.nan),
            "pvalue": np.where(several, smaller, np.nan),
        }
    )
    names = pd.DataFrame({"construct": composites})
    paths = pd.DataFrame([(end, "~", start) for start, end in model.paths], columns=_PATH)
    paths = paths.assign(first=observed[first], second=observed[second])
    difference = observed[first] - observed[second], drawn[:, first] - drawn[:, second]
    return {
        "composition": composition,
        "means": names.join(_two_sided(observed[mean], drawn[:, mean], ci_level)),
        "variances": names.join(_two_sided(observed[variance], drawn[:, variance], ci_level)),
        "paths": paths.join(_two_sided(*difference, ci_level)),
    }


def _two_sided(observed: np.ndarray, drawn: np.ndarray, ci_level: float) -> pd.DataFrame:
    tail = (1 - ci_level) / 2
    extreme = np.abs(drawn) >= np.abs(observed) - 1e-12
    return pd.DataFrame(
        {
            "difference": observed,
            "lower": np.quantile(drawn, tail, axis=0),
            "upper": np.quantile(drawn, 1 - tail, axis=0),
            "pvalue": (1 + extreme.sum(axis=0)) / (1 + len(drawn)),
        }
    )
