"""Stefana (2026): how its results are laid out and put into words. Nothing is estimated here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.printed.numbers import load_published
from helpers.report.compared import find_printed
from helpers.report.numbers import format_number, format_p, format_percent, format_share
from helpers.report.wording import format_level, name_data, state_verdict
from helpers.studies.distress_session_quality.audit import MOST, MOST_IN_TASK_ONLY, MOST_OF_INDIRECT
from helpers.studies.distress_session_quality.model import (
    ALLIANCE,
    LABELS,
    QUANTITIES,
    STUDY,
    SessionScores,
)
from helpers.studies.distress_session_quality.results import compute_task_share

MEASURES = {
    "phq9": "PHQ-9",
    "gad7": "GAD-7",
    "rri": "Real relationship",
    "wai_task": "Task",
    "wai_goal": "Goal",
    "wai_bond": "Bond",
    "ses": "Session quality",
}
"""How the columns of the data are read."""
HEADLINE = (
    "Finding 1, that agreement on tasks accounts for most of the link, depends on how “most” is "
    "read (see the verdict)."
)
"""What comes before the findings that data can show."""
_MINUS = "\u2212"
_GROUPS = {
    "ind_rr": "Real relationship only",
    **{
        f"ind_{a}_{part}": f"Via {LABELS[a].lower()}"
        for a in ALLIANCE
        for part in ("direct", "serial", "total")
    },
    "ind_total": "All routes",
    "total": "All routes",
}
_STATISTICS = {
    "chisq_diff": "Δχ²",
    "df_diff": "Δdf",
    "p": "p",
    "delta_cfi": "ΔCFI",
    "delta_rmsea": "ΔRMSEA",
    "delta_srmr": "ΔSRMR",
}

_COMPARISON_FORMATS = {"p": format_p, "df_diff": partial(format_number, decimals=0)}


def find_printed_intervals(compared: pd.DataFrame, table: str, rows: Sequence[str]) -> list[str]:
    """Printed intervals of the given rows."""
    low, high = (find_printed(compared, table, rows, c) for c in ("ci_lower", "ci_upper"))
    return [f"[{a}, {b}]" for a, b in zip(low, high, strict=True)]


CHOSEN = "made up"
"""What stands for a number of the demonstration data that the paper does not report."""


def set_beside_printed(table: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Add what the paper reports of each measure or category, and mark what it does not.

    Parameters
    ----------
    table : DataFrame
        Of `helpers.data.describe`, one row per measure or category.
    by : sequence of str
        The columns that name it: the variable, and the category if it has one.

    Returns
    -------
    DataFrame
        The same with ``paper_share``, ``paper_mean`` and ``paper_sd``, `CHOSEN` where nothing is
        reported.
    """
    sample = load_published(STUDY, "sample")
    keys = ["variable", "category"][: len(by)]
    names = {"share": "share", "mean": "mean", "standard deviation": "sd"}
    known = sample[sample["quantity"].isin(names)]
    found = known.assign(quantity=known["quantity"].map(names)).set_index([*keys, "quantity"])
    printed = found["printed"].to_dict()
    return table.assign(
        **{
            f"paper_{name}": [
                printed.get((*map(str, key), name), CHOSEN)
                for key in table[list(by)].itertuples(index=False)
            ]
            for name in names.values()
        }
    )


def explain_chosen(data: Dataset) -> str:
    """Say what `CHOSEN` means, where the data are synthetic."""
    if not data.synthetic:
        return ""
    return (
        f" “{CHOSEN}”: not reported in the paper; the value beside it was made up and says nothing "
        "about clients."
    )


def arrange_forest(routes: pd.DataFrame) -> pd.DataFrame:
    """Routes for a forest plot: `label est ci_lower ci_upper group strong key`."""
    strong = routes["label"].str.endswith("_total") | routes["label"].eq("total")
    return pd.DataFrame(
        {
            "label": routes["label"].map(QUANTITIES),
            "est": routes["est"],
            "ci_lower": routes["ci_lower"],
            "ci_upper": routes["ci_upper"],
            "group": routes["label"].map(_GROUPS),
            "strong": strong,
        }
    )


