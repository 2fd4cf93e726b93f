"""Measure by simulation how moderated regressions fare with clusters and with missing values.

    make calibration

The product of two variables is estimated in samples whose true product is known, 0.25: clients
within therapists, where each way to an interval should cover it in 95 of 100 samples; and samples
with missing values, where listwise deletion and multiple imputation should also be right on
average. Writes docs/validation/: moderation.csv, and from it clusters.csv and missing.csv, which
docs/validation.md shows. What is simulated so far stays in build/calibration/ until all is there.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import io
import shutil
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from helpers.files import write_bytes_atomic, write_text_atomic
from helpers.models.inference.imputation import impute_pmm
from helpers.models.inference.intervals import expanded_level, percentile_interval
from helpers.models.inference.resampling import count_cases
from helpers.models.moderation.fit import probe_coefficients
from helpers.models.moderation.model import fit_moderation, pool_moderation

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "validation" / "moderation.csv"
PARTIAL = ROOT / "build" / "calibration" / "moderation"
DATASETS = {"clusters": 1000, "missing": 300}  # a cell
BATCH = 25  # data sets between two saves
N_BOOT = 499
N_IMPUTATIONS = 20
SEED = 20260402
PRODUCT = 0.25
ROLES = {"outcome": "y", "predictor": "x", "moderator": "w"}
CLUSTER_METHODS = (
    "classical",
    "HC3",
    "CR2",
    "case bootstrap",
    "cluster bootstrap",
    "expanded cluster bootstrap",
)
MISSING_METHODS = ("complete", "listwise", "imputed", "imputed, no products")


def draw_clusters(rng: np.random.Generator, n_clusters: int, level: str) -> pd.DataFrame:
    """Draw clients of therapists: 5 to 15 each, a tenth of the outcome's variance between them.

    The slope of x differs by therapist with a standard deviation of 0.2. The moderator is the
    therapist's own (one value for all of its clients), an arm of the trial to which three in ten
    therapists belong, or each client's.
    """
    codes = np.repeat(np.arange(n_clusters), rng.integers(5, 16, n_clusters))
    n = len(codes)
    x = np.sqrt(0.1) * rng.standard_normal(n_clusters)[codes] + np.sqrt(0.9) * rng.standard_normal(
        n
    )
    match level:
        case "therapist":
            w = rng.standard_normal(n_clusters)[codes]
        case "arm":
            w = (codes < round(0.3 * n_clusters)).astype(float)
        case "client":
            w = rng.standard_normal(n)
    intercept = np.sqrt(0.1) * rng.standard_normal(n_clusters)[codes]
    slope = 0.3 + 0.2 * rng.standard_normal(n_clusters)[codes]
    y = intercept + slope * x + 0.3 * w + PRODUCT * x * w + np.sqrt(0.9) * rng.standard_normal(n)
    return pd.DataFrame({"y": y, "x": x, "w": w, "id": codes})


def draw_gaps(
    rng: np.random.Generator, n: int, condition: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a sample, whole and with values missing at random given what is observed."""
    x = rng.standard_normal(n)
    w = 0.3 * x + np.sqrt(0.91) * rng.standard_normal(n)
    y = 0.3 * x + 0.3 * w + PRODUCT * x * w + rng.standard_normal(n)
    whole = pd.DataFrame({"y": y, "x": x, "w": w})
    cause, target = {"moderator": (y, "w"), "outcome": (x + w, "y")}[condition]
    odds = np.exp(-1.2 - 1.5 * (cause - cause.mean()) / cause.std())
    gaps = whole.copy()
    gaps.loc[rng.random(n) < odds / (1 + odds), target] = np.nan
    return whole, gaps


def product_draws(data: pd.DataFrame, counts: np.ndarray) -> np.ndarray:
    """The product's coefficient in each set of cases taken as often as `counts` says, (B, n).

    Sets that leave it undetermined, as one of two clusters does, are left out.
    """
    x, w = (data[name] - data[name].mean() for name in "xw")
    columns = np.column_stack([np.ones(len(data)), x, w, x * w, data["y"]])
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(data), -1)
    moments = (counts @ products).reshape(-1, 5, 5)
    moments = moments[np.linalg.cond(moments[:, :4, :4]) < 1e12]
    return np.linalg.solve(moments[:, :4, :4], moments[:, :4, 4:])[:, 3, 0]


