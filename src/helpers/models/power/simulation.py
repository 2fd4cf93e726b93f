"""Simulated power over a grid of sample sizes and effect sizes: one core, all cores or a cluster.

Every cell of the grid has a random stream of its own, made from the seed, the sample size and the
effect size alone. So a cell's numbers do not depend on the other cells, on the order of work, nor
on who does it, and a grid can be enlarged or resumed without changing what is there.
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from scipy import optimize, stats
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.models.inference.resampling import check_n_jobs, check_seed
from helpers.models.inference.summary import Readable, Section
from helpers.models.power.design import Analysis, Design, Replications, check_reliability

__all__ = ["PowerStudy", "find_smallest_n", "simulate_power"]

BLOCK = 250
"""Replications drawn and analysed at once, with one random stream."""

SCHEDULER_VARIABLE = "ALLIANCE_SCHEDULER"
"""The environment variable that names a Dask scheduler; SCHEDULER is other programs' word."""

ENGINE = 2
"""Raised when the same seed would give other numbers, so that saved results are not mixed."""

BAND_LEVEL = 0.95
"""Confidence level of the Monte Carlo bands."""

COLUMNS = (
    "design",
    "n",
    "n_analysed",
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

        - ``design n n_analysed effect target``: cases recruited and cases left after attrition;
        - ``truth``: the target's value without measurement error; ``estimand``: what the
          estimator aims at with the measures' reliability;
        - ``mean_est sd_est``: over replications;
        - ``power power_lower power_upper``: share of replications whose interval leaves zero out,
          with its 95 % Wilson band; a failed replication counts as not significant;
        - ``analytic_power analytic_method``: by formula, NaN where there is none;
        - ``width``: mean width of the intervals;
        - ``coverage coverage_lower coverage_upper``: share of intervals that hold the estimand,
          with its band, and ``coverage_truth``: that hold the truth;
        - ``n_replications n_failed``.
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
            f"Power by simulation: {replications} samples a cell, seed {self.settings['seed']}, "
            f"{100 * self.settings['ci_level']:g} % intervals"
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
    attrition: float = 0.0,
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
        Numbers of people recruited.
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
    attrition : float
        Share of the recruited who are lost, at random; rounded against the planner.
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
        Whether to show a progress bar on stderr; where not given, on a terminal only.

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

    Validated: tests/reference/power/test_published_power.py, sample sizes for 80 % power of
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
    if not 0 <= attrition < 1:
        raise InputError(f"attrition={attrition!r} is not a share from 0 up to, not with, 1.")
    n_jobs = check_n_jobs(n_jobs)
    if scheduler is None:
        scheduler = os.environ.get(SCHEDULER_VARIABLE, "")
    reliabilities = check_reliability(reliability, design.measures)
    for effect in effects:
        design.population(effect, reliabilities)
    analysed = {n: int(np.floor(n * (1 - attrition) + 1e-9)) for n in sizes}
    _check_smallest(design, effects[0], reliabilities, analysed, analysis)

    settings = {
        "engine": ENGINE,
        "seed": seed,
        "n_replications": n_replications,
        "attrition": float(attrition),
        "reliability": sorted(reliabilities.items()),
        **asdict(analysis),
    }
    cells = [
        _Cell(design, n, analysed[n], effect, seed, n_replications, analysis, reliabilities)
        for effect in effects
        for n in sizes
    ]
    kept = _Store(store, {"design": design.describe(), **settings})
    results = {cell.key: kept.load(cell.key) for cell in cells}
    waiting = [cell for cell in cells if results[cell.key] is None]
    # the dearest cells first, so that no worker is left with one at the end
    waiting.sort(key=lambda cell: -cell.n)
    with tqdm(
        total=len(cells),
        initial=len(cells) - len(waiting),
        desc=design.name,
        unit="cell",
        disable=None if progress is None else not progress,
    ) as bar:
        for key, rows in _run(waiting, n_jobs, scheduler):
            kept.save(key, rows)
            results[key] = rows
            bar.update()
    table = pd.DataFrame(
        [row for cell in cells for row in results[cell.key]], columns=list(COLUMNS)
    )
    return PowerStudy(table, design, settings, n_resumed=len(cells) - len(waiting))


@dataclass(frozen=True)
class _Cell:
    """One sample size at one effect size; calling it gives its rows of the table."""

    design: Design
    n: int
    n_analysed: int
    effect: float
    seed: int
    n_replications: int
    analysis: Analysis
    reliability: dict[str, float]

    @property
    def key(self) -> tuple[int, float]:
        return self.n, self.effect

    def __call__(self) -> tuple[tuple[int, float], list[dict]]:
        with threadpool_limits(1):
            return self.key, self._rows()

    def _rows(self) -> list[dict]:
        design = self.design
        population = design.population(self.effect, self.reliability)
        parts = [
            design.replicate(
                population,
                self.n_analysed,
                min(BLOCK, self.n_replications - first),
                np.random.default_rng(self._stream(first // BLOCK)),
                self.analysis,
            )
            for first in range(0, self.n_replications, BLOCK)
        ]
        drawn = Replications(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("est", "lower", "upper", "significant", "failed")
            )
        )
        formula, methods = design.analytic(population, self.n_analysed, self.analysis.ci_level)
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
                    "n_analysed": self.n_analysed,
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
        return rows

    def _stream(self, block: int) -> np.random.SeedSequence:
        words = struct.unpack("<2I", struct.pack("<d", self.effect + 0.0))
        return np.random.SeedSequence(self.seed, spawn_key=(self.n, *words, block))


def _band(hits: int, total: int) -> tuple[float, float, float]:
    """A share with its Wilson band."""
    band = stats.binomtest(hits, total).proportion_ci(BAND_LEVEL, method="wilson")
    return hits / total, float(band.low), float(band.high)


class _Store:
    """Finished cells on disk, one small file each, told apart by everything they depend on."""

    def __init__(self, folder: str | os.PathLike | None, content: dict) -> None:
        self.folder = None if folder is None else Path(folder)
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
            return [dict(zip(COLUMNS, row, strict=True)) for row in saved["rows"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, key: tuple[int, float], rows: list[dict]) -> None:
        if self.folder is None:
            return
        saved = {
            "content": self.content,
            "key": key,
            "rows": [[row[column] for column in COLUMNS] for row in rows],
        }
        write_text_atomic(self._path(key), json.dumps(saved))


def _run(
    cells: list[_Cell], n_jobs: int, scheduler: str
) -> Iterator[tuple[tuple[int, float], list[dict]]]:
    """Yield each cell's result as it is finished, wherever it is worked out."""
    if not cells:
        return
    with _backend(n_jobs, scheduler):
        tasks = (joblib.delayed(_work)(cell) for cell in cells)
        yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)


def _work(cell: _Cell) -> tuple[tuple[int, float], list[dict]]:
    return cell()


@contextmanager
def _backend(n_jobs: int, scheduler: str) -> Iterator[None]:
    if not scheduler:
        with joblib.parallel_config(n_jobs=n_jobs, inner_max_num_threads=None):
            yield
        return
    from distributed import Client  # a cluster is the rare case, and its import is slow

    try:
        client = Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TypeError, AssertionError) as error:  # by what is no address
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"scheduler={scheduler!r} does not answer ({reason}); start it with 'dask scheduler"
            f" --host ADDRESS', or leave {SCHEDULER_VARIABLE} unset to use this machine."
        ) from None
    with client, joblib.parallel_config("dask", client=client):
        yield


