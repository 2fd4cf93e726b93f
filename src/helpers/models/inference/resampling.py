"""Resampling plans: which cases each bootstrap draw takes, the same for any number of workers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from helpers.errors import InputError
from helpers.models.inference.backends import NOT_KEPT, find_scheduler, run_cells

BLOCK = 250
"""Draws that share one random stream; a chunk of work is one block."""

BATCH = 10
"""Refits that go to a process together, with the model and its data sent once."""

IN_MEMORY = 2**30
"""Bytes of draws kept in memory; more go to a temporary file."""

Record = dict[str, np.ndarray]
"""What a function of draws returns: arrays by name, one row per draw."""


def check_n_boot(n_boot: int) -> int:
    """Return `n_boot`, or raise InputError when it is not a whole number of at least 2."""
    if isinstance(n_boot, bool) or not isinstance(n_boot, int | np.integer) or n_boot < 2:
        raise InputError(f"n_boot={n_boot!r} is not a number of draws: give a whole number from 2.")
    return int(n_boot)


def check_seed(seed: int) -> int:
    """Return `seed`, or raise InputError when it is not a whole number from 0."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed={seed!r} is not a seed: give a whole number from 0.")
    return int(seed)


def check_n_jobs(n_jobs: int | None) -> int:
    """Return how many workers there shall be: `n_jobs`, or one a core for None and -1."""
    if n_jobs is None or (n_jobs == -1 and not isinstance(n_jobs, bool)):
        return os.cpu_count() or 1
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or n_jobs < 1:
        raise InputError(
            f"n_jobs={n_jobs!r} is not a number of workers; give 1 or more, or -1 for one a core."
        )
    return int(n_jobs)


def check_indices(indices: np.ndarray, n: int) -> np.ndarray:
    """Return given resampling indices as an array, or say in one line what they should be.

    Parameters
    ----------
    indices : array of int, shape (n_boot, n)
        Numbers of cases (or clusters) from 0 to n - 1, one row per draw.
    n : int

    Returns
    -------
    array of int, shape (n_boot, n)

    Raises
    ------
    InputError
        For another shape, numbers that are not whole, or numbers outside 0 to n - 1; R counts
        from 1.
    """
    array = np.asarray(indices)
    if array.ndim != 2 or array.shape[1] != n or len(array) < 2:
        raise InputError(
            f"indices has shape {array.shape}; give one row a draw (at least 2) and {n} columns."
        )
    if not np.issubdtype(array.dtype, np.integer) or array.min() < 0 or array.max() >= n:
        from_one = array.min() == 1 and array.max() == n
        raise InputError(
            f"indices must hold whole numbers from 0 to {n - 1}"
            + ("; these count from 1, so subtract 1." if from_one else ".")
        )
    return array


