"""Sentences that every report says in the same words: what the data are, what a result rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.report.inline import plain
from helpers.report.numbers import format_number
from helpers.report.output import SYNTHETIC_STAMP

SIMULATED_STAMP = "Simulated samples, no clients"

_FINEST = 1e-9
"""Differences below this are rounding error, and not told apart."""


def name_data(data: Dataset) -> str:
    """Return what the data are, for captions: "synthetic twin" or "your data"."""
    return "synthetic twin" if data.synthetic else "your data"


def stamp_data(data: Dataset) -> str:
    """Return what a figure says of its data inside the picture; "" for a reader's own."""
    return SYNTHETIC_STAMP if data.synthetic else ""


def of_these_data(data: Dataset, finding: str) -> str:
    """Say of a finding that it is about demonstration data, where it is."""
    return f"In the demonstration data: {finding}" if data.synthetic else finding


def state_verdict(*, says: str, support: str, take: str, who: str = "paper") -> str:
    """Return the first words of a report: what a paper says, its support, what to take from it."""
    says_it, own, it = ("say", "their", "them") if who.endswith("s") else ("says", "its", "it")
    return (
        f"**What the {who} {says_it}.** {says}\n\n"
        f"**Do {own} own numbers support it?** {support}\n\n"
        f"**What to take from {it}.** {take}"
    )


def count_findings(claims: pd.DataFrame, *, synthetic: bool, others: bool = False) -> str:
    """How many of the paper's findings, or of the `others`, appear in the data, in a sentence."""
    which = "other " if others else ""
    found = f"{claims['holds'].sum()} of the paper's {len(claims)} {which}findings"
    undecided = int(claims["holds"].isna().sum())
    if synthetic:
        return (
            f"{found} appear in the demonstration data, which were built to show them; that is "
            "not support for them."
        )
    if undecided:
        return f"{found} appear in your data; {undecided} cannot be tested with them."
    return f"{found} appear in your data."


def state_data(data: Dataset, *, missing: str = "error") -> str:
    """Return the banner of a report: whether its data are synthetic, and what follows.

    Parameters
    ----------
    data : Dataset
    missing : str
        What the analysis does with missing values, as the notebook's parameter of this name.
    """
    if data.synthetic:
        return (
            "**These data are synthetic.** No raw data were published. A synthetic twin was built "
            "so that the paper's own analysis gives the paper's printed results. It shows that "
            "those numbers can be true together; it is neither evidence about clients nor a "
            "replication."
        )
    return state_notices(data) + (
        f"**These are your data** ({len(data.frame)} cases). Agreement with the paper is a "
        "finding, not built in." + _state_rows(data, missing)
    )


_COMPLETED = {
    "mean": "each missing answer takes the mean of its item",
    "fiml": "each enters with the values that it has (full-information maximum likelihood)",
    "mi": "missing values are imputed several times from the other columns",
}


def _state_rows(data: Dataset, missing: str) -> str:
    """Say which rows are analyzed, and which belong together; "" where all are and none do."""
    text = ""
    n_incomplete = int(data.frame.isna().any(axis=1).sum())
    if data.n_dropped:
        text += f" Of {data.n_read} rows read, {data.n_dropped} lack a value and were left out."
    elif n_incomplete:
        text += f" All rows are kept: {n_incomplete} lack a value, and {_COMPLETED[missing]}."
    if data.cluster:
        n_clusters = data.frame[data.cluster].nunique()
        text += f" They belong to {n_clusters} clusters by {plain(data.cluster)}."
    return text


def state_notices(data: Dataset) -> str:
    """Return what to know about a reader's file before its results: notices, and what was done.

    Returns
    -------
    str
        A heading and a list in Markdown, to stand before the first sentence of a report; "" where
        there is nothing to say, as of synthetic data.
    """
    facts = [*(notice.text for notice in data.notices), *data.notes]
    if data.synthetic or not facts:
        return ""
    return "\n".join(
        ["**Before you read on**", "", *(f"- {plain(fact)}" for fact in facts), "", ""]
    )