def cluster_limits(rng: np.random.Generator, data: pd.DataFrame) -> np.ndarray:
    """Limits of the product by method, shape (2 methods,)."""
    fit = fit_moderation(data, **ROLES, cluster="id")
    tables = [probe_coefficients(fit, se_type=kind).iloc[3] for kind in ("classical", "hc3", "cr2")]
    limits = [row[side] for row in tables for side in ("ci_lower", "ci_upper")]
    n, codes = len(data), data["id"].to_numpy()
    n_clusters = codes[-1] + 1
    cases = count_cases(rng.integers(0, n, (N_BOOT, n)), n)
    clusters = count_cases(rng.integers(0, n_clusters, (N_BOOT, n_clusters)), n_clusters)
    drawn = product_draws(data, clusters[:, codes])
    limits += [*percentile_interval(product_draws(data, cases)), *percentile_interval(drawn)]
    limits += [*percentile_interval(drawn, expanded_level(0.95, n_clusters))]
    return np.array(limits)


def missing_estimates(whole: pd.DataFrame, gaps: pd.DataFrame, seed: int) -> np.ndarray:
    """Estimate and limits of the product by method, shape (3 methods,)."""
    options = {"n_imputations": N_IMPUTATIONS, "seed": seed}
    fits = (
        fit_moderation(whole, **ROLES),
        fit_moderation(gaps, **ROLES, missing="listwise"),
        fit_moderation(gaps, **ROLES, missing="mi", **options),
        pool_moderation(impute_pmm(gaps, **options), **ROLES),
    )
    columns = ["est", "ci_lower", "ci_upper"]
    return np.concatenate([fit.table.loc[3, columns].to_numpy(float) for fit in fits])


@dataclass(frozen=True)
class TableCell:
    """One population at one sample size (of clusters, or of cases).

    A study's cells add `truth`, `seed`, `ways` (the methods by topic) and `measure_one`.
    """

    topic: str
    condition: str
    n: int

    @property
    def name(self) -> str:
        """What the cell's file is called."""
        return f"{self.topic}_{self.condition}_{self.n}"

    @property
    def methods(self) -> tuple[str, ...]:
        """By which ways the samples are analyzed."""
        return self.ways[self.topic]

    def measure(self, places: range) -> np.ndarray:
        """What the data sets at these places give, one row per data set."""
        return np.array([self.measure_one(self._stream(place), place) for place in places])

    def _stream(self, place: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *self.name.encode(), place])

    def summarize(self, found: np.ndarray) -> pd.DataFrame:
        """The cell's rows of the table."""
        parts = found.reshape(len(found), len(self.methods), -1)
        rows = []
        for method, values in zip(self.methods, parts.transpose(1, 2, 0), strict=True):
            *estimates, lower, upper = values
            covered = (lower <= self.truth) & (upper >= self.truth)
            rows.append(self._row(method, "covered", covered))
            rows.append(self._row(method, "width", upper - lower))
            if estimates:
                rows.append(self._row(method, "estimate", estimates[0]))
        return pd.DataFrame(rows)

    def _row(self, method: str, measure: str, values: np.ndarray) -> dict:
        return {
            "topic": self.topic,
            "condition": self.condition,
            "n": self.n,
            "method": method,
            "measure": measure,
            "value": values.mean(),
            "mc_error": values.std() / np.sqrt(len(values)),
            "datasets": len(values),
        }


@dataclass(frozen=True)
class Cell(TableCell):
    """A population of moderated regressions."""

    truth = PRODUCT
    seed = SEED
    ways: ClassVar = {"clusters": CLUSTER_METHODS, "missing": MISSING_METHODS}

    def measure_one(self, rng: np.random.Generator, place: int) -> np.ndarray:
        if self.topic == "clusters":
            return cluster_limits(rng, draw_clusters(rng, self.n, self.condition))
        return missing_estimates(*draw_gaps(rng, self.n, self.condition), seed=place)


