"""How the results of a study of one model are laid out and put into words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from helpers.audit.findings import DOUBTFUL, IMPOSSIBLE, NOT_DECIDED, POSSIBLE_ONLY_IF
from helpers.audit.table.examine import Examined, findings_frame
from helpers.data.datasets import Dataset
from helpers.models.moderation.predictions import probe_predictions
from helpers.report.effect_plots import plot_forest
from helpers.report.moderation_plots import plot_interaction
from helpers.report.numbers import format_number, format_p
from helpers.report.path_diagram import plot_path_diagram
from helpers.report.wording import format_level, state_notices
from helpers.studies.one_model.model import (
    ModerationStudy,
    StudyResults,
    name_term,
)

NOT_JUDGED = "not judged yet"
_COLUMN = 2.7
_RISE = 1.1


def name_data(data: Dataset) -> str:
    """Return what the data are, for captions: "simulated data" or "your data"."""
    return "simulated data" if data.synthetic else "your data"


def state_origin(data: Dataset) -> str:
    """Return the banner of the report: what the data are, and what follows."""
    if data.synthetic:
        return (
            "**These data are synthetic.** They were simulated with the columns of the study's "
            "data and with effects that were chosen, not the paper's. They show that the analysis "
            "runs. They say nothing about the paper, nor about clients; agreement with a printed "
            "number is chance."
        )
    return state_notices(data) + (
        f"**These are your data** ({len(data.frame)} cases). Agreement with the paper is a finding."
    )


def state_basis(results: StudyResults, data: Dataset, *, ci_level: float) -> str:
    """Return what the results rest on: n, interval, status of the data."""
    size = f"<i>n</i>\u00a0=\u00a0{results.n}"
    return f"{size}, {format_level(ci_level)} intervals, {results.basis}; {name_data(data)}."


def describe_effect(effect: pd.Series) -> str:
    """Say one effect in a clause: its name, size and test."""
    test = f", p {_relation(effect.p)}" if effect.p == effect.p else ""
    return f"{effect.words}: {format_number(effect.est)}{test}"


def _relation(p: float) -> str:
    text = format_p(p)
    return text if text.startswith("<") else f"= {text}"


def describe_effects(effects: pd.DataFrame) -> str:
    """Return every tested effect in a clause."""
    tested = effects[effects["op"] != "r2"]
    return "; ".join(describe_effect(row) for _, row in tested.iterrows())


def describe_strongest(effects: pd.DataFrame) -> str:
    """Name the largest of the slopes and paths."""
    paths = effects[effects["op"] == "~"]
    largest = paths.loc[paths["est"].abs().idxmax()]
    return f"The largest effect is {largest.words}, {format_number(largest.est)}"


def count_effects(effects: pd.DataFrame) -> str:
    """Say of how many effects the interval excludes zero."""
    tested = effects[effects["op"] != "r2"]
    clear = (tested["ci_lower"] > 0) | (tested["ci_upper"] < 0)
    return f"{clear.sum()} of {len(tested)} intervals exclude zero"


def describe_audit(examined: Examined, study: str) -> str:
    """Say how many relations of the printed numbers were checked, and what came out."""
    if not examined.findings:
        return (
            "no printed number has been entered that another one checks; they go into "
            f"<code>data/{study}/printed/</code>"
        )
    doubted = [
        f"{examined.count(verdict)} {verdict}"
        for verdict in (IMPOSSIBLE, POSSIBLE_ONLY_IF, NOT_DECIDED)
        if examined.count(verdict)
    ]
    n = len(examined.findings)
    return f"{n} relations checked: {', '.join(doubted) if doubted else 'all consistent'}"


def arrange_audit(examined: Examined) -> pd.DataFrame:
    """Return the findings on the printed numbers, with their grades and what the others leave."""
    frame = findings_frame(examined.findings)
    ends = frame[["implied_lower", "implied_upper"]]
    implied = [
        "" if low != low or high != high else f"{low:.4g} to {high:.4g}"
        for low, high in ends.itertuples(index=False)
    ]
    grades = [
        "" if f.verdict not in DOUBTFUL else f.severity or NOT_JUDGED for f in examined.findings
    ]
    return frame.assign(implied=implied, severity=grades)


def arrange_comparison(compared: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Return `compared` with the words of each effect as `words`; of another row its key."""
    words = compared["row"].map(effects.set_index("label")["words"])
    return compared.assign(words=words.fillna(compared["row"]))


def name_rows(
    results: StudyResults, table: str, labels: Mapping[str, str], *, key: str = "label"
) -> pd.DataFrame:
    """Return a table of the results with constructs by their printed names in `words`."""
    rows = results.tables[table]
    signs = {"~~": "–", "->": "→"}
    words = [
        " ".join(signs.get(part) or name_term(part, labels) for part in text.split(" "))
        for text in rows[key]
    ]
    return rows.assign(words=words)


def describe_measurement(results: StudyResults, labels: Mapping[str, str]) -> str:
    """Name the weakest loading and the pair that is hardest to tell apart, with their limits."""
    items, pairs = results.tables["items"], results.tables["pairs"]
    several = items[items.groupby("construct")["label"].transform("size") > 1]
    said = []
    if len(several):
        weak = several.loc[several["loading"].abs().idxmin()]
        construct = name_term(weak["construct"], labels)
        said.append(
            f"smallest loading: {weak['label']} ({construct}), {_with_limits(weak, 'loading')}"
        )
    if pairs["htmt"].notna().any():
        near = pairs.loc[pairs["htmt"].idxmax()]
        both = " and ".join(name_term(name, labels) for name in near["label"].split(" ~~ "))
        said.append(f"largest HTMT: {both}, {_with_limits(near, 'htmt')}")
    text = "; ".join(said) or "every construct has one item"
    return text[0].upper() + text[1:]


