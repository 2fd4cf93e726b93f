"""Simulated power over a grid of sample sizes and effect sizes: one core, all cores or a cluster.

Every cell of the grid has a random stream of its own, made from the seed, the sample size and the
effect size alone. So a cell's numbers do not depend on the other cells, on the order of work, nor
on who does it, and a grid can be enlarged or resumed without changing what is there.
"""

import hashlib
import json
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from helpers.errors import InputError, did_you_mean
from helpers.files import write_text_atomic
from helpers.models.inference.backends import count_cells, find_scheduler, run_cells
from helpers.models.inference.resampling import check_n_jobs, check_seed
from helpers.models.inference.summary import Readable, Section
from helpers.models.power.design import Analysis, Design, Replications, check_reliability

__all__ = ["PowerStudy", "name_joint", "simulate_power"]

BLOCK = 250
"""Replications drawn and analyzed at once, with one random stream, by one process."""

ENGINE = 3
"""Raised when the same seed would give other numbers, so that saved results are not mixed."""

BAND_LEVEL = 0.95
"""Confidence level of the Monte Carlo bands."""

COLUMNS = (
    "design",
    "n",
    "effect",
    "target",
    "truth",
    "estimand",
    "mean_est",
    "sd_est",
    "power",
    "power_lower",
    "power_upper",
    "analytic_power",
    "analytic_method",
    "width",
    "coverage",
    "coverage_lower",
    "coverage_upper",
    "coverage_truth",
    "n_replications",
    "n_failed",
)


@dataclass(frozen=True, repr=False)
class PowerStudy(Readable):
    """A simulated grid.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a cell and target:

        - ``design n effect target``: `n` cases are analyzed; how many are to be recruited for them
          is a matter of those who will be lost;
        - ``truth``: the target's value without measurement error; ``estimand``: what the
          estimator aims at with the measures' reliability;
        - ``mean_est sd_est``: over replications;
        - ``power power_lower power_upper``: share of replications whose interval excludes zero,
          with its 95% Wilson band; a failed replication counts as not significant;
        - ``analytic_power analytic_method``: by formula, NaN where there is none;
        - ``width``: mean width of the intervals;
        - ``coverage coverage_lower coverage_upper``: share of intervals that hold the estimand,
          with its band, and ``coverage_truth``: that contain the true value;
        - ``n_replications n_failed``.

        A joint target, all of several at once, is named "a and b" and has its power alone.
    design : Design
    settings : dict
        What the numbers depend on beside design, size and effect.
    n_resumed : int
        Cells taken from the store instead of simulated.
    """

    table: pd.DataFrame
    design: Design = field(repr=False)
    settings: dict
    n_resumed: int

    @property
    def parameters(self) -> pd.DataFrame:
        """The same as `table`."""
        return self.table

    def _head(self) -> str:
        replications = self.table["n_replications"].max()
        return (
            f"Power by simulation: {replications} samples per cell, seed {self.settings['seed']}, "
            f"{100 * self.settings['ci_level']:g}% intervals"
        )

    def _sections(self) -> list[Section]:
        columns = ["n", "effect", "target", "power", "power_lower", "power_upper"]
        return [
            ("power", self.table[[*columns, "analytic_power"]]),
            ("coverage", self.table[["n", "effect", "target", "truth", "coverage", "width"]]),
        ]


