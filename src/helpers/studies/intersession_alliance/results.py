"""The moderation study: its regressions, their tables and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import Delaunay

from helpers.data.datasets import Dataset
from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap
from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.correlations import compare_dependent_correlations
from helpers.models.moderation.diagnostics import (
    Influence,
    probe_assumptions,
    probe_influence,
)
from helpers.models.moderation.fit import ModerationFit, probe_coefficients
from helpers.models.moderation.johnson_neyman import JohnsonNeyman, probe_johnson_neyman
from helpers.models.moderation.model import SE_TYPES
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.moderation.slope_lines import slope_line, slopes_from_published
from helpers.models.sem.witness import fit_semopy
from helpers.studies.intersession_alliance.model import (
    FOCAL,
    MODERATOR,
    PREDICTOR,
    PRODUCT,
    RELATED,
    UNRELATED,
    Rows,
    fit_outcomes,
    prepare_rows,
    write_model,
)
from helpers.studies.intersession_alliance.simulation import study_power


@dataclass(frozen=True)
class StudyFits:
    """The regressions of the study on one data set, by outcome.

    Attributes
    ----------
    rows : Rows
        The clients as they are analyzed.
    full, main_effects : mapping of str to ModerationFit
        With and without the product; pooled where values were imputed.
    complete : mapping of str to ModerationFit
        The full models of the complete rows, for what needs one data set.
    bootstraps : mapping of str to Bootstrap
        Of the full models, percentile intervals; empty where values were imputed.
    influence : mapping of str to Influence
        Of the complete rows.
    johnson_neyman : mapping of (str, str) to JohnsonNeyman
        By outcome and kind of standard error.
    at : str or list of float
    se_types : tuple of str
        The kinds of standard error that stand beside each other.
    se_type : str
        The one that tests rest on: "cr2" with clusters.
    ci_level : float
    n_boot, seed : int
    """

    rows: Rows
    full: Mapping[str, ModerationFit]
    main_effects: Mapping[str, ModerationFit]
    complete: Mapping[str, ModerationFit]
    bootstraps: Mapping[str, Bootstrap]
    influence: Mapping[str, Influence]
    johnson_neyman: Mapping[tuple[str, str], JohnsonNeyman]
    at: str | list[float]
    se_types: tuple[str, ...]
    se_type: str
    ci_level: float
    n_boot: int
    seed: int


def read_points(at: str) -> str | list[float]:
    """Read at which moderator values slopes are wanted.

    Parameters
    ----------
    at : str
        "sd", "percentiles", or numbers with commas between them.

    Returns
    -------
    str or list of float
        As `helpers.models.moderation.simple_slopes.probe_simple_slopes` takes it.

    Examples
    --------
    >>> read_points("percentiles"), read_points("3, 4.5, 6")
    ('percentiles', [3.0, 4.5, 6.0])
    """
    if at in ("sd", "percentiles"):
        return at
    try:
        values = [float(part) for part in at.split(",")]
    except ValueError:
        values = [np.nan]
    if not (np.abs(values) < 1e100).all():
        raise InputError(
            f"at={at!r} is neither 'sd' nor 'percentiles' nor numbers with commas, as in '3, 4, 5'."
        )
    return sorted(set(values))


def fit_study(
    data: pd.DataFrame,
    *,
    covariates: Sequence[str],
    at: str,
    se_type: str,
    fdr: bool,
    n_boot: int,
    ci_level: float,
    seed: int,
    cluster: str = "",
) -> StudyFits:
    """Fit the three regressions with and without the product, and probe them.

    Missing values are imputed, and with `cluster`, a column of `data`, standard errors are CR2 and
    whole clusters are drawn; see `prepare_rows`.
    """
    points = read_points(at)
    rows = prepare_rows(data, covariates=covariates, cluster=cluster, seed=seed)
    options = {"covariates": covariates, "ci_level": ci_level}
    full = fit_outcomes(rows, **options)
    complete = fit_outcomes(Rows((rows.complete,), rows.complete), **options)
    complete = complete if rows.imputed else full
    kinds = (SE_TYPES[0], "cr2") if cluster else SE_TYPES
    return StudyFits(
        rows=rows,
        full=full,
        main_effects=fit_outcomes(rows, interaction=False, **options),
        complete=complete,
        bootstraps={}
        if rows.imputed
        else {
            outcome: bootstrap_moderation(fit, n_boot=n_boot, at=points, seed=seed)
            for outcome, fit in full.items()
        },
        influence={outcome: probe_influence(fit) for outcome, fit in complete.items()},
        johnson_neyman={
            (outcome, kind): probe_johnson_neyman(fit, se_type=kind, fdr=fdr)
            for outcome, fit in full.items()
            for kind in kinds
        },
        at=points,
        se_types=kinds,
        se_type="cr2" if cluster else se_type,
        ci_level=ci_level,
        n_boot=n_boot,
        seed=seed,
    )


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
    names = ("covariates", "at", "se_type", "fdr", "ci_level", "seed")
    options = {name: parameters[name] for name in names}
    fitted = fit_study(data.frame, n_boot=TRIAL_DRAWS, **options)
    level = {"ci_level": fitted.ci_level, "seed": fitted.seed, "se_type": fitted.se_type}
    study_power(fitted.complete[FOCAL], n_replications=2, **level)


def tabulate_regressions(fits: Mapping[str, ModerationFit]) -> pd.DataFrame:
    """Coefficients of all outcomes.

    Returns
    -------
    DataFrame
        The columns of `ModerationFit.table`; with clusters ``outcome term est se se_cr2 df t pvalue
        ci_lower ci_upper``, all after `se` by CR2.
    """
    return pd.concat([_list_coefficients(fit) for fit in fits.values()], ignore_index=True)


def _list_coefficients(fit: ModerationFit) -> pd.DataFrame:
    if fit.cluster is None:
        return fit.table
    table = probe_coefficients(fit).rename(columns={"se": "se_cr2"}).drop(columns="se_type")
    table.insert(3, "se", fit.table["se"])
    return table


def tabulate_r_squared(study: StudyFits) -> pd.DataFrame:
    """R2 without and with the product, with the columns of `ModerationFit.r_squared_tests`."""
    return pd.concat([fit.r_squared_tests for fit in study.full.values()], ignore_index=True)


def tabulate_effect_sizes(study: StudyFits) -> pd.DataFrame:
    """Effect sizes of each term, with the columns of `ModerationFit.effect_sizes`."""
    return pd.concat([fit.effect_sizes for fit in study.full.values()], ignore_index=True)


def tabulate_slopes(study: StudyFits) -> pd.DataFrame:
    """Simple slopes of all outcomes with both kinds of standard error."""
    tables = [
        probe_simple_slopes(fit, at=study.at, se_type=kind)
        for fit in study.full.values()
        for kind in study.se_types
    ]
    return stack_probes(tables)


def stack_probes(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables of probes, one below the other, without what is the same in all rows here."""
    return pd.concat(tables, ignore_index=True).drop(columns=["term", "df"], errors="ignore")


