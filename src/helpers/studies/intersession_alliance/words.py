"""The moderation study: how its results are laid out and put into words. Nothing is estimated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.models.moderation.johnson_neyman import JohnsonNeyman
from helpers.printed.numbers import load_source
from helpers.report.inline import plain
from helpers.report.numbers import format_number, format_p, format_percent
from helpers.report.wording import (
    format_level,
    name_data,
    state_data,
    state_verdict,
)
from helpers.studies.intersession_alliance.conclusion import ANALYSES, READINGS
from helpers.studies.intersession_alliance.model import (
    COLUMNS,
    LABELS,
    MODERATOR,
    PREDICTOR,
    STUDY,
    Rows,
)
from helpers.studies.intersession_alliance.results import StudyFits

READING_HEADS = {
    "as read": "As read",
    "other se": "Other <i>SE</i>",
    "bootstrap": "Bootstrap",
    "rank": "Ranks",
    "coefficient": "Coefficient",
    "percentiles": "Percentiles",
    "holm": "Holm",
}
QUANTITIES = {
    "product": "Product",
    "slope_low": "Slope at −1 SD",
    "slope_mean": "Slope at the mean",
    "slope_high": "Slope at +1 SD",
}
SCALES = {name: LABELS[name] for name in COLUMNS}
_SE_NAMES = {"classical": "classical", "hc3": "HC3", "cr2": "CR2 (by cluster)"}
_MINUS = "\u2212"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

REPLICATION_NOTE = (
    "The abstract reports no effect sizes. A finding is taken to have been significant at .05 with "
    "its number of clients, a null finding not to have been. Sizes are correlations; partial "
    "correlations for the product and the slopes."
)
"""What the abstract leaves to compare a reader's estimates with."""


def give_verdict() -> str:
    """The paper's claim, whether its own numbers support it, and what to take from it."""
    n = load_source(STUDY)["n"]
    return state_verdict(
        says="Clients who rate the therapist alliance higher act more between sessions, but only "
        "where their social network supports the therapy.",
        support=f"This cannot be checked. Only the abstract is known, and its one number is the "
        f"sample size, {n}; the numbers below are made up to fit its sentences.",
        take="A question worth asking: does the client's network support the therapy? Not shown: "
        f"how large the difference is, or that it would replicate; {n} clients can show only a "
        "large interaction.",
    )


def state_origin(data: Dataset, *, missing: str = "error") -> str:
    """Return the banner of the report: whether its data are synthetic, and what follows."""
    if not data.synthetic:
        return state_data(data, missing=missing)
    return (
        "**These data are synthetic.** Neither raw data nor coefficients are available. A twin "
        "was built to show every finding of the abstract; the sizes are made up. It shows that the "
        "findings can be true together; it is neither evidence about clients nor a replication."
    )


def state_tests(data: Dataset, study: StudyFits) -> str:
    """Return what a regression result rests on: n, interval, kind of standard error, data."""
    return (
        f"<i>n</i>\u00a0=\u00a0{len(data.frame)}, {format_level(study.ci_level)} <i>t</i> "
        f"intervals with {_SE_NAMES[study.se_type]} standard errors{describe_rows(study.rows)}, "
        f"{name_data(data)}."
    )


def describe_rows(rows: Rows) -> str:
    """Say what was done for clusters or missing values; "" for complete, independent rows."""
    if rows.imputed:
        return f", pooled over {len(rows.frames)} imputations"
    return f", robust to likeness within {plain(rows.cluster)}" if rows.cluster else ""


def describe_difference(rows: Rows) -> str:
    """Say how two dependent correlations are compared."""
    if rows.cluster:
        name = plain(rows.cluster)
        return f"Difference with a standard error that is robust to likeness within {name}."
    test = "Williams' test and Zou's interval for dependent correlations"
    if rows.imputed:
        return f"{test}, of the complete rows: neither is defined for imputed values."
    return f"{test}."


