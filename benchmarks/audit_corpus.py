"""Tables printed from real fits, with which the audit itself is tested.

Each table comes from simulated data and an actual fit, rounded to two or three decimals as papers
do, so everything in it can be true together: the audit must find nothing. Then one printed number
is altered, and the audit should find that.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.audit.agreement_in_print import check_same_number
from helpers.audit.correlations import (
    CorrelationTable,
    check_p_of_correlation,
    check_paths_against_correlations,
    check_positive_definite,
    check_r_squared,
)
from helpers.audit.descriptives import (
    check_counts,
    check_mean_of_integers,
    check_percentage,
    check_scale_range,
    check_sd_of_integers,
    check_sd_range,
    check_shapiro_wilk,
)
from helpers.audit.effects import check_effects, check_se_of_sum, check_sobel, check_vaf
from helpers.audit.findings import DOUBTFUL, Finding
from helpers.audit.fit import (
    check_agfi,
    check_nfi,
    check_p_of_chisq,
    check_rmsea,
    check_tli_against_cfi,
)
from helpers.audit.reliability import (
    check_discriminant_validity,
    check_gof,
    check_item_count,
    check_root_ave,
)
from helpers.audit.significance import (
    check_interval,
    check_p_of_estimate,
    check_p_of_statistic,
    check_ratio,
)
from helpers.errors import InputError

__all__ = [
    "ALTERATIONS",
    "FAMILIES",
    "PrintedTable",
    "alter_number",
    "measure_detection",
    "measure_false_alarms",
    "simulate_printed_table",
]

ALTERATIONS = ("digit", "swap", "sign")
_EFFECTS = {
    "ind": "a*b",
    "total": "ind + direct",
}


@dataclass(frozen=True)
class PrintedTable:
    """A table as printed, and the exact counts that go with it.

    Attributes
    ----------
    family : str
        One of `FAMILIES`.
    cells : dict from str to str
        Printed numbers by name.
    counts : dict from str to int
        Numbers that are exact, such as the sample size.
    """

    family: str
    cells: dict[str, str]
    counts: dict[str, int]

    def audit(self) -> list[Finding]:
        """Run every check that applies to the table."""
        return _FAMILIES[self.family][1](self.cells, self.counts)


def simulate_printed_table(family: str, rng: np.random.Generator) -> PrintedTable:
    """Simulate data, fit, and print the results.

    Parameters
    ----------
    family : str
        One of `FAMILIES`: ``regression`` (standardized coefficients, correlations, R², p values),
        ``mediation`` (paths, t, z of the indirect effect, total effect, share), ``reliability``
        (AVE, composite reliability, alpha, correlations, GoF), ``model_fit`` (chi-square, RMSEA,
        CFI, TLI, NFI, GFI, AGFI of a path model), ``descriptives`` (mean, SD, range and normality
        of questionnaire sums), ``percentages`` (of categories), ``bootstrap`` (SEs and percentile
        intervals of effects).
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    PrintedTable

    Examples
    --------
    >>> table = simulate_printed_table("mediation", np.random.default_rng(1))
    >>> {finding.verdict for finding in table.audit()}
    {'consistent'}
    """
    if family not in _FAMILIES:
        raise InputError(f"family={family!r} is not one of {', '.join(FAMILIES)}")
    cells, counts = _FAMILIES[family][0](rng)
    return PrintedTable(family, cells, counts)


def alter_number(text: str, how: str, rng: np.random.Generator) -> str | None:
    """Alter one printed number.

    Parameters
    ----------
    text : str
        The number as printed.
    how : {"digit", "swap", "sign"}
        Replace one digit by another, swap two unlike neighboring digits, or reverse the sign.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    str or None
        None when the number cannot be altered so.

    Examples
    --------
    >>> alter_number("0.47", "sign", np.random.default_rng(1))
    '-0.47'
    """
    places = [i for i, character in enumerate(text) if character.isdigit()]
    if how == "digit":
        i = int(rng.choice(places))
        digit = rng.choice([d for d in "0123456789" if d != text[i]])
        return text[:i] + str(digit) + text[i + 1 :]
    if how == "swap":
        pairs = [(i, j) for i, j in itertools.pairwise(places) if text[i] != text[j]]
        if not pairs:
            return None
        i, j = pairs[int(rng.integers(len(pairs)))]
        between = text[i + 1 : j]
        return text[:i] + text[j] + between + text[i] + text[j + 1 :]
    if how == "sign":
        if not any(text[i] != "0" for i in places) or text[0] in "<>":
            return None
        return text[1:] if text.startswith("-") else f"-{text}"
    raise InputError(f"how={how!r} is not one of {', '.join(ALTERATIONS)}")


def measure_false_alarms(
    *, n_tables: int, seed: int, families: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count the findings in tables in which there is nothing to find.

    Parameters
    ----------
    n_tables : int
        Tables of each family.
    seed : int
        Seed.
    families : sequence of str, optional
        Which of `FAMILIES`; all when not given. A family's tables do not depend on the others.

    Returns
    -------
    pandas.DataFrame
        One row a family: ``family``, ``tables``, ``checks`` (run in all of them) and
        ``false_alarms`` (of them doubtful).

    Examples
    --------
    >>> int(measure_false_alarms(n_tables=2, seed=1)["false_alarms"].sum())
    0
    """
    rows = []
    for family, rng in _streams(seed):
        if families is not None and family not in families:
            continue
        findings = [
            finding
            for _ in range(n_tables)
            for finding in simulate_printed_table(family, rng).audit()
        ]
        alarms = sum(finding.verdict in DOUBTFUL for finding in findings)
        rows.append((family, n_tables, len(findings), alarms))
    return pd.DataFrame(rows, columns=["family", "tables", "checks", "false_alarms"])