def find_smallest_n(
    table: pd.DataFrame, *, power: float = 0.8, target: str | None = None
) -> pd.DataFrame:
    """Read off the smallest sample size that reaches the wanted power.

    Parameters
    ----------
    table : pandas.DataFrame
        `PowerStudy.table`.
    power : float
    target : str, optional
        One target; all where not given.

    Returns
    -------
    pandas.DataFrame
        ``design effect target power n_smallest n_lower n_upper n_analytic status``. `n_smallest`
        is read off the simulated curve, `n_lower` and `n_upper` off the upper and lower edge of
        its Monte Carlo band, `n_analytic` off the curve of the formula; NaN where the grid does not
        reach. `status` is "found", "below the grid" (the smallest n has the power already; that n
        is returned) or "not reached on the grid". All are numbers to recruit.

    Notes
    -----
    Each curve is made monotone in n (pooled adjacent violators) and interpolated between grid
    points on the scale of z(power) against the root of n, on which the power of a normal test is
    a straight line.

    Examples
    --------
    >>> frame = pd.DataFrame({"design": "d", "n": [50, 100], "effect": 1.0, "target": "t",
    ...     "power": [0.6, 0.9], "power_lower": [0.5, 0.85], "power_upper": [0.7, 0.95],
    ...     "analytic_power": [0.62, 0.91]})
    >>> find_smallest_n(frame)[["n_lower", "n_smallest", "n_upper", "status"]].to_numpy().tolist()
    [[63.0, 77.0, 90.0, 'found']]
    """
    if not 0 < power < 1:
        raise InputError(f"power={power!r} is not between 0 and 1; give e.g. 0.8.")
    if target is not None:
        known = sorted(table["target"].unique())
        if target not in known:
            raise InputError(
                f"target={target!r} is not in the table; there are {', '.join(known)}."
            )
        table = table[table["target"] == target]
    rows = []
    for (name, effect, which), part in table.groupby(["design", "effect", "target"], sort=False):
        part = part.sort_values("n")
        found, status = _crossing(part["n"], part["power"], power)
        rows.append(
            {
                "design": name,
                "effect": effect,
                "target": which,
                "power": power,
                "n_smallest": found,
                "n_lower": _crossing(part["n"], part["power_upper"], power)[0],
                "n_upper": _crossing(part["n"], part["power_lower"], power)[0],
                "n_analytic": _crossing(part["n"], part["analytic_power"], power)[0],
                "status": status,
            }
        )
    return pd.DataFrame(rows)


def _crossing(n: pd.Series, curve: pd.Series, power: float) -> tuple[float, str]:
    n, curve = n.to_numpy(float), curve.to_numpy(float)
    if np.isnan(curve).any():
        return np.nan, "no curve"
    curve = optimize.isotonic_regression(curve).x
    reached = np.flatnonzero(curve >= power)
    if not reached.size:
        return np.nan, "not reached on the grid"
    first = reached[0]
    if first == 0:
        return n[0], "below the grid"
    z = stats.norm.ppf(np.clip(curve[first - 1 : first + 1], 1e-6, 1 - 1e-6))
    root = np.sqrt(n[first - 1 : first + 1])
    share = (stats.norm.ppf(power) - z[0]) / (z[1] - z[0])
    return float(np.ceil((root[0] + share * (root[1] - root[0])) ** 2 - 1e-9)), "found"


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
    design: Design,
    effect: float,
    reliability: dict[str, float],
    analysed: dict[int, int],
    analysis: Analysis,
) -> None:
    """Let the design refuse a sample that is too small before the grid is begun."""
    smallest = min(analysed.values())
    probe = Analysis(analysis.ci_level, "monte_carlo", n_draws=2)
    population = design.population(effect, reliability)
    design.replicate(population, smallest, 1, np.random.default_rng(0), probe)
