"""Mohebbi Sheikhlari et al. (2026): how its results are laid out and put into words.

Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.data.published import load_published, parse_printed
from helpers.report.audit_list import list_findings
from helpers.report.compared import AGREES
from helpers.report.tables import format_number
from helpers.studies.coping_adherence import CONSTRUCTS, LABELS, OUTCOME, PATHS, STUDY

LAYOUT = {
    "avoidant": (1.5, 1.55),
    "emotion_focused": (1.5, 0.0),
    "problem_focused": (1.5, -1.55),
    "alliance": (3.5, 1.85),
    "adherence": (5.5, -0.1),
}
"""Where each construct stands in the path diagram, in inches."""
SIDES = {
    "avoidant": "left",
    "emotion_focused": "left",
    "problem_focused": "left",
    "alliance": "top",
    "adherence": "right",
}
BOX_LABELS = {name: label.replace(" ", "\n") for name, label in LABELS.items()}
SHORT = {
    "avoidant": "Avoidant",
    "problem_focused": "Problem-focused",
    "emotion_focused": "Emotion-focused",
    "alliance": "Alliance",
    "adherence": "Adherence",
}
STATISTICS = {"alpha": "α", "rho_a": "ρA", "rho_c": "ρC", "ave": "AVE"}
MEASURES = {
    "mean_ave": "Mean AVE",
    "mean_r_squared": "Mean R²",
    "gof": "GoF, root of their product",
    "gof_communality": "GoF with mean communality",
    "srmr_saturated_composite": "SRMR, saturated structure",
    "srmr_estimated_composite": "SRMR, estimated structure",
    "srmr_estimated_factor": "SRMR, items explained by common factors",
}
_GROUPS = {
    "table_1": "Table 1: scales",
    "table_2": "Table 2: reliability",
    "table_3": "Table 3: correlations",
    "table_4": "Table 4: paths",
    "table_5": "Table 5: effects",
    "text": "Text: GoF",
}
_KINDS = {
    "n": "Means, SDs, ranges, n",
    "mean": "Means, SDs, ranges, n",
    "sd": "Means, SDs, ranges, n",
    "minimum": "Means, SDs, ranges, n",
    "maximum": "Means, SDs, ranges, n",
    "shapiro_wilk": "Shapiro–Wilk W",
    "p": "Bounds of p",
    "rho_c": "Reliabilities and AVE",
    "alpha": "Reliabilities and AVE",
    "ave": "Reliabilities and AVE",
    "beta": "Path coefficients and R²",
    "r_squared": "Path coefficients and R²",
    "se": "Standard errors and t",
    "t": "Standard errors and t",
    "z": "z of indirect effects",
    "vaf": "Shares (VAF)",
}


def label_path(start: str, end: str, labels=SHORT) -> str:
    """Write a path with the printed names of its ends."""
    return f"{labels[start]} → {labels[end]}"


def label_pair(a: str, b: str) -> str:
    """Write a pair of constructs."""
    return f"{SHORT[a]}, {SHORT[b].lower()}"


def name_kinds(compared: pd.DataFrame) -> list[str]:
    """Kind of each printed number, in words."""
    kinds = compared["column"].map(_KINDS)
    table_3 = compared["table"].eq("table_3")
    diagonal = compared["row"].eq(compared["column"])
    kinds = kinds.mask(table_3 & diagonal, "Root AVE (diagonal of Table 3)")
    kinds = kinds.mask(table_3 & ~diagonal, "Correlations (Table 3)")
    kinds = kinds.mask(compared["table"].eq("text"), "Bounds of p")
    kinds = kinds.mask(compared["row"].eq("findings_gof"), "GoF")
    return kinds.tolist()


def name_groups(compared: pd.DataFrame) -> list[str]:
    """Table of each printed number, in words."""
    return compared["table"].map(_GROUPS).tolist()


def arrange_fornell_larcker(study_fit, htmt: pd.DataFrame) -> pd.DataFrame:
    """Root AVE on the diagonal, correlations of scores below it, HTMT above.

    Parameters
    ----------
    study_fit : DataFrame, constructs by constructs
        From `helpers.models.pls_assessment.fornell_larcker`.
    htmt : DataFrame
        `lhs rhs est`.

    Returns
    -------
    DataFrame
        `construct` and one column a construct.
    """
    matrix = study_fit.copy()
    for row in htmt.itertuples():
        matrix.loc[row.rhs, row.lhs] = row.est
    return matrix.rename(index=SHORT).rename_axis("construct").reset_index()


def arrange_paths_forest(paths: pd.DataFrame) -> pd.DataFrame:
    """Paths for a forest plot: `label est ci_lower ci_upper group`."""
    return pd.DataFrame(
        {
            "label": [label_path(r.rhs, r.lhs) for r in paths.itertuples()],
            "est": paths["est"],
            "ci_lower": paths["ci_lower"],
            "ci_upper": paths["ci_upper"],
            "group": ["On " + LABELS[name].lower() for name in paths["lhs"]],
        }
    )


def arrange_printed_forest() -> pd.DataFrame:
    """The printed paths, each with the normal 95 % interval of its printed standard error."""
    table = load_published(STUDY, "table_4").reset_index()
    est = table["beta"].map(lambda text: parse_printed(text).value)
    half = 1.96 * table["se"].map(lambda text: parse_printed(text).value)
    names = [label_path(r[0], r[1]) for r in table[["from", "to"]].itertuples(index=False)]
    return pd.DataFrame(
        {"label": names, "est": est, "ci_lower": est - half, "ci_upper": est + half}
    )


def arrange_differing(compared: pd.DataFrame) -> pd.DataFrame:
    """What does not agree: `where what printed reproduced reason`, in the order printed."""
    rows = compared[compared["verdict"] != AGREES]
    return pd.DataFrame(
        {
            "where": rows["table"].str.replace("table_", "Table ").str.replace("text", "Text"),
            "what": [_name_cell(row) for row in rows.itertuples()],
            "printed": rows["printed"].str.replace("-", "\u2212").str.rstrip("*"),
            "reproduced": rows["reproduced"],
            "verdict": rows["verdict"],
            "reason": rows["reason"],
        }
    )


def _name_cell(row) -> str:
    if row.table == "text":
        return "GoF" if row.row == "findings_gof" else row.row.replace("_", " ")
    if row.table == "table_3":
        return label_pair(row.row, row.column) if row.row != row.column else SHORT[row.row]
    parts = row.row.split(" -> ")
    name = " → ".join(SHORT[part] for part in parts)
    return f"{name}, {_COLUMNS.get(row.column, row.column)}"


_COLUMNS = {
    "sd": "SD",
    "shapiro_wilk": "W",
    "rho_c": "ρC",
    "alpha": "α",
    "ave": "AVE",
    "beta": "β",
    "se": "SE",
    "r_squared": "R²",
    "vaf": "VAF",
}


# ---------------------------------------------------------------------------------------------
# the audit


def list_faults(audit: pd.DataFrame) -> str:
    """Findings of the audit that a list can hold, grouped by where they stand, as Markdown."""
    faults = _name_constructs(audit[audit["verdict"] == "inconsistent"])
    places = faults["location"].map(_place)
    parts = []
    for place in dict.fromkeys(places):
        mine = faults[(places == place) & ~faults["location"].str.startswith(_CONTRADICTION)]
        if len(mine):
            parts.append(f"#### {place}\n\n{list_findings(mine, verdict='inconsistent')}")
    return "\n\n".join(parts)


_CONTRADICTION = "Tables 3 and 4, "


def tabulate_contradiction(audit: pd.DataFrame) -> pd.DataFrame:
    """What Tables 3 and 4 make of each other: `what printed lower upper`.

    `lower` and `upper` bound what one table's printed numbers allow for a number of the other.
    """
    faults = _name_constructs(audit[audit["verdict"] == "inconsistent"])
    mine = faults[faults["location"].str.startswith(_CONTRADICTION)]
    what = mine["location"].str.removeprefix(_CONTRADICTION).str.replace("->", "→")
    return pd.DataFrame(
        {
            "what": what.str[:1].str.upper() + what.str[1:],
            "printed": mine["printed"].str.extract(r"= ([^;]+)")[0].str.replace("-", "\u2212"),
            "lower": mine["recomputed_lower"],
            "upper": mine["recomputed_upper"],
        }
    )


def _place(location: str) -> str:
    head = location.split(",")[0].split(" (")[0]
    if head.startswith("Table"):
        return head
    return "Sample and instruments" if head in ("sample", "measures") else "Text"


def _name_constructs(table: pd.DataFrame) -> pd.DataFrame:
    """Write problem_focused as problem-focused wherever words stand."""
    words = ["location", "relation", "printed", "reading", "note"]
    named = table.copy()
    for column in words:
        named[column] = named[column].str.replace("_focused", "-focused")
    return named


# ---------------------------------------------------------------------------------------------
# words


def describe_diagram(paths: pd.DataFrame, r_squared: pd.DataFrame, loadings: pd.DataFrame) -> str:
    """Text alternative of the path diagram."""
    arrows = "; ".join(
        f"{LABELS[p.rhs]} to {LABELS[p.lhs].lower()} {format_number(p.est)}"
        for p in paths.itertuples()
    )
    blocks = "; ".join(
        f"{LABELS[name]} {len(mine)} items, loadings {_span(mine['est'], 2)}"
        for name, mine in loadings.groupby("lhs", sort=False)
    )
    shares = ", ".join(
        f"{LABELS[r.construct].lower()} {format_number(r.r_squared, leading_zero=False)}"
        for r in r_squared.itertuples()
    )
    return f"Path diagram. {arrows}. Measurement: {blocks}. R squared: {shares}."


def describe_intervals(table: pd.DataFrame) -> str:
    """Text alternative of a plot of `label est ci_lower ci_upper`."""
    return "; ".join(
        f"{r.label} {format_number(r.est)} "
        f"[{format_number(r.ci_lower)}, {format_number(r.ci_upper)}]"
        for r in table.itertuples()
    )


def read_recovery(recovery: pd.DataFrame) -> str:
    """What the three experiments with known paths say."""
    paths = recovery[recovery["op"] == "~"].set_index("case")
    worst = (paths["bias"] / paths["mc_error"]).abs().groupby(level=0, sort=False).max()
    size = paths["bias"].abs().groupby(level=0, sort=False).max()
    failed = int(recovery.groupby("case")["n_failed"].first().sum())
    end = f" Samples without a solution, left out: {failed}." if failed else ""
    names = list(dict.fromkeys(paths.index))
    spans = "; ".join(
        f"{name}: {format_number(size[name])} ({format_number(worst[name], 1)} Monte Carlo "
        "standard errors)"
        for name in names
    )
    return f"Largest bias of a path: {spans}.{end}"


def read_estimators(methods: pd.DataFrame) -> str:
    """How far the paths move with the method, in a sentence with its numbers."""
    paths = methods[methods["op"] == "~"]
    names = [c for c in ("PLS", "PLSc", "sum scores", "CB-SEM") if paths[c].notna().any()]
    spread = paths[names].max(axis=1) - paths[names].min(axis=1)
    row = paths.loc[spread.idxmax()]
    return (
        f"Over {len(names)} methods the path {label_path(row['rhs'], row['lhs'])} moves most, from "
        f"{_span(row[names].astype(float), 3)}."
    )


def read_algorithms(table: pd.DataFrame) -> str:
    """How the conclusions move with the weights of items and constructs."""
    clear = table["ci_lower"] * table["ci_upper"] > 0
    changed = []
    for label, mine in table.groupby("label", sort=False):
        own = clear[mine.index[0]]
        other = mine.loc[clear[mine.index] != own, "analysis"]
        if len(other):
            what = "includes" if own else "leaves out"
            start, end = label.split(" → ")
            changed.append(f"{label_path(start, end)} {what} zero under {', '.join(other)}")
    failed = table.drop_duplicates("analysis").set_index("analysis")["n_failed"]
    failed = failed[failed > 0]
    counted = "; ".join(f"{name} {count}" for name, count in failed.items())
    return (
        ("The interval of " + "; that of ".join(changed) + "." if changed else
         "No interval comes to include zero, or to leave it out, under another choice.")
        + (f" Draws without a solution, left out: {counted}." if counted else "")
    )  # fmt: skip


def _span(values: Sequence[float], decimals: int) -> str:
    low, high = (format_number(v, decimals) for v in (np.min(values), np.max(values)))
    return f"{low} to {high}"


def order_constructs(table: pd.DataFrame, column: str = "construct") -> pd.DataFrame:
    """Rows in the order of Table 2: outcome, mediator, then the strategies."""
    rank = {name: k for k, name in enumerate((OUTCOME, "alliance", *CONSTRUCTS[:3]))}
    return table.sort_values(column, key=lambda c: c.map(rank), kind="stable")


PATH_ORDER = [label_path(start, end) for start, end in PATHS]