def arrange_printed_forest() -> pd.DataFrame:
    """The printed effects with their intervals: `label est ci_lower ci_upper`."""
    table = load_published(STUDY, "table_2").reset_index()
    numbers = table[["beta", "ci_lower", "ci_upper"]].astype(float)
    numbers.columns = ["est", "ci_lower", "ci_upper"]
    return numbers.assign(label=table["label"].map(QUANTITIES))


def arrange_comparison(compared: pd.DataFrame) -> pd.DataFrame:
    """Model comparisons, a statistic a row: `statistic`, then printed and computed by model."""
    numbers = compared[compared["table"] == "table_5"].set_index(["row", "column"])
    rows = []
    for column, statistic in _STATISTICS.items():
        row = {"statistic": statistic}
        for model in ("task_only", "equal_alliance"):
            cell = numbers.loc[(model, column)]
            row[f"{model}_printed"] = cell["printed"].replace("-", _MINUS)
            row[model] = _COMPARISON_FORMATS.get(column, format_number)(cell["reproduced"])
        rows.append(row)
    return pd.DataFrame(rows)


def describe_comparison_test(estimator: str, *, cluster: str = "") -> str:
    """Say which tests the table of model comparisons shows."""
    if estimator == "MLR" or cluster:
        return (
            "Satorra–Bentler (2001) scaled difference"
            + (", robust to likeness within clusters" if cluster else "")
            + "; ΔCFI and ΔRMSEA of the scaled indices; the full model is saturated."
        )
    return "Normal-theory difference test and indices; the paper's are robust, so they differ."


def explain_likeness(cluster: str) -> str:
    """Say what an intraclass correlation is; "" without clusters."""
    if not cluster:
        return ""
    return (
        " ICC: the share of a measure's variance that lies between clusters; its interval is in "
        "<code>descriptives.csv</code>."
    )


def state_limits(scores: SessionScores, data: Dataset, *, ci_level: float) -> str:
    """Say what limits rest on where they are no bootstrap's, as with missing values; else ""."""
    if not scores.incomplete:
        return ""
    kind = "cluster-robust" if scores.cluster else "robust"
    return (
        f"<i>n</i>\u00a0=\u00a0{len(data.frame)}, {format_level(ci_level)} Monte Carlo intervals "
        f"from {kind} standard errors (with missing values, a bootstrap would take too long); "
        f"{name_data(data)}."
    )


def describe_errors(missing: str, *, cluster: str = "") -> str:
    """Say what each standard error of the table by method is."""
    information = "observed" if missing == "fiml" else "expected"
    text = f"Normal theory: {information} information; robust: Huber–White sandwich"
    if cluster:
        text += ", over clients; cluster-robust: the same over clusters, which are also drawn whole"
    return text + "."


def describe_diagram(paths: pd.DataFrame, r_squared: pd.Series) -> str:
    """Text alternative of the path diagram."""
    arrows = "; ".join(
        f"{LABELS[p.rhs]} to {LABELS[p.lhs]} {format_number(p.est)}" for p in paths.itertuples()
    )
    shares = ", ".join(
        f"{LABELS[y]} {format_number(v, leading_zero=False)}" for y, v in r_squared.items()
    )
    return f"Path diagram. {arrows}. R squared: {shares}."


def describe_effects(routes: pd.DataFrame) -> str:
    """Text alternative of the forest plot."""
    rows = "; ".join(
        f"{QUANTITIES[r.label]} {format_number(r.est)} "
        f"[{format_number(r.ci_lower)}, {format_number(r.ci_upper)}]"
        for r in routes.itertuples()
    )
    return f"Effects of distress on session quality with intervals. {rows}."


def state_share(share: float) -> str:
    """Print a share of an effect; NaN is none."""
    return "its parts differ in sign" if math.isnan(share) else format_percent(share, 0)


def state_headline(beside: pd.DataFrame, share: float) -> str:
    """Set the route through task and its share of the total effect beside the paper's.

    Parameters
    ----------
    beside : DataFrame
        `label published est`, as `compare_findings` of the study returns them.
    share : float
        Of the total effect through task, in the reader's data; NaN is none.
    """
    effects = beside.set_index("label").loc[["ind_task_total", "total"]]
    published, own = effects["published"], effects["est"]
    return (
        f"In the paper {format_number(published.iloc[0])} of a total effect of "
        f"{format_number(published.iloc[1])} runs through task "
        f"({format_percent(published.iloc[0] / published.iloc[1], 0)}); in your data "
        f"{format_number(own.iloc[0])} of {format_number(own.iloc[1])} ({state_share(share)})."
    )


