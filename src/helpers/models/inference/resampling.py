"""Resampling plans: which cases each bootstrap draw takes, the same for any number of workers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from helpers.errors import InputError

BLOCK = 250
"""Draws that share one random stream; a chunk of work is one block."""

IN_MEMORY = 2**30
"""Bytes of draws kept in memory; more go to a temporary file."""


def check_n_boot(n_boot: int) -> int:
    """Return `n_boot`, or raise InputError when it is not a whole number of at least 2."""
    if isinstance(n_boot, bool) or not isinstance(n_boot, int | np.integer) or n_boot < 2:
        raise InputError(f"n_boot={n_boot!r} is not a number of draws: give a whole number from 2.")
    return int(n_boot)


def draw_indices(n: int, *, n_boot: int, seed: int, block: int) -> np.ndarray:
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

    Returns
    -------
    array of int32, shape (up to 250, n)
        Case numbers from 0 to n - 1, with replacement, a row a draw.
    """
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,)))
    drawn = stream.integers(0, n, size=(BLOCK, n), dtype=np.int32)
    return drawn[: n_boot - block * BLOCK]


def count_cases(indices: np.ndarray, n: int) -> np.ndarray:
    """How often each draw takes each case, shape (B, draws of a case) to (B, n)."""
    offset = indices + np.arange(len(indices))[:, None] * n
    return np.bincount(offset.ravel(), minlength=len(indices) * n).reshape(-1, n).astype(float)


def map_draws(
    function: Callable[[np.ndarray], np.ndarray],
    n: int,
    *,
    n_boot: int,
    seed: int,
    indices: np.ndarray | None = None,
    n_workers: int | None = None,
) -> np.ndarray:
    """Apply `function` to the case counts of every block of draws and stack what it returns.

    Parameters
    ----------
    function : callable
        Takes counts of shape (B, n), returns an array of shape (B, k). Runs in threads, with one
        linear-algebra thread each.
    n, n_boot, seed
        As in `draw_indices`.
    indices : array of int, shape (n_boot, n), optional
        Given resampling indices instead of a seed.
    n_workers : int, optional
        Threads; by default one a core. The result does not depend on it.

    Returns
    -------
    array, shape (n_boot, k), column-major
        Above 1 GiB it lives in an unnamed temporary file instead of memory.
    """
    blocks = range(-(-n_boot // BLOCK))
    n_workers = n_workers or os.cpu_count() or 1

    def work(block):
        if indices is None:
            rows = draw_indices(n, n_boot=n_boot, seed=seed, block=block)
        else:
            rows = indices[block * BLOCK : (block + 1) * BLOCK]
        return function(count_cases(rows, n))

    with threadpool_limits(1), ThreadPoolExecutor(n_workers) as pool:
        result = None
        for first in range(0, len(blocks), 4 * n_workers):
            batch = blocks[first : first + 4 * n_workers]
            for block, rows in zip(batch, pool.map(work, batch), strict=True):
                if result is None:
                    result = _allocate(n_boot, rows.shape[1])
                result[block * BLOCK : block * BLOCK + len(rows)] = rows
    return result


def _allocate(rows: int, columns: int) -> np.ndarray:
    if rows * columns * 8 < IN_MEMORY:
        return np.empty((rows, columns), order="F")
    with tempfile.TemporaryFile() as store:
        return np.memmap(store, dtype=float, mode="w+", shape=(rows, columns), order="F")