def summarize_gaps(patterns: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Say how many rows lack a value and what is missing most often, as a claim.

    Parameters
    ----------
    patterns : DataFrame
        As `helpers.data.describe.describe_gaps` returns them.
    labels : mapping of str to str
        How a column shall be read.

    Examples
    --------
    >>> patterns = pd.DataFrame(
    ...     {"pattern": ["complete", "rri"], "n": [90, 10], "rri": [False, True]}
    ... )
    >>> summarize_gaps(patterns, labels={"rri": "Real relationship"})
    '10 of 100 rows lack a value, most often that of Real relationship (10 rows)'
    """
    n = patterns["n"].sum()
    complete = patterns.loc[patterns["pattern"] == "complete", "n"].sum()
    text = f"{n - complete} of {n} rows lack a value"
    named = patterns[~patterns["pattern"].isin(["complete", "other"])]
    if named.empty:
        return text
    first = named.iloc[0]
    absent = [name for name in patterns if name not in ("pattern", "n") and first[name]]
    what = " and ".join(labels.get(name, name) for name in absent)
    return f"{text}, most often that of {what} ({first['n']} rows)"


def list_gaps(patterns: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Text alternative of the pattern of what is missing: rows by pattern."""
    names = [name for name in patterns if name not in ("pattern", "n")]
    listed = []
    for row in patterns.to_dict("records"):
        absent = [labels.get(name, name) for name in names if row[name]]
        known = {"complete": "complete", "other": "other patterns"}
        listed.append(f"{known.get(row['pattern'], ' and '.join(absent) + ' missing')} {row['n']}")
    return f"Rows by pattern of missing values: {'; '.join(listed)}."


_CHOICES = {
    "listwise": "Complete rows only",
    "fiml": "All rows, full-information maximum likelihood",
    "mi": "All rows, multiple imputation",
    "mean": "All rows, item means for missing answers",
}


def name_choices(table: pd.DataFrame) -> pd.Series:
    """Name what was done with missing values, and for how many rows.

    Examples
    --------
    >>> name_choices(pd.DataFrame({"choice": ["listwise"], "n": [90]})).tolist()
    ['Complete rows only (n = 90)']
    """
    return table["choice"].map(_CHOICES) + " (n = " + table["n"].astype(str) + ")"


def claim_skewness(skewness: pd.Series, *, labels: Mapping[str, str]) -> str:
    """Name the scale that leans most, as a claim.

    Examples
    --------
    >>> claim_skewness(pd.Series({"a": 0.5, "b": -1.25}), labels={"a": "Hope", "b": "Trust"})
    'Trust is the most skewed scale (−1.25)'
    """
    name = skewness[list(labels)].abs().idxmax()
    return f"{labels[name]} is the most skewed scale ({format_number(skewness[name], 2)})"


def describe_skewness(skewness: pd.Series, *, labels: Mapping[str, str]) -> str:
    """Text alternative of distributions: how skewed each is."""
    listed = "; ".join(
        f"{label} {format_number(skewness[name], 2)}" for name, label in labels.items()
    )
    return f"Distributions. Skewness: {listed}."


def claim_correlation(table: pd.DataFrame) -> str:
    """Name the pair that correlates most, as a claim; of a table `x y r`.

    Examples
    --------
    >>> claim_correlation(pd.DataFrame({"x": ["Task"], "y": ["Goal"], "r": [0.84]}))
    'Task and Goal are correlated most (r = .84)'
    """
    row = table.loc[table["r"].abs().idxmax()]
    r = format_number(row["r"], 2, leading_zero=False)
    return f"{row['x']} and {row['y']} are correlated most (r = {r})"


def describe_correlations(table: pd.DataFrame) -> str:
    """Text alternative of a table of correlations `x y r`."""
    listed = "; ".join(
        f"{row.x} and {row.y} {format_number(row.r, 2, leading_zero=False)}"
        for row in table.itertuples()
    )
    return f"Correlations. {listed}."


def state_rows(data: Dataset) -> str:
    """Return what to mind about a table with a row for each segment; "" for synthetic data."""
    if data.synthetic:
        return ""
    return (
        " Each row is a segment of a session of yours, with who coded it how: leave the table, and "
        "its file, out of what you pass on where that could tell who it is."
    )


def format_level(ci_level: float) -> str:
    r"""Return a confidence level as a percentage.

    Examples
    --------
    >>> format_level(0.95), format_level(0.999)
    ('95%', '99.9%')
    """
    decimals = 0 if abs(100 * ci_level - round(100 * ci_level)) < 1e-9 else 1
    return f"{format_number(100 * ci_level, decimals)}%"


def state_basis(data: Dataset, *, ci_level: float, n_boot: int) -> str:
    """Return what a bootstrap result rests on: n, interval, draws, status of the data."""
    size = f"<i>n</i>\u00a0=\u00a0{len(data.frame):,}"
    draws = f"{n_boot:,} draws of whole clusters" if data.cluster else f"{n_boot:,} draws"
    return (
        f"{size}, {format_level(ci_level)} percentile bootstrap intervals, {draws}, "
        f"{name_data(data)}."
    )


def describe_intervals(table: pd.DataFrame) -> str:
    """Text alternative of a plot of `label est ci_lower ci_upper`."""
    return "; ".join(
        f"{r.label} {format_number(r.est)} "
        f"[{format_number(r.ci_lower)}, {format_number(r.ci_upper)}]"
        for r in table.itertuples()
    )


def describe_ranges(table: pd.DataFrame, *, by: str, value: str) -> str:
    """Text alternative of curves: the lowest and the highest value of each group.

    Examples
    --------
    >>> describe_ranges(pd.DataFrame({"g": ["a", "a"], "y": [0.1, 0.9]}), by="g", value="y")
    'a 0.10 to 0.90'
    """
    return "; ".join(
        f"{name} {format_number(own.min(), 2)} to {format_number(own.max(), 2)}"
        for name, own in table.groupby(by, sort=False)[value]
    )


def describe_witness(table: pd.DataFrame, *, program: str, what: str) -> str:
    """Say how far another program is from the estimates and standard errors of a table.

    Parameters
    ----------
    table : DataFrame
        Columns `est` and `se`, or the first alone, and the same with `_<program>` appended; NaN
        there where the program finds no solution.
    program : str
    what : str
        What the rows are, in the plural.

    Examples
    --------
    >>> table = pd.DataFrame({"est": [0.5, 0.25], "est_semopy": [0.5, 0.2500003]})
    >>> describe_witness(table, program="semopy", what="paths")
    'Largest difference over all 2 paths: below 0.000001 for estimates.'
    """
    said = []
    for column, name in (("est", "estimates"), ("se", "standard errors")):
        if column in table:
            ours, theirs = table[column], table[f"{column}_{program}"]
            if theirs.isna().all():
                return f"{program} finds no solution of this model on these data."
            digits = math.floor(-math.log10(max((ours - theirs).abs().max(), _FINEST)))
            said.append(f"{format_number(10.0**-digits, max(digits, 0))} for {name}")
    return f"Largest difference over all {len(table)} {what}: below {' and '.join(said)}."