def describe_share(share: float) -> str:
    """Say what share of the total indirect effect runs through task; NaN is none."""
    if math.isnan(share):
        return "The routes differ in sign, so task has no share of the total indirect association"
    return f"{state_share(share)} of the total indirect association runs through task"


def give_verdict(audit: pd.DataFrame) -> str:
    """The paper's claim, whether its own numbers support it, and what to take from it.

    Parameters
    ----------
    audit : DataFrame
        As `helpers.studies.registry.audit_study` returns it.
    """
    return state_verdict(
        says="Agreement on tasks accounts for most of the link between a client's distress and the "
        "quality of the session.",
        support=f"That depends on how “most” is read. {read_shares(audit)}",
        take="Clients in more distress tend to rate both task agreement and the session lower. Not "
        "shown: that working on task agreement improves sessions, or which came first, since one "
        "person rated everything at one time.",
    )


def read_shares(audit: pd.DataFrame) -> str:
    """The share of the route through task under each reading, as the audit bounds it."""
    ends = audit.set_index("location")[["implied_lower", "implied_upper"]]
    total, indirect, alone = (
        format_share(*ends.loc[place]) for place in (MOST, MOST_OF_INDIRECT, MOST_IN_TASK_ONLY)
    )
    return (
        f"In the full model, {total} of the total association runs through task, and {indirect} of "
        f"its indirect part; with goal and bond fixed to zero, {alone} of the total does."
    )


def describe_largest_path(paths: pd.DataFrame) -> str:
    """Which predictor has the largest path to session quality, in a sentence."""
    own = paths[paths["lhs"] == "ses"]
    top = own.loc[own["est"].abs().idxmax()]
    interval = f"[{format_number(top['ci_lower'])}, {format_number(top['ci_upper'])}]"
    return (
        f"{LABELS[top['rhs']]} has the largest path to session quality, "
        f"{format_number(top['est'])} {interval}."
    )


def read_sensitivity(
    by_covariates: pd.DataFrame, by_order: pd.DataFrame, errors: pd.DataFrame
) -> str:
    """What the sensitivity analyses say, in sentences with their numbers."""
    task = by_covariates[by_covariates["label"] == "ind_task_total"]["est"]
    routes = by_order[by_order["label"] == "ind_task_total"]
    order = by_order.pivot_table(index="analysis", columns="label", values="est", sort=False)
    share = 100 * order.apply(compute_task_share, axis=1)
    first = (
        f"the route through task ranges from {_span(routes['est'])} over the orders"
        if share.isna().any()
        else f"task's share of the total indirect association ranges from {_span(share, 0)}%"
    )
    clear = "excludes" if routes["ci_upper"].max() < 0 else "does not exclude"
    gap = errors.loc[errors["ratio"].idxmax()]
    return (
        f"- **Covariates:** the route through task ranges from {_span(task)} over the sets.\n"
        f"- **Order:** {first}; its interval {clear} zero in every order.\n"
        f"- **Standard errors:** the largest gap is for {QUANTITIES[gap['label']]}, where the "
        f"bootstrap gives {format_number(gap['ratio'], 2)} times the normal-theory SE.\n"
    )


def read_residual_correlations(varied: pd.DataFrame) -> str:
    """What depends on the residual correlations that are not reported, with its numbers."""
    return (
        f"As the residual correlation of task and goal goes from {_span(varied['task_goal'], 2)}, "
        "the proportion mediated in the Task-only model ranges from "
        f"{_span(varied['proportion_mediated'], 2)}, and the paths of task and goal are "
        f"{_span(varied['z'], 1)} standard errors apart."
    )


def _span(values: pd.Series, decimals: int = 3) -> str:
    low, high = (format_number(v, decimals) for v in (values.min(), values.max()))
    return f"{low} to {high}"


# ---------------------------------------------------------------------------------------------
# what the conclusion rests on


