"""The moderation study: its regressions, their checks, and the choices that could be others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import Delaunay
from statsmodels.stats.multitest import multipletests

from helpers.data.datasets import Dataset
from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap
from helpers.models.moderation.bootstrap import bootstrap_moderation
from helpers.models.moderation.correlations import compare_dependent_correlations
from helpers.models.moderation.diagnostics import (
    Influence,
    probe_assumptions,
    probe_curvature,
    probe_influence,
)
from helpers.models.moderation.johnson_neyman import JohnsonNeyman, probe_johnson_neyman
from helpers.models.moderation.model import (
    SE_TYPES,
    ModerationFit,
    fit_moderation,
    probe_coefficients,
)
from helpers.models.moderation.simple_slopes import (
    probe_simple_slopes,
    slope_line,
    slopes_from_published,
)
from helpers.models.power.moderation import design_from_fit
from helpers.models.power.simulation import simulate_power
from helpers.models.sem.witness import fit_semopy
from helpers.studies.intersession_alliance.model import (
    MODERATOR,
    OUTCOMES,
    PREDICTOR,
    PRODUCT,
    Rows,
    evaluate_claims,
    fit_outcomes,
    prepare_rows,
    write_model,
)
from helpers.studies.intersession_alliance.twin import (
    CORRELATIONS,
    PRODUCT_SLOPE,
    SCALES,
    simulate_intersession_alliance,
)

FOCAL = OUTCOMES[0]
"""The outcome on which the abstract finds the interplay."""

RELATED, UNRELATED = "isp_actions", "isp_thoughts"
R2_CHANGES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.125, 0.15)
ANALYSES = {
    "classical": "Classical standard error",
    "hc3": "HC3 standard error",
    "percentile": "Bootstrap (percentile)",
    "bca": "Bootstrap (BCa)",
    "with squares": "With the squares of both alliances",
    "without flagged": "Without flagged clients",
    "ranks": "Ranks in place of scores",
    "without covariates": "Without covariates",
    "cr2": "CR2 standard error (clusters)",
    "complete rows": "Complete rows only",
}
READINGS = {
    "as read": "As read",
    "other se": "Other standard error",
    "bootstrap": "Bootstrap",
    "rank": "Rank correlation",
    "coefficient": "Regression coefficient",
    "percentiles": "16th and 84th percentile",
    "holm": "Corrected for several tests",
}


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
    study_power(fitted.full[FOCAL], n_replications=2, **level)


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
    return _stack(tables)


def _stack(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables of probes, one below the other, without what is the same in all rows here."""
    return pd.concat(tables, ignore_index=True).drop(columns=["term", "df"], errors="ignore")


def tabulate_bounds(study: StudyFits) -> pd.DataFrame:
    """Johnson-Neyman bounds of all outcomes with both kinds of standard error."""
    return _stack(jn.table for jn in study.johnson_neyman.values())


def tabulate_regions(study: StudyFits) -> pd.DataFrame:
    """Where in the observed range the slope is significant, all outcomes, both kinds."""
    return _stack(jn.regions for jn in study.johnson_neyman.values())


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
        scale = _scale_terms(fit)
        for kind, table in kinds.items():
            rows = table.set_index("term").loc[[predictor, moderator, product]]
            numbers = rows[["est", "ci_lower", "ci_upper"]].mul(scale[rows.index], axis=0)
            numbers.insert(0, "interval", kind)
            numbers.insert(0, "outcome", outcome)
            tables.append(numbers.rename_axis("term").reset_index())
    columns = ["outcome", "term", "interval", "est", "ci_lower", "ci_upper"]
    return pd.concat(tables, ignore_index=True)[columns]


INTERVALS = {"classical": "Classical", "hc3": "HC3", "cr2": "CR2"}


def _scale_terms(fit: ModerationFit) -> pd.Series:
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