def simulate_power(
    design: Design,
    *,
    sizes: Sequence[int],
    effects: Sequence[float],
    n_replications: int = 1000,
    seed: int = 1,
    ci_level: float = 0.95,
    interval: str = "monte_carlo",
    n_draws: int = 1000,
    n_boot: int = 1000,
    joint: Sequence[Sequence[str]] = (),
    reliability: float | Mapping[str, float] | None = None,
    n_jobs: int | None = None,
    scheduler: str | None = None,
    store: str | os.PathLike | None = None,
    progress: bool | None = None,
) -> PowerStudy:
    """Simulate power, interval width and coverage of a design over a grid.

    Parameters
    ----------
    design : Design
        A `ModerationDesign`, `PathDesign` or `CompositeDesign`.
    sizes : sequence of int
        Numbers of cases analyzed.
    effects : sequence of float
        Effect sizes in the design's own unit (`design.effect_name`).
    n_replications : int
        Samples a cell.
    seed : int
    ci_level : float
        Level of each replication's intervals; one minus alpha.
    interval : {"monte_carlo", "bootstrap"}
        How intervals are made; see `helpers.models.power.design.Analysis`.
    n_draws, n_boot : int
        Draws of the one or the other.
    joint : sequence of sequences of str
        Targets that are to be found all at once, each group a row of its own.
    reliability : float or mapping of str to float, optional
        Reliability of the measures, relative to those the effect sizes come from: published
        effects have already paid for the error of the published measures.
    n_jobs : int, optional
        Processes on this machine; one a core unless given, 1 for none beside this one.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://…``), whose workers do the work instead. Where not
        given, what the environment variable ALLIANCE_SCHEDULER says; "" for this machine.
    store : path, optional
        Folder that keeps each finished cell. A cell found there is not simulated again.
    progress : bool, optional
        Whether to show a progress bar on stderr; where not given, on a terminal only, or as
        `helpers.models.inference.backends.count_cells` says.

    Returns
    -------
    PowerStudy

    Raises
    ------
    InputError
        A grid, a share or a number that cannot be used, an effect size without a population, a
        scheduler that does not answer. Everything is checked before the first cell.

    Notes
    -----
    Cost grows linearly in cells and replications. In a path or composite design it does not
    depend on the sample size (covariance matrices are drawn from their Wishart distribution); in
    a moderation design, and with the bootstrap, it grows linearly in the sample size too.

    Validated: tests/reference/power/test_published_power.py, sample sizes for 80% power of
    Fritz & MacKinnon (2007) as replicated by Fossum & Montoya; noncentral F of R.

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. Communication Methods and Measures, 6(2), 77-98.
    https://doi.org/10.1080/19312458.2012.679848
    Schoemann, A. M., Boulton, A. J., & Short, S. D. (2017). Determining power and sample size for
    simple and complex mediation models. Social Psychological and Personality Science, 8(4),
    379-386. https://doi.org/10.1177/1948550617715068

    Examples
    --------
    >>> from helpers.models.power.moderation import ModerationDesign
    >>> study = simulate_power(ModerationDesign(), sizes=[81], effects=[0.27],
    ...     n_replications=200, seed=1, n_jobs=1)
    >>> bool(study.table.set_index("target").loc["product", "power"] > 0.6)
    True
    """
    analysis = Analysis(ci_level, interval, n_draws, n_boot)
    sizes = _whole_numbers("sizes", sizes)
    effects = _numbers("effects", effects)
    n_replications = _whole_numbers("n_replications", [n_replications])[0]
    seed = check_seed(seed)
    n_jobs = check_n_jobs(n_jobs)
    scheduler = find_scheduler(scheduler)
    reliabilities = check_reliability(reliability, design.measures)
    for effect in effects:
        design.population(effect, reliabilities)
    groups = _check_joint(joint, design)
    _check_smallest(design, effects[0], reliabilities, sizes[0], analysis)

    settings = {
        "engine": ENGINE,
        "seed": seed,
        "n_replications": n_replications,
        "joint": [list(group) for group in groups],
        "reliability": sorted(reliabilities.items()),
        **asdict(analysis),
    }
    cells = [
        _Cell(design, n, effect, seed, n_replications, analysis, reliabilities, groups)
        for effect in effects
        for n in sizes
    ]
    kept = _Store(store, {"design": design.describe(), **settings}, n_cells=len(cells))
    results = {cell.key: kept.load(cell.key) for cell in cells}
    waiting = [cell for cell in cells if results[cell.key] is None]
    # the dearest cells first, so that no worker is left with one at the end
    waiting.sort(key=lambda cell: -cell.n)
    done = len(cells) - len(waiting)
    few = f", n = {', '.join(map(str, sizes))}" if len(sizes) < 4 else ""
    with count_cells(f"{design.name}{few}", total=len(cells), done=done, progress=progress) as bar:
        parts = {cell.key: {} for cell in waiting}
        by_key = {cell.key: cell for cell in waiting}
        blocks = [block for cell in waiting for block in cell.blocks()]
        for key, place, drawn in run_cells(blocks, n_jobs=n_jobs, scheduler=scheduler, kept=kept):
            cell, own = by_key[key], parts[key]
            own[place] = drawn
            if len(own) == cell.n_blocks:
                results[key] = cell.rows([own[place] for place in range(cell.n_blocks)])
                kept.save(key, results[key])
                bar.update()
    table = pd.DataFrame(
        [row for cell in cells for row in results[cell.key]], columns=list(COLUMNS)
    )
    return PowerStudy(table, design, settings, n_resumed=done)


