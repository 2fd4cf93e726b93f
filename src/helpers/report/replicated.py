"""A reader's estimates beside the published ones: the table, the sentences, the figure's rows."""

from __future__ import annotations

import textwrap

import pandas as pd

from helpers.report.numbers import format_number, format_percent
from helpers.report.tables import Column
from helpers.report.wording import format_level

REPLICATION_NOTE = (
    "Published: estimate (<i>SE</i>). In your interval: whether it contains the published value. "
    "<i>p</i>: of the difference between the studies. Expected: interval for the estimate of a "
    "replication of your size. Power: of your size to find the published effect; both for "
    "independent rows."
)


def replication_columns(ci_level: float, *, shape: str = "three") -> dict[str, str | Column]:
    """Return the columns of the table of `arrange_replication`, for `print_table`."""
    level = format_level(ci_level)
    return {
        "Finding": "finding: words",
        "Published": "printed: number",
        "Yours": Column("est", shape),
        f"{level} CI": Column(("ci_lower", "ci_upper"), shape),
        "In your interval": "covered: yes_no",
        "<i>p</i>": "pvalue: p",
        "Expected": Column(("pi_lower", "pi_upper"), shape),
        "Power": "power_words: number",
        "Conclusion": "reading: words",
    }


def arrange_replication(beside: pd.DataFrame, *, leading_zero: bool = True) -> pd.DataFrame:
    """Add `printed` and `power_words` to a table of `compare_replication`.

    `printed` is the published estimate with its standard error, or the range in which it must lie;
    power is marked as a least one where a range is all that is printed.
    """
    printed, power = [], []
    for row in beside.itertuples():
        exact = pd.notna(row.published)
        printed.append(_estimate(row, leading_zero) if exact else _range(row, leading_zero))
        share = format_percent(row.power, 0)
        power.append(share if exact or pd.isna(row.power) else f"≥ {share}")
    return beside.assign(printed=printed, power_words=power)


def _estimate(row: tuple, leading_zero: bool) -> str:
    decimals = getattr(row, "decimals", 3)
    text = format_number(row.published, decimals, leading_zero=leading_zero)
    se = format_number(row.se_published, 3, leading_zero=leading_zero)
    return f"{text} ({se})"


def _range(row: tuple, leading_zero: bool) -> str:
    low, high = (format_number(v, 2, leading_zero=leading_zero) for v in (row.lower, row.upper))
    return f"{low} to {high}" if row.lower * row.upper < 0 else f"≥ {low}"


def state_replication(beside: pd.DataFrame, *, n: int, n_published: int, ci_level: float) -> str:
    """Say in a Markdown list what a table of `compare_replication` comes to."""
    tested = beside[beside["se_published"].notna()]
    differing = int((tested["pvalue"] < 1 - ci_level).sum())
    alpha = format_number(1 - ci_level, 2, leading_zero=False)
    lines = [
        f"- **Your study and the published one:** {n:,} and {n_published:,} clients. "
        f"{int(tested['predicted'].sum())} of {len(tested)} estimates lie where a replication "
        f"with {n:,} clients would be expected to find them; {differing} "
        f"of {len(tested)} differ from the published ones (*p* < {alpha}, as "
        f"{format_percent(1 - ci_level, 0)} of exact replications do by chance). "
        f"{int(beside['covered'].sum())} of {len(beside)} published values lie within your "
        "intervals."
    ]
    lines += _state_power(tested[tested["found"].eq(True)], n)
    for reading, same in beside.groupby("reading", observed=True)["finding"]:
        lines.append(f"- **{reading.capitalize()}** ({len(same)}): {'; '.join(same)}.")
    return "\n".join(lines)


def _state_power(found: pd.DataFrame, n: int) -> list[str]:
    """Say with what power a study of `n` clients finds the effects that the published one found."""
    if found.empty:
        return []
    low, high = (format_percent(v, 0) for v in (found["power"].min(), found["power"].max()))
    least = "" if found["published"].notna().all() else "at least "
    span = low if low == high else f"{low} to {high}"
    weak = int((found["power"] < 0.8).sum())
    return [
        f"- **What {n} clients can show:** the power to find an effect that the paper found is "
        f"{least}{span}, and below 80% for {weak} of {len(found)}. Where power is low, an "
        "effect that is not found here may still exist."
    ]


def summarize_replication(beside: pd.DataFrame) -> str:
    """Say in one sentence how many estimates are where a replication would have them."""
    tested = beside[beside["se_published"].notna()]
    return (
        f"{int(tested['predicted'].sum())} of {len(tested)} estimates lie where a replication of "
        "the published study would be expected to find them."
    )


def arrange_own(beside: pd.DataFrame) -> pd.DataFrame:
    """Return a reader's own estimates for a forest plot: `label est ci_lower ci_upper`."""
    shown = beside[beside["se_published"].notna()].assign(label=_wrapped)
    return shown[["label", "est", "ci_lower", "ci_upper"]]


def arrange_published(beside: pd.DataFrame) -> pd.DataFrame:
    """Return the published estimates with their intervals: `label est ci_lower ci_upper`.

    Where only a range can be told from the print, that range and no estimate.
    """
    shown = {
        "label": "label",
        "published": "est",
        "published_lower": "ci_lower",
        "published_upper": "ci_upper",
    }
    printed = beside[beside["se_published"].notna()].assign(label=_wrapped)
    return printed[list(shown)].rename(columns=shown)


def _wrapped(beside: pd.DataFrame) -> list[str]:
    return [textwrap.fill(finding, 48) for finding in beside["finding"]]


def describe_replication(beside: pd.DataFrame) -> str:
    """Text alternative of the figure of both studies."""
    return "; ".join(
        f"{row.finding}: published {format_number(row.published)}, yours {format_number(row.est)} "
        f"[{format_number(row.ci_lower)}, {format_number(row.ci_upper)}]"
        for row in beside[beside["se_published"].notna()].itertuples()
    )