def recover_moderation(*, n: int, n_replications: int, ci_level: float, seed: int) -> pd.DataFrame:
    """Fit the regression of actions to samples from the twin's population, whose truth is known.

    Parameters
    ----------
    n : int
        Clients a sample.
    n_replications : int
    ci_level : float
    seed : int

    Returns
    -------
    DataFrame
        `quantity true mean bias mc_error sd se se_hc3 coverage coverage_hc3 rejected
        n_replications`: the
        product and the slopes of self-alliance at the population's mean of other-alliance and one
        SD either side; the mean of the estimates, its standard error, their SD, root mean squares
        of the two standard errors, the share of intervals that hold the truth, and of classical
        tests that reject zero.
    """
    mean, sd = SCALES[MODERATOR][:2]
    truth = _true_slopes()
    points = [mean - sd, mean, mean + sd]
    # independent rows: one draw, cut into samples
    drawn = simulate_intersession_alliance(
        n=n * n_replications, seed=seed, exact=False, rounded=False
    )
    rows = []
    for first in range(0, len(drawn), n):
        fit = fit_moderation(
            drawn.iloc[first : first + n],
            outcome=FOCAL,
            predictor=PREDICTOR,
            moderator=MODERATOR,
            ci_level=ci_level,
        )
        own = fit.table.iloc[fit.design.columns.get_loc(fit.terms["product"])]
        lines = [slope_line(fit, se_type=kind).evaluate(points) for kind in SE_TYPES]
        rows.append(
            [
                np.append(own["est"], lines[0][0]),
                *(
                    np.append(own[f], line[1])
                    for f, line in zip(("se", "se_hc3"), lines, strict=True)
                ),
            ]
        )
    est, se, se_hc3 = np.array(rows).swapaxes(0, 1)
    critical = stats.t.isf((1 - ci_level) / 2, n - 4)
    return pd.DataFrame(
        {
            "quantity": ["product", "slope_low", "slope_mean", "slope_high"],
            "true": truth,
            "mean": est.mean(axis=0),
            "bias": est.mean(axis=0) - truth,
            "mc_error": est.std(axis=0, ddof=1) / np.sqrt(n_replications),
            "sd": est.std(axis=0, ddof=1),
            "se": np.sqrt((se**2).mean(axis=0)),
            "se_hc3": np.sqrt((se_hc3**2).mean(axis=0)),
            "coverage": (np.abs(est - truth) <= critical * se).mean(axis=0),
            "coverage_hc3": (np.abs(est - truth) <= critical * se_hc3).mean(axis=0),
            "rejected": (np.abs(est) > critical * se).mean(axis=0),
            "n_replications": n_replications,
        }
    )


def _true_slopes() -> np.ndarray:
    """Product and simple slopes of the twin's population on the scales of its columns."""
    pair = [PREDICTOR, MODERATOR]
    r = CORRELATIONS.loc[pair, pair].to_numpy()
    main = np.linalg.solve(r, CORRELATIONS.loc[pair, FOCAL].to_numpy())[0]
    product = PRODUCT_SLOPE / np.sqrt(1 + r[0, 1] ** 2)
    sd_x, sd_w, sd_y = (SCALES[name][1] for name in (PREDICTOR, MODERATOR, FOCAL))
    slopes = (main + product * np.array([-1, 0, 1])) * sd_y / sd_x
    return np.append(product * sd_y / sd_x / sd_w, slopes)


def study_power(
    fit: ModerationFit, *, n_replications: int, ci_level: float, seed: int, se_type: str
) -> pd.DataFrame:
    """How often a study of this size finds an interplay of a given size.

    Returns
    -------
    DataFrame
        `r2_change f2 product power power_lower power_upper analytic_power pattern coverage n
        n_replications`: one row per true change in R2; `product` is the slope of the product of
        z-scores, `pattern` the share of samples that show product, upper slope and no lower slope
        at once.
    """
    # of independent clients, whatever the rows are
    design = design_from_fit(fit, se_type=se_type if se_type in SE_TYPES else SE_TYPES[0])
    exact = dict.fromkeys(design.measures, 1.0)
    populations = {}
    for change in R2_CHANGES:
        try:
            populations[change] = design.population(float(np.sqrt(change)), exact)
        except InputError:  # with what the alliances explain it would be more than all
            break
    result = simulate_power(
        design,
        sizes=[fit.n],
        effects=[float(np.sqrt(change)) for change in populations],
        n_replications=n_replications,
        seed=seed,
        ci_level=ci_level,
        n_jobs=1,
        scheduler="",
        progress=False,
    )
    by_target = dict(iter(result.table.groupby("target", sort=False)))
    table = by_target["product"].reset_index(drop=True)
    head = pd.DataFrame(
        {
            "r2_change": list(populations),
            "f2": [population.f2 for population in populations.values()],
            "product": [population.slopes[2] for population in populations.values()],
        }
    )
    columns = ["power", "power_lower", "power_upper", "analytic_power"]
    return pd.concat([head, table[columns]], axis=1).assign(
        pattern=by_target["pattern"]["power"].to_numpy(),
        coverage=table["coverage"],
        n=fit.n,
        n_replications=n_replications,
    )