@dataclass(frozen=True)
class Resampling:
    """Which cases each draw of a bootstrap takes; made by `plan_resampling`.

    Attributes
    ----------
    n : int
        Cases in the sample.
    n_units : int
        What is drawn: cases, or whole clusters of them.
    n_boot : int
    seed : int or None
        None with given indices.
    indices : array of int, shape (n_boot, n_units), or None
    cluster : array of int, shape (n,), or None
        The cluster of each case, from 0 to n_units - 1.
    strata : array of int, shape (n_units,), or None
        The group of each unit, from 0; each draw takes as many units of a group as there are.
    """

    n: int
    n_units: int
    n_boot: int
    seed: int | None
    indices: np.ndarray | None
    cluster: np.ndarray | None
    strata: np.ndarray | None = None

    @property
    def n_blocks(self) -> int:
        """Blocks of up to 250 draws."""
        return -(-self.n_boot // BLOCK)

    def draw(self, block: int) -> np.ndarray:
        """Units that each draw of a block takes, shape (up to 250, n_units)."""
        if self.indices is not None:
            return self.indices[block * BLOCK : (block + 1) * BLOCK]
        return draw_indices(
            self.n_units, n_boot=self.n_boot, seed=self.seed, block=block, strata=self.strata
        )

    def counts(self, block: int) -> np.ndarray:
        """How often each draw of a block takes each case, shape (up to 250, n)."""
        return self._of_cases(count_cases(self.draw(block), self.n_units))

    def counts_without(self, first: int, last: int) -> np.ndarray:
        """Counts of the sample without unit `first`, `first` + 1 … `last` - 1, a row each."""
        counts = np.ones((last - first, self.n_units))
        counts[np.arange(last - first), np.arange(first, last)] = 0.0
        return self._of_cases(counts)

    def _of_cases(self, counts: np.ndarray) -> np.ndarray:
        return counts if self.cluster is None else counts[:, self.cluster]


def plan_resampling(
    n: int,
    *,
    n_boot: int = 5000,
    seed: int = 1,
    indices: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    strata: np.ndarray | None = None,
) -> Resampling:
    """Check what a bootstrap is asked for and return its plan.

    Parameters
    ----------
    n : int
        Cases in the sample.
    n_boot : int
        Draws.
    seed : int
        The same seed gives the same draws for any number of workers.
    indices : array of int, shape (n_boot, units), optional
        Given numbers of cases (or clusters, in order of first appearance) from 0, instead of
        `n_boot` and `seed`.
    cluster : array, shape (n,), optional
        The cluster of each case. Whole clusters are then drawn, as many as there are; draws may
        differ in their number of cases.
    strata : array of int, shape (n,), optional
        The group of each case, from 0. Units are then drawn within each group.

    Returns
    -------
    Resampling

    Raises
    ------
    InputError
        For options out of range, indices that do not fit, a case without a cluster, fewer than
        two clusters, or a cluster that has cases in several groups.

    Examples
    --------
    >>> plan = plan_resampling(4, n_boot=2, seed=1, cluster=["a", "a", "b", "c"])
    >>> plan.n_units
    3
    >>> plan.counts(0)
    array([[1., 1., 0., 2.],
           [1., 1., 1., 1.]])
    """
    n_units, codes = n, None
    if cluster is not None:
        codes, names = pd.factorize(np.asarray(cluster))
        if len(codes) != n:
            raise InputError(f"cluster has {len(codes)} entries for {n} cases.")
        if (codes < 0).any():
            raise InputError(f"cluster is missing for {(codes < 0).sum()} case(s); name it.")
        n_units = len(names)
        if n_units < 2:
            raise InputError(f"cluster names {n_units} cluster; to draw clusters takes two.")
    if strata is not None and codes is not None:
        strata = _strata_of_clusters(strata, codes, names)
    if indices is not None:
        indices = check_indices(indices, n_units)
        return Resampling(n, n_units, len(indices), None, indices, codes, strata)
    return Resampling(n, n_units, check_n_boot(n_boot), check_seed(seed), None, codes, strata)


def _strata_of_clusters(strata: np.ndarray, codes: np.ndarray, names: np.ndarray) -> np.ndarray:
    pairs = pd.DataFrame({"unit": codes, "group": strata}).drop_duplicates()
    again = int(pairs["unit"].duplicated().sum())
    if again:
        raise InputError(
            f"{again} of {len(names)} clusters have cases in several groups, so that neither whole "
            "clusters can be drawn within each group nor groups by themselves."
        )
    return pairs.sort_values("unit")["group"].to_numpy()


@dataclass(frozen=True)
class Regrouping:
    """Random assignments of cases to groups of given sizes, as `map_draws` takes a plan.

    Attributes
    ----------
    sizes : tuple of int
        Cases of each group.
    n_boot : int
        Assignments.
    seed : int
    """

    sizes: tuple[int, ...]
    n_boot: int
    seed: int

    @property
    def n_blocks(self) -> int:
        """Blocks of up to 250 assignments."""
        return -(-self.n_boot // BLOCK)

    def counts(self, block: int) -> np.ndarray:
        """The group, from 0, that each assignment of a block gives each case, shape (B, n)."""
        stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(block,)))
        groups = np.tile(np.repeat(np.arange(len(self.sizes)), self.sizes), (BLOCK, 1))
        return stream.permuted(groups, axis=1)[: self.n_boot - block * BLOCK]


def draw_indices(
    n: int, *, n_boot: int, seed: int, block: int, strata: np.ndarray | None = None
) -> np.ndarray:
    """Resampling indices of one block of draws.

    Draw b uses stream b // 250 of `numpy.random.SeedSequence(seed)`, so a draw does not depend on
    how many workers there are, nor on how many draws follow it.

    Parameters
    ----------
    n : int
        Number of cases.
    n_boot : int
        Number of draws in all blocks.
    seed : int
    block : int
        Which block of 250 draws, from 0.
    strata : array of int, shape (n,), optional
        The group of each case, from 0; cases are then drawn within each group.

    Returns
    -------
    array of int, shape (up to 250, n)
        Case numbers from 0 to n - 1, with replacement, one row per draw.
    """
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,)))
    if strata is None:
        drawn = stream.integers(0, n, size=(BLOCK, n), dtype=np.int32)
    else:
        sizes = np.bincount(strata)
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        within = stream.integers(0, np.repeat(sizes, sizes), size=(BLOCK, n))
        drawn = np.argsort(strata, kind="stable")[first + within]
    return drawn[: n_boot - block * BLOCK]


def count_cases(indices: np.ndarray, n: int) -> np.ndarray:
    """How often each draw takes each case, shape (B, draws of a case) to (B, n)."""
    offset = indices + np.arange(len(indices))[:, None] * n
    return np.bincount(offset.ravel(), minlength=len(indices) * n).reshape(-1, n).astype(float)


