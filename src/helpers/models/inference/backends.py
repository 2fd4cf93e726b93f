"""Where cells of a grid or draws are worked out: this machine's cores or a cluster's workers."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import joblib
from tqdm import tqdm

from helpers.errors import InputError

__all__ = [
    "NOT_KEPT",
    "PROGRESS_VARIABLE",
    "SCHEDULER_VARIABLE",
    "count_cells",
    "find_scheduler",
    "run_cells",
]

SCHEDULER_VARIABLE = "ALLIANCE_SCHEDULER"
"""The environment variable that names a Dask scheduler; SCHEDULER is other programs' word."""

PROGRESS_VARIABLE = "ALLIANCE_PROGRESS"
"""The environment variable that names a file for progress, where stderr is no terminal."""

Result = TypeVar("Result")

NOT_KEPT = "the same call begins anew"
"""What to do where results are not kept."""

Cell = Callable[[], Result]

PATIENCE = 8.0
"""Seconds without an answer after which a scheduler is taken for lost."""


def find_scheduler(given: str | None) -> str:
    """The scheduler that is asked for, or else the one that the environment names; "" for none.

    Examples
    --------
    >>> find_scheduler("tcp://127.0.0.1:8786")
    'tcp://127.0.0.1:8786'
    """
    return os.environ.get(SCHEDULER_VARIABLE, "") if given is None else given


@contextmanager
def count_cells(name: str, *, total: int, done: int, progress: bool | None) -> Iterator[tqdm]:
    """Count finished cells before the reader's eyes.

    Parameters
    ----------
    name : str
    total, done : int
        Cells, and how many of them are there already.
    progress : bool, optional
        Whether to show it on stderr; where not given, in the file that `PROGRESS_VARIABLE` names,
        or else on a terminal.

    Examples
    --------
    >>> with count_cells("a model", total=2, done=1, progress=False) as bar:
    ...     print(bar.total)
    2
    """
    file = os.environ.get(PROGRESS_VARIABLE, "") if progress is None else ""
    with ExitStack() as stack:
        shown = {"disable": None if progress is None else not progress}
        if file:
            stream = stack.enter_context(Path(file).open("a", encoding="utf-8"))
            shown = {"file": stream, "ncols": 80}
        yield stack.enter_context(tqdm(total=total, initial=done, desc=name, unit="cell", **shown))


def run_cells(
    cells: Sequence[Cell], *, n_jobs: int, scheduler: str, kept: object
) -> Iterator[Result]:
    """Yield each cell's result as it is finished, wherever it is worked out.

    Parameters
    ----------
    cells : sequence of callable
        Each is sent to another process and called there.
    n_jobs : int
        Processes on this machine.
    scheduler : str
        Address of a Dask scheduler, whose workers do the work instead; "" for none.
    kept : object
        Its text says what of the results is kept, should the scheduler be lost; `NOT_KEPT` for
        nothing.

    Raises
    ------
    InputError
        A scheduler that does not answer, at first or, within 15 seconds, any more.

    Examples
    --------
    >>> list(run_cells([dict, list], n_jobs=1, scheduler="", kept=NOT_KEPT))
    [{}, []]
    """
    if scheduler:
        yield from _run_on_cluster(cells, scheduler, kept)
    elif cells:
        with joblib.parallel_config(n_jobs=n_jobs, inner_max_num_threads=None):
            tasks = (joblib.delayed(_work)(cell) for cell in cells)
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)


def _work(cell: Cell) -> Result:
    return cell()


def _run_on_cluster(cells: Sequence[Cell], scheduler: str, kept: object) -> Iterator[Result]:
    if not cells:
        return
    # a cluster is the rare case, and its import is slow
    from distributed import Client
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    # What it would say of a lost connection is said below, in one line.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=f"{PATIENCE}s", set_as_default=False)
    except (OSError, ValueError, TypeError, AssertionError) as error:  # by what is no address
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"scheduler={scheduler!r} does not answer ({reason}); start it with 'dask scheduler"
            f" --host ADDRESS', or leave {SCHEDULER_VARIABLE} unset to use this machine."
        ) from None
    try:
        waiting = {client.submit(_work, cell, pure=False) for cell in cells}
        heard = time.monotonic()
        while waiting:
            done = {future for future in waiting if future.status in ("finished", "error")}
            waiting -= done
            for future in done:
                try:
                    result = future.result(timeout=PATIENCE)
                except (CommClosedError, FutureCancelledError, TimeoutError):
                    raise _lost(scheduler, kept) from None
                yield result
            if done or _answers(client):
                heard = time.monotonic()
            elif client.status != "running" or time.monotonic() - heard > PATIENCE:
                raise _lost(scheduler, kept)
            time.sleep(0.0 if done else 0.2)
    finally:
        with suppress(Exception):
            client.close(timeout=1)


def _lost(scheduler: str, kept: object) -> InputError:
    return InputError(f"scheduler={scheduler!r} is lost; {kept}.")


def _answers(client: object) -> bool:
    """Whether the scheduler still answers, which a connection that is merely open does not say."""
    if client.status != "running":
        return False
    try:
        client.sync(client.scheduler.identity, callback_timeout=PATIENCE / 2)
    except (OSError, TimeoutError, AttributeError):
        return False
    return True