def list_cells() -> list[Cell]:
    """All cells."""
    return [
        *(
            Cell("clusters", lvl, n)
            for lvl in ("therapist", "arm", "client")
            for n in (5, 10, 20, 30, 60)
        ),
        *(Cell("missing", missed, n) for missed in ("moderator", "outcome") for n in (100, 300)),
    ]


def extend(cell: TableCell, n_datasets: int, folder: Path) -> np.ndarray:
    """What the cell measured, with the data sets added that are missing."""
    path = folder / f"{cell.name}.npy"
    found = np.load(path) if path.exists() else None
    while found is None or len(found) < n_datasets:
        done = 0 if found is None else len(found)
        more = cell.measure(range(done, min(done + BATCH, n_datasets)))
        found = more if found is None else np.vstack([found, more])
        content = io.BytesIO()
        np.save(content, found)
        write_bytes_atomic(path, content.getvalue())
    return found


DIGITS = {"covered": (100, 1), "estimate": (1, 3)}
"""By what a measure is multiplied on the page, and its decimals."""


def write_bracketed(
    table: pd.DataFrame,
    path: Path,
    *,
    topic: str,
    heads: tuple[str, str],
    columns: dict[str, tuple[str, str]],
) -> None:
    """The table of the page: Monte Carlo errors in brackets, one row per population and size.

    `columns` names the method and the measure of each column, `heads` the first two columns.
    """
    rows = table[table["topic"] == topic]
    shown = {}
    for head, (method, measure) in columns.items():
        factor, digits = DIGITS[measure]
        own = rows[(rows["method"] == method) & (rows["measure"] == measure)]
        shown[head] = [
            f"{factor * row.value:.{digits}f} ({factor * row.mc_error:.{digits}f})"
            for row in own.itertuples()
        ]
    keys = own[["condition", "n"]].set_axis(heads, axis=1).reset_index(drop=True)
    size = rows["datasets"].min()
    write_text_atomic(path, keys.assign(**shown, samples=size).to_csv(index=False))


def write_tables(
    table: pd.DataFrame,
    *,
    head: str,
    cluster_methods: Sequence[str],
    missing_methods: Sequence[str],
    prefix: str = "",
) -> None:
    """The tables as the page shows them, Monte Carlo errors in brackets.

    `head` names what differs between the conditions of the clusters.
    """
    write_bracketed(
        table,
        TABLE.with_name(f"{prefix}clusters.csv"),
        topic="clusters",
        heads=(head, "clusters"),
        columns={name: (name, "covered") for name in cluster_methods},
    )
    write_bracketed(
        table,
        TABLE.with_name(f"{prefix}missing.csv"),
        topic="missing",
        heads=("missing", "n"),
        columns={
            f"{name}: {what}": (name, measure)
            for name in missing_methods
            for what, measure in (("mean", "estimate"), ("coverage", "covered"))
        },
    )


def run_cells(
    cells: list[TableCell],
    sizes: dict[str, int],
    path: Path,
    folder: Path,
    write: Callable[[pd.DataFrame], None],
    *,
    description: str,
) -> None:
    """Measure what is missing, a cell after the other, and write the tables."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the samples of each cell")
    parser.add_argument(
        "--only", default="", help="cells whose name begins so; no table is written"
    )
    arguments = parser.parse_args()
    folder.mkdir(parents=True, exist_ok=True)
    tables = []
    for cell in cells:
        if not cell.name.startswith(arguments.only):
            continue
        start = time.process_time()
        found = extend(cell, round(arguments.share * sizes[cell.topic]), folder)
        tables.append(cell.summarize(found))
        print(f"{cell.name}  {time.process_time() - start:.0f} s processor", flush=True)
    if arguments.only:
        return
    table = pd.concat(tables, ignore_index=True)
    write_text_atomic(path, table.to_csv(index=False, float_format="%.5g"))
    write(table)
    if arguments.share >= 1:
        shutil.rmtree(folder)
    print(path.parent.relative_to(ROOT))


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # few clusters are what is studied
        write_shown = partial(
            write_tables,
            head="moderator of the",
            cluster_methods=CLUSTER_METHODS,
            missing_methods=MISSING_METHODS,
        )
        run_cells(list_cells(), DATASETS, TABLE, PARTIAL, write_shown, description=__doc__)