def find_detectable(power: pd.DataFrame, *, wanted: float = 0.8, column: str = "power") -> float:
    """The change in R2 at which a power curve reaches the wanted power; NaN where it does not.

    Interpolated between the rows of `study_power`, the curve made monotone by its running maximum.
    """
    curve = power[column].cummax().to_numpy()
    if not curve[0] <= wanted <= curve[-1]:
        return float("nan")
    return float(np.interp(wanted, curve, power["r2_change"]))


def compare_analyses(study: StudyFits, *, outcome: str = FOCAL) -> pd.DataFrame:
    """The product under the analyses that could have been chosen.

    Returns
    -------
    DataFrame
        `analysis n est se pvalue ci_lower ci_upper`, the estimate in SD as `est_std`; bootstrap
        rows have no p. Ranks are standardized ranks of outcome and alliances. Where values were
        imputed, the complete rows stand in the place of what needs one data set.
    """
    fit, data = study.full[outcome], study.rows.complete
    rows = []

    def add(analysis: str, one: ModerationFit, numbers: pd.Series) -> None:
        scale = _scale_terms(one)[one.terms["product"]]
        row = {"analysis": analysis, "n": one.n, "pvalue": numbers.get("pvalue", np.nan)}
        row |= {name: numbers[name] * scale for name in ("est", "se", "ci_lower", "ci_upper")}
        rows.append(row)

    def product_of(one: ModerationFit, kind: str) -> pd.Series:
        table = probe_coefficients(one, se_type=kind)
        return table[table["term"] == one.terms["product"]].iloc[0]

    for kind in study.se_types:
        add(kind, fit, product_of(fit, kind))
    others = {"complete rows": (study.rows.complete, fit.covariates)} if study.rows.imputed else {}
    for kind in ("percentile", "bca") if study.bootstraps else ():
        table = study.bootstraps[outcome].table("parameter", kind=kind).drop(columns="pvalue")
        add(kind, fit, table.set_index("label").loc[fit.terms["product"]])
    if not study.rows.imputed:
        curved = probe_curvature(fit)
        curved = curved[
            (curved["model"] == "with squares") & (curved["term"] == fit.terms["product"])
        ]
        if len(curved):
            add("with squares", fit, curved.iloc[0])
        flagged = study.influence[outcome].cases["flagged"]
        if flagged.any():
            others["without flagged"] = (data[~flagged], fit.covariates)
        if fit.predictor_levels is None and fit.moderator_levels is None:
            names = (outcome, PREDICTOR, MODERATOR)
            ranked = data.assign(**{name: _normalize_ranks(data[name]) for name in names})
            others["ranks"] = (ranked, fit.covariates)
    if fit.covariates:
        others["without covariates"] = (data, ())
    for analysis, (frame, covariates) in others.items():
        try:
            one = Rows((frame,), frame, study.rows.cluster).fit(
                outcome=outcome,
                predictor=PREDICTOR,
                moderator=MODERATOR,
                covariates=covariates,
                ci_level=study.ci_level,
            )
        except InputError:  # what is left after dropping rows cannot be fitted
            continue
        add(analysis, one, product_of(one, study.se_type))
    columns = ["analysis", "n", "est", "se", "pvalue", "ci_lower", "ci_upper"]
    return pd.DataFrame(rows)[columns]


def _normalize_ranks(values: pd.Series) -> pd.Series:
    """Ranks, ties shared, as z-scores."""
    ranks = values.rank()
    return (ranks - ranks.mean()) / ranks.std()


