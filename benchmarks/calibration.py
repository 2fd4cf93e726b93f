"""Measure by simulation whether intervals cover and tests reject as often as they say.

    make calibration

Samples are drawn from known populations and given to the engines: 95 of 100 intervals of an
indirect effect and of composite paths should hold the true value, 5 of 100 tests of a difference
that does not exist should reject. The engines' batched parts are called, all draws and
leave-one-out fits of a sample at once; tests/unit/test_calibration.py holds them against the calls
a reader makes.

Writes docs/validation/: calibration.csv and audit.csv (false alarms and finds of the audit of
printed numbers), and from them the tables that docs/validation.md shows. What is simulated so far
stays in build/calibration/ until all is there: an interrupted run goes on where it was, and
`--datasets` fewer gives the tables of what there is.

Tails are those of a multivariate t distribution of 10 (mild) or 5 degrees of freedom (heavy): the
variables are extreme together, kurtosis 1 or 6 above the normal, and the regressions stay linear
with known coefficients.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import io
import shutil
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from audit_corpus import ALTERATIONS, measure_detection, measure_false_alarms
from scipy.stats import beta, chi2, norm
from threadpoolctl import threadpool_limits

from helpers.files import write_bytes_atomic, write_text_atomic
from helpers.models.inference.intervals import bca_interval, percentile_interval
from helpers.models.inference.resampling import count_cases
from helpers.models.pls.kernel import compile_structure, compute_statistics, solve_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.sem.covariance import reported_rows
from helpers.models.sem.fit_measures import scaling_traces
from helpers.models.sem.least_squares import plan_least_squares, solve_least_squares
from helpers.models.sem.likelihood import (
    casewise_scores,
    discrepancy,
    least_squares_start,
    sample_moments,
    solve_scoring,
)
from helpers.models.sem.structure import build_structure
from helpers.models.sem.syntax import parse_model

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "validation" / "calibration.csv"
PARTIAL = ROOT / "build" / "calibration"
DATASETS = 2000  # a cell
AUDITED, ALTERED = 1000, 60  # printed tables of a family; altered tables of a family and kind
BATCH = 50  # data sets between two saves
N_BOOT = 999  # so that the 2.5% limits are order statistics
SEED = 20260401
LEVEL = 0.95
TAIL_DF = {"mild tails": 10, "heavy tails": 5}
METHODS = ("percentile", "BCa", "normal")
TESTS = ("plain", "Satorra-Bentler")

MEDIATION = "m ~ a*x; y ~ b*m + x; indirect := a*b"
COMPONENTS = """
m1 ~ x; m2 ~ x; m3 ~ x
y ~ {0}*m1 + {1}*m2 + {2}*m3
m1 ~~ m2 + m3; m2 ~~ m3
"""
PATHS = {"x": 0.4, "z": 0.2}
COMPOSITES = PLSModel(
    {name: [f"{name}{k}" for k in (1, 2, 3)] for name in (*PATHS, "y")},
    [(name, "y") for name in PATHS],
)


def draw_sample(
    rng: np.random.Generator, covariance: pd.DataFrame, n: int, distribution: str
) -> pd.DataFrame:
    """Draw n cases with the population covariance matrix given."""
    root = np.linalg.cholesky(covariance.to_numpy())
    cases = rng.standard_normal((n, len(root))) @ root.T
    if distribution in TAIL_DF:
        df = TAIL_DF[distribution]
        cases *= np.sqrt((df - 2) / rng.chisquare(df, size=(n, 1)))
    return pd.DataFrame(cases, columns=covariance.columns)


def path_covariance(coefficients: dict, residuals: pd.DataFrame) -> pd.DataFrame:
    """Covariance of a recursive model: coefficients by (outcome, predictor), residual moments."""
    names = residuals.columns
    paths = pd.DataFrame(0.0, names, names)
    for (outcome, predictor), value in coefficients.items():
        paths.loc[outcome, predictor] = value
    total = np.linalg.inv(np.eye(len(names)) - paths.to_numpy())
    return pd.DataFrame(total @ residuals.to_numpy() @ total.T, names, names)


def mediation_population(a: float, b: float) -> pd.DataFrame:
    """x to m to y and nothing beside, residual variances 1."""
    names = ["x", "m", "y"]
    residuals = pd.DataFrame(np.eye(3), names, names)
    return path_covariance({("m", "x"): a, ("y", "m"): b}, residuals)


@cache
def components_population() -> pd.DataFrame:
    """Three correlated mediators with equal effects, which is what the difference test asks."""
    names = ["x", "m1", "m2", "m3", "y"]
    residuals = pd.DataFrame(np.eye(5), names, names)
    residuals.iloc[1:4, 1:4] += 0.5 * (1 - np.eye(3))
    paths = {(f"m{k}", "x"): 0.4 for k in (1, 2, 3)} | {("y", f"m{k}"): 0.2 for k in (1, 2, 3)}
    return path_covariance(paths, residuals)


@cache
def composite_population(loading: float = 0.8) -> pd.DataFrame:
    """Items whose errors cancel in the sum, so that the composites have exactly the paths given."""
    names, size = list(COMPOSITES.names), 3
    inner = pd.DataFrame(np.eye(3), names, names)
    inner.loc["x", "z"] = inner.loc["z", "x"] = 0.3
    start = inner.loc[[*PATHS], [*PATHS]] @ pd.Series(PATHS)
    inner.loc["y", [*PATHS]] = inner.loc[[*PATHS], "y"] = start
    within = (1 - loading**2) * (size * np.eye(size) - 1) / (size - 1)
    items = list(COMPOSITES.items)
    whole = loading**2 * np.kron(inner, np.ones((size, size))) + np.kron(np.eye(3), within)
    return pd.DataFrame(whole, items, items)


STRUCTURE = build_structure(parse_model(MEDIATION))
PLAN = plan_least_squares(STRUCTURE)
COMPOSITE_STRUCTURE = compile_structure(COMPOSITES)
EQUAL, FREE = (
    build_structure(parse_model(COMPONENTS.format(*labels)))
    for labels in (("b", "b", "b"), ("b1", "b2", "b3"))
)


def weigh_cases(rng: np.random.Generator, n: int) -> np.ndarray:
    """How often each case is taken: the sample, `N_BOOT` draws, the sample without each case."""
    drawn = count_cases(rng.integers(0, n, (N_BOOT, n)), n)
    return np.vstack([np.ones((1, n)), drawn, 1 - np.eye(n)])


def weighted_moments(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Covariance matrices of the cases as often as they are taken, shape (B, p, p)."""
    n, p = values.shape
    weights = counts / counts.sum(axis=1, keepdims=True)
    means = weights @ values
    products = (values[:, :, None] * values[:, None, :]).reshape(n, p * p)
    return (weights @ products).reshape(-1, p, p) - means[:, :, None] * means[:, None, :]