def measure_detection(
    *, n_tables: int, seed: int, alterations: tuple[str, ...] = ALTERATIONS
) -> pd.DataFrame:
    """Measure how often one altered number is found.

    Parameters
    ----------
    n_tables : int
        Tables of each family and alteration.
    seed : int
        Seed.
    alterations : tuple of str, default all
        See `alter_number`.

    Returns
    -------
    pandas.DataFrame
        One row an altered table: ``family``, ``alteration``, ``number`` (the name of the cell),
        ``printed``, ``altered``, ``units`` (size of the change in units of the last digit),
        ``found`` (whether any check is doubtful) and ``checks`` (the relations of those that
        are, joined by ``" | "``).

    Examples
    --------
    >>> table = measure_detection(n_tables=1, seed=1, alterations=("digit",))
    >>> len(table) == len(FAMILIES)
    True
    """
    rows = []
    for family, rng in _streams(seed):
        for alteration in alterations:
            for _ in range(n_tables):
                rows.append(_alter_one(simulate_printed_table(family, rng), alteration, rng))
    columns = ["family", "alteration", "number", "printed", "altered", "units", "found", "checks"]
    return pd.DataFrame([row for row in rows if row], columns=columns)


def _alter_one(table: PrintedTable, alteration: str, rng: np.random.Generator) -> tuple | None:
    names = list(table.cells)
    for name in rng.permutation(names):
        text = table.cells[str(name)]
        altered = alter_number(text, alteration, rng)
        if altered is not None and _number(altered) != _number(text):
            break
    else:
        return None
    changed = PrintedTable(table.family, table.cells | {str(name): altered}, table.counts)
    found = [finding for finding in changed.audit() if finding.verdict in DOUBTFUL]
    decimals = len(text.partition(".")[2].rstrip("%"))
    units = round(abs(_number(altered) - _number(text)) * 10**decimals)
    relations = " | ".join(dict.fromkeys(finding.relation for finding in found))
    return table.family, alteration, str(name), text, altered, units, bool(found), relations


def _streams(seed: int) -> Iterator[tuple[str, np.random.Generator]]:
    children = np.random.SeedSequence(seed).spawn(len(FAMILIES))
    for family, child in zip(FAMILIES, children, strict=True):
        yield family, np.random.default_rng(child)


def _number(text: str) -> float:
    return float(text.lstrip("<> ").rstrip("%"))