def compare_missing(
    data: pd.DataFrame, *, covariates: Sequence[str], ci_level: float, seed: int, cluster: str = ""
) -> pd.DataFrame:
    """Product and slopes for the focal outcome by complete rows and by imputation.

    Parameters
    ----------
    data : DataFrame
        Incomplete rows included.
    covariates : sequence of str
    ci_level : float
    seed : int
    cluster : str
        With clusters there is no imputation.

    Returns
    -------
    DataFrame
        `choice n label est se pvalue ci_lower ci_upper`: the product, and the slope of
        self-alliance one SD below and above the mean of other-alliance.
    """
    complete = data.dropna()
    choices = {"listwise": Rows((complete,), complete, cluster or None)}
    if not cluster:
        choices["mi"] = prepare_rows(data, covariates=covariates, seed=seed)
    tables = []
    for choice, rows in choices.items():
        fit = fit_outcomes(rows, outcomes=[FOCAL], covariates=covariates, ci_level=ci_level)[FOCAL]
        coefficients = probe_coefficients(fit)
        product = coefficients[coefficients["term"] == fit.terms["product"]].assign(label="product")
        slopes = probe_simple_slopes(fit).rename(columns={"at": "label"})
        table = pd.concat([product, slopes], ignore_index=True).assign(choice=choice, n=fit.n)
        tables.append(table)
    columns = ["choice", "n", "label", "est", "se", "pvalue", "ci_lower", "ci_upper"]
    return pd.concat(tables, ignore_index=True)[columns]


def compare_roles(study: StudyFits, *, outcome: str = FOCAL) -> pd.DataFrame:
    """The same model read both ways: either alliance as the one whose slope depends on the other.

    Returns
    -------
    DataFrame
        `predictor moderator` and the columns of `probe_simple_slopes`, one SD below and above.
    """
    fit = study.full[outcome]
    swapped = study.rows.fit(
        outcome=outcome,
        predictor=MODERATOR,
        moderator=PREDICTOR,
        covariates=fit.covariates,
        ci_level=study.ci_level,
    )
    tables = []
    for one in (fit, swapped):
        slopes = probe_simple_slopes(one, se_type=study.se_type)
        slopes.insert(0, "moderator", one.moderator)
        slopes.insert(0, "predictor", one.predictor)
        tables.append(slopes)
    return _stack(tables)


def judge_absence(claims: pd.DataFrame, rows: Rows, *, ci_level: float) -> pd.DataFrame:
    """What a claim of no relation leaves open: correlations of what size the data exclude.

    Parameters
    ----------
    claims : DataFrame
        As `load_claims` returns them.
    rows : Rows
    ci_level : float
        One minus the two-sided alpha of the tests.

    Returns
    -------
    DataFrame
        `claim x y n r excluded detectable`: correlations at or beyond `excluded` in size are
        rejected by an equivalence test (two one-sided tests by Fisher's z, each at alpha), those
        of `detectable` would be found with 80 % power.
    """
    alpha = 1 - ci_level
    found = []
    absent = claims[(claims["kind"] == "correlation") & (claims["predicate"] == "not_significant")]
    for claim in absent.itertuples():
        row = rows.correlate(claim.x, claim.y, ci_level=ci_level).iloc[0]
        # Fisher's z is normal, but for clusters and imputations
        df = row["df"] if rows.imputed or rows.cluster else np.inf
        low, high = np.arctanh([row["ci_lower"], row["ci_upper"]])
        spread = (high - low) / 2 / stats.t.isf(alpha / 2, df)
        size = np.arctanh(abs(row["r"]))
        found.append(
            {
                "claim": claim.claim,
                "x": claim.x,
                "y": claim.y,
                "n": int(row["n"]),
                "r": row["r"],
                "excluded": np.tanh(size + stats.t.isf(alpha, df) * spread),
                "detectable": np.tanh((stats.t.isf(alpha / 2, df) + stats.norm.ppf(0.8)) * spread),
            }
        )
    columns = ["claim", "x", "y", "n", "r", "excluded", "detectable"]
    return pd.DataFrame(found, columns=columns)


