"""Mohebbi Sheikhlari et al. (2026): its tables, its claims, and the choices that could differ."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from helpers.audit.findings import DOUBTFUL, list_marks
from helpers.data.datasets import Dataset
from helpers.data.schemas import Schema
from helpers.errors import InputError, did_you_mean
from helpers.models.inference.clusters import intraclass_correlations, require_clusters
from helpers.models.inference.draws import LARGEST_SHARE_FAILED, Bootstrap
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
from helpers.models.pls.counterparts import compare_estimates, fit_sum_scores
from helpers.models.pls.indirect import indirect_effects
from helpers.models.pls.model import PLSFit, fit_pls
from helpers.models.pls.recovery import recover_pls
from helpers.models.pls.specification import PLSModel, select_items
from helpers.printed.cells import Cell
from helpers.printed.claims import ABSENT, CLAIM_COLUMNS, judge_sign
from helpers.printed.ledger import CELL, compare_quantities, list_quantities, load_ledger
from helpers.printed.numbers import load_published, load_source
from helpers.studies.coping_adherence.common_factors import fit_common_factors
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    LABELS,
    MEDIATOR,
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
_PERCENTILE = {"ci_lower": "percentile_lower", "ci_upper": "percentile_upper"}


@dataclass(frozen=True)
class StudyFit:
    """The paper's analysis of one data set.

    Attributes
    ----------
    data : DataFrame
        Items, one row per client; a missing answer has the mean of its item.
    observed : DataFrame
        The same as it was given.
    missing : {"error", "listwise", "mean"}
    cluster : str
        The column of `observed` that says which clients belong together; "" for none.
    scores : DataFrame
        Sums of all items of each construct, those that stay out of the model too.
    mode : str
        How items are weighted.
    fit : PLSFit
    bootstrap : Bootstrap
    """

    data: pd.DataFrame
    observed: pd.DataFrame
    missing: str
    cluster: str
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
    missing: str = "error",
    cluster: str = "",
) -> StudyFit:
    """Fit the composite model and bootstrap everything that is estimated.

    With ``missing="mean"`` a missing answer takes the mean of its item, in each draw anew; with
    `cluster`, a column of `data`, whole clusters are drawn.
    """
    if cluster:
        require_clusters(data, cluster)
    options = {"model": model, "weighting": weighting, "mode": mode, "missing": missing}
    sampling = {"n_boot": n_boot, "seed": seed, "ci_level": ci_level}
    completed = data
    if missing == "mean":
        completed = data.fillna(data.mean(numeric_only=True))
    items = select_items(completed, CONSTRUCTS)
    return StudyFit(
        data=completed,
        observed=data,
        missing=missing,
        cluster=cluster,
        scores=pd.DataFrame({name: completed[own].sum(axis=1) for name, own in items.items()}),
        mode=mode,
        fit=fit_pls(data, **options),
        bootstrap=_bootstrap(data, cluster=cluster or None, **options, **sampling),
    )


FOLDS = 10
"""Parts of the clients, each held out once."""


TRIAL_DRAWS = 40
"""Draws of a trial: enough to tell whether most samples like this one have a solution."""


def try_study(data: Dataset, parameters: Mapping[str, Any]) -> None:
    """Refuse data that a run of the study with these parameters would refuse.

    Parameters
    ----------
    data : Dataset
    parameters : mapping
        Of the notebook, by name.
    """
    if len(data.frame) < FOLDS:
        raise InputError(
            f"{len(data.frame)} rows can be used; clients are held out in {FOLDS} parts, which "
            f"needs at least {FOLDS}"
        )
    model = choose_model(data, left_out=parameters["left_out"])
    names = ("weighting", "mode", "ci_level", "seed", "missing")
    fit_study(
        data.frame, model=model, n_boot=TRIAL_DRAWS, **{name: parameters[name] for name in names}
    )


def _bootstrap(data: pd.DataFrame, **options) -> Bootstrap:
    """Bootstrap without warnings; the report counts failed draws and says if clusters are few."""
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
        `helpers.studies.coping_adherence.model.describe_scores`; with clusters also `icc icc_lower
        icc_upper`, the share of the sum's variance that lies between them.
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
    table = pd.DataFrame(rows, columns=columns).merge(describe_scores(study.data), on="construct")
    if not study.cluster:
        return table
    likeness = intraclass_correlations(
        study.scores.assign(**{study.cluster: study.observed[study.cluster]}),
        variables=list(study.scores),
        cluster=study.cluster,
        ci_level=study.bootstrap.ci_level,
    ).rename(columns={"variable": "construct", "ci_lower": "icc_lower", "ci_upper": "icc_upper"})
    return table.merge(likeness[["construct", "icc", "icc_lower", "icc_upper"]], on="construct")


def _with_bca(boot: Bootstrap, kind: str) -> pd.DataFrame:
    table = boot.table(kind, kind="percentile")
    bca = boot.table(kind, kind="bca")
    return table.assign(**{new: bca[old] for old, new in _BCA.items()})


def tabulate_paths(study: StudyFit) -> pd.DataFrame:
    """Paths with the limits by which they are judged, and two others.

    Returns
    -------
    DataFrame
        `lhs op rhs est se t pvalue ci_lower ci_upper percentile_lower percentile_upper bca_lower
        bca_upper f2 f2_refit vif`; `ci_lower` and `ci_upper` are those of t, as `pvalue` is.
    """
    table = _with_bca(study.bootstrap, "path").rename(columns={"z": "t"} | _PERCENTILE)
    table = table.assign(**study.bootstrap.table("path", kind="normal")[_LIMITS])
    columns = [*_KEYS, "est", "se", "t", "pvalue", *_LIMITS, *_PERCENTILE.values(), *_BCA.values()]
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
    explained = pd.concat([study.fit.r_squared, study.fit.r_squared_adj], axis=1).reset_index()
    return explained.merge(table[["construct", "se", *_LIMITS, *_BCA.values()]], on="construct")


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
    ledger = load_ledger(STUDY)
    compared = compare_quantities(STUDY, ledger, compute_quantities(study))
    marks = list_marks(audit)
    contradicted = set().union(*(marks[verdict] for verdict in DOUBTFUL))
    bases = compared[CELL].merge(ledger, on=CELL)["basis"]
    cells = [Cell(*key) for key in compared[CELL].itertuples(index=False)]
    found = [
        _CONTRADICTIONS.get(basis, "") if cell in contradicted else ""
        for cell, basis in zip(cells, bases, strict=True)
    ]
    return compared.assign(reason=compared["reason"].where(compared["reason"] != "", found))


_CONTRADICTIONS = {
    "not_with_paths": "of the same scores, no correlations that print as Table 3 give the paths of "
    "Table 4",
    "not_by_its_se": "the printed t is not the printed path by its standard error",
    "no_weighting": "not the root of mean AVE times mean R² of Tables 2 and 4",
}
"""For bases of the ledger, what the audit finds that contradicts the number."""


def compute_quantities(study: StudyFit) -> pd.DataFrame:
    """Compute what the paper prints: `quantity reproduced reason`, by the names of the ledger."""
    scales = describe_scores(study.data)
    moments = {name: name for name in ("n", "mean", "sd")}
    moments |= {"minimum": "min", "maximum": "max"}
    moments |= {"shapiro_wilk": "shapiro_w", "shapiro_wilk_p": "shapiro_p"}
    tests = {"se": "se", "t": "size", "p": "pvalue"}
    paths, effects = tabulate_paths(study), tabulate_effects(study)
    withheld = effects["note"].where(effects["vaf"].isna())
    effects = effects.assign(of=effects["rhs"] + f" -> {MEDIATOR} -> " + effects["lhs"])
    quality = model_quality(study.fit).set_index("measure")["value"]
    return pd.concat(
        [
            list_quantities(scales, moments, of="construct"),
            _name_measures(study.fit),
            _name_correlations(study.fit),
            _name_paths(paths, study.fit),
            list_quantities(
                # The paper prints sizes: its only negative path has a positive t.
                _label(paths).assign(size=paths["t"].abs()),
                tests,
                of="of",
            ),
            list_quantities(effects, {"aroian_z": "aroian_z"}, of="of"),
            list_quantities(effects, {"vaf": "vaf"}, of="of").assign(reason=withheld.to_numpy()),
            pd.DataFrame({"quantity": ["gof"], "reproduced": [quality["gof"]]}),
        ],
        ignore_index=True,
    )


def _label(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(of=table["rhs"] + " -> " + table["lhs"])


def _name_measures(fit: PLSFit) -> pd.DataFrame:
    return list_quantities(
        reliability(fit), {name: name for name in ("rho_c", "alpha", "ave")}, of="construct"
    )


def _name_paths(paths: pd.DataFrame, fit: PLSFit) -> pd.DataFrame:
    return pd.concat(
        [
            list_quantities(_label(paths), {"beta": "est"}, of="of"),
            list_quantities(fit.r_squared.reset_index(), {"r2": "r_squared"}, of="construct"),
        ]
    )


def _name_correlations(fit: PLSFit) -> pd.DataFrame:
    matrix = fornell_larcker(fit)
    full = matrix.fillna(matrix.T)
    rows = [
        (f"root_ave({a})" if a == b else f"r({a}, {b})", full.loc[a, b]) for a in full for b in full
    ]
    return pd.DataFrame(rows, columns=["quantity", "reproduced"])


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
    computed = pd.concat([_name_measures(fit), _name_paths(fit.paths, fit)], ignore_index=True)
    ledger = load_ledger(STUDY).query("quantity in @computed.quantity")
    return compare_quantities(STUDY, ledger, computed)


# ---------------------------------------------------------------------------------------------
# claims


def judge_claims(study: StudyFit) -> pd.DataFrame:
    """Whether the paper's findings hold on these data, each by what the paper rests it on.

    Returns
    -------
    DataFrame
        `claim`, `statistic` (what was computed), `est`, `pvalue`, `ci_lower`, `ci_upper`, NaN where
        there are none, `rule` (when it holds) and `holds`.

    Notes
    -----
    One criterion for each kind of effect, the same in every report and in the plan of a
    replication: a path rests on t, its estimate over the bootstrap standard error, and has the
    limits that go with it; an indirect effect, whose draws are skewed, rests on its percentile
    interval. That there is no relation holds when none is found, which is weak evidence of absence.
    """
    rows = [*_claim_effects(study), *_claim_measurement(study), *_claim_model(study)]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS)).astype({"holds": "boolean"})


_UNRELATED = ("problem_focused", MEDIATOR)
"""The one path that the paper takes for zero, and the effect that goes with it."""


def _claim_effects(study):
    boot = study.bootstrap
    level = boot.ci_level
    paths = boot.table("path", kind="normal").set_index(["rhs", "lhs"])
    effects = tabulate_effects(study).set_index("rhs").assign(pvalue=np.nan)
    rows = []
    for start, end in PATHS:
        absent = (start, end) == _UNRELATED
        verb = "is not related to" if absent else "is associated with more"
        claim = f"{LABELS[start]} {verb} {LABELS[end].lower()}"
        rows.append(_by_test(claim, "path", paths.loc[(start, end)], level, absent=absent))
    for strategy in STRATEGIES:
        absent = (strategy, MEDIATOR) == _UNRELATED
        verb = "does not mediate" if absent else "mediates"
        claim = f"Therapeutic alliance {verb} {LABELS[strategy].lower()}"
        rows.append(
            _by_test(
                claim, "indirect effect", effects.loc[strategy], level, absent=absent, by="interval"
            )
        )
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
            bool(gap["ci_lower"] > 0) if np.isfinite(gap["ci_lower"]) else None,
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
            "√AVE exceeds every correlation of its construct",
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
    correlations = boot.table("correlation")
    r = correlations["est"].abs().min()
    p = 2 * student.sf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    if study.cluster:  # Student's test takes clients for independent
        p = correlations["pvalue"].max()
    normality = describe_scores(study.data)["shapiro_p"].max()
    gof = model_quality(study.fit).set_index("measure")["value"]["gof"]
    nothing = (np.nan, np.nan)
    return [
        (
            "All correlations are significant at 1%",
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


def _by_test(claim, statistic, row, level, *, absent, by="p"):
    asked = ABSENT if absent else "positive"
    return (claim, statistic, *judge_sign(asked, row, ci_level=level, by=by).values())


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
    low, high = _limits_of(draws, boot)
    return {"est": float(est), "ci_lower": float(low), "ci_upper": float(high)}


def _limits_of(draws: np.ndarray, boot: Bootstrap) -> tuple[float, float]:
    """Percentile limits, withheld as the bootstrap withholds its own."""
    if boot.n_failed > LARGEST_SHARE_FAILED * boot.n_boot:
        return np.nan, np.nan
    return percentile_interval(draws[np.isfinite(draws)], boot.ci_level)


def _margin_limits(boot):
    """Percentile limits of the smallest gap between a root AVE and a correlation."""
    root = np.sqrt(boot.select("ave"))
    pairs = boot.keys[boot.keys["quantity"] == "correlation"]
    correlations = boot.select("correlation").abs()
    gaps = [
        root[[row.lhs, row.rhs]].min(axis=1) - correlations[row.label] for row in pairs.itertuples()
    ]
    smallest = pd.concat(gaps, axis=1).min(axis=1).to_numpy()
    return _limits_of(smallest, boot)


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
                    study.observed,
                    model=fit.model,
                    missing=study.missing,
                    cluster=study.cluster or None,
                    n_boot=n_boot,
                    ci_level=ci_level,
                    seed=seed,
                    **options,
                )
            table = boot.table("path", kind="normal")
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
    notes : mapping of str to tuple of str
        What is improper about the solution of a method.
    """

    table: pd.DataFrame
    reasons: Mapping[str, str]
    notes: Mapping[str, tuple[str, ...]]