def _print(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text[1:] if float(text) == 0 and text.startswith("-") else text


def _print_p(value: float) -> str:
    return "< .001" if value < 0.001 else _print(value, 3)


def _regression_data(rng: np.random.Generator) -> tuple[np.ndarray, int, int]:
    n, k = int(rng.integers(50, 500)), int(rng.integers(2, 4))
    root = rng.normal(size=(k + 1, k + 1)) * 0.4 + np.eye(k + 1)
    data = rng.normal(size=(n, k + 1)) @ root
    return stats.zscore(data, ddof=1), n, k


def _simulate_regression(rng: np.random.Generator) -> tuple[dict, dict]:
    data, n, k = _regression_data(rng)
    digits = int(rng.integers(2, 4))
    X, y = data[:, :k], data[:, k]
    R = np.corrcoef(data, rowvar=False)
    beta = np.linalg.solve(X.T @ X, X.T @ y)
    residual = y - X @ beta
    df = n - k - 1
    se = np.sqrt(residual @ residual / df * np.diag(np.linalg.inv(X.T @ X)))
    cells = {"r2": _print(1 - residual @ residual / (y @ y), 3)}
    for i in range(k):
        t = beta[i] / se[i]
        cells |= {
            f"beta{i}": _print(beta[i], digits),
            f"se{i}": _print(se[i], 3),
            f"t{i}": _print(t, 2),
            f"p{i}": _print_p(2 * stats.t.sf(abs(t), df)),
        }
    for i in range(k + 1):
        for j in range(i):
            cells[f"r{j}{i}"] = _print(R[i, j], digits)
            t = R[i, j] * math.sqrt((n - 2) / (1 - R[i, j] ** 2))
            cells[f"p_r{j}{i}"] = _print_p(2 * stats.t.sf(abs(t), n - 2))
    return cells, {"n": n, "k": k}


def _audit_regression(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    n, k = counts["n"], counts["k"]
    findings = []
    for i in range(k):
        findings += [
            check_ratio(cells[f"beta{i}"], cells[f"se{i}"], cells[f"t{i}"], location=f"row {i}"),
            check_p_of_statistic(cells[f"t{i}"], cells[f"p{i}"], df=n - k - 1, location=f"row {i}"),
        ]
    pairs = {(f"x{j}", f"x{i}"): cells[f"r{j}{i}"] for i in range(k + 1) for j in range(i)}
    findings += [
        check_p_of_correlation(cells[f"r{j}{i}"], cells[f"p_r{j}{i}"], n=n, location=f"r {j} {i}")
        for i in range(k + 1)
        for j in range(i)
    ]
    table = CorrelationTable.from_pairs(pairs)
    findings.append(check_positive_definite(table, location="correlations"))
    paths = {f"x{i}": cells[f"beta{i}"] for i in range(k)}
    findings += check_paths_against_correlations(
        table, paths, outcome=f"x{k}", location="coefficients"
    )
    findings += [
        check_r_squared(cells["r2"], paths, table, outcome=f"x{k}", location="R2"),
        check_r_squared(cells["r2"], paths, table, location="R2"),
    ]
    return findings


def _mediation_fit(data: np.ndarray) -> dict[str, float]:
    x, m, y = data.T
    n = len(x)
    a = x @ m / (x @ x)
    rest = m - a * x
    se_a = math.sqrt(rest @ rest / (n - 2) / (x @ x))
    X = np.column_stack([m, x])
    b, direct = np.linalg.solve(X.T @ X, X.T @ y)
    rest = y - X @ (b, direct)
    se_b, se_direct = np.sqrt(rest @ rest / (n - 3) * np.diag(np.linalg.inv(X.T @ X)))
    return {
        "a": a,
        "se_a": se_a,
        "b": b,
        "se_b": se_b,
        "direct": direct,
        "se_direct": se_direct,
        "ind": a * b,
        "total": a * b + direct,
    }


def _mediation_data(rng: np.random.Generator) -> np.ndarray:
    n = int(rng.integers(60, 400))
    x = rng.normal(size=n)
    m = rng.uniform(0.2, 0.7) * x + rng.normal(size=n)
    y = rng.uniform(0.2, 0.7) * m + rng.uniform(0.1, 0.4) * x + rng.normal(size=n)
    return stats.zscore(np.column_stack([x, m, y]), ddof=1)


def _simulate_mediation(rng: np.random.Generator) -> tuple[dict, dict]:
    fit = _mediation_fit(_mediation_data(rng))
    which = int(rng.integers(3))
    c = (0, 1, -1)[which]
    variance = (
        fit["a"] ** 2 * fit["se_b"] ** 2
        + fit["b"] ** 2 * fit["se_a"] ** 2
        + c * fit["se_a"] ** 2 * fit["se_b"] ** 2
    )
    if variance <= 0 or fit["ind"] * fit["direct"] <= 0:
        return _simulate_mediation(rng)
    cells = {name: _print(value, 3) for name, value in fit.items()}
    cells |= {
        "t_a": _print(abs(fit["a"] / fit["se_a"]), 3),
        "t_b": _print(abs(fit["b"] / fit["se_b"]), 3),
        "z": _print(fit["ind"] / math.sqrt(variance), 3),
        "p_direct": _print_p(2 * stats.norm.sf(abs(fit["direct"] / fit["se_direct"]))),
        "vaf": _print(fit["ind"] / fit["total"], 3),
        "total_in_text": _print(fit["total"], 2),
    }
    return cells, {"which": which}


def _audit_mediation(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    claimed = ("Sobel", "Aroian", "Goodman")[counts["which"]]
    row = {key: cells[key] for key in ("a", "se_a", "t_a", "b", "se_b", "t_b", "z")}
    return [
        check_ratio(cells["a"], cells["se_a"], cells["t_a"], location="a"),
        check_ratio(cells["b"], cells["se_b"], cells["t_b"], location="b"),
        check_p_of_estimate(
            cells["direct"], cells["se_direct"], cells["p_direct"], location="direct"
        ),
        *check_sobel({"ind": row}, claimed=claimed, location="indirect"),
        check_vaf(cells["a"], cells["b"], cells["direct"], cells["vaf"], location="VAF"),
        *check_effects(
            _EFFECTS,
            {name: cells[name] for name in ("a", "b", "direct", "ind", "total")},
            location="effects",
        ),
        check_same_number(cells["total_in_text"], cells["total"], location="total"),
    ]


def _simulate_reliability(rng: np.random.Generator) -> tuple[dict, dict]:
    n = int(rng.integers(100, 500))
    inner = rng.normal(size=(n, 3)) @ (np.eye(3) + 0.5 * np.triu(np.ones((3, 3)), 1))
    cells, counts, scores, aves = {}, {}, [], []
    for name, score in zip("uvw", inner.T, strict=True):
        k = int(rng.integers(3, 11))
        items = np.outer(stats.zscore(score), rng.uniform(0.6, 0.9, k)) + 0.6 * rng.normal(
            size=(n, k)
        )
        R = np.corrcoef(items, rowvar=False)
        weights = np.ones(k) / math.sqrt(R.sum())
        loadings = R @ weights
        if loadings.min() < 0.5:
            return _simulate_reliability(rng)
        ave, total = float(np.mean(loadings**2)), loadings.sum() ** 2
        aves.append(ave)
        cells |= {
            f"ave_{name}": _print(ave, 3),
            f"cr_{name}": _print(total / (total + k * (1 - ave)), 3),
            f"alpha_{name}": _print(k / (k - 1) * (1 - k / R.sum()), 3),
            f"root_{name}": _print(math.sqrt(ave), 3),
        }
        counts[f"k_{name}"] = k
        scores.append(stats.zscore(items, ddof=1) @ weights)
    R = np.corrcoef(np.array(scores))
    if any(math.sqrt(ave) < np.sort(row)[-2] for ave, row in zip(aves, R, strict=True)):
        return _simulate_reliability(rng)
    r2 = R[0, 1] ** 2
    cells |= {
        "r_uv": _print(R[0, 1], 3),
        "r_uw": _print(R[0, 2], 3),
        "r_vw": _print(R[1, 2], 3),
        "r2": _print(r2, 3),
        "gof": _print(math.sqrt(float(np.mean(aves)) * r2), 2),
    }
    return cells, counts


def _audit_reliability(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    findings = []
    for name in "uvw":
        findings += [
            check_item_count(
                cells[f"ave_{name}"],
                cells[f"cr_{name}"],
                cells[f"alpha_{name}"],
                n_items=counts[f"k_{name}"],
                location=name,
            ),
            check_root_ave(cells[f"ave_{name}"], cells[f"root_{name}"], location=name),
        ]
    findings += check_discriminant_validity(
        {name: cells[f"root_{name}"] for name in "uvw"},
        {tuple(pair): cells[f"r_{pair}"] for pair in ("uv", "uw", "vw")},
        location="correlations",
    )
    findings.append(
        check_gof(
            cells["gof"], [cells[f"ave_{name}"] for name in "uvw"], [cells["r2"]], location="GoF"
        )
    )
    return findings


def _simulate_model_fit(rng: np.random.Generator) -> tuple[dict, dict]:
    """Fit a chain x1 -> x2 -> x3 -> x4 by maximum likelihood, which is a regression a link."""
    n = int(rng.integers(100, 1000))
    data = rng.normal(size=(n, 4))
    for i in range(1, 4):
        data[:, i] += 0.7 * data[:, i - 1] + (0.35 * data[:, 0] if i == 3 else 0)
    S = np.cov(data, rowvar=False, ddof=0)
    B = np.zeros((4, 4))
    for i in range(1, 4):
        B[i, i - 1] = S[i, i - 1] / S[i - 1, i - 1]
    residual = np.diag((np.eye(4) - B) @ S @ (np.eye(4) - B).T)
    inverse = np.linalg.inv(np.eye(4) - B)
    implied = inverse @ np.diag(residual) @ inverse.T
    ratio = np.linalg.solve(implied, S)
    df, df_b, p = 3, 6, 4
    chisq = n * (np.linalg.slogdet(implied)[1] - np.linalg.slogdet(S)[1])
    chisq_b = n * (np.log(np.diag(S)).sum() - np.linalg.slogdet(S)[1])
    if chisq <= df + 0.5:
        return _simulate_model_fit(rng)
    gfi = 1 - np.trace((ratio - np.eye(4)) @ (ratio - np.eye(4))) / np.trace(ratio @ ratio)
    cells = {
        "chisq": _print(chisq, 2),
        "p": _print_p(stats.chi2.sf(chisq, df)),
        "rmsea": _print(math.sqrt((chisq - df) / (df * (n - 1))), 3),
        "cfi": _print(1 - (chisq - df) / (chisq_b - df_b), 3),
        "tli": _print(1 - (chisq / df - 1) / (chisq_b / df_b - 1), 3),
        "nfi": _print(1 - chisq / chisq_b, 3),
        "gfi": _print(gfi, 3),
        "agfi": _print(1 - p * (p + 1) / (2 * df) * (1 - gfi), 3),
    }
    return cells, {"n": n, "df": df, "df_b": df_b, "p": p}


def _audit_model_fit(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    n, df, df_b = counts["n"], counts["df"], counts["df_b"]
    return [
        check_p_of_chisq(cells["chisq"], df, cells["p"], location="fit"),
        check_rmsea(cells["rmsea"], cells["chisq"], df, n=n, location="fit"),
        check_tli_against_cfi(cells["tli"], cells["cfi"], df=df, df_baseline=df_b, location="fit"),
        check_nfi(
            cells["nfi"],
            cells["cfi"],
            cells["rmsea"],
            df=df,
            df_baseline=df_b,
            n=n,
            location="fit",
        ),
        check_agfi(cells["agfi"], cells["gfi"], df=df, n_variables=counts["p"], location="fit"),
    ]


def _simulate_descriptives(rng: np.random.Generator) -> tuple[dict, dict]:
    n, k, top = int(rng.integers(15, 250)), int(rng.integers(4, 13)), int(rng.integers(4, 8))
    trait = rng.normal(size=(n, 1))
    items = np.clip(np.round((top + 1) / 2 + trait + rng.normal(size=(n, k))), 1, top)
    sums = items.sum(axis=1)
    w, p = stats.shapiro(sums)
    single = items[:, 0]
    cells = {
        "mean": _print(sums.mean(), 2),
        "sd": _print(sums.std(ddof=1), 2),
        "minimum": _print(sums.min(), 0),
        "maximum": _print(sums.max(), 0),
        "w": _print(w, 3),
        "p_w": _print_p(p),
        "item_mean": _print(single.mean(), 2),
        "item_sd": _print(single.std(ddof=1), 2),
    }
    return cells, {"n": n, "k": k, "top": top}


def _audit_descriptives(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    n, k, top = counts["n"], counts["k"], counts["top"]
    return [
        check_mean_of_integers(cells["mean"], n=n, location="sum"),
        check_sd_of_integers(cells["mean"], cells["sd"], n=n, location="sum"),
        check_sd_range(
            cells["mean"], cells["sd"], cells["minimum"], cells["maximum"], n=n, location="sum"
        ),
        check_scale_range(
            cells["minimum"],
            cells["maximum"],
            item_minimum=1,
            item_maximum=top,
            n_items=k,
            location="sum",
        ),
        check_shapiro_wilk(cells["w"], cells["p_w"], n=n, location="sum"),
        check_mean_of_integers(cells["item_mean"], n=n, location="item"),
        check_sd_of_integers(cells["item_mean"], cells["item_sd"], n=n, location="item"),
        check_sd_range(
            cells["item_mean"], cells["item_sd"], 1, top, n=n, attained=False, location="item"
        ),
    ]


def _simulate_percentages(rng: np.random.Generator) -> tuple[dict, dict]:
    n, k = int(rng.integers(20, 600)), int(rng.integers(3, 6))
    decimals = int(rng.integers(0, 2))
    counts = rng.multinomial(n, rng.dirichlet(np.full(k, 3.0)))
    cells = {f"share{i}": f"{_print(100 * c / n, decimals)}%" for i, c in enumerate(counts)}
    return cells, {"n": n}


def _audit_percentages(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    n = counts["n"]
    return [
        *(check_percentage(text, n=n, location=name) for name, text in cells.items()),
        check_counts(cells, n=n, location="all"),
    ]


def _bootstrap_effects(data: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    drawn = data[rng.integers(0, len(data), (200, len(data)))]
    S = np.einsum("bni,bnj->bij", drawn, drawn)
    a = S[:, 0, 1] / S[:, 0, 0]
    b, direct = np.linalg.solve(
        S[:, [[1, 1], [0, 0]], [[1, 0], [1, 0]]], S[:, [1, 0], 2][..., None]
    )[..., 0].T
    return pd.DataFrame({"direct": direct, "ind": a * b, "total": a * b + direct})


def _simulate_bootstrap(rng: np.random.Generator) -> tuple[dict, dict]:
    data = _mediation_data(rng)
    n = len(data)
    fit = _mediation_fit(data)
    draws = _bootstrap_effects(data, rng)
    cells = {}
    for name in draws:
        se = draws[name].std(ddof=1)
        low, high = np.quantile(draws[name], [0.025, 0.975])
        cells |= {
            name: _print(fit[name], 3),
            f"se_{name}": _print(se, 3),
            f"low_{name}": _print(low, 3),
            f"high_{name}": _print(high, 3),
            f"p_{name}": _print_p(2 * stats.norm.sf(abs(fit[name] / se))),
        }
    cells |= {name: _print(fit[name], 3) for name in ("a", "b")}
    return cells, {"n": n}


def _audit_bootstrap(cells: Mapping[str, str], counts: Mapping[str, int]) -> list[Finding]:
    names = ("direct", "ind", "total")
    findings = []
    for name in names:
        findings += [
            check_interval(
                cells[name],
                cells[f"low_{name}"],
                cells[f"high_{name}"],
                se=cells[f"se_{name}"],
                location=name,
            ),
            check_p_of_estimate(
                cells[name], cells[f"se_{name}"], cells[f"p_{name}"], location=name
            ),
        ]
    findings.append(
        check_se_of_sum(
            cells["se_total"],
            {"ind": cells["se_ind"], "direct": cells["se_direct"]},
            location="total",
        )
    )
    findings += check_effects(
        _EFFECTS, {name: cells[name] for name in ("a", "b", *names)}, location="effects"
    )
    return findings


_Simulator = Callable[[np.random.Generator], tuple[dict[str, str], dict[str, int]]]
_Auditor = Callable[[Mapping[str, str], Mapping[str, int]], list[Finding]]
_FAMILIES: dict[str, tuple[_Simulator, _Auditor]] = {
    "regression": (_simulate_regression, _audit_regression),
    "mediation": (_simulate_mediation, _audit_mediation),
    "reliability": (_simulate_reliability, _audit_reliability),
    "model_fit": (_simulate_model_fit, _audit_model_fit),
    "descriptives": (_simulate_descriptives, _audit_descriptives),
    "percentages": (_simulate_percentages, _audit_percentages),
    "bootstrap": (_simulate_bootstrap, _audit_bootstrap),
}
FAMILIES = tuple(_FAMILIES)
