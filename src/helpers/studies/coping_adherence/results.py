"""Mohebbi Sheikhlari et al. (2026): its tables, its claims, and the choices that could differ."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from helpers.data.datasets import Dataset
from helpers.data.schemas import Schema
from helpers.errors import InputError, did_you_mean
from helpers.models.inference.draws import Bootstrap
from helpers.models.inference.intervals import percentile_interval
from helpers.models.pls.assessment import (
    compare_fornell_larcker,
    cross_loadings,
    f_squared,
    fornell_larcker,
    item_vif,
    model_quality,
    reliability,
    structural_vif,
)
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import compare_estimates, fit_covariance_sem, fit_sum_scores
from helpers.models.pls.indirect import indirect_effects
from helpers.models.pls.model import PLSFit, PLSModel, fit_pls, select_items
from helpers.models.pls.recovery import recover_pls
from helpers.printed.numbers import compare_published, load_published, melt_published
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    LABELS,
    MEDIATOR,
    N_PRINTED,
    PATHS,
    STRATEGIES,
    STUDY,
    compare_n_boot,
    describe_scores,
    fit_construct_correlations,
    write_model,
)

WEIGHTINGS = {"path": "path weighting", "factor": "factor weighting"}
MODES = {"A": "mode A", "B": "mode B", "unit": "equal weights"}
CRITERIA = {"loading": 0.5, "reliability": 0.7, "ave": 0.5}
"""From which values on the paper calls a measure good."""

_KEYS = ["lhs", "op", "rhs"]
_LIMITS = ["ci_lower", "ci_upper"]
_BCA = {"ci_lower": "bca_lower", "ci_upper": "bca_upper"}


@dataclass(frozen=True)
class StudyFit:
    """The paper's analysis of one data set.

    Attributes
    ----------
    data : DataFrame
        Items, a row a client.
    scores : DataFrame
        Sums of all items of each construct, those that stay out of the model too.
    mode : str
        How items are weighted.
    fit : PLSFit
    bootstrap : Bootstrap
    """

    data: pd.DataFrame
    scores: pd.DataFrame
    mode: str
    fit: PLSFit
    bootstrap: Bootstrap


def choose_model(data: Dataset, *, left_out: Sequence[str] = ()) -> PLSModel:
    """Write the paper's model with the items that shall enter it.

    Parameters
    ----------
    data : Dataset
    left_out : sequence of str
        Items that stay out. Of the synthetic twin, when empty, those beyond the first `twin_items`
        of a construct, as the data dictionary says.

    Returns
    -------
    PLSModel

    Raises
    ------
    InputError
        When `left_out` names no item of the data, or all items of a construct.
    """
    items = select_items(data.frame.columns, CONSTRUCTS)
    known = [item for own in items.values() for item in own]
    for item in left_out:
        if item not in known:
            raise InputError(
                f"left_out: {item!r} is not an item of the data.{did_you_mean(item, known)}"
            )
    chosen = {name: [i for i in own if i not in left_out] for name, own in items.items()}
    if data.synthetic and not left_out:
        kept = {column.name: column.twin_items for column in data.schema.measures}
        chosen = {name: own[: kept[name]] for name, own in items.items()}
    for name, own in chosen.items():
        if not own:
            raise InputError(f"left_out leaves no item of {name!r}; keep at least one.")
    return write_model(data.frame.columns, items=chosen)


def fit_study(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    weighting: str,
    mode: str,
    n_boot: int,
    ci_level: float,
    seed: int,
) -> StudyFit:
    """Fit the composite model and bootstrap everything that is estimated."""
    options = {"model": model, "weighting": weighting, "mode": mode, "missing": "error"}
    scores = {name: data[i].sum(axis=1) for name, i in select_items(data, CONSTRUCTS).items()}
    return StudyFit(
        data=data,
        scores=pd.DataFrame(scores),
        mode=mode,
        fit=fit_pls(data, **options),
        bootstrap=_bootstrap(data, **options, n_boot=n_boot, seed=seed, ci_level=ci_level),
    )


def _bootstrap(data: pd.DataFrame, **options) -> Bootstrap:
    """Bootstrap without warnings; the report counts the draws without a solution."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return bootstrap_pls(data, **options)