def compare_methods(study: StudyFit) -> MethodComparison:
    """Paths and R squared by other methods, and by what Table 3 alone implies."""
    options = {"model": study.fit.model, "missing": "error"}
    weighting = study.fit.weighting
    methods = {
        "PLS": lambda: study.fit,
        "PLSc": lambda: fit_pls(study.data, weighting=weighting, consistent=True, **options),
        "sum scores": lambda: fit_sum_scores(study.data, **options),
        "CB-SEM": lambda: fit_common_factors(study.fit),
        "Table 3": fit_printed_correlations,
    }
    found, reasons = {}, {}
    for name, method in methods.items():
        try:
            found[name] = method()
        except InputError as error:
            reasons[name] = str(error)
    table = compare_estimates(found).reindex(columns=[*_KEYS, *methods])
    notes = {name: getattr(result, "notes", ()) for name, result in found.items()}
    return MethodComparison(table, reasons, {name: said for name, said in notes.items() if said})


def fit_printed_correlations() -> PLSFit:
    """The structural model fitted to Table 3 as printed."""
    printed = load_published(STUDY, "table_3")
    n = load_source(STUDY)["n"]
    return fit_construct_correlations(printed.replace("", np.nan).astype(float), n=n)


def compare_missing(
    data: pd.DataFrame,
    *,
    study: StudyFit,
    weighting: str,
    n_boot: int,
    ci_level: float,
    seed: int,
) -> pd.DataFrame:
    """The paths by complete rows and by item means in the place of missing answers.

    Parameters
    ----------
    data : DataFrame
        Items, incomplete rows included.
    study : StudyFit
        Its model, mode and clusters hold for both.
    weighting : str
    n_boot : int
    ci_level : float
    seed : int

    Returns
    -------
    DataFrame
        `choice n lhs op rhs est se ci_lower ci_upper`, percentile limits.
    """
    tables = []
    for choice, frame in {"listwise": data.dropna(), "mean": data}.items():
        try:
            boot = _bootstrap(
                frame,
                model=study.fit.model,
                weighting=weighting,
                mode=study.mode,
                missing="mean" if choice == "mean" else "error",
                cluster=study.cluster or None,
                n_boot=n_boot,
                seed=seed,
                ci_level=ci_level,
            )
        except InputError:  # too few rows are complete
            continue
        table = boot.table("path", kind="percentile")[[*_KEYS, "est", "se", *_LIMITS]]
        tables.append(table.assign(choice=choice, n=len(frame)))
    return pd.concat(tables, ignore_index=True)


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