def describe_draws(boots: pd.DataFrame, basis: str, tests: str) -> str:
    """Return what a figure rests on that shows bootstrap intervals where there are any."""
    if len(boots):
        return basis
    return f"{tests} No bootstrap, which would have to impute anew in each draw."


def robust_columns(cluster: str) -> dict[str, str]:
    """Columns of the regression table for the second kind of standard error."""
    if cluster:
        return {"<i>SE</i> CR2": "se_cr2", "df": "df: one"}
    return {"<i>SE</i> HC3": "se_hc3", "<i>p</i> HC3": "pvalue_hc3: p"}


def name_outcome(name: str) -> str:
    """Return a column's name as it is read in a sentence: `isp_actions` is "ISP-actions"."""
    return _inside(LABELS.get(name, name))


def name_terms(table: pd.DataFrame, column: str = "term") -> pd.Series:
    """Return the printed names of terms; a covariate keeps its own."""
    return table[column].map(lambda term: LABELS.get(term, term))


def name_points(table: pd.DataFrame) -> pd.Series:
    """Return the printed names of probed moderator values: "−1 SD", "mean", "4.5"."""
    return table["at"].map(_name_point)


def _name_point(at: str) -> str:
    with suppress(ValueError):
        at = f"{float(at):g}"
    return at.replace("-", _MINUS)


def _inside(text: str) -> str:
    """Return a name as it is written inside a sentence; abbreviations keep their capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def arrange_sample(measures: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Measures and covariates in one table: `name n mean sd lowest highest skewness`.

    A category has its share as its mean, and nothing else; both are missing where withheld.
    """
    numbers = measures.assign(name=name_terms(measures, "column"))
    columns = ["name", "n", "mean", "sd", "lowest", "highest", "skewness"]
    if categories.empty:
        return numbers[columns]
    shares = pd.DataFrame(
        {
            "name": categories["covariate"] + ": " + categories["label"].astype(str),
            "n": categories["n"],
            "mean": categories["share"],
        }
    )
    return pd.concat([numbers[columns], shares], ignore_index=True)


def describe_product(claims: pd.DataFrame, moderator: pd.Series) -> str:
    """Put the product and the two slopes of the abstract into a sentence.

    High and low are one SD from the mean of `moderator`, or its two values where it has two.
    """
    levels = sorted(moderator.dropna().unique())
    above, below = "one SD above its mean", "one SD below"
    if len(levels) == 2:
        below, above = f"where it is {levels[0]:g}", f"{levels[1]:g}"
    product, high, low = (
        claims.loc[name] for name in ("product_actions", "slope_high", "slope_low")
    )
    return (
        f"the product is {_estimate(product)}; one point of self-alliance is associated with "
        f"{_estimate(high)} points of ISP-actions where other-alliance is {above}, "
        f"and with {_estimate(low)} {below}"
    )


def _estimate(row: pd.Series) -> str:
    p = format_p(row["pvalue"])
    limits = f"[{format_number(row['ci_lower'])}, {format_number(row['ci_upper'])}]"
    return f"{format_number(row['est'])} {limits}, *p*\u00a0{p if '<' in p else '= ' + p}"


def describe_regions(regions: pd.DataFrame, outcome: str) -> str:
    """Say at which levels of other-alliance self-alliance is related to an outcome."""
    what = f"related to {name_outcome(outcome)}"
    if regions.empty:
        return "Other-alliance has two levels, so there is no region to be found"
    found = regions[regions["slope"] != "not significant"]
    if found.empty:
        return f"At no observed level of other-alliance is self-alliance significantly {what}"
    lowest, highest = regions["lower"].min(), regions["upper"].max()
    parts = []
    for region in found.itertuples():
        if region.lower == lowest and region.upper == highest:
            where = "at every observed level of other-alliance"
        elif region.lower == lowest:
            where = f"where other-alliance is below {format_number(region.upper, 2)}"
        elif region.upper == highest:
            where = f"where other-alliance is above {format_number(region.lower, 2)}"
        else:
            limits = (format_number(v, 2) for v in (region.lower, region.upper))
            where = f"where other-alliance is between {' and '.join(limits)}"
        parts.append(
            f"{region.slope}ly {what} {where} ({format_number(region.n_cases, 0)} of "
            f"{format_number(regions['n_cases'].sum(), 0)} clients)"
        )
    return f"Self-alliance is {' and '.join(parts)}"