# ---------------------------------------------------------------------------------------------
# tables


def tabulate_scales(study: StudyFit, schema: Schema) -> pd.DataFrame:
    """Items, answers and sums of each construct, with the test of normality of Table 1.

    Returns
    -------
    DataFrame
        `construct instrument items items_in_model lowest highest` (answers) and the columns of
        `helpers.studies.coping_adherence.model.describe_scores`.
    """
    instruments = {column.name: column.instrument for column in schema.measures}
    own = study.fit.model.constructs
    rows = [
        (
            name,
            instruments[name],
            len(items),
            len(own[name]),
            study.data[items].min(axis=None),
            study.data[items].max(axis=None),
        )
        for name, items in select_items(study.data, CONSTRUCTS).items()
    ]
    columns = ["construct", "instrument", "items", "items_in_model", "lowest", "highest"]
    return pd.DataFrame(rows, columns=columns).merge(describe_scores(study.data), on="construct")


def _with_bca(boot: Bootstrap, kind: str) -> pd.DataFrame:
    table = boot.table(kind, kind="percentile")
    bca = boot.table(kind, kind="bca")
    return table.assign(**{new: bca[old] for old, new in _BCA.items()})


def tabulate_paths(study: StudyFit) -> pd.DataFrame:
    """Paths: `lhs op rhs est se t pvalue ci_lower ci_upper bca_lower bca_upper f2 f2_refit vif`."""
    table = _with_bca(study.bootstrap, "path").rename(columns={"z": "t"})
    columns = [*_KEYS, "est", "se", "t", "pvalue", *_LIMITS, *_BCA.values()]
    return (
        table[columns]
        .merge(f_squared(study.fit), on=_KEYS)
        .merge(structural_vif(study.fit), on=_KEYS)
    )


def tabulate_loadings(study: StudyFit) -> pd.DataFrame:
    """Loadings: `lhs op rhs est se t pvalue ci_lower ci_upper bca_lower bca_upper weight vif`."""
    table = _with_bca(study.bootstrap, "loading").rename(columns={"z": "t"})
    columns = [*_KEYS, "est", "se", "t", "pvalue", *_LIMITS, *_BCA.values()]
    return table[columns].assign(
        weight=study.fit.weights["est"].to_numpy(), vif=item_vif(study.fit)["vif"].to_numpy()
    )


def summarize_loadings(study: StudyFit, loadings: pd.DataFrame) -> pd.DataFrame:
    """By construct: `construct items smallest largest below mean_vif largest_cross`.

    `below` counts loadings under the paper's criterion; `largest_cross` is the largest size of an
    item's correlation with another construct, less that with its own: above zero, some item
    belongs elsewhere.
    """
    crossed = cross_loadings(study.fit)
    rows = []
    for name, mine in loadings.groupby("lhs", sort=False):
        own = crossed[crossed["construct"] == name]
        others = own.drop(columns=["item", "construct", name]).abs().max(axis=1)
        rows.append(
            (
                name,
                len(mine),
                mine["est"].min(),
                mine["est"].max(),
                int((mine["est"].abs() < CRITERIA["loading"]).sum()),
                mine["vif"].max(),
                (others - own[name].abs()).max(),
            )
        )
    columns = ["construct", "items", "smallest", "largest", "below", "largest_vif", "largest_cross"]
    return pd.DataFrame(rows, columns=columns)


def tabulate_reliability_intervals(study: StudyFit) -> pd.DataFrame:
    """Limits of Table 2: `construct statistic est se ci_lower ci_upper bca_lower bca_upper`."""
    kinds = ("alpha", "rho_a", "rho_c", "ave")
    tables = [_with_bca(study.bootstrap, kind).assign(statistic=kind) for kind in kinds]
    table = pd.concat(tables, ignore_index=True).rename(columns={"lhs": "construct"})
    return table[["construct", "statistic", "est", "se", *_LIMITS, *_BCA.values()]]