def tabulate_bounds(study: StudyFits) -> pd.DataFrame:
    """Johnson-Neyman bounds of all outcomes with both kinds of standard error."""
    return stack_probes(jn.table for jn in study.johnson_neyman.values())


def tabulate_regions(study: StudyFits) -> pd.DataFrame:
    """Where in the observed range the slope is significant, all outcomes, both kinds."""
    return stack_probes(jn.regions for jn in study.johnson_neyman.values())


def tabulate_bootstraps(study: StudyFits) -> pd.DataFrame:
    """`outcome quantity term est se bias ci_lower ci_upper ci_type` of all outcomes."""
    tables = [_list_draws(boot) for boot in study.bootstraps.values()]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_DRAWN)


_QUANTITIES = {
    "parameter": "coefficient",
    "simple_slope": "simple slope",
    "r_squared_change": "change in R2",
}


def _list_draws(boot: Bootstrap, kind: str = "percentile") -> pd.DataFrame:
    tables = [
        boot.table(quantity, kind=kind).assign(quantity=name, bias=boot.bias(quantity))
        for quantity, name in _QUANTITIES.items()
    ]
    table = pd.concat(tables, ignore_index=True).rename(columns={"lhs": "outcome", "label": "term"})
    return table.assign(ci_type=kind)[_DRAWN]


_DRAWN = ["outcome", "quantity", "term", "est", "se", "bias", "ci_lower", "ci_upper", "ci_type"]


def tabulate_assumptions(study: StudyFits) -> pd.DataFrame:
    """Residual checks of all outcomes, with the columns of `probe_assumptions`."""
    return pd.concat([probe_assumptions(fit) for fit in study.complete.values()], ignore_index=True)