def indirect_effects(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The indirect effect in each set of cases, shape (B, 1)."""
    theta = solve_least_squares(PLAN, weighted_moments(values, counts))
    return reported_rows(STRUCTURE, theta)[:, -1:]


def composite_paths(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Both paths in each set of cases, shape (B, 2); NaN where the algorithm does not converge."""
    moments = weighted_moments(values, counts)
    sd = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    correlations = moments / (sd[:, :, None] * sd[:, None, :])
    structure = COMPOSITE_STRUCTURE
    solution = solve_pls(correlations, structure)
    paths = compute_statistics(correlations, solution, structure)[:, : len(PATHS)]
    # composites of a draw are reversed where their loadings point the other way
    loadings = solution.cross_loadings[:, structure.owner, np.arange(len(structure.owner))]
    agreement = np.add.reduceat(loadings * loadings[0], structure.starts[:-1], axis=1)
    signs = np.where(agreement < 0, -1, 1)
    return paths * signs[:, :-1] * signs[:, -1:]


def interval_limits(quantity: np.ndarray) -> np.ndarray:
    """Limits of a quantity by method, from its values in the sets of cases of `weigh_cases`."""
    est, draws, jackknife = quantity[0], quantity[1 : N_BOOT + 1], quantity[N_BOOT + 1 :]
    draws = draws[np.isfinite(draws)]
    half = norm.ppf((1 + LEVEL) / 2) * draws.std(ddof=1)
    bca = bca_interval(draws, est, jackknife, LEVEL)
    return np.array([*percentile_interval(draws, LEVEL), *bca, est - half, est + half])


def difference_pvalues(samples: np.ndarray) -> np.ndarray:
    """p of equal effects of the mediators, plain and scaled; (datasets, n, 5) to (datasets, 2)."""
    n = samples.shape[1]
    chisq, traces = [], []
    for structure in (EQUAL, FREE):
        order = [components_population().columns.get_loc(name) for name in structure.variables]
        values = samples[:, :, order]
        moments = np.stack([sample_moments(sample) for sample in values])
        start = np.stack([least_squares_start(structure, sample) for sample in moments])
        theta, converged = solve_scoring(structure, moments, start)
        theta[~converged] = np.nan
        chisq.append(n * discrepancy(structure, theta, moments))
        found = [
            scaling_traces(structure, *sample, casewise_scores(structure, sample[0], sample[2]))
            for sample in zip(theta, moments, values, strict=True)
        ]
        traces.append([saturated - model for saturated, model, _ in found])
    df = FREE.n_parameters - EQUAL.n_parameters
    change = chisq[0] - chisq[1]
    scaling = (np.array(traces[0]) - np.array(traces[1])) / df
    scaled = np.where(scaling > 0, change / scaling, np.nan)
    return chi2.sf(np.column_stack([change, scaled]), df)


@dataclass(frozen=True)
class Cell:
    """One population at one sample size."""

    topic: str
    condition: str
    n: int
    distribution: str

    @property
    def name(self) -> str:
        """What the cell's file is called."""
        return f"{self.topic} {self.condition} {self.n} {self.distribution}".replace(" ", "_")

    @property
    def population(self) -> pd.DataFrame:
        """Covariance matrix of the variables, in the order the functions above take them."""
        match self.topic:
            case "indirect effect":
                a, b = map(float, self.condition.split(" and "))
                names = list(STRUCTURE.variables)
                return mediation_population(a, b).loc[names, names]
            case "composite path":
                return composite_population()
        return components_population()

    def measure(self, places: range) -> np.ndarray:
        """Limits or p values of the data sets at these places, one row per data set."""
        streams = [np.random.default_rng([SEED, *self.name.encode(), k]) for k in places]
        samples = [
            draw_sample(rng, self.population, self.n, self.distribution).to_numpy()
            for rng in streams
        ]
        if self.topic == "difference test":
            return difference_pvalues(np.array(samples))
        function = indirect_effects if self.topic == "indirect effect" else composite_paths
        out = []
        for rng, values in zip(streams, samples, strict=True):
            quantities = function(values, weigh_cases(rng, self.n))
            out.append(np.concatenate([interval_limits(column) for column in quantities.T]))
        return np.array(out)

    def summarize(self, found: np.ndarray) -> pd.DataFrame:
        """The cell's rows of the table."""
        if self.topic == "difference test":
            rows = [
                self._row("", method, "rejected", p[np.isfinite(p)] < 1 - LEVEL)
                for method, p in zip(TESTS, found.T, strict=True)
            ]
            return pd.DataFrame(rows)
        truths = PATHS if self.topic == "composite path" else {self.condition: self._indirect()}
        limits = found.reshape(len(found), len(truths), len(METHODS), 2)
        rows = []
        for k, (condition, truth) in enumerate(truths.items()):
            for method, (lower, upper) in zip(
                METHODS, limits[:, k].transpose(1, 2, 0), strict=True
            ):
                made = np.isfinite(lower) & np.isfinite(upper)
                lower, upper = lower[made], upper[made]
                rows += [
                    self._row(condition, method, "covered", (lower <= truth) & (truth <= upper)),
                    self._row(condition, method, "too low", upper < truth),
                    self._row(condition, method, "too high", lower > truth),
                ]
        return pd.DataFrame(rows)

    def _indirect(self) -> float:
        a, b = map(float, self.condition.split(" and "))
        return a * b

    def _row(self, condition: str, method: str, measure: str, hits: np.ndarray) -> dict:
        rate = hits.mean()
        return {
            "topic": self.topic,
            "condition": f"{condition} = {PATHS[condition]}" if condition in PATHS else condition,
            "n": self.n,
            "distribution": self.distribution,
            "method": method,
            "measure": measure,
            "rate": rate,
            "mc_error": np.sqrt(rate * (1 - rate) / len(hits)),
            "datasets": len(hits),
        }


def list_cells() -> list[Cell]:
    """All cells, the quickest first."""
    both, all_three = ("normal", "heavy tails"), ("normal", *TAIL_DF)
    plan = (
        ("difference test", "", (100, 200, 500), all_three),
        ("indirect effect", "0.39 and 0.39", (50, 100, 200), both),
        ("indirect effect", "0.39 and 0", (50, 100, 200), both),
        ("composite path", "", (50, 100, 200), both),
    )
    return [
        Cell(topic, condition, n, distribution)
        for topic, condition, sizes, distributions in plan
        for n in sizes
        for distribution in distributions
    ]


def extend(cell: Cell, n_datasets: int) -> np.ndarray:
    """What the cell measured, with the data sets added that are missing."""
    path = PARTIAL / f"{cell.name}.npy"
    found = np.load(path) if path.exists() else None
    while found is None or len(found) < n_datasets:
        done = 0 if found is None else len(found)
        more = cell.measure(range(done, min(done + BATCH, n_datasets)))
        found = more if found is None else np.vstack([found, more])
        content = io.BytesIO()
        np.save(content, found)
        write_bytes_atomic(path, content.getvalue())
    return found


def measure_audit() -> pd.DataFrame:
    """False alarms of the audit and how often it finds one altered number, one row per family."""
    alarms = measure_false_alarms(n_tables=AUDITED, seed=SEED)
    alarms["false_alarm_rate_at_most"] = beta.ppf(
        LEVEL, alarms["false_alarms"] + 1, alarms["checks"] - alarms["false_alarms"]
    )
    found = measure_detection(n_tables=ALTERED, seed=SEED + 1)
    found = pd.concat([found, found.assign(alteration="any")])
    rates = found.groupby(["family", "alteration"])["found"].agg(found="mean", size="size")
    rates["error"] = np.sqrt(rates["found"] * (1 - rates["found"]) / rates["size"])
    wide = rates.reset_index().pivot_table(["found", "error"], "family", "alteration")
    wide.columns = [f"{name}_{what}" for what, name in wide.columns]
    return alarms.merge(wide.reset_index())


def write_shown(table: pd.DataFrame, audit: pd.DataFrame) -> None:
    """The tables as the page shows them: rates in per cent, Monte Carlo errors in brackets."""
    text = table.assign(
        effect=table["topic"] + (" " + table["condition"].fillna("")).str.rstrip(),
        shown=[f"{100 * r.rate:.1f} ({100 * r.mc_error:.1f})" for r in table.itertuples()],
    )
    keys = ["effect", "n", "distribution"]
    for name, measure, methods in (("coverage", "covered", METHODS), ("tests", "rejected", TESTS)):
        rows = text[text["measure"] == measure]
        wide = rows.pivot_table("shown", keys, "method", aggfunc="first", sort=False)
        sizes = rows.groupby(keys, sort=False)["datasets"].min()
        wide = wide[list(methods)].assign(samples=sizes).reset_index()
        write_text_atomic(TABLE.with_name(f"{name}.csv"), wide.to_csv(index=False))
    shown = audit[["family", "checks", "false_alarms"]].rename(
        columns={"false_alarms": "false alarms"}
    )
    shown["family"] = shown["family"].str.replace("_", " ")
    shown["at most, %"] = [f"{100 * rate:.2f}" for rate in audit["false_alarm_rate_at_most"]]
    for name in (*ALTERATIONS, "any"):
        pairs = zip(audit[f"{name}_found"], audit[f"{name}_error"], strict=True)
        shown[f"{name}, found %"] = [
            f"{100 * rate:.0f} ({100 * error:.0f})" for rate, error in pairs
        ]
    write_text_atomic(TABLE.with_name("audit_shown.csv"), shown.to_csv(index=False))


def main() -> None:
    """Measure what is missing and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=DATASETS, help="a cell")
    n_datasets = parser.parse_args().datasets
    PARTIAL.mkdir(parents=True, exist_ok=True)
    tables = []
    for cell in list_cells():
        start = time.process_time()
        tables.append(cell.summarize(extend(cell, n_datasets)))
        print(f"{cell.name}  {time.process_time() - start:.0f} s processor", flush=True)
    table, audit = pd.concat(tables, ignore_index=True), measure_audit()
    TABLE.parent.mkdir(exist_ok=True)
    write_text_atomic(TABLE, table.to_csv(index=False, float_format="%.5g"))
    write_text_atomic(TABLE.with_name("audit.csv"), audit.to_csv(index=False, float_format="%.5g"))
    write_shown(table, audit)
    if n_datasets >= DATASETS:
        shutil.rmtree(PARTIAL)
    print(TABLE.parent.relative_to(ROOT))


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