def describe_search(jn: JohnsonNeyman) -> str:
    """Say by which critical value a region was found."""
    value = f"|<i>t</i>| > {format_number(jn.t_critical, 2)}"
    if math.isnan(jn.t_critical):  # degrees of freedom differ along the moderator
        value = f"<i>p</i>\u00a0< {format_p(jn.alpha)}"
    if jn.fdr:
        return f"{value} controls the false discovery rate over the observed range."
    return f"{value} at each level, uncorrected for testing many levels."


def describe_gap(gap: float) -> str:
    """Say how far two ways to the same bounds lie apart, in SD, not finer than 1e-10."""
    exponent = str(math.ceil(math.log10(max(gap, 1e-10))))
    return f"within 10{exponent.translate(_RAISED)} SD"


def find_regions(study: StudyFits, outcome: str) -> pd.DataFrame:
    """Return the regions of one outcome with the study's kind of standard error."""
    return study.johnson_neyman[outcome, study.se_type].regions


def label_lines(slopes: pd.DataFrame, points: pd.DataFrame) -> dict[str, str]:
    """What the legend says of each probed moderator value: name, value, number of clients."""
    counts = points["at"].value_counts()
    named = slopes.drop_duplicates("at")
    labels = {}
    for at, name, value in zip(
        named["at"], name_points(named), named["moderator_value"], strict=True
    ):
        known = name == f"{value:g}"
        shown = name if known else f"{name} ({format_number(value, 2)})"
        labels[at] = f"{shown}, {counts.get(at, 0)} clients"
    return labels


def describe_slopes(slopes: pd.DataFrame) -> str:
    """List slopes by moderator value, for a text alternative."""
    rows = slopes.assign(name=name_points(slopes)).itertuples()
    return "; ".join(
        f"at other-alliance {row.name} the slope of self-alliance is {format_number(row.est, 2)} "
        f"[{format_number(row.ci_lower, 2)}, {format_number(row.ci_upper, 2)}]"
        for row in rows
    )


def claim_surface(surface: pd.DataFrame, outcome: str) -> str:
    """Say where the predicted outcome is highest, as a claim."""
    row = surface.loc[surface["est"].idxmax()]
    where = " and ".join(
        f"{name_outcome(name)} {format_number(row[column], 2)}"
        for name, column in ((PREDICTOR, "predictor_value"), (MODERATOR, "moderator_value"))
    )
    return f"{LABELS[outcome]} are predicted highest at {where}"


def describe_surface(surface: pd.DataFrame, outcome: str) -> str:
    """Text alternative of the surface: predictions where each alliance is low or high."""
    inside = surface.dropna()
    rows = []
    for label, column in (
        ("self-alliance", "predictor_value"),
        ("other-alliance", "moderator_value"),
    ):
        middle = inside[column].median()
        for word, part in (
            ("lower", inside[inside[column] < middle]),
            ("upper", inside[inside[column] >= middle]),
        ):
            rows.append(f"{word} half of {label} {format_number(part['est'].mean(), 2)}")
    return f"Surface of predicted {LABELS[outcome]}. Mean over the {'; over the '.join(rows)}."


def describe_curves(curves: Sequence[pd.DataFrame]) -> str:
    """Say for each outcome where the line of slopes begins and ends, for a text alternative."""
    ends = [
        f"{name_outcome(curve['outcome'].iloc[0])}: "
        + " to ".join(
            f"{format_number(end.est, 2)} [{format_number(end.ci_lower, 2)}, "
            f"{format_number(end.ci_upper, 2)}] at {format_number(end.moderator_value, 2)}"
            for end in curve.iloc[[0, -1]].itertuples()
        )
        for curve in curves
    ]
    return f"Slope of self-alliance by other-alliance. {'; '.join(ends)}."