def tabulate_influence(study: StudyFits) -> pd.DataFrame:
    """Influence checks of all outcomes, with the columns of `Influence.summary`."""
    return pd.concat([each.summary for each in study.influence.values()], ignore_index=True)


def standardize_coefficients(study: StudyFits) -> pd.DataFrame:
    """The two alliances and their product in SD, with three kinds of interval.

    Returns
    -------
    DataFrame
        `outcome term interval est ci_lower ci_upper`; the scale is that of `est_std` in
        `ModerationFit.effect_sizes`, sample standard deviations taken as known.
    """
    tables = []
    for outcome, fit in study.full.items():
        kinds = {INTERVALS[kind]: probe_coefficients(fit, se_type=kind) for kind in study.se_types}
        if study.bootstraps:
            boot = _list_draws(study.bootstraps[outcome])
            kinds["Bootstrap"] = boot[boot["quantity"] == "coefficient"]
        predictor, moderator, product = (
            fit.terms[role] for role in ("predictor", "moderator", "product")
        )
        scale = scale_terms(fit)
        for kind, table in kinds.items():
            rows = table.set_index("term").loc[[predictor, moderator, product]]
            numbers = rows[["est", "ci_lower", "ci_upper"]].mul(scale[rows.index], axis=0)
            numbers.insert(0, "interval", kind)
            numbers.insert(0, "outcome", outcome)
            tables.append(numbers.rename_axis("term").reset_index())
    columns = ["outcome", "term", "interval", "est", "ci_lower", "ci_upper"]
    return pd.concat(tables, ignore_index=True)[columns]


INTERVALS = {"classical": "Classical", "hc3": "HC3", "cr2": "CR2"}


def scale_terms(fit: ModerationFit) -> pd.Series:
    """What turns a coefficient into SD of the outcome by SD of the term; a mean over imputations.

    The product's is that of the product of z-scores.
    """
    predictor, moderator, product = (
        fit.terms[role] for role in ("predictor", "moderator", "product")
    )
    scales = []
    for one in fit.completed or (fit,):
        sd = one.design.std(ddof=1)
        sd[product] = sd[predictor] * sd[moderator]
        scales.append(sd / one.response.std(ddof=1))
    return pd.concat(scales, axis=1).mean(axis=1)


def assign_points(fit: ModerationFit, slopes: pd.DataFrame) -> pd.DataFrame:
    """The clients, each with the probed moderator value that lies nearest to its own.

    Parameters
    ----------
    fit : ModerationFit
    slopes : DataFrame
        `at moderator_value`, as `probe_simple_slopes` returns them.

    Returns
    -------
    DataFrame
        `predictor_value moderator_value response at`, one row per client.
    """
    points = slopes.drop_duplicates("at")
    gaps = fit.moderator_values.to_numpy()[:, None] - points["moderator_value"].to_numpy()
    return pd.DataFrame(
        {
            "predictor_value": fit.predictor_values,
            "moderator_value": fit.moderator_values,
            "response": fit.response,
            "at": points["at"].to_numpy()[np.abs(gaps).argmin(axis=1)],
        }
    )


def predict_surface(fit: ModerationFit, *, n_grid: int = 121) -> pd.DataFrame:
    """Predict the outcome over both alliances, where clients lie around.

    Parameters
    ----------
    fit : ModerationFit
        To one data set, of two alliances that are numbers.
    n_grid : int
        Values along each alliance.

    Returns
    -------
    DataFrame
        `predictor_value moderator_value est`, covariates at their means; `est` is NaN outside the
        convex hull of the clients. Empty where an alliance has two levels.
    """
    columns = ["predictor_value", "moderator_value", "est"]
    if fit.predictor_levels is not None or fit.moderator_levels is not None:
        return pd.DataFrame(columns=columns)
    x, w = fit.predictor_values.to_numpy(), fit.moderator_values.to_numpy()
    grid_x, grid_w = (np.linspace(v.min(), v.max(), n_grid) for v in (x, w))
    points = np.array([(a, b) for b in grid_w for a in grid_x])
    rows = pd.DataFrame([fit.design.mean()] * len(points))
    predictor, moderator, product = (
        fit.terms[role] for role in ("predictor", "moderator", "product")
    )
    rows[predictor] = (points[:, 0] - fit.predictor_center) / fit.predictor_scale
    rows[moderator] = (points[:, 1] - fit.moderator_center) / fit.moderator_scale
    rows[product] = rows[predictor] * rows[moderator]
    est = rows[fit.table["term"]].to_numpy() @ fit.table["est"].to_numpy()
    inside = Delaunay(np.column_stack([x, w])).find_simplex(points) >= 0
    return pd.DataFrame(np.column_stack([points, np.where(inside, est, np.nan)]), columns=columns)