@dataclass(frozen=True)
class _Cell:
    """One sample size at one effect size: blocks of samples, and the rows that come of them."""

    design: Design
    n: int
    effect: float
    seed: int
    n_replications: int
    analysis: Analysis
    reliability: dict[str, float]
    joint: tuple[tuple[str, ...], ...] = ()

    @property
    def key(self) -> tuple[int, float]:
        return self.n, self.effect

    @property
    def n_blocks(self) -> int:
        return -(-self.n_replications // BLOCK)

    def blocks(self) -> "list[_Block]":
        return [_Block(self, place) for place in range(self.n_blocks)]

    def rows(self, parts: Sequence[Replications]) -> list[dict]:
        """Put the blocks' samples together into the cell's rows of the table."""
        design = self.design
        population = design.population(self.effect, self.reliability)
        drawn = Replications(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("est", "lower", "upper", "significant", "failed")
            )
        )
        formula, methods = design.analytic(population, self.n, self.analysis.ci_level)
        truth, estimand = design.truth(self.effect), design.estimand(population)
        ok = ~drawn.failed
        rows = []
        for k, target in enumerate(design.targets):
            est, lower, upper = drawn.est[ok, k], drawn.lower[ok, k], drawn.upper[ok, k]
            has_interval = ok.any() and np.isfinite(estimand[k])
            hits = int(drawn.significant[:, k].sum())
            holds = (lower <= estimand[k]) & (estimand[k] <= upper)
            cover = _band(int(holds.sum()), int(ok.sum())) if has_interval else (np.nan,) * 3
            power = _band(hits, self.n_replications)
            rows.append(
                {
                    "design": design.name,
                    "n": self.n,
                    "effect": self.effect,
                    "target": target,
                    "truth": float(truth[k]),
                    "estimand": float(estimand[k]),
                    "mean_est": float(est.mean()) if has_interval else np.nan,
                    "sd_est": float(est.std(ddof=1)) if has_interval and est.size > 1 else np.nan,
                    "power": power[0],
                    "power_lower": power[1],
                    "power_upper": power[2],
                    "analytic_power": float(formula[k]),
                    "analytic_method": methods[k],
                    "width": float((upper - lower).mean()) if has_interval else np.nan,
                    "coverage": cover[0],
                    "coverage_lower": cover[1],
                    "coverage_upper": cover[2],
                    "coverage_truth": float(((lower <= truth[k]) & (truth[k] <= upper)).mean())
                    if has_interval
                    else np.nan,
                    "n_replications": self.n_replications,
                    "n_failed": int(drawn.failed.sum()),
                }
            )
        for group in self.joint:
            places = [design.targets.index(target) for target in group]
            power = _band(int(drawn.significant[:, places].all(axis=1).sum()), self.n_replications)
            alone = dict.fromkeys(COLUMNS, np.nan) | {"target": name_joint(group)}
            alone |= dict(zip(("power", "power_lower", "power_upper"), power, strict=True))
            same = ("design", "n", "effect", "n_replications", "n_failed")
            rows.append(alone | {"analytic_method": ""} | {name: rows[0][name] for name in same})
        return rows


