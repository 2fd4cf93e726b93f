"""Mohebbi Sheikhlari et al. (2026): how its results are laid out and put into words.

Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd

from helpers.audit.correlations import R2_BY_OUTCOME, R2_BY_PREDICTORS
from helpers.audit.findings import CONCLUSION, DOUBTFUL
from helpers.printed.cells import Cell, read_cells
from helpers.printed.ledger import CELL
from helpers.printed.numbers import AGREES, load_published, melt_published, parse_printed
from helpers.report.compared import find_printed
from helpers.report.numbers import format_number
from helpers.report.table_markup import PrintedTable
from helpers.report.tables import print_table
from helpers.report.wording import state_verdict
from helpers.studies.coping_adherence.audit import R2_BY_PATHS
from helpers.studies.coping_adherence.causes import HEADLINE
from helpers.studies.coping_adherence.model import CONSTRUCTS, LABELS, MEDIATOR, OUTCOME, STUDY
from helpers.studies.registry import list_causes

LAYOUT = {
    "avoidant": (1.5, 1.55),
    "emotion_focused": (1.5, 0.0),
    "problem_focused": (1.5, -1.55),
    "alliance": (3.5, 1.85),
    "adherence": (5.5, -0.5),
}
"""Where each construct is in the path diagram, in inches."""
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
_CASES = {
    "composites by PLS": "composites_pls",
    "factors by PLS": "factors_pls",
    "factors by PLSc": "factors_plsc",
}

MANY_FAILED = 0.01
"""Share of draws without a solution above which every table says so."""

REPLICATION_NOTE = (
    "The published <i>SE</i> of a path is the printed one or what the printed β and <i>t</i> give, "
    "whichever is larger; of an indirect effect, the product of the printed paths by the printed "
    "<i>z</i>."
)
"""Where the standard errors come from that a reader's estimates are compared with."""


def label_path(start: str, end: str, labels=SHORT) -> str:
    """Write a path with the printed names of its ends."""
    return f"{labels[start]} → {labels[end]}"


def label_paths(table: pd.DataFrame) -> list[str]:
    """Printed name of each path, `rhs` to `lhs`."""
    return [label_path(row.rhs, row.lhs) for row in table.itertuples()]


def write_measurement(constructs: Mapping[str, Sequence[str]]) -> str:
    """Each construct as the composite of its items, in lavaan's syntax."""
    width = max(map(len, constructs))
    return "\n".join(
        fill(
            f"{name:<{width}} <~ {' + '.join(items)}",
            width=92,
            initial_indent="    ",
            subsequent_indent=" " * (width + 8),
            break_on_hyphens=False,
        )
        for name, items in constructs.items()
    )


def label_pair(a: str, b: str) -> str:
    """Write a pair of constructs."""
    return f"{SHORT[a]}, {SHORT[b].lower()}"


def label_pairs(table: pd.DataFrame) -> list[str]:
    """Printed name of each pair, `rhs` and `lhs`."""
    return [label_pair(row.rhs, row.lhs) for row in table.itertuples()]