def trace_slopes(
    fit: ModerationFit, jn: JohnsonNeyman, *, se_type: str, n_grid: int = 201
) -> pd.DataFrame:
    """The slope of the predictor along the observed moderator, with the band that `jn` tests by.

    Returns
    -------
    DataFrame
        `outcome moderator_value est ci_lower ci_upper`; two rows for a two-level moderator.
    """
    line = slope_line(fit, se_type=se_type)
    n_points = n_grid if line.moderator_levels is None else 2
    grid = np.linspace(line.moderator_min, line.moderator_max, n_points)
    est, se = line.evaluate(grid)
    half = line.critical_t(grid, jn.alpha) * se
    return pd.DataFrame(
        {
            "outcome": fit.outcome,
            "moderator_value": grid,
            "est": est,
            "ci_lower": est - half,
            "ci_upper": est + half,
        }
    )


def repeat_from_coefficients(fit: ModerationFit) -> float:
    """Find the bounds again from five numbers that a paper could print.

    Returns
    -------
    float
        Largest difference of a bound from that of the fit, in SD of the moderator; 0 where neither
        finds any.
    """
    predictor, product = fit.terms["predictor"], fit.terms["product"]
    est = fit.table.set_index("term")["est"]
    line = slopes_from_published(
        b_predictor=est[predictor],
        b_product=est[product],
        var_predictor=fit.vcov.loc[predictor, predictor],
        var_product=fit.vcov.loc[product, product],
        cov=fit.vcov.loc[predictor, product],
        df_resid=fit.df_resid,
        moderator_center=fit.moderator_center,
        ci_level=fit.ci_level,
    )
    ours = probe_johnson_neyman(line).table["bound"]
    theirs = probe_johnson_neyman(fit, se_type="classical").table["bound"]
    return float((ours - theirs).abs().fillna(0.0).max() / fit.moderator_values.std())


def compare_relations(study: StudyFits) -> pd.DataFrame:
    """Whether each alliance is related more to actions than to thoughts, one row per alliance.

    Returns
    -------
    DataFrame
        The columns of `compare_dependent_correlations`; of the complete rows where values were
        imputed.
    """
    tables = [
        compare_dependent_correlations(
            study.rows.complete,
            variable=alliance,
            others=[RELATED, UNRELATED],
            cluster=study.rows.cluster,
            ci_level=study.ci_level,
        )
        for alliance in (PREDICTOR, MODERATOR)
    ]
    return pd.concat(tables, ignore_index=True)


def compare_with_semopy(study: StudyFits) -> pd.DataFrame:
    """The three regressions beside semopy's fit of `MODEL`.

    Returns
    -------
    DataFrame
        `outcome term est se est_semopy se_semopy`, one row per slope: by least squares, its SE with
        divisor n as maximum likelihood has it, and by semopy; NaN where that finds no solution.
    """
    first = next(iter(study.complete.values()))
    terms = [term for term in first.design if term != "Intercept"]
    covariates = [f"c{k}" for k in range(1, len(terms) - 2)]
    names = dict(zip(terms, (PREDICTOR, MODERATOR, PRODUCT, *covariates), strict=True))
    frame = first.design[terms].rename(columns=names)
    frame = frame.assign(**{outcome: fit.response for outcome, fit in study.complete.items()})
    found = fit_semopy(write_model(covariates), frame.cov(ddof=0), n=first.n)
    tables = []
    for outcome, fit in study.complete.items():
        table = fit.table[fit.table["term"] != "Intercept"]
        keys = [f"{outcome} ~ {names[term]}" for term in table["term"]]
        tables.append(
            table[["outcome", "term", "est"]].assign(
                se=table["se"] * np.sqrt(fit.df_resid / fit.n),
                est_semopy=found["est"].reindex(keys).to_numpy(),
                se_semopy=found["se"].reindex(keys).to_numpy(),
            )
        )
    return pd.concat(tables, ignore_index=True)