@dataclass(frozen=True)
class _Block:
    """Samples of a cell that are drawn and analyzed together, by one process."""

    cell: _Cell
    place: int

    def __call__(self) -> tuple[tuple[int, float], int, Replications]:
        """Return the cell's key, the block's place in it, and what its samples came to."""
        cell = self.cell
        size = min(BLOCK, cell.n_replications - self.place * BLOCK)
        words = struct.unpack("<2I", struct.pack("<d", cell.effect + 0.0))
        stream = np.random.SeedSequence(cell.seed, spawn_key=(cell.n, *words, self.place))
        with threadpool_limits(1):
            population = cell.design.population(cell.effect, cell.reliability)
            drawn = cell.design.replicate(
                population, cell.n, size, np.random.default_rng(stream), cell.analysis
            )
        return cell.key, self.place, drawn


def _band(hits: int, total: int) -> tuple[float, float, float]:
    """A share with its Wilson band."""
    band = stats.binomtest(hits, total).proportion_ci(BAND_LEVEL, method="wilson")
    return hits / total, float(band.low), float(band.high)


class _Store:
    """Finished cells on disk, one small file each, told apart by everything they depend on."""

    def __init__(self, folder: str | os.PathLike | None, content: dict, *, n_cells: int) -> None:
        self.folder = None if folder is None else Path(folder)
        self.n_cells, self.n_finished = n_cells, 0
        self.content = json.loads(json.dumps(content))
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(
                    f"store={str(folder)!r} cannot be made a folder: {error.strerror}."
                ) from None

    def _path(self, key: tuple[int, float]) -> Path:
        text = json.dumps([self.content, key], sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"

    def load(self, key: tuple[int, float]) -> list[dict] | None:
        """Return a cell's rows, or None where there is no whole, fitting file."""
        if self.folder is None:
            return None
        try:
            saved = json.loads(self._path(key).read_text(encoding="utf-8"))
            if saved["content"] != self.content or saved["key"] != list(key):
                return None
            rows = [dict(zip(COLUMNS, row, strict=True)) for row in saved["rows"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.n_finished += 1
        return rows

    def save(self, key: tuple[int, float], rows: list[dict]) -> None:
        self.n_finished += 1
        if self.folder is None:
            return
        saved = {
            "content": self.content,
            "key": key,
            "rows": [[row[column] for column in COLUMNS] for row in rows],
        }
        write_text_atomic(self._path(key), json.dumps(saved))

    def __str__(self) -> str:
        """Return what is kept, for a message."""
        finished = f"{self.n_finished} of {self.n_cells} cells were finished"
        if self.folder is None:
            return f"{finished}; the same call begins anew"
        return f"{finished} and are kept in {self.folder}; the same call goes on from there"


def _whole_numbers(argument: str, given: Sequence[int]) -> list[int]:
    values = _numbers(argument, given)
    for value in values:
        if value != int(value) or value < 1:
            raise InputError(f"{argument}: {value!r} is not a whole number from 1 up.")
    return [int(value) for value in values]


def _numbers(argument: str, given: Sequence[float]) -> list[float]:
    try:
        values = [float(value) for value in given]
    except (TypeError, ValueError):
        values = []
    if not values or not np.isfinite(values).all() or len(set(values)) < len(values):
        raise InputError(
            f"{argument}={given!r} is not a list of different finite numbers; give at least one."
        )
    return sorted(values)


def _check_smallest(
    design: Design, effect: float, reliability: dict[str, float], n: int, analysis: Analysis
) -> None:
    """Let the design refuse a sample that is too small before the grid is begun."""
    probe = Analysis(analysis.ci_level, analysis.interval, n_draws=2, n_boot=2)
    population = design.population(effect, reliability)
    design.replicate(population, n, 1, np.random.default_rng(0), probe)


def name_joint(targets: Sequence[str]) -> str:
    """Name the target of finding all of several at once.

    Examples
    --------
    >>> name_joint(("a", "b"))
    'a and b'
    """
    return " and ".join(targets)


def _check_joint(joint: Sequence[Sequence[str]], design: Design) -> tuple[tuple[str, ...], ...]:
    for group in joint:
        for target in group:
            if target not in design.targets:
                raise InputError(
                    f"joint: {target!r} is no target; there are {', '.join(design.targets)}."
                    f"{did_you_mean(target, design.targets)}"
                )
        if len(set(group)) < max(2, len(group)):
            raise InputError(f"joint: {list(group)!r} is not two different targets or more.")
    return tuple(tuple(group) for group in joint)
