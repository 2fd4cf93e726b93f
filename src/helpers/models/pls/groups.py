"""Two groups of one composite model: whether composites are the same and paths differ."""

from __future__ import annotations

from collections.abc import Mapping
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
from helpers.models.pls.kernel import (
    FAILURES,
    PLSStructure,
    compile_structure,
    compute_statistics,
    solve_pls,
)
from helpers.models.pls.model import fill_with_means, fit_pls, prepare_items
from helpers.models.pls.samples import correlate_counts, own_loadings, solve_aligned
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel
from helpers.models.pls.stages import refuse_stages

__all__ = ["GroupComparison", "compare_groups"]

LARGEST_SHARE_FAILED = 0.05
"""Of the assignments; with more, those that have a solution are no random part of all."""

_PATH = ["lhs", "op", "rhs"]
STACK = 50
"""Assignments whose matrices are held at once."""


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
    model: PLSModel = field(repr=False)

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
    model: PLSModel,
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
        As in `helpers.models.pls.model.fit_pls`; the model has no stages.
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
    of equality.

    A p value is (1 + as extreme) / (1 + assignments), so that it is never 0 and the test keeps its
    level in any number of assignments (Phipson, B., & Smyth, G. K., 2010, *Statistical Applications
    in Genetics and Molecular Biology, 9*, 39, https://doi.org/10.2202/1544-6115.1585). Assignments
    presume that cases are independent; clients of one therapist are not.

    Henseler, J., Ringle, C. M., & Sarstedt, M. (2016). *International Marketing Review, 33*,
    405-431. https://doi.org/10.1108/IMR-09-2014-0304. Validated: tests/reference/pls, groups.R (the
    algorithm on the cases of each group in R, assignment by assignment), 1e-9.

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
    refuse_stages(model, "a comparison of groups")
    options = {
        "weighting": weighting, "mode": mode, "tolerance": tolerance, "max_iter": max_iter
    }  # fmt: skip
    structure = compile_structure(model, **options)
    items, kept = prepare_items(data, model, missing)
    first, names = _split(data, group, kept)
    filled = pd.DataFrame(fill_with_means(items), columns=items.columns)
    for name, chosen in zip(names, (first, ~first), strict=True):
        try:
            fit_pls(filled[chosen], model=model, **options)
        except InputError as error:
            raise InputError(f"group {name}: {error}") from None
    pooled = fit_pls(filled, model=model, **options)
    R = pooled.correlation.to_numpy()
    compared = _Comparison(
        X=((filled - filled.mean()) / filled.std(ddof=0)).to_numpy(),
        R=R,
        scores=pooled.scores.to_numpy(),
        reference=own_loadings(solve_pls(R[None], structure), structure)[0],
        structure=structure,
    )
    observed = compared.of(first[None].astype(float))["values"][0]
    plan = Regrouping(len(first), int(first.sum()), n_permutations, seed)
    record = map_draws(compared, plan, n_jobs=n_jobs)
    solved = record["failure"] == 0
    n_failed = int((~solved).sum())
    if n_failed > LARGEST_SHARE_FAILED * n_permutations:
        reason = FAILURES[int(pd.Series(record["failure"][~solved]).mode()[0])]
        raise InputError(
            f"{n_failed} of {n_permutations} random assignments have no solution ({reason}); a test"
            " by the others would not keep its level."
        )
    tables = _tabulate(observed, record["values"][solved], ci_level, model)
    sizes = int(first.sum()), int((~first).sum())
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


def _split(data: pd.DataFrame, group: str, kept: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Which of the kept cases are in the first group, and what the groups are called."""
    if group not in data.columns:
        raise InputError(f"group: data has no column {group!r}.{did_you_mean(group, data.columns)}")
    codes, values = pd.factorize(data[group][kept])
    if (codes < 0).any():
        raise InputError(f"group: {group!r} is missing for {(codes < 0).sum()} case(s); name it.")
    if len(values) != 2:
        found = ", ".join(map(str, values[:5])) + (", …" if len(values) > 5 else "")
        raise InputError(
            f"group: {group!r} has {len(values)} values ({found}); choose the cases of two."
        )
    return codes == 0, (f"{group} {values[0]}", f"{group} {values[1]}")


@dataclass(frozen=True)
class _Comparison:
    """Composition, means, log variances and paths of two groups, for many assignments at once."""

    X: np.ndarray
    R: np.ndarray
    scores: np.ndarray
    reference: np.ndarray
    structure: PLSStructure

    def __call__(self, members: np.ndarray) -> Record:
        parts = [self.of(members[k : k + STACK]) for k in range(0, len(members), STACK)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def of(self, members: np.ndarray) -> Record:
        starts, n_paths = self.structure.starts[:-1], len(self.structure.model.paths)
        paths, weights, failure = [], [], np.zeros(len(members), dtype=int)
        for counts in (members, 1 - members):
            own = correlate_counts(self.X, counts)
            solution, _ = solve_aligned(own, self.structure, self.reference)
            paths.append(compute_statistics(own, solution, self.structure)[:, :n_paths])
            weights.append(solution.weights)
            failure = np.where(failure > 0, failure, solution.failure)
        block = self.R * np.equal.outer(self.structure.owner, self.structure.owner)
        one, two = weights
        products = (one @ block * two, one @ block * one, two @ block * two)
        across, of_one, of_two = (np.add.reduceat(part, starts, axis=1) for part in products)
        means, variances = zip(*map(self._moments, (members, 1 - members)), strict=True)
        values = [across / np.sqrt(of_one * of_two), means[0] - means[1]]
        values += [np.log(variances[0]) - np.log(variances[1]), *paths]
        return {"values": np.column_stack(values), "failure": failure}

    def _moments(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = counts.sum(axis=1, keepdims=True)
        mean = counts @ self.scores / n
        return mean, (counts @ self.scores**2 - n * mean**2) / (n - 1)


def _tabulate(
    observed: np.ndarray, drawn: np.ndarray, ci_level: float, model: PLSModel
) -> dict[str, pd.DataFrame]:
    """Lay out what was observed and what chance gives."""
    K, n_paths = len(model.names), len(model.paths)
    parts = np.cumsum([0, K, K, K, n_paths, n_paths])
    c, mean, variance, first, second = (slice(*ends) for ends in pairwise(parts))
    several = np.array([len(own) > 1 for own in model.constructs.values()])
    smaller = (1 + (drawn[:, c] <= observed[c] + 1e-12).sum(axis=0)) / (1 + len(drawn))
    composition = pd.DataFrame(
        {
            "construct": model.names,
            "c": observed[c],
            "c_lower": np.where(several, np.quantile(drawn[:, c], 1 - ci_level, axis=0), np.nan),
            "pvalue": np.where(several, smaller, np.nan),
        }
    )
    names = pd.DataFrame({"construct": model.names})
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