def tabulate_htmt(study: StudyFit) -> pd.DataFrame:
    """HTMT of each pair: `lhs op rhs est se ci_lower ci_upper bca_lower bca_upper`."""
    return _with_bca(study.bootstrap, "htmt")[[*_KEYS, "est", "se", *_LIMITS, *_BCA.values()]]


def tabulate_pairs(study: StudyFit, htmt: pd.DataFrame) -> pd.DataFrame:
    """Correlations of each pair of constructs by three roads.

    Returns
    -------
    DataFrame
        `lhs op rhs`, `scores` (composites, with `ci_lower` and `ci_upper`), `sums` (of all items
        of a construct), `htmt`.
    """
    table = study.bootstrap.table("correlation", kind="percentile")
    sums = study.scores.corr()
    return table[[*_KEYS, "est", *_LIMITS]].assign(
        sums=[sums.loc[row.lhs, row.rhs] for row in table.itertuples()],
        htmt=htmt["est"].to_numpy(),
    )


def tabulate_r_squared(study: StudyFit) -> pd.DataFrame:
    """`construct r_squared r_squared_adj se ci_lower ci_upper bca_lower bca_upper`."""
    table = _with_bca(study.bootstrap, "r_squared").rename(columns={"lhs": "construct"})
    return study.fit.r_squared.merge(
        table[["construct", "se", *_LIMITS, *_BCA.values()]], on="construct"
    )


def tabulate_effects(study: StudyFit) -> pd.DataFrame:
    """Indirect effects through the alliance, as `indirect_effects` returns them, `t` for its z."""
    return indirect_effects(study.fit, study.bootstrap).rename(columns={"z": "t"})


def tabulate_totals(study: StudyFit) -> pd.DataFrame:
    """Total effects: `lhs op rhs label est se t pvalue ci_lower ci_upper bca_lower bca_upper`."""
    table = _with_bca(study.bootstrap, "total").rename(columns={"z": "t"})
    return table[[*_KEYS, "label", "est", "se", "t", "pvalue", *_LIMITS, *_BCA.values()]]


# ---------------------------------------------------------------------------------------------
# printed beside computed


def compare_with_paper(study: StudyFit, audit: pd.DataFrame) -> pd.DataFrame:
    """Every printed result beside the computed one, as `compare_published` returns it.

    Parameters
    ----------
    study : StudyFit
    audit : DataFrame
        Of the paper; a number that contradicts the rest is given that as its reason.
    """
    computed = pd.concat(
        [
            _match_descriptives(study),
            _match_reliability(study),
            _match_correlations(study),
            _match_paths(study),
            _match_effects(study),
            _match_text(study),
        ],
        ignore_index=True,
    )
    computed["reason"] = [
        row.reason if isinstance(row.reason, str) else _find_reason(row, audit)
        for row in computed.itertuples()
    ]
    long = melt_published(STUDY, ["table_1", "table_2", "table_3", "table_4", "table_5", "text"])
    results = long["table"].ne("text") | long["row"].isin(computed["row"])
    return compare_published(long[results].reset_index(drop=True), computed)