def _with_limits(row: pd.Series, name: str) -> str:
    low, high = row[f"{name}_lower"], row[f"{name}_upper"]
    limits = f" [{format_number(low)}, {format_number(high)}]" if low == low else ""
    return f"{format_number(row[name])}{limits}"


def describe_fit(results: StudyResults) -> str:
    """Say how well a model of latent variables fits, and the largest of its residuals."""
    (fit,) = results.tables["fit"].itertuples()
    limits = f"[{format_number(fit.rmsea_lower)}, {format_number(fit.rmsea_upper)}]"
    test = f", p {_relation(fit.p)}" if fit.p == fit.p else ""
    said = (
        f"χ²({fit.df:.0f}) = {format_number(fit.chisq, 2)}{test}, CFI = {format_number(fit.cfi)}, "
        f"TLI = {format_number(fit.tli)}, RMSEA = {format_number(fit.rmsea)}, 90% CI {limits}, "
        f"SRMR = {format_number(fit.srmr)}"
    )
    residuals = results.tables["residuals"]
    if residuals["residual"].notna().any():
        worst = residuals.loc[residuals["residual"].abs().idxmax()]
        pair = worst["label"].replace(" ~~ ", " and ")
        said += f"; the largest residual correlation is that of {pair}, "
        said += format_number(worst["residual"])
    return said


def list_residuals(results: StudyResults, *, most: int = 10) -> pd.DataFrame:
    """Return the residual correlations that are furthest from 0."""
    residuals = results.tables["residuals"]
    order = residuals["residual"].abs().sort_values(ascending=False, kind="stable").index[:most]
    pairs = residuals["label"].str.replace(" ~~ ", " – ")
    return residuals.assign(words=pairs).loc[order].reset_index(drop=True)


def describe_prediction(results: StudyResults) -> str:
    """Say of how many items held-out values are predicted, or why this was not tried."""
    if "prediction" in results.withheld:
        return results.withheld["prediction"].rstrip(".")
    rows = results.tables["prediction"]
    better = (rows["q2_predict"] > 0).sum()
    compared = rows["rmse_lm"].notna()
    below = (rows["rmse_pls"] < rows["rmse_lm"]).sum()
    said = f"{better} of {len(rows)} items are predicted better than by their mean"
    if not compared.any():
        return f"{said}; the linear model has more predictors than the cases can tell apart"
    return f"{said}, {below} of {compared.sum()} better than by a linear model"


def plot_effects(results: StudyResults, *, xlabel: str, ax: Axes) -> Axes:
    """Draw every tested effect with its interval."""
    tested = results.effects[results.effects["op"] != "r2"]
    table = tested[["est", "ci_lower", "ci_upper"]].assign(label=tested["words"])
    return plot_forest(table.reset_index(drop=True), xlabel=xlabel, ax=ax)


def plot_model(
    results: StudyResults, *, labels: Mapping[str, str], ci_level: float, ax: Axes
) -> Axes:
    """Draw the paths, variables in columns by how far they stand from the first."""
    paths = results.effects[results.effects["op"] == "~"]
    explained = results.effects[results.effects["op"] == "r2"].set_index("lhs")["est"]
    notes = {name: f"R² = {format_number(v, leading_zero=False)}" for name, v in explained.items()}
    drawn = paths.assign(significant=paths["p"] < 1 - ci_level)
    positions = _lay_out(list(zip(paths["rhs"], paths["lhs"], strict=True)))
    named = {name: name_term(name, labels) for name in positions}
    return plot_path_diagram(drawn, positions=positions, labels=named, notes=notes, ax=ax)


def _lay_out(paths: list[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Place each variable one column after the last of those that lead to it."""
    names = list(dict.fromkeys(name for path in paths for name in path))
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in paths:
            depth[target] = max(depth[target], depth[source] + 1)
    positions = {}
    last = max(depth.values())
    for column in range(last + 1):
        mine = [name for name in names if depth[name] == column]
        # a variable between others stands above the line that leads past it
        lift = _RISE if len(mine) == 1 and 0 < column < last else 0.0
        for i, name in enumerate(mine):
            positions[name] = (_COLUMN * column, lift + _RISE * ((len(mine) - 1) / 2 - i))
    return positions


def plot_slopes(results: StudyResults, study: ModerationStudy, *, se_type: str, ax: Axes) -> Axes:
    """Draw the predictor's slope at low, mean and high values of the moderator."""
    fit, names = results.fit, {role: study.labels[name] for role, name in study.roles.items()}
    lines = probe_predictions(fit, se_type=se_type)
    levels = lines.drop_duplicates("at").set_index("at")["moderator_value"]
    nearest = [(levels - value).abs().idxmin() for value in fit.moderator_values]
    points = pd.DataFrame(
        {"predictor_value": fit.predictor_values, "response": fit.response, "at": nearest}
    )
    return plot_interaction(
        lines,
        points,
        labels={at: format_number(value, 2) for at, value in levels.items()},
        title=names["moderator"],
        xlabel=names["predictor"],
        ylabel=names["outcome"],
        ax=ax,
    )