def map_draws(
    function: Callable[[np.ndarray], Record],
    plan: Resampling | Regrouping,
    *,
    n_jobs: int | None = None,
    together: int = 1,
) -> Record:
    """Apply `function` to the case counts of every block of draws and stack what it returns.

    Parameters
    ----------
    function : callable
        Takes counts of shape (B, n), returns arrays by name, of shape (B, ...). Runs in threads,
        with one linear-algebra thread each.
    plan : Resampling or Regrouping
    n_jobs : int, optional
        Threads; by default one a core. The result does not depend on it.
    together : int
        Blocks that a call of `function` takes.

    Returns
    -------
    dict of arrays, shape (n_boot, ...), column-major
        One above 1 GiB lives in an unnamed temporary file instead of memory.
    """

    def work(first: int) -> Record:
        blocks = range(first * together, min((first + 1) * together, plan.n_blocks))
        return function(np.concatenate([plan.counts(block) for block in blocks]))

    return _stack(work, plan.n_boot, n_jobs, rows=together * BLOCK)


def map_without(
    function: Callable[[np.ndarray], Record], plan: Resampling, *, n_jobs: int | None = None
) -> Record:
    """The same for the sample without one of its units, one row per unit."""

    def work(block: int) -> Record:
        last = min((block + 1) * BLOCK, plan.n_units)
        return function(plan.counts_without(block * BLOCK, last))

    return _stack(work, plan.n_units, n_jobs, rows=BLOCK)


def _stack(work: Callable[[int], Record], n_rows: int, n_jobs: int | None, *, rows: int) -> Record:
    """What `work` returns for 0, 1 and so on, `rows` rows each, one below the other."""
    n_jobs = check_n_jobs(n_jobs)
    n_parts = -(-n_rows // rows)
    result: Record = {}
    with threadpool_limits(1), ThreadPoolExecutor(n_jobs) as pool:
        # few parts at a time, so that not all wait in memory to be stacked
        for first in range(0, n_parts, 4 * n_jobs):
            batch = range(first, min(first + 4 * n_jobs, n_parts))
            for part, record in zip(batch, pool.map(work, batch), strict=True):
                for name, values in record.items():
                    if name not in result:
                        result[name] = _allocate((n_rows, *values.shape[1:]), values.dtype)
                    result[name][part * rows : part * rows + len(values)] = values
    return result


def _allocate(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    if np.prod(shape) * dtype.itemsize < IN_MEMORY:
        return np.empty(shape, dtype, order="F")
    with tempfile.TemporaryFile() as store:
        return np.memmap(store, dtype=dtype, mode="w+", shape=shape, order="F")


def map_refits(
    refit: Callable[[np.ndarray], np.ndarray],
    counts: Iterator[np.ndarray],
    *,
    n_jobs: int | None = None,
    scheduler: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Refit a model to each of many samples, each in a process of its own.

    Parameters
    ----------
    refit : callable
        Takes the numbers of the cases of a sample, a case as often as it was drawn; returns its
        quantities, shape (m,), or raises InputError when the sample has no solution.
    counts : iterator of arrays, shape (B, n)
        How often each sample takes each case.
    n_jobs : int, optional
        Processes; by default one a core. The result does not depend on it.
    scheduler : str, optional
        As in `helpers.models.inference.backends`: its workers do the work instead.

    Returns
    -------
    values : array, shape (samples, m)
        NaN in a row without a solution.
    failure : array of str, shape (samples,)
        Why there is none; empty where there is one.
    """
    batches = (
        [np.repeat(np.arange(len(row)), row.astype(int)) for row in block[first : first + BATCH]]
        for block in counts
        for first in range(0, len(block), BATCH)
    )
    cells = [_Attempts(place, refit, batch) for place, batch in enumerate(batches)]
    done = dict(
        run_cells(
            cells,
            n_jobs=check_n_jobs(n_jobs),
            scheduler=find_scheduler(scheduler),
            kept=NOT_KEPT,
        )
    )
    found = [outcome for place in range(len(cells)) for outcome in done[place]]
    width = max((len(values) for values, _ in found if values is not None), default=0)
    values = np.full((len(found), width), np.nan)
    for row, (solution, _) in zip(values, found, strict=True):
        if solution is not None:
            row[:] = solution
    return values, np.array([reason for _, reason in found], dtype=object)


@dataclass(frozen=True)
class _Attempts:
    """A batch of samples; calling it gives its place and what each sample came to."""

    place: int
    refit: Callable
    samples: list

    def __call__(self) -> tuple[int, list[tuple[np.ndarray | None, str]]]:
        with threadpool_limits(1):
            return self.place, [_attempt(self.refit, cases) for cases in self.samples]


def _attempt(refit: Callable, cases: np.ndarray) -> tuple[np.ndarray | None, str]:
    try:
        return np.asarray(refit(cases), dtype=float), ""
    except InputError as error:
        return None, str(error)