def describe_coefficients(table: pd.DataFrame, product: str) -> str:
    """Say for which outcomes every interval of the product excludes zero."""
    rows = table[table["term"] == product]
    clear = rows[rows["ci_lower"] * rows["ci_upper"] > 0].groupby("outcome", sort=False).size()
    kinds = rows["interval"].nunique()
    found = [name_outcome(outcome) for outcome, count in clear.items() if count == kinds]
    if not found:
        return "For no outcome do all intervals of the product exclude zero"
    return f"All intervals of the product exclude zero for {' and '.join(found)}" + (
        " only" if len(found) < table["outcome"].nunique() else ""
    )


def describe_influence(summary: pd.DataFrame, flagged: int, n: int) -> str:
    """Say whether one client decides the product's test."""
    row = summary.set_index("check").loc["pvalue_without"]
    count = int(row["n_beyond"])
    verdict = (
        "no single client decides whether the product is significant"
        if count == 0
        else f"{count} clients each decide alone whether the product is significant"
        if count > 1
        else "one client alone decides whether the product is significant"
    )
    return f"{verdict[:1].upper()}{verdict[1:]}; {flagged} of {n} are flagged"


def describe_removal(cases: pd.DataFrame) -> str:
    """Say between which p values the product moves when one client is left out."""
    low, high = (
        format_p(v) for v in (cases["pvalue_without"].min(), cases["pvalue_without"].max())
    )
    return f"With one client left out, the product's *p* ranges from {low} to {high}."