def _cells(table: str, frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """`table row column reproduced` from a frame with a column `row`; printed name to computed."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "table": table,
                    "row": frame["row"],
                    "column": printed,
                    "reproduced": frame[computed].astype(float),
                }
            )
            for printed, computed in columns.items()
        ],
        ignore_index=True,
    )


def _match_descriptives(study):
    frame = describe_scores(study.data).rename(columns={"construct": "row"})
    names = {"n": "n", "mean": "mean", "sd": "sd", "minimum": "min", "maximum": "max"}
    return _cells("table_1", frame, names | {"shapiro_wilk": "shapiro_w", "p": "shapiro_p"})


def _match_reliability(study):
    frame = reliability(study.fit).rename(columns={"construct": "row"})
    return _cells("table_2", frame, {"rho_c": "rho_c", "alpha": "alpha", "ave": "ave"})


def _match_correlations(study):
    matrix = fornell_larcker(study.fit)
    full = matrix.fillna(matrix.T)
    printed = load_published(STUDY, "table_3")
    rows = [
        ("table_3", row, column, full.loc[row, column])
        for row, cells in printed.iterrows()
        for column, cell in cells.items()
        if cell
    ]
    return pd.DataFrame(rows, columns=["table", "row", "column", "reproduced"])


def _match_paths(study):
    frame = tabulate_paths(study)
    explained = study.fit.r_squared.set_index("construct")["r_squared"]
    frame = frame.assign(
        row=frame["rhs"] + " -> " + frame["lhs"],
        # The paper prints sizes: its only negative path has a positive t.
        t=frame["t"].abs(),
        r_squared=frame["lhs"].map(explained).where(~frame["lhs"].duplicated()),
    )
    cells = _cells(
        "table_4", frame, {"beta": "est", "se": "se", "t": "t", "r_squared": "r_squared"}
    )
    return cells[cells["reproduced"].notna()]


def _match_effects(study):
    frame = tabulate_effects(study)
    frame = frame.assign(row=frame["rhs"] + f" -> {MEDIATOR} -> " + frame["lhs"])
    cells = _cells("table_5", frame, {"z": "aroian_z", "vaf": "vaf"})
    notes = frame.set_index("row")["note"]
    withheld = (cells["column"] == "vaf") & cells["reproduced"].isna()
    return cells.assign(reason=cells["row"].map(notes).where(withheld))


def _match_text(study):
    paths = tabulate_paths(study)
    short = {"problem_focused": "problem", "emotion_focused": "emotion"}
    rows = "abstract_" + paths["rhs"].replace(short) + "_" + paths["lhs"].replace(short) + "_p"
    cells = pd.DataFrame({"row": rows, "reproduced": paths["pvalue"]})
    quality = model_quality(study.fit).set_index("measure")["value"]
    cells.loc[len(cells)] = ["findings_gof", quality["gof"]]
    return cells.assign(table="text", column="printed")


def compare_exact_items(items: pd.DataFrame) -> pd.DataFrame:
    """Paths, R squared and reliabilities of given items beside the printed ones.

    Parameters
    ----------
    items : DataFrame
        All of them enter the model, by path weighting and mode A, solved to the last digits.

    Returns
    -------
    DataFrame
        As `compare_published` returns it.
    """
    fit = fit_pls(items, model=write_model(items.columns), tolerance=1e-13, max_iter=5000)
    explained = fit.r_squared.set_index("construct")["r_squared"]
    paths = fit.paths.assign(
        row=fit.paths["rhs"] + " -> " + fit.paths["lhs"],
        r_squared=fit.paths["lhs"].map(explained).where(~fit.paths["lhs"].duplicated()),
    )
    measures = reliability(fit).rename(columns={"construct": "row"})
    computed = pd.concat(
        [
            _cells("table_2", measures, {"rho_c": "rho_c", "alpha": "alpha", "ave": "ave"}),
            _cells("table_4", paths, {"beta": "est", "r_squared": "r_squared"}).dropna(),
        ],
        ignore_index=True,
    )
    long = melt_published(STUDY, ["table_2", "table_4"])
    return compare_published(
        long[long["column"].isin(computed["column"])].reset_index(drop=True), computed
    )


def _find_reason(row, audit: pd.DataFrame) -> str:
    """Say why a printed number cannot be met, if the audit found that it contradicts the rest."""
    faults = audit[audit["verdict"] == "inconsistent"]
    name = row.row.replace("_", " ")
    if row.table == "table_3" and row.row != row.column:
        both = faults["location"].str.startswith("Tables 3 and 4")
        return (
            "no correlations that print as Table 3 give the paths of Table 4" if any(both) else ""
        )
    if row.table == "table_4" and row.column == "t":
        mine = faults["location"].str.replace("_", " ") == f"Table 4, {name}"
        return "the printed t is not the printed path by its standard error" if any(mine) else ""
    if row.row == "findings_gof":
        mine = faults["location"] == "findings, GoF"
        return "not the root of mean AVE times mean R² of Tables 2 and 4" if any(mine) else ""
    return ""


# ---------------------------------------------------------------------------------------------
# claims


def judge_claims(study: StudyFit) -> pd.DataFrame:
    """Whether the paper's findings hold on these data, each by what the paper rests it on.

    Returns
    -------
    DataFrame
        `claim`, `statistic` (what was computed), `est`, `pvalue`, `ci_lower`, `ci_upper` (bootstrap
        percentile limits), NaN where there are none, `rule` (when it holds) and `holds`.

    Notes
    -----
    Paths rest on t, indirect effects on Aroian's z (which the paper calls Sobel's): a sign holds
    when p is below 1 less the confidence level. That there is no relation holds when that is not
    so, which is weak evidence of absence.
    """
    rows = [*_claim_effects(study), *_claim_measurement(study), *_claim_model(study)]
    names = "claim statistic est pvalue ci_lower ci_upper rule holds"
    return pd.DataFrame(rows, columns=names.split())


_UNRELATED = ("problem_focused", MEDIATOR)
"""The one path that the paper takes for zero, and the effect that goes with it."""


def _claim_effects(study):
    boot = study.bootstrap
    alpha = 1 - boot.ci_level
    paths = boot.table("path", kind="percentile").set_index(["rhs", "lhs"])
    effects = tabulate_effects(study).set_index("rhs").assign(pvalue=lambda t: t["aroian_p"])
    rows = []
    for start, end in PATHS:
        absent = (start, end) == _UNRELATED
        verb = "is not related to" if absent else "goes with more"
        claim = f"{LABELS[start]} {verb} {LABELS[end].lower()}"
        rows.append(_by_test(claim, "path", paths.loc[(start, end)], alpha, absent=absent))
    for strategy in STRATEGIES:
        absent = (strategy, MEDIATOR) == _UNRELATED
        verb = "does not mediate" if absent else "mediates"
        claim = f"Therapeutic alliance {verb} {LABELS[strategy].lower()}"
        rows.append(_by_test(claim, "indirect effect", effects.loc[strategy], alpha, absent=absent))
    others = [name for name in STRATEGIES if name != "emotion_focused"]
    gap = _contrast(
        boot, "indirect", lambda d: d["emotion_focused"] - d[others].max(axis=1), by="rhs"
    )
    rows.append(
        (
            "Emotion-focused coping has the greatest effect through therapeutic alliance",
            "its indirect effect less the largest other",
            gap["est"],
            np.nan,
            gap["ci_lower"],
            gap["ci_upper"],
            "interval above 0",
            bool(gap["ci_lower"] > 0),
        )
    )
    return rows


def _claim_measurement(study):
    boot = study.bootstrap
    everything = {}
    for kind in ("loading", "alpha", "rho_c", "ave"):
        everything[kind] = _contrast(boot, kind, lambda d: d.min(axis=1))
    reliabilities = min(("alpha", "rho_c"), key=lambda kind: everything[kind]["est"])
    rows = [
        _by_criterion(
            "All loadings exceed .50", "smallest loading", everything["loading"], "loading"
        ),
        _by_criterion(
            "All alphas and composite reliabilities exceed .70",
            "smallest of them",
            everything[reliabilities],
            "reliability",
        ),
        _by_criterion("Every AVE exceeds .50", "smallest AVE", everything["ave"], "ave"),
    ]
    distinct = compare_fornell_larcker(study.fit)
    margin = (distinct["root_ave"] - distinct["largest_correlation"]).min()
    limits = _margin_limits(boot)
    rows.append(
        (
            "Root AVE exceeds every correlation of its construct",
            "smallest root AVE less largest correlation",
            margin,
            np.nan,
            *limits,
            "above 0",
            bool(margin > 0),
        )
    )
    return rows


def _claim_model(study):
    boot = study.bootstrap
    n = boot.n
    r = boot.table("correlation")["est"].abs().min()
    p = 2 * student.sf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    normality = describe_scores(study.data)["shapiro_p"].max()
    gof = model_quality(study.fit).set_index("measure")["value"]["gof"]
    nothing = (np.nan, np.nan)
    return [
        (
            "All correlations are significant at 1\u00a0%",
            "largest p of a correlation",
            np.nan,
            p,
            *nothing,
            "below .01",
            bool(p < 0.01),
        ),
        (
            "No scale is normally distributed",
            "largest p of Shapiro–Wilk",
            np.nan,
            normality,
            *nothing,
            "below .05",
            bool(normality < 0.05),
        ),
        (
            "The model's adequacy is strong",
            "GoF",
            gof,
            np.nan,
            *nothing,
            "above .36",
            bool(gof > 0.36),
        ),
    ]


def _by_test(claim, statistic, row, alpha, *, absent):
    clear = row["pvalue"] < alpha
    holds = not clear if absent else clear and row["est"] > 0
    level = f"{alpha:.3g}".removeprefix("0")
    rule = f"p not below {level}" if absent else f"positive, p below {level}"
    values = row[["est", "pvalue", "ci_lower", "ci_upper"]]
    return (claim, statistic, *values, rule, bool(holds))


def _by_criterion(claim, statistic, row, criterion):
    limit = CRITERIA[criterion]
    rule = f"above {limit:.2f}".replace("0.", ".")
    return (
        claim,
        statistic,
        row["est"],
        np.nan,
        row["ci_lower"],
        row["ci_upper"],
        rule,
        bool(row["est"] > limit),
    )


def _contrast(
    boot: Bootstrap, kind: str, function: Callable[[pd.DataFrame], pd.Series], by: str = "label"
) -> dict[str, float]:
    """Estimate and percentile limits of a function of several statistics of one kind."""
    chosen = (boot.keys["quantity"] == kind).to_numpy()
    names = boot.keys.loc[chosen, by].tolist()
    est = function(pd.DataFrame(boot.estimates[chosen][None], columns=names)).iloc[0]
    draws = function(pd.DataFrame(boot.draws[:, chosen], columns=names)).to_numpy()
    low, high = percentile_interval(draws[np.isfinite(draws)], boot.ci_level)
    return {"est": float(est), "ci_lower": float(low), "ci_upper": float(high)}


def _margin_limits(boot):
    """Percentile limits of the smallest gap between a root AVE and a correlation."""
    root = np.sqrt(boot.select("ave"))
    pairs = boot.keys[boot.keys["quantity"] == "correlation"]
    correlations = boot.select("correlation").abs()
    gaps = [
        root[[row.lhs, row.rhs]].min(axis=1) - correlations[row.label] for row in pairs.itertuples()
    ]
    smallest = pd.concat(gaps, axis=1).min(axis=1).to_numpy()
    return percentile_interval(smallest[np.isfinite(smallest)], boot.ci_level)


# ---------------------------------------------------------------------------------------------
# what could have been chosen otherwise


def compare_algorithms(study: StudyFit, *, n_boot: int, ci_level: float, seed: int) -> pd.DataFrame:
    """The paths under other weights of items and constructs, each bootstrapped.

    Returns
    -------
    DataFrame
        `analysis lhs op rhs label est se ci_lower ci_upper n_failed`: first the study's own choice,
        then one other choice at a time. An analysis without a solution is left out.
    """
    fit = study.fit
    own = {"weighting": fit.weighting, "mode": study.mode, "consistent": False}
    choices = {f"{WEIGHTINGS[fit.weighting]}, {MODES[study.mode]}": own}
    choices |= {name: own | {"weighting": key} for key, name in WEIGHTINGS.items()}
    choices |= {name: own | {"mode": key} for key, name in MODES.items()}
    choices["PLSc"] = own | {"mode": "A", "consistent": True}
    tables, seen = [], []
    for name, options in choices.items():
        if options in seen:
            continue
        seen.append(options)
        try:
            boot = study.bootstrap
            if options != own:
                boot = _bootstrap(
                    study.data,
                    model=fit.model,
                    n_boot=n_boot,
                    ci_level=ci_level,
                    seed=seed,
                    **options,
                )
            table = boot.table("path", kind="percentile")
        except InputError:
            continue
        tables.append(table.assign(analysis=name, n_failed=boot.n_failed))
    table = pd.concat(tables, ignore_index=True)
    return table[["analysis", *_KEYS, "label", "est", "se", *_LIMITS, "n_failed"]]


@dataclass(frozen=True)
class MethodComparison:
    """The structural model by several methods.

    Attributes
    ----------
    table : DataFrame
        `lhs op rhs` and one column a method: `PLS`, `PLSc`, `sum scores`, `CB-SEM`, `Table 3`
        (what the printed correlations alone imply); NaN where a method has no solution. Rows with
        op `r2` hold R squared.
    reasons : mapping of str to str
        Why a method has no solution.
    """

    table: pd.DataFrame
    reasons: Mapping[str, str]


def compare_methods(study: StudyFit) -> MethodComparison:
    """Paths and R squared by other methods, and by what Table 3 alone implies."""
    options = {"model": study.fit.model, "missing": "error"}
    weighting = study.fit.weighting
    methods = {
        "PLS": lambda: study.fit,
        "PLSc": lambda: fit_pls(study.data, weighting=weighting, consistent=True, **options),
        "sum scores": lambda: fit_sum_scores(study.data, **options),
        "CB-SEM": lambda: fit_covariance_sem(study.data, **options),
        "Table 3": fit_printed_correlations,
    }
    found, reasons = {}, {}
    for name, method in methods.items():
        try:
            found[name] = method()
        except InputError as error:
            reasons[name] = str(error)
    table = compare_estimates(found).reindex(columns=[*_KEYS, *methods])
    return MethodComparison(table, reasons)


def fit_printed_correlations() -> PLSFit:
    """The structural model fitted to Table 3 as printed."""
    printed = load_published(STUDY, "table_3")
    return fit_construct_correlations(printed.replace("", np.nan).astype(float), n=N_PRINTED)


def compare_draws(boot: Bootstrap, *, n_boots: Sequence[int]) -> pd.DataFrame:
    """How far the paths' standard errors and limits still move with the number of draws.

    Returns
    -------
    DataFrame
        `n_boot`, `se_change` (largest distance of a standard error from that of all draws) and
        `mc_error` (largest Monte Carlo standard error of a percentile limit).
    """
    counts = sorted({n for n in n_boots if n < boot.n_boot} | {boot.n_boot})
    table = compare_n_boot(boot, n_boots=counts)
    final = table[table["n_boot"] == boot.n_boot].set_index("label")["se"]
    table["se_change"] = (table["se"] - table["label"].map(final)).abs()
    table["mc_error"] = table[["mc_error_lower", "mc_error_upper"]].max(axis=1)
    return table.groupby("n_boot")[["se_change", "mc_error"]].max().reset_index()


def recover_truths(fit: PLSFit, *, n_replications: int, seed: int) -> pd.DataFrame:
    """Three experiments with known paths, as `recover_pls` returns them with a column `case`."""
    cases = {
        "composites by PLS": {"constructs": "composite"},
        "factors by PLS": {"constructs": "factor"},
        "factors by PLSc": {"constructs": "factor", "consistent": True},
    }
    tables = [
        recover_pls(fit, n_replications=n_replications, seed=seed, **options).assign(case=name)
        for name, options in cases.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["case", *table.columns.drop("case")]]