def arrange_specifications(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The specifications from the smallest estimate to the largest, and the choices behind each.

    Returns
    -------
    table : DataFrame
    choices : DataFrame
        True or False, one column per choice.
    """
    # two orders give the same number, but for rounding
    place = table["est"].round(9).sort_values(kind="stable").index
    ordered = table.loc[place].reset_index(drop=True)
    covariates = ordered.columns[: ordered.columns.get_loc("order")]
    choices = {name.replace("_", " ").capitalize(): ordered[name] for name in covariates}
    for column in ("order", "errors"):
        for value in dict.fromkeys(table[column].dropna()):
            choices[value] = ordered[column] == value
    return ordered, pd.DataFrame(choices, index=ordered.index)


def describe_specifications(table: pd.DataFrame) -> str:
    """What all specifications say together, as a claim."""
    low, high = (format_number(v) for v in (table["est"].min(), table["est"].max()))
    clear = (table["ci_lower"] * table["ci_upper"] > 0).sum()
    n = len(table)
    found = f"The route through task ranges from {low} to {high} over {n} specifications"
    if table["ci_lower"].isna().all():
        return found
    counted = "all" if clear == n else f"{clear}"
    return f"{found}; the interval excludes zero in {counted} of them"


def list_specifications(table: pd.DataFrame) -> str:
    """Text alternative of the specification curve: its ends and middle, by order."""
    spans = "; ".join(
        f"{order}: {format_number(own.min())}, {format_number(own.median())} and "
        f"{format_number(own.max())}"
        for order, own in table.groupby("order", sort=False)["est"]
    )
    return f"Specification curve. Smallest, median and largest estimate, {spans}."


def read_specifications(table: pd.DataFrame) -> str:
    """In how many specifications task leads, and has most of the total effect."""
    n, share = len(table), table["share"]
    text = (
        f"It is the largest route in {table['largest'].sum()} of {n}, and more than half of the "
        f"total effect in {(share > 0.5).sum()}"
    )
    if share.notna().any():
        ends = (format_percent(v) for v in (share.min(), share.max()))
        text += f" (share {' to '.join(ends)})"
    unlike = int(share.isna().sum())
    return text + (
        f"; in {unlike} the routes differ in sign, so there is no share." if unlike else "."
    )


def _in_demonstration(text: str, *, synthetic: bool) -> str:
    """Say of a sentence that it is about demonstration data, where it is."""
    return f"In the demonstration data, {text[:1].lower()}{text[1:]}" if synthetic else text


def read_confounding(table: pd.DataFrame, *, synthetic: bool) -> str:
    """How strong an unmeasured cause of task and quality must be, in a sentence."""
    row = table.set_index("mediator").loc["task"]
    if row["rho"] <= 0:
        return "The path from task to session quality is not positive, so there is nothing to lose."
    text = (
        "The route through task would be zero if an omitted cause made the unique part of task and "
        "the residual of session quality correlate at "
        f"{format_number(row['rho'], 2, leading_zero=False)} "
        f"({format_percent(row['r_squared'], 0)} of the variance of each)"
    )
    if row["rho_limit"] > 0:
        text += (
            "; its interval would include zero from "
            f"{format_number(row['rho_limit'], 2, leading_zero=False)}"
        )
    return _in_demonstration(f"{text}.", synthetic=synthetic)


def list_reliabilities(reliability: pd.Series) -> str:
    """Name each score with its reliability."""
    return ", ".join(
        f"{LABELS[name].lower()} {format_number(value, 2, leading_zero=False)}"
        for name, value in reliability.items()
    )


def read_measurement_error(table: pd.DataFrame, *, synthetic: bool) -> str:
    """Whether task still leads without measurement error, in a sentence."""
    rows = table.set_index("label")
    routes = rows.loc[["ind_rr", *(f"ind_{a}_total" for a in ALLIANCE)]]
    if routes["est"].isna().any():
        return (
            "With these reliabilities the corrected model has no proper solution: the scores are "
            "more highly correlated than their reliabilities allow."
        )
    task = routes.loc["ind_task_total"]
    leads = routes["est"].abs().idxmax() == "ind_task_total"
    text = (
        f"Corrected for measurement error, the route through task is {format_number(task['est'])} "
        f"[{format_number(task['ci_lower'])}, {format_number(task['ci_upper'])}] instead of "
        f"{format_number(task['observed'])}; it {'remains' if leads else 'is no longer'} the "
        "largest route."
    )
    return _in_demonstration(text, synthetic=synthetic)