def arrange_assumptions(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Residual checks of one outcome with their names: adds `name`."""
    mine = table[table["outcome"] == outcome]
    return mine.assign(name=mine["check"].str[:1].str.upper() + mine["check"].str[1:])


def describe_power(power: pd.DataFrame, simulated: float, formula: float) -> tuple[str, str]:
    """Say what change in R2 is found with the wanted power, by simulation and by formula."""
    n = power["n"].iloc[0]
    if pd.isna(simulated):
        return f"At none of these sizes do {n} clients give 80% power", ""
    claim = (
        f"With {n} clients, 80% power requires an interaction that adds "
        f"{format_percent(simulated)} to the variance explained"
    )
    beside = (
        f"The formula gives {format_percent(formula)}: it treats the clients' alliances as fixed, "
        "although a new sample has other ones, and is optimistic."
    )
    return claim, beside


def arrange_coefficients(table: pd.DataFrame) -> pd.DataFrame:
    """Standardized coefficients with the names that a figure shows."""
    return table.assign(
        outcome=table["outcome"].map(LABELS),
        term=name_terms(table).replace({LABELS[f"{PREDICTOR}:{MODERATOR}"]: "Product"}),
    )


def arrange_regression(table: pd.DataFrame) -> pd.DataFrame:
    """Coefficients with the names that a table shows, grouped by outcome."""
    return table.assign(name=name_terms(table), group=table["outcome"].map(LABELS))


def arrange_slopes(slopes: pd.DataFrame, boots: pd.DataFrame, se_type: str) -> pd.DataFrame:
    """Simple slopes of one kind of standard error, bootstrap limits beside.

    Returns
    -------
    DataFrame
        The slopes with `group name boot_lower boot_upper`.
    """
    mine = slopes[slopes["se_type"] == se_type]
    limits = boots[boots["quantity"] == "simple slope"].rename(
        columns={"term": "at", "ci_lower": "boot_lower", "ci_upper": "boot_upper"}
    )
    if len(boots):
        mine = mine.merge(
            limits[["outcome", "at", "boot_lower", "boot_upper"]], on=["outcome", "at"]
        )
    return mine.assign(group=mine["outcome"].map(LABELS), name=name_points(mine))


def arrange_bounds(bounds: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Bounds with names and the share of clients in a significant region: adds `group name share`.

    `share` is of clients whose observed other-alliance gives a significant slope.
    """
    found = regions[regions["slope"] != "not significant"]
    keys = ["outcome", "se_type"]
    share = found.groupby(keys, as_index=False)["share_of_cases"].sum()
    table = bounds.merge(share.rename(columns={"share_of_cases": "share"}), on=keys, how="left")
    first = ~table.duplicated(keys)
    return table.assign(
        group=table["outcome"].map(LABELS),
        name=table["se_type"].map(_SE_NAMES).str.replace("classical", "Classical"),
        share=table["share"].fillna(0.0).where(first),
        within_observed_range=table["within_observed_range"].where(table["bound"].notna(), None),
    )


def arrange_relations(table: pd.DataFrame) -> pd.DataFrame:
    """Differences of correlations with the name of the alliance."""
    return table.assign(name=name_terms(table, "variable"))


def arrange_absence(table: pd.DataFrame) -> pd.DataFrame:
    """What is left open, with the names of both variables."""
    return table.assign(pair=name_terms(table, "x") + " and " + name_terms(table, "y"))


def arrange_readings(readings: pd.DataFrame) -> pd.DataFrame:
    """One row per claim and one column per reading; nothing where a reading does not apply."""
    wide = readings.pivot_table(
        "holds", index="claim", columns="reading", aggfunc="first", sort=False
    )
    return wide.reindex(columns=list(READINGS)).reset_index()


def describe_readings(readings: pd.DataFrame) -> str:
    """List the claims whose verdict hangs on the reading, and those that fail under all."""
    lines = []
    for claim, rows in readings.groupby("claim", sort=False):
        holds = rows.set_index("reading")["holds"].astype(bool)
        as_read = holds["as read"]
        differing = [_inside(READINGS[name]) for name in holds.index[holds != as_read]]
        if as_read and differing:
            lines.append(f"- {claim}: as read, but not with {', '.join(differing)}.")
        elif differing:
            lines.append(f"- {claim}: not as read, but with {', '.join(differing)}.")
        elif not as_read:
            lines.append(f"- {claim}: under no reading.")
    if not lines:
        return "Every finding appears under every reading that applies to it."
    return "\n".join(["Findings that do not appear under every reading:", "", *lines])


def count_readings(readings: pd.DataFrame) -> str:
    """Say how many findings appear in the data under every reading that applies to them."""
    holds = readings.groupby("claim")["holds"].agg(lambda values: values.astype(bool).all())
    return f"{holds.sum()} of {len(holds)} findings appear in these data under every reading."


def arrange_analyses(table: pd.DataFrame) -> pd.DataFrame:
    """Analyses for a forest plot: `label est ci_lower ci_upper`, the number of clients named."""
    names = table["analysis"].map(ANALYSES)
    fewer = table["n"] < table["n"].max()
    label = names.where(~fewer, names + " (n = " + table["n"].astype(str) + ")")
    return table.assign(label=label)


def describe_analyses(table: pd.DataFrame) -> str:
    """Say under which analyses the product's interval includes zero."""
    held = table.loc[table["ci_lower"] * table["ci_upper"] <= 0, "analysis"]
    if held.empty:
        return f"The product's interval excludes zero in all {len(table)} analyses"
    listed = ", ".join(_inside(ANALYSES[name]) for name in held)
    return f"The product's interval includes zero in {len(held)} of {len(table)} analyses: {listed}"


def arrange_choices(table: pd.DataFrame) -> pd.DataFrame:
    """Product and slopes by what is done with missing values: adds `name`."""
    points = name_points(table.rename(columns={"label": "at"}))
    name = ("Slope of self-alliance at " + points).where(table["label"] != "product", "Product")
    return table.assign(name=name)


def arrange_roles(table: pd.DataFrame) -> pd.DataFrame:
    """Slopes of either alliance: adds `group name`."""
    group = name_terms(table, "predictor") + ", by level of " + table["moderator"].map(name_outcome)
    return table.assign(group=group, name=name_points(table))