def find_printed_correlations(compared: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """Printed correlation of each pair, whichever of the two names its row."""
    table = compared[compared["table"] == "table_3"]
    cells = {frozenset((r.row, r.column)): r.printed for r in table.itertuples()}
    return [_minus(cells.get(frozenset((r.lhs, r.rhs)), "–")) for r in pairs.itertuples()]


def find_printed_r_squared(compared: pd.DataFrame, explained: pd.DataFrame) -> list[str]:
    """Printed R squared of each construct, which stands once in a block of Table 4."""
    cells = compared[(compared["table"] == "table_4") & (compared["column"] == "r_squared")]
    found = {r.row.split(" -> ")[1]: r.printed for r in cells.itertuples()}
    return [found.get(name, "–") for name in explained["construct"]]


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")


def arrange_fornell_larcker(study_fit, htmt: pd.DataFrame) -> pd.DataFrame:
    """Root AVE on the diagonal, correlations of scores below it, HTMT above.

    Parameters
    ----------
    study_fit : DataFrame, constructs by constructs
        From `helpers.models.pls.assessment.fornell_larcker`.
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


def arrange_recovery(recovery: pd.DataFrame) -> pd.DataFrame:
    """Experiments side by side: `path truth`, and `mean_…` and `sd_…` by case."""
    paths = recovery[recovery["op"] == "~"]
    named = paths.assign(path=label_paths(paths))
    wide = named.pivot_table(index="path", columns="case", values=["mean", "sd"])
    wide.columns = [f"{value}_{_CASES[case]}" for value, case in wide.columns]
    return named.drop_duplicates("path")[["path", "truth"]].merge(wide, on="path")


def arrange_scales(scales: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Scales with their names and what Table 1 prints: adds `name short` and `paper_…`."""
    names = scales["construct"]
    printed = {
        f"paper_{column}": find_printed(compared, "table_1", names, column)
        for column in ("mean", "sd", "shapiro_wilk")
    }
    low, high = (find_printed(compared, "table_1", names, c) for c in ("minimum", "maximum"))
    return scales.assign(
        name=names.map(LABELS),
        short=names.map(SHORT),
        paper_range=[f"[{a}, {b}]" for a, b in zip(low, high, strict=True)],
        **printed,
    )


def arrange_paths(paths: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Paths with their names and what Table 4 prints: adds `path` and `paper_…`."""
    keys = paths["rhs"] + " -> " + paths["lhs"]
    printed = {
        f"paper_{column}": find_printed(compared, "table_4", keys, column)
        for column in ("beta", "se", "t")
    }
    return paths.assign(path=label_paths(paths), **printed)


def arrange_r_squared(explained: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """R squared with the names of the constructs and what Table 4 prints: `name paper`."""
    return explained.assign(
        name=explained["construct"].map(LABELS), paper=find_printed_r_squared(compared, explained)
    )


def arrange_effects(effects: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Indirect effects with their names and what Table 5 prints: `name paper_z paper_vaf`."""
    keys = effects["rhs"] + f" -> {MEDIATOR} -> " + effects["lhs"]
    return effects.assign(
        name=effects["rhs"].map(LABELS),
        paper_z=find_printed(compared, "table_5", keys, "z"),
        paper_vaf=find_printed(compared, "table_5", keys, "vaf"),
    )


def arrange_reliability(limits: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Reliabilities with what Table 2 prints, construct by construct: adds `name measure paper`."""
    rows = order_constructs(limits).reset_index(drop=True)
    printed = compared[compared["table"] == "table_2"].set_index(["row", "column"])["printed"]
    keys = zip(rows["construct"], rows["statistic"], strict=True)
    return rows.assign(
        name=rows["construct"].map(LABELS),
        measure=rows["statistic"].map(STATISTICS),
        paper=[printed.get(key, "–") for key in keys],
    )


def fold_loadings(loadings: pd.DataFrame, level: str) -> dict[str, PrintedTable]:
    """Every loading with its limits, weight and VIF, one table per construct."""
    return {
        f"{LABELS[name]}, {len(items)} items, loadings {_span(items['est'], 2)}": print_table(
            items,
            {
                "Item": "rhs: text",
                "Loading": "est: bounded",
                "<i>SE</i>": "se: bounded",
                "<i>t</i>": "t: two",
                f"{level} CI": "ci_lower, ci_upper: bounded",
                "BCa CI": "bca_lower, bca_upper: bounded",
                "Weight": "weight",
                "VIF": "vif: one",
            },
            caption="",
        )
        for name, items in loadings.groupby("lhs", sort=False)
    }


def arrange_quality(quality: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Indices of the whole model that are shown: `name paper value`."""
    shown = quality[quality["measure"].isin(MEASURES)]
    gof = compared.set_index("row")["printed"].get("findings_gof", "–")
    return pd.DataFrame(
        {
            "name": shown["measure"].map(MEASURES),
            "paper": ["–" if name != "gof" else gof for name in shown["measure"]],
            "value": shown["value"],
        }
    )


def arrange_prediction(items: pd.DataFrame, constructs: pd.DataFrame) -> pd.DataFrame:
    """Prediction by construct: `name items above_mean q2 above_linear overfit`.

    `above_linear` is NaN where a linear model on the items cannot be fitted.
    """
    table = (
        items.assign(
            above_mean=items["q2_predict"] > 0, above_linear=items["rmse_pls"] < items["rmse_lm"]
        )
        .groupby("construct", sort=False)
        .agg(
            items=("item", "size"),
            above_mean=("above_mean", "sum"),
            q2=("q2_predict", "median"),
            above_linear=("above_linear", "sum"),
            linear=("rmse_lm", lambda errors: errors.notna().all()),
        )
        .reset_index()
        .merge(constructs[["construct", "overfit"]], on="construct")
    )
    compared = table["above_linear"].where(table.pop("linear"))
    return table.assign(name=table["construct"].map(LABELS), above_linear=compared)


def arrange_methods(methods: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Paths and R squared by method, with the printed values: `name paper` and the methods."""
    cells = compared[compared["table"] == "table_4"]
    beta = cells[cells["column"] == "beta"].set_index("row")["printed"]
    explained = methods[methods["op"] == "r2"].rename(columns={"lhs": "construct"})
    r_squared = dict(
        zip(explained["construct"], find_printed_r_squared(compared, explained), strict=True)
    )
    names, paper = [], []
    for row in methods.itertuples():
        is_path = row.op == "~"
        names.append(label_path(row.rhs, row.lhs) if is_path else f"R² of {SHORT[row.lhs].lower()}")
        paper.append(_minus(beta[f"{row.rhs} -> {row.lhs}"]) if is_path else r_squared[row.lhs])
    return methods.assign(name=names, paper=paper)


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
    """The printed paths, each with the normal 95% interval of its printed standard error."""
    table = load_published(STUDY, "table_4").reset_index()
    est = table["beta"].map(lambda text: parse_printed(text).value)
    half = 1.96 * table["se"].map(lambda text: parse_printed(text).value)
    names = [label_path(r[0], r[1]) for r in table[["from", "to"]].itertuples(index=False)]
    return pd.DataFrame(
        {"label": names, "est": est, "ci_lower": est - half, "ci_upper": est + half}
    )


def list_unreachable(compared: pd.DataFrame) -> str:
    """Printed numbers that no data can give beside the others, as a Markdown list by reason."""
    rows = compared[(compared["verdict"] != AGREES) & (compared["reason"] != "")]
    items = []
    for (table, reason), mine in rows.groupby(["table", "reason"], sort=False):
        place = table.replace("table_", "Table ").replace("text", "Text")
        numbers = "; ".join(
            f"{_name_cell(r)} {_minus(r.printed.rstrip('*'))} (here "
            f"{'withheld' if np.isnan(r.reproduced) else format_number(r.reproduced)})"
            for r in mine.itertuples()
        )
        if len(mine) > 4:
            numbers = f"{len(mine)} numbers, beside those computed here in the table above"
        items.append(f"- **{place}.** {_sentence(reason)} Printed: {numbers}.")
    return "\n".join(items) or "None."


def _sentence(words: str) -> str:
    """Make words a sentence, with true minus signs in front of numbers in brackets."""
    return f"{words[:1].upper()}{words[1:]}.".replace("(-", "(\u2212")


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


def tabulate_contradiction(audit: pd.DataFrame) -> pd.DataFrame:
    """What Tables 3 and 4 make of each other: `what printed lower upper`.

    `lower` and `upper` bound what one table's printed numbers allow for a number of the other.
    """
    mine = audit[_sets_table_3_against_4(audit)]
    checked = [read_cells(cells)[0] for cells in mine["cells"]]
    printed = melt_published(STUDY).set_index(CELL)["printed"]
    return pd.DataFrame(
        {
            "what": [
                _name_contradicted(cell, relation)
                for cell, relation in zip(checked, mine["relation"], strict=True)
            ],
            "printed": [_minus(printed[cell]) for cell in checked],
            "lower": mine["implied_lower"],
            "upper": mine["implied_upper"],
        }
    )


def arrange_contradiction(contradiction: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the other printed numbers imply, and what is printed, for a forest plot.

    Parameters
    ----------
    contradiction : DataFrame
        As `tabulate_contradiction` returns it.

    Returns
    -------
    implied, printed : DataFrame
        `label est ci_lower ci_upper`; bounds, and the printed number alone.
    """
    label = contradiction["what"].str.split(",").str[0]
    middle = (contradiction["lower"] + contradiction["upper"]) / 2
    limits = {"ci_lower": contradiction["lower"], "ci_upper": contradiction["upper"]}
    value = contradiction["printed"].map(lambda text: parse_printed(text).value)
    label = label.where(~label.duplicated(keep=False), contradiction["what"])
    return (
        pd.DataFrame({"label": label, "est": middle, **limits}),
        pd.DataFrame({"label": label, "est": value, "ci_lower": value, "ci_upper": value}),
    )


def describe_contradiction(contradiction: pd.DataFrame) -> str:
    """Text alternative: each printed number beside what the others imply."""
    return "; ".join(
        f"{row.what}: printed {row.printed}, implied {format_number(row.lower)} to "
        f"{format_number(row.upper)}"
        for row in contradiction.itertuples()
    )


def _sets_table_3_against_4(audit: pd.DataFrame) -> pd.Series:
    tables = audit["cells"].map(lambda cells: {cell.table for cell in read_cells(cells)})
    both = tables.map(lambda names: names == {"table_3", "table_4"})
    return audit["verdict"].isin(DOUBTFUL) & both.astype(bool)


def _name_contradicted(cell: Cell, relation: str) -> str:
    """What a check of the two tables is called, in words a reader of the paper knows."""
    names = [name.replace("_", "-") for name in (cell.row, cell.column)]
    if cell.table == "table_3":
        start, end = reversed(names) if cell.row == OUTCOME else names
        return f"r of {start} with {end}, from the paths and the other r"
    path = names[0].replace(" -> ", " → ")
    if cell.column == "beta":
        return f"β of {path}, from the correlations"
    return f"R² of {path.split(' → ')[1]} {_R_SQUARED[relation]}"


_R_SQUARED = {
    R2_BY_OUTCOME: "from paths and r with it",
    R2_BY_PREDICTORS: "from paths and r of predictors",
    R2_BY_PATHS: "by paths",
}
"""How R squared was found, by the relation that was checked."""


def explain_weak_items(audit: pd.DataFrame) -> str:
    """Say of which constructs Table 2 needs items that load weakly; empty when of none."""
    faults = audit.loc[audit["verdict"] == "impossible", "location"]
    names = [LABELS[name].lower() for name in CONSTRUCTS if f"Table 2, {name}" in set(faults)]
    if not names:
        return ""
    return (
        "If all items load above .50, as the paper says, no number of items gives the printed "
        f"reliabilities of {' and '.join(names)} (see the audit), so the twin has weak items "
        "there; the loadings of other constructs are our choice. "
    )


# ---------------------------------------------------------------------------------------------
# words


_CONFLICT = (
    " But if the table of correlations describes the same scores, the two tables cannot both be "
    "right."
)


def give_verdict(audit: pd.DataFrame) -> str:
    """The paper's claim, whether its own numbers support it, and what to take from it.

    Parameters
    ----------
    audit : DataFrame
        As `helpers.studies.registry.audit_study` returns it.
    """
    paths = load_published(STUDY, "table_4")["beta"]
    reasons = list_causes(STUDY, audit)
    grave = (reasons["severity"] == CONCLUSION).sum()
    conflict = _CONFLICT if (reasons["cause"] == HEADLINE.key).any() else ""
    return state_verdict(
        says="The alliance mediates the links of avoidant and emotion-focused coping with "
        "adherence, but not that of problem-focused coping.",
        support=f"The table of paths does.{conflict} The audit finds {len(reasons)} causes of "
        f"contradiction, {grave} of which affect a conclusion.",
        take="More avoidant coping is associated with more adherence (path "
        f"{paths['avoidant', 'adherence']}), so these numbers do not support advising against it. "
        "Not shown: what comes first, since no order in time is reported.",
    )


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


def describe_loadings(blocks: pd.DataFrame) -> str:
    """Text alternative of the plot of loadings."""
    return "Loadings. " + "; ".join(
        f"{LABELS[r.construct]}: {r.items} items, {format_number(r.smallest, 2)} to "
        f"{format_number(r.largest, 2)}"
        for r in blocks.itertuples()
    )


def write_notes(explained: pd.DataFrame) -> dict[str, str]:
    """R squared of each explained construct, for its box in the diagram."""
    return {
        r.construct: f"R² = {format_number(r.r_squared, leading_zero=False)}"
        for r in explained.itertuples()
    }


def list_effects(effects: pd.DataFrame) -> str:
    """Indirect effects with their intervals in a sentence."""
    parts = [
        f"{format_number(r.est)} [{format_number(r.ci_lower)}, {format_number(r.ci_upper)}] of "
        f"{LABELS[r.rhs].lower()}"
        for r in effects.itertuples()
    ]
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def list_reasons(reasons: Mapping[str, str]) -> str:
    """Why a method has no solution, in sentences; empty when all have."""
    return " ".join(f"{name} has no solution: {reason}" for name, reason in reasons.items())


def list_improper(notes: Mapping[str, Sequence[str]]) -> str:
    """What is improper about the solution of a method, in sentences; empty when all are proper."""
    return " ".join(f"{name}: {note}" for name, said in notes.items() for note in said)


def state_failures(boot) -> str:
    """How many draws have no solution, in a sentence; empty when all have."""
    return f" Draws without a solution, left out: {boot.n_failed}." if boot.n_failed else ""


def state_many_failures(boot) -> str:
    """The same where so many have none that every table should say it; else empty."""
    return state_failures(boot) if boot.n_failed > MANY_FAILED * boot.n_boot else ""


_WITH_CLUSTERS = {
    "likeness": " ICC: the share of a scale score's variance that lies between clusters; its "
    "interval is in <code>descriptives.csv</code>.",
    "normality": " Shapiro–Wilk's test takes clients for independent.",
    "prediction": " Folds cut through clusters, so what is predicted is not quite held out.",
}


def qualify(what: str, *, cluster: str) -> str:
    """Say what does not allow for clusters, or what they are; "" without clusters."""
    return _WITH_CLUSTERS[what] if cluster else ""


def list_withheld(effects: pd.DataFrame) -> str:
    """Why a share is withheld, in sentences; empty when none is."""
    return " ".join(f"{LABELS[r.rhs]}: {_minus(r.note)}." for r in effects.itertuples() if r.note)


def read_recovery(recovery: pd.DataFrame) -> str:
    """What the three experiments with known paths say."""
    paths = recovery[recovery["op"] == "~"].set_index("case")
    worst = (paths["bias"] / paths["mc_error"]).abs().groupby(level=0, sort=False).max()
    size = paths["bias"].abs().groupby(level=0, sort=False).max()
    failed = int(recovery.groupby("case")["n_failed"].first().sum())
    end = f" Samples without a solution, left out: {failed}." if failed else ""
    names = list(dict.fromkeys(paths.index))
    spans = "; ".join(
        f"{name}, {format_number(size[name])} ({format_number(worst[name], 1)} Monte Carlo "
        "standard errors)"
        for name in names
    )
    return f"Largest bias of a path when the truth is known: {spans}.{end}"


def read_exact(exact: pd.DataFrame) -> str:
    """How near the exact twin comes to the printed numbers."""
    agree = exact["verdict"].eq(AGREES)
    size = exact["difference"].abs()
    ave = exact["column"].eq("ave")
    return (
        f"Of {len(exact)} printed numbers, {agree.sum()} agree to the printed digits. The paths, "
        "R², composite reliabilities and alphas equal the printed values to within "
        f"{_bound(size[~ave].max())}; an AVE differs by up to "
        f"{format_number(size[ave].max(), 4)}, so that its root also rounds to the diagonal of "
        "the paper's Table 3. So the paper's Table 2 and the paths and R² of its Table 4 can be "
        "true together. The correlations of its Table 3 cannot be true as well."
    )


def _bound(value: float) -> str:
    """Print a difference that is nothing but rounding error as the bound that it keeps."""
    return "10⁻¹⁰" if value < 1e-10 else f"{value:.0e}"


def note_disputes(paths: pd.DataFrame, alpha: float) -> str:
    """Name the paths on which test and percentile interval disagree; empty when there are none."""
    clear = paths["percentile_lower"] * paths["percentile_upper"] > 0
    disputed = paths[clear != (paths["pvalue"] < alpha)]
    if disputed.empty:
        return ""
    listed = ", ".join(label_paths(disputed))
    return f"The percentile interval and <i>t</i> disagree on {listed}. "


def note_bias(table: pd.DataFrame) -> str:
    """Say why an interval does not contain its estimate, where one does not; else empty."""
    if not (table["est"] < table["ci_lower"]).any():
        return ""
    return (
        "Where an interval lies to the right of its dot: absolute correlations near zero can only "
        "grow in a bootstrap draw; `htmt.csv` has BCa limits. "
    )


def read_estimators(methods: pd.DataFrame) -> str:
    """How far the paths move with the method, in a sentence with its numbers."""
    paths = methods[methods["op"] == "~"]
    names = [c for c in ("PLS", "PLSc", "sum scores", "CB-SEM") if paths[c].notna().any()]
    spread = paths[names].max(axis=1) - paths[names].min(axis=1)
    row = paths.loc[spread.idxmax()]
    return (
        f"Over {len(names)} methods, the path {label_path(row['rhs'], row['lhs'])} varies most "
        f"({_span(row[names].astype(float), 3)})."
    )


def read_algorithms(table: pd.DataFrame) -> str:
    """How the conclusions move with the weights of items and constructs."""
    withheld = table["ci_lower"].isna()
    without = ", ".join(table.loc[withheld, "analysis"].unique())
    table = table[~withheld]
    clear = table["ci_lower"] * table["ci_upper"] > 0
    own = clear.groupby(table["label"]).transform("first")
    changes = []
    for analysis, mine in table.groupby("analysis", sort=False):
        was, still = own[mine.index], clear[mine.index]
        for moved, does in ((was & ~still, "include"), (~was & still, "exclude")):
            if moved.any():
                names = label_paths(mine[moved])
                which = (
                    f"{len(names)} of {len(mine)} intervals"
                    if len(names) > 2
                    else (f"the interval of {' and that of '.join(names)}")
                )
                comes = "come" if len(names) > 1 else "comes"
                changes.append(f"under {analysis}, {which} {comes} to {does} zero")
    said = "No other choice makes an interval include zero, or exclude it."
    if changes:
        said = f"U{'; '.join(changes)[1:]}."
    if without:
        said += f" Too few draws have a solution for an interval under {without}."
    return said


def count_failures(table: pd.DataFrame) -> str:
    """Draws without a solution by analysis, in a sentence; empty when there are none."""
    failed = table.drop_duplicates("analysis").set_index("analysis")["n_failed"]
    counted = "; ".join(f"{name} {count}" for name, count in failed.items() if count)
    return f"Draws without a solution, left out: {counted}." if counted else ""


def _span(values: Sequence[float], decimals: int) -> str:
    low, high = (format_number(v, decimals) for v in (np.min(values), np.max(values)))
    return f"{low} to {high}"


def order_constructs(table: pd.DataFrame, column: str = "construct") -> pd.DataFrame:
    """Rows in the order of Table 2: outcome, mediator, then the strategies."""
    rank = {name: k for k, name in enumerate((OUTCOME, MEDIATOR, *CONSTRUCTS[:3]))}
    return table.sort_values(column, key=lambda c: c.map(rank), kind="stable")