def compare_readings(
    study: StudyFits, claims: pd.DataFrame, *, covariates: Sequence[str]
) -> pd.DataFrame:
    """Each claim under other readings of the same sentence.

    Parameters
    ----------
    study : StudyFits
    claims : DataFrame
        As `load_claims` returns them.
    covariates : sequence of str

    Returns
    -------
    DataFrame
        `claim reading est pvalue holds`, the readings of `READINGS` that apply: the other kind
        of standard error, bootstrap percentile intervals (no p), Spearman's in place of Pearson's
        correlation, a coefficient beside the other alliance (for progress: beside the other three
        variables), slopes at the 16th and 84th percentile, and Holm's correction over all claims
        of a relation. Ranks are tried on complete and independent rows only, bootstrap intervals
        on complete ones.
    """
    alpha, data = 1 - study.ci_level, study.rows
    options = {"covariates": covariates, "ci_level": study.ci_level}
    read = evaluate_claims(data, claims, se_type=study.se_type, **options)
    other = next(kind for kind in study.se_types if kind != study.se_type)
    by_other = evaluate_claims(data, claims, se_type=other, **options)
    related = claims.loc[claims["predicate"] == "positive", "id"]
    holm = multipletests(read.loc[related, "pvalue"], method="holm")[1]
    adjusted = dict(zip(related, holm, strict=True))
    at_sd: dict[str, Bootstrap] = {}
    rows = []

    def add(claim: tuple, reading: str, est: float, pvalue: float) -> None:
        found = pvalue < alpha
        holds = bool(found and est > 0) if claim.predicate == "positive" else not found
        rows.append((claim.claim, reading, est, pvalue, holds))

    for claim in claims.itertuples():
        add(claim, "as read", *read.loc[claim.id, ["est", "pvalue"]])
        if claim.kind == "correlation":
            if not data.imputed and not data.cluster:
                rank = stats.spearmanr(data.complete[claim.x], data.complete[claim.y])
                add(claim, "rank", rank.statistic, rank.pvalue)
            add(claim, "coefficient", *_coefficient_reading(study, claim, covariates))
        else:
            add(claim, "other se", *by_other.loc[claim.id, ["est", "pvalue"]])
            if study.bootstraps and claim.y not in at_sd:
                at_sd[claim.y] = bootstrap_moderation(
                    study.full[claim.y], n_boot=study.n_boot, seed=study.seed
                )
            if study.bootstraps:
                rows.append(_bootstrap_reading(study.full[claim.y], at_sd[claim.y], claim))
        if claim.kind == "simple_slope" and study.full[claim.y].moderator_levels is None:
            slopes = probe_simple_slopes(
                study.full[claim.y], at="percentiles", se_type=study.se_type
            )
            row = slopes.iloc[0 if float(claim.at) < 0 else -1]
            add(claim, "percentiles", row["est"], row["pvalue"])
        if claim.id in adjusted:
            add(claim, "holm", read.loc[claim.id, "est"], adjusted[claim.id])
    return pd.DataFrame(rows, columns=["claim", "reading", "est", "pvalue", "holds"])


def _coefficient_reading(study, claim, covariates):
    """Value and p of a relation as a coefficient in a regression."""
    if claim.x != "progress":
        fit = study.main_effects[claim.y]
        term = fit.terms["predictor" if claim.x == PREDICTOR else "moderator"]
    else:
        fit = study.rows.fit(
            outcome=claim.x,
            predictor=PREDICTOR,
            moderator=MODERATOR,
            covariates=(RELATED, UNRELATED, *covariates),
            interaction=False,
        )
        places = {PREDICTOR: fit.terms["predictor"], MODERATOR: fit.terms["moderator"]}
        term = places.get(claim.y, claim.y)
    row = probe_coefficients(fit, se_type=study.se_type).set_index("term").loc[term]
    return row["est"], row["pvalue"]


def _bootstrap_reading(fit, boot, claim):
    """Whether a percentile interval of the claim's quantity excludes zero, on the right side."""
    if claim.kind == "product":
        row = boot.parameters.set_index("label").loc[fit.terms["product"]]
    else:
        row = boot.table("simple_slope").iloc[0 if float(claim.at) < 0 else -1]
    est, low, high = row[["est", "ci_lower", "ci_upper"]]
    found = low > 0 or (high < 0 and claim.predicate != "positive")
    holds = found if claim.predicate == "positive" else not found
    return claim.claim, "bootstrap", est, np.nan, bool(holds)


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
