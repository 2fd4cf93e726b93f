"""More than two groups of one composite model: one test of all, and each pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from helpers.errors import InputError
from helpers.models.inference.resampling import (
    Record,
    Regrouping,
    check_n_boot,
    check_seed,
    map_draws,
)
from helpers.models.inference.summary import Readable, Section
from helpers.models.pls.exact_fit import imply_correlations, measure_distances
from helpers.models.pls.groups import (
    check_groups,
    compare_groups,
    keep_solved,
    split_groups,
)
from helpers.models.pls.kernel import PLSStructure, compile_structure
from helpers.models.pls.model import fill_with_means, prepare_items
from helpers.models.pls.samples import correlate_counts, in_stacks
from helpers.models.pls.specification import MAX_ITER, TOLERANCE, PLSModel
from helpers.models.pls.stages import refuse_stages

__all__ = ["SeveralGroups", "compare_several_groups"]

DISTANCES = ("d_uls", "d_g")


@dataclass(frozen=True, repr=False)
class SeveralGroups(Readable):
    """What `compare_several_groups` finds.

    Attributes
    ----------
    groups : tuple of str
    n : tuple of int
    overall : DataFrame
        ``measure value hi95 pvalue``: the average distance between the groups' implied
        correlations, the quantile above which chance seldom takes it, and the test.
    paths : DataFrame
        ``group_1 group_2`` and the columns of `GroupComparison.paths`, with ``pvalue_holm``: p
        values of one path, adjusted for the number of pairs.
    composition : DataFrame
        The same of MICOM's step 2.
    n_permutations, n_failed, seed
        As in `GroupComparison`, `n_failed` of the test of all groups.
    """

    groups: tuple[str, ...]
    n: tuple[int, ...]
    overall: pd.DataFrame
    paths: pd.DataFrame
    composition: pd.DataFrame
    n_permutations: int
    n_failed: int
    seed: int
    model: PLSModel = field(repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """The paths of each pair of groups and their differences."""
        return self.paths

    def _head(self) -> str:
        sizes = ", ".join(f"{g} ({n} cases)" for g, n in zip(self.groups, self.n, strict=True))
        failed = f", {self.n_failed} of them without a solution" if self.n_failed else ""
        return f"{sizes}; {self.n_permutations} random assignments{failed}, seed {self.seed}"

    def _sections(self) -> list[Section]:
        return [
            ("all groups", self.overall),
            ("paths, pair by pair", self.paths),
            ("composition (MICOM, step 2), pair by pair", self.composition),
        ]


def compare_several_groups(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    group: str,
    weighting: str = "path",
    mode: str | Mapping[str, str] = "A",
    missing: str = "error",
    n_permutations: int = 1000,
    seed: int = 1,
    n_jobs: int | None = None,
    tolerance: float = TOLERANCE,
    max_iter: int = MAX_ITER,
) -> SeveralGroups:
    """Compare more than two groups: whether they differ at all, and which pairs do in which path.

    Parameters
    ----------
    data, model, group, weighting, mode, missing, n_permutations, seed, n_jobs, tolerance, max_iter
        As in `helpers.models.pls.groups.compare_groups`; `group` has three values or more, and the
        model no stages.

    Returns
    -------
    SeveralGroups

    Raises
    ------
    InputError
        As `compare_groups`, of each pair too.

    Notes
    -----
    The test of all groups: in each group the correlations that the model implies; their distance
    (d_ULS and d_G, as in `helpers.models.pls.exact_fit.bootstrap_exact_fit`), averaged over the
    pairs of groups, against that of random assignments of all cases to groups of these sizes
    (Klesel, M., et al., 2019, *Internet Research, 29*, 464-477,
    https://doi.org/10.1108/IntR-11-2017-0418). It also rejects where items correlate differently
    within a construct, and finds a single path less often than the pairs do
    (docs/validation/composite_tests.csv). Pairs are compared by `compare_groups`, and p values
    adjusted by Holm's method over the pairs, for each path and each composite by itself.
    Assignments presume that cases are independent; clients of one therapist are not.

    Validated: tests/reference/pls, composite_tests.R (three groups in R on cases, assignment by
    assignment), 1e-9.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> data = simulate_sessions(300)
    >>> data["training"] = pd.cut(data["experience"], [-1, 7, 13, 99], labels=list("abc"))
    >>> found = compare_several_groups(
    ...     data, model=PLSModel(ITEMS, PATHS), group="training", n_permutations=200
    ... )
    >>> found.overall.round(3)
      measure  value   hi95  pvalue
    0   d_uls  0.590  0.451   0.010
    1     d_g  0.353  0.402   0.109
    >>> columns = ["group_1", "group_2", "lhs", "rhs", "difference", "pvalue", "pvalue_holm"]
    >>> found.paths.loc[found.paths["rhs"] == "alliance", columns].round(3)
          group_1     group_2      lhs       rhs  difference  pvalue  pvalue_holm
    2  training b  training c  quality  alliance      -0.092   0.463        0.647
    5  training b  training a  quality  alliance       0.159   0.323        0.647
    8  training c  training a  quality  alliance       0.251   0.045        0.134
    """
    check_seed(seed)
    n_permutations = check_n_boot(n_permutations)
    refuse_stages(model, "the test of all groups")
    options = {
        "weighting": weighting, "mode": mode, "tolerance": tolerance, "max_iter": max_iter
    }  # fmt: skip
    structure = compile_structure(model, **options)
    items, kept = prepare_items(data, model, missing)
    codes, names = split_groups(data, group, kept)
    if len(names) < 3:
        raise InputError(f"group: {group!r} has {len(names)} value(s); for two use compare_groups.")
    filled = pd.DataFrame(fill_with_means(items), columns=items.columns)
    check_groups(filled, codes, names, model=model, **options)
    distance = _Distance(
        X=((filled - filled.mean()) / filled.std(ddof=0)).to_numpy(),
        n_groups=len(names),
        structure=structure,
    )
    observed = distance(codes[None])["values"][0]
    sizes = tuple(int(n) for n in np.bincount(codes))
    record = map_draws(distance, Regrouping(sizes, n_permutations, seed), n_jobs=n_jobs)
    drawn, n_failed = keep_solved(record)
    paths, composition = [], []
    for one, other in combinations(range(len(names)), 2):
        chosen = np.isin(codes, (one, other))
        labels = np.array(names)[codes[chosen]]
        found = compare_groups(
            filled[chosen].assign(**{group: labels}), model=model, group=group, seed=seed,
            n_permutations=n_permutations, n_jobs=n_jobs, **options,
        )  # fmt: skip
        pair = {"group_1": found.groups[0], "group_2": found.groups[1]}
        paths.append(found.paths.assign(**pair))
        composition.append(found.composition.assign(**pair))
    return SeveralGroups(
        groups=tuple(f"{group} {name}" for name in names),
        n=sizes,
        overall=_test(observed, drawn),
        paths=_adjust(paths, ["lhs", "rhs"]),
        composition=_adjust(composition, ["construct"]),
        n_permutations=n_permutations,
        n_failed=n_failed,
        seed=seed,
        model=model,
    )


@dataclass(frozen=True)
class _Distance:
    """Average distance between the implied correlations of groups, for many assignments at once."""

    X: np.ndarray
    n_groups: int
    structure: PLSStructure

    def __call__(self, codes: np.ndarray) -> Record:
        return in_stacks(self._of, codes)

    def _of(self, codes: np.ndarray) -> Record:
        implied, failure = [], np.zeros(len(codes), dtype=int)
        for group in range(self.n_groups):
            R = correlate_counts(self.X, (codes == group).astype(float))
            own, failed = imply_correlations(R, self.structure, saturated=False)
            implied.append(own)
            failure = np.where(failure > 0, failure, failed)
        pairs = [measure_distances(one, other)[:, 1:] for one, other in combinations(implied, 2)]
        return {"values": np.mean(pairs, axis=0), "failure": failure}


def _test(observed: np.ndarray, drawn: np.ndarray) -> pd.DataFrame:
    larger = (drawn >= observed - 1e-12).sum(axis=0)
    return pd.DataFrame(
        {
            "measure": DISTANCES,
            "value": observed,
            "hi95": np.quantile(drawn, 0.95, axis=0),
            "pvalue": (1 + larger) / (1 + len(drawn)),
        }
    )


def _adjust(tables: list[pd.DataFrame], key: list[str]) -> pd.DataFrame:
    """Put the pairs below each other and adjust the p values of each row of a table over them."""
    together = pd.concat(tables, ignore_index=True)
    order = ["group_1", "group_2", *tables[0].columns.drop(["group_1", "group_2"])]
    adjusted = together.groupby(key, sort=False)["pvalue"].transform(_holm)
    return together[order].assign(pvalue_holm=adjusted)


def _holm(pvalues: pd.Series) -> np.ndarray:
    if pvalues.isna().any():  # of one item there is no test
        return np.full(len(pvalues), np.nan)
    return multipletests(pvalues.to_numpy(), method="holm")[1]
