"""Stefana (2026): its claims, its printed numbers, and the choices that could have been others."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from helpers.data.datasets import Dataset
from helpers.errors import InputError
from helpers.models.inference.clusters import intraclass_correlations, require_clusters
from helpers.models.inference.draws import Bootstrap
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.general import SemFit, fit_sem
from helpers.models.sem.likelihood import implied_moments
from helpers.models.sem.model import (
    PathFit,
    fit_path_covariance,
    fit_path_model,
    normal_theory_parameters,
)
from helpers.models.sem.refits import bootstrap_sem, monte_carlo_ci
from helpers.printed.claims import ABSENT, CLAIM_COLUMNS, judge_sign
from helpers.printed.ledger import compare_quantities, list_quantities, load_ledger
from helpers.studies.distress_session_quality.model import (
    ALLIANCE,
    CLUSTER,
    EFFECTS,
    LABELS,
    PATH_LABELS,
    SHARES,
    STUDY,
    SessionScores,
    score_sessions,
    write_model,
)

MODELS = {"full": "Full", "task_only": "Task-only", "equal_alliance": "Equal-alliance"}
COVARIATE_SETS = {
    "none": (),
    "demographic": ("age_group", "gender", "ethnicity"),
    "clinical": ("diagnosis", "treatment_length", "treatment_frequency", "treatment_setting"),
}
ORDERS = {
    "full": "RR before alliance",
    "alliance_first": "Alliance before RR",
    "unordered": "Side by side",
}


@dataclass(frozen=True)
class StudyFits:
    """The models of the paper fitted to one data set.

    Attributes
    ----------
    scores : SessionScores
    fits : mapping of str to PathFit or SemFit
        "full", "task_only", "equal_alliance"; `SemFit` where values are missing or rows belong
        together.
    full : PathFit
        The full model from the covariance matrix alone, which is estimated where values are
        missing: the same estimates, for what needs no rows.
    bootstrap, task_only_bootstrap : Bootstrap
        Of the full and of the Task-only model; whole clusters are drawn where there are any.
    """

    scores: SessionScores
    fits: Mapping[str, PathFit | SemFit]
    full: PathFit
    bootstrap: Bootstrap
    task_only_bootstrap: Bootstrap


def fit_study(
    data: pd.DataFrame,
    *,
    covariates: Sequence[str],
    estimator: str,
    n_boot: int,
    ci_level: float,
    seed: int,
    cluster: str = "",
) -> StudyFits:
    """Fit the full, the Task-only and the Equal-alliance model and bootstrap the first two.

    Where values are missing the models are fitted by full-information maximum likelihood, with
    exogenous variables random; where `cluster` names a column of `data`, standard errors and tests
    are robust to likeness within its values, and whole clusters are drawn.
    """
    if cluster:
        require_clusters(data, cluster)
    scores = score_sessions(data, covariates=covariates, cluster=cluster)
    dummies = scores.dummies["name"].tolist()
    models = {name: write_model(dummies, variant=name) for name in MODELS}
    fits = {
        name: fit_model(model, scores, estimator=estimator, ci_level=ci_level)
        for name, model in models.items()
    }
    full = fits["full"]
    if isinstance(full, SemFit):
        full = fit_path_covariance(models["full"], full.implied, n=full.n, ci_level=ci_level)
    boots = [
        _bootstrap(models[name], scores, n_boot=n_boot, ci_level=ci_level, seed=seed)
        for name in ("full", "task_only")
    ]
    return StudyFits(scores, fits, full, *boots)


def fit_model(
    model: str, scores: SessionScores, *, estimator: str, ci_level: float
) -> PathFit | SemFit:
    """Fit one model by what the rows ask for; the report shows the notes of a result, not warnings.

    Returns
    -------
    PathFit or SemFit
        `SemFit` where values are missing or rows belong together.
    """
    options = {"estimator": estimator, "ci_level": ci_level}
    if not scores.incomplete and not scores.cluster:
        return fit_path_model(model, scores.frame, **options)
    missing = "fiml" if scores.incomplete else "error"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return fit_sem(model, scores.frame, missing=missing, cluster=scores.cluster, **options)


def _bootstrap(model: str, scores: SessionScores, **options) -> Bootstrap:
    """Bootstrap without warnings; the report shows the notes of the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if scores.incomplete:
            fit = fit_model(model, scores, estimator="ML", ci_level=options["ci_level"])
            return bootstrap_sem(fit, **options)
        return bootstrap_path_model(model, scores.frame, cluster=scores.cluster, **options)


def tabulate_likeness(
    data: pd.DataFrame, *, variables: Sequence[str], cluster: str, ci_level: float
) -> pd.DataFrame:
    """Share of each measure's variance between clusters: `column icc icc_lower icc_upper`."""
    table = intraclass_correlations(data, variables=variables, cluster=cluster, ci_level=ci_level)
    names = {"variable": "column", "ci_lower": "icc_lower", "ci_upper": "icc_upper"}
    return table.rename(columns=names)[["column", "icc", "icc_lower", "icc_upper"]]


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
    options = {name: parameters[name] for name in ("covariates", "estimator", "ci_level", "seed")}
    tabulate_collinearity(fit_study(data.frame, n_boot=TRIAL_DRAWS, **options).full)


def tabulate_paths(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the twelve paths among the focal variables, in the order of the paper."""
    paths = table[table["op"] == "~"].set_index(["lhs", "rhs"])
    return (
        paths.loc[list(PATH_LABELS)]
        .reset_index()
        .reindex(columns=list(table.columns))
        .reset_index(drop=True)
    )


def tabulate_parameters(boot: Bootstrap) -> pd.DataFrame:
    """Every parameter with the limits by which it is judged.

    One criterion for each kind of effect: a path and a covariance rest on p, their estimate over
    the bootstrap standard error, and have its limits; a defined effect, whose draws
    are skewed, has its percentile limits and rests on them.
    """
    table, normal = boot.table("parameter"), boot.table("parameter", kind="normal")
    columns = ["ci_lower", "ci_upper", "mc_error_lower", "mc_error_upper"]
    table[columns] = table[columns].where(table["op"] == ":=", normal[columns])
    return table


def tabulate_effects(table: pd.DataFrame, names: Sequence[str] = tuple(EFFECTS)) -> pd.DataFrame:
    """Rows of the defined effects, in the order of the paper."""
    return table.set_index("label").loc[list(names)].reset_index()[list(table.columns)]


def tabulate_r_squared(boot: Bootstrap) -> pd.DataFrame:
    """`outcome est se ci_lower ci_upper mc_error_lower mc_error_upper`."""
    table = boot.table("r_squared").rename(columns={"lhs": "outcome"})
    return table.drop(columns=["op", "rhs", "label", "z", "pvalue"])


def tabulate_covariates(table: pd.DataFrame, scores: SessionScores) -> pd.DataFrame:
    """Coefficients of the dummies in every equation, with `covariate label reference`."""
    rows = table[(table["op"] == "~") & table["rhs"].isin(scores.dummies["name"])]
    names = scores.dummies.drop(columns="n").rename(columns={"label": "category"})
    return rows.merge(names, left_on="rhs", right_on="name").drop(columns=["name", "label"])


def name_terms(table: pd.DataFrame, scores: SessionScores) -> pd.Series:
    """Name the dummy that a row is about, as `gender[man]`; NA where it is about none."""
    dummies = scores.dummies
    names = dict(
        zip(dummies["name"], dummies["covariate"] + "[" + dummies["label"] + "]", strict=True)
    )
    return table["rhs"].map(names).fillna(table["lhs"].map(names))


def tabulate_comparisons(fits: Mapping[str, PathFit]) -> pd.DataFrame:
    """Each constrained model against the full one: `model` and the columns of `compare_models`."""
    rows = {
        name: compare_models(fits[name], fits["full"]) for name in ("task_only", "equal_alliance")
    }
    return pd.DataFrame(rows).T.rename_axis("model").reset_index()


def tabulate_fit_measures(fits: Mapping[str, PathFit]) -> pd.DataFrame:
    """`model measure value`, by lavaan's names."""
    tables = [
        fit.fit_measures.rename_axis("measure").reset_index(name="value").assign(model=name)
        for name, fit in fits.items()
    ]
    return pd.concat(tables, ignore_index=True)[["model", "measure", "value"]]


def compare_with_paper(study: StudyFits) -> pd.DataFrame:
    """Every printed result beside the computed one, as `compare_published` returns it."""
    return compare_quantities(STUDY, load_ledger(STUDY), compute_quantities(study))


def compute_quantities(study: StudyFits) -> pd.DataFrame:
    """Compute what the paper prints: `quantity reproduced`, by the names of the ledger."""
    full = study.bootstrap.parameters
    tests = {"est": "est", "se": "se", "p": "pvalue"}
    limits = {"ci_lower": "ci_lower", "ci_upper": "ci_upper"}
    shares = tabulate_effects(study.fits["task_only"].parameters, tuple(SHARES))
    return pd.concat(
        [
            list_quantities(_label(tabulate_paths(full)), tests, of="of"),
            list_quantities(tabulate_effects(full), tests | limits, of="label"),
            list_quantities(shares, {"est": "est"}, of="label"),
            _name_comparisons(study.fits),
            list_quantities(tabulate_r_squared(study.bootstrap), {"r2": "est"}, of="outcome"),
        ],
        ignore_index=True,
    )


def _label(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(of=table["rhs"] + " -> " + table["lhs"])


def _name_comparisons(fits: Mapping[str, PathFit]) -> pd.DataFrame:
    table = tabulate_comparisons(fits)
    suffix = "_scaled" if "cfi_scaled_diff" in table else ""
    names = {
        "delta_cfi": "cfi_loss",
        "delta_rmsea": f"rmsea{suffix}_diff",
        "delta_srmr": "srmr_diff",
        "chisq_diff": "chisq_diff",
        "df_diff": "df_diff",
        "p": "pvalue",
    }
    return list_quantities(table.assign(cfi_loss=-table[f"cfi{suffix}_diff"]), names, of="model")


def judge_claims(study: StudyFits) -> pd.DataFrame:
    """Whether the paper's findings hold on these data, each by what the paper rests it on.

    Returns
    -------
    DataFrame
        `claim`, `statistic` (label of the path or effect), `est`, `pvalue`, `ci_lower`,
        `ci_upper`, `rule` (p for paths, the interval for effects), `holds`.

    Notes
    -----
    A sign holds when p is below 1 less the confidence level, or the interval lies on that side of
    zero. "No reliable association" holds when that is not so, which is weak evidence of absence.
    """
    table = tabulate_parameters(study.bootstrap).drop_duplicates("label").set_index("label")
    claims = [
        ("Distress is associated with a weaker real relationship", "rri_on_distress", "negative"),
        ("Distress is associated with poorer task agreement", "task_on_distress", "negative"),
        ("No reliable path from distress to goal", "goal_on_distress", ABSENT),
        ("No reliable path from distress to bond", "bond_on_distress", ABSENT),
        *(
            (f"Real relationship is associated with {LABELS[a].lower()}", f"{a}_on_rri", "positive")
            for a in ALLIANCE
        ),
        *(
            (f"{LABELS[a]} is uniquely related to session quality", f"ses_on_{a}", "positive")
            for a in ALLIANCE
        ),
        ("Real relationship is uniquely related to session quality", "ses_on_rri", "positive"),
        ("Distress has a direct path to session quality", "ses_on_distress", "negative"),
        ("Indirect association through task", "ind_task_total", "negative"),
        ("Indirect association through bond", "ind_bond_total", "negative"),
        ("Indirect association through the real relationship only", "ind_rr", "negative"),
        ("The route through task exceeds that through goal", "task_minus_goal", "negative"),
        ("The route through task exceeds that through bond", "task_minus_bond", "negative"),
        ("Goal and bond routes do not differ", "goal_minus_bond", ABSENT),
    ]
    rows = []
    for claim, label, asked in claims:
        by = "p" if label in PATH_LABELS.values() else "interval"
        judged = judge_sign(asked, table.loc[label], ci_level=study.bootstrap.ci_level, by=by)
        rows.append({"claim": claim, "statistic": label} | judged)
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS)).astype({"holds": "boolean"})


def compare_covariate_sets(
    data: pd.DataFrame,
    *,
    covariates: Sequence[str],
    n_boot: int,
    ci_level: float,
    seed: int,
    cluster: str = "",
) -> pd.DataFrame:
    """The main effects under no covariates, subsets of the chosen ones, and all of them.

    Returns
    -------
    DataFrame
        `analysis label est se ci_lower ci_upper`, intervals as of `_main_effects`.
    """
    chosen = {
        name: tuple(c for c in members if c in covariates)
        for name, members in COVARIATE_SETS.items()
    }
    sets = {name: c for name, c in chosen.items() if name == "none" or c}
    sets["all chosen"] = tuple(covariates)
    distinct = {members: name for name, members in sets.items()}
    tables = []
    for members, name in distinct.items():
        scores = score_sessions(data, covariates=members, cluster=cluster)
        model = write_model(scores.dummies["name"].tolist())
        table = _main_effects(model, scores, n_boot=n_boot, ci_level=ci_level, seed=seed)
        tables.append(table.assign(analysis=name))
    return pd.concat(tables, ignore_index=True)


def compare_orders(
    scores: SessionScores, *, n_boot: int, ci_level: float, seed: int
) -> pd.DataFrame:
    """The decomposition when the alliance precedes the real relationship, or neither does."""
    dummies = scores.dummies["name"].tolist()
    tables = []
    for variant, name in ORDERS.items():
        model = write_model(dummies, variant=variant)
        table = _main_effects(model, scores, n_boot=n_boot, ci_level=ci_level, seed=seed)
        tables.append(table.assign(analysis=name))
    return pd.concat(tables, ignore_index=True)


def compare_missing(
    data: pd.DataFrame, *, covariates: Sequence[str], ci_level: float, cluster: str = ""
) -> pd.DataFrame:
    """The main effects by complete rows and by full-information maximum likelihood.

    Parameters
    ----------
    data : DataFrame
        Incomplete rows included.
    covariates : sequence of str
    ci_level : float
    cluster : str

    Returns
    -------
    DataFrame
        `choice n label est se ci_lower ci_upper`, robust normal limits; a choice without a
        solution is left out.
    """
    names = ["ind_rr", *(f"ind_{a}_total" for a in ALLIANCE), "ind_total", "total"]
    tables = []
    for choice, frame in {"listwise": data.dropna(), "fiml": data}.items():
        try:
            scores = score_sessions(frame, covariates=covariates, cluster=cluster)
            model = write_model(scores.dummies["name"].tolist())
            fit = fit_model(model, scores, estimator="MLR", ci_level=ci_level)
        except InputError:  # too few rows are complete
            continue
        table = tabulate_effects(fit.parameters, names)
        columns = ["label", "est", "se", "ci_lower", "ci_upper"]
        tables.append(table[columns].assign(choice=choice, n=len(frame)))
    return pd.concat(tables, ignore_index=True)


def compute_task_share(est: pd.Series, *, of: str = "ind_total") -> float:
    """Return the part of an effect that runs through task.

    Parameters
    ----------
    est : Series of float
        Estimates by label: `ind_rr`, the totals via task, goal and bond, `ind_total` and `total`.
    of : {"ind_total", "total"}

    Returns
    -------
    float
        NaN where the parts of the effect differ in sign, for then there is no share.
    """
    parts = [est["ind_rr"], *(est[f"ind_{a}_total"] for a in ALLIANCE)]
    if of == "total":
        parts.append(est["total"] - est["ind_total"])
    one_sign = (np.sign(parts) == np.sign(est[of])).all()
    return float(est["ind_task_total"] / est[of]) if one_sign else float("nan")


def _main_effects(model: str, scores: SessionScores, **options) -> pd.DataFrame:
    """Routes and totals with intervals: `label est se ci_lower ci_upper`.

    Percentile bootstrap limits; where values are missing, Monte Carlo limits from robust standard
    errors, as each draw would be a search of its own.
    """
    names = ["ind_rr", *(f"ind_{a}_total" for a in ALLIANCE), "ind_total", "total"]
    if scores.incomplete:
        fit = fit_model(model, scores, estimator="MLR", ci_level=options["ci_level"])
        table = monte_carlo_ci(fit, ci_level=options["ci_level"], seed=options["seed"])
    else:
        table = _bootstrap(model, scores, **options).parameters
    return tabulate_effects(table, names)[["label", "est", "se", "ci_lower", "ci_upper"]]


def compare_standard_errors(study: StudyFits) -> pd.DataFrame:
    """Normal-theory, robust, cluster-robust and bootstrap SEs of the paths and effects.

    Returns
    -------
    DataFrame
        `label est se_ml se_mlr se_bootstrap ratio`, the ratio of bootstrap to normal theory, and
        `se_cluster` where rows belong together.
    """
    scores = study.scores
    model = write_model(scores.dummies["name"].tolist())
    single = SessionScores(scores.frame.drop(columns=CLUSTER, errors="ignore"), scores.dummies)
    robust = fit_model(model, single, estimator="MLR", ci_level=study.bootstrap.ci_level)
    tables = {"se_ml": _normal_theory(model, single, robust), "se_mlr": robust.parameters}
    if scores.cluster:
        tables["se_cluster"] = fit_model(
            model, scores, estimator="MLR", ci_level=study.bootstrap.ci_level
        ).parameters
    tables["se_bootstrap"] = study.bootstrap.parameters
    rows = {
        name: pd.concat([tabulate_paths(table), tabulate_effects(table)]).set_index("label")
        for name, table in tables.items()
    }
    table = pd.DataFrame({"est": rows["se_ml"]["est"], **{k: t["se"] for k, t in rows.items()}})
    return table.assign(ratio=table["se_bootstrap"] / table["se_ml"]).reset_index()


def _normal_theory(model: str, scores: SessionScores, robust: PathFit | SemFit) -> pd.DataFrame:
    if isinstance(robust, PathFit):
        return normal_theory_parameters(robust)
    return fit_model(model, scores, estimator="ML", ci_level=robust.ci_level).parameters


def tabulate_correlations(fit: PathFit) -> pd.DataFrame:
    """Correlations of the six scores, one row per pair: `x y r`."""
    names = list(fit.structure.variables)
    sd = np.sqrt(np.diag(fit.moments))
    r = pd.DataFrame(fit.moments / np.outer(sd, sd), index=names, columns=names)
    rows = [(x, y, r.loc[x, y]) for x, y in combinations(LABELS, 2)]
    return pd.DataFrame(rows, columns=["x", "y", "r"])


def tabulate_collinearity(fit: PathFit) -> pd.DataFrame:
    """Variance inflation of each focal predictor of session quality: `variable vif tolerance`."""
    names = fit.structure.variables
    moments = pd.DataFrame(fit.moments, index=names, columns=names).drop(index="ses", columns="ses")
    vif = np.diag(np.linalg.inv(moments)) * np.diag(moments)
    focal = ["distress", "rri", *ALLIANCE]
    vif = pd.Series(vif, index=moments.index)[focal].to_numpy()
    return pd.DataFrame({"variable": focal, "vif": vif, "tolerance": 1 / vif})


def vary_residual_correlations(
    fit: PathFit, *, shifts: Sequence[float] = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.15)
) -> pd.DataFrame:
    """What depends on the residual correlations of task, goal and bond, which are not printed.

    All paths and all R2 stay as they are; the three residual correlations are moved together on
    the Fisher z scale, and the paper's further analyses are run on the covariance matrix that
    follows.

    Parameters
    ----------
    fit : PathFit
        The full model.
    shifts : sequence of float
        Changes of Fisher's z.

    Returns
    -------
    DataFrame
        `shift task_goal task_bond goal_bond`, the Task-only shares, `chisq_task_only` and
        `chisq_equal_alliance` (normal theory), and `est`, `se` and `z` of the contrast of the task
        and the goal path to session quality.
    """
    structure = fit.structure
    places = {
        frozenset((t.lhs, t.rhs)): structure.parameter[k]
        for k, t in enumerate(structure.terms)
        if t.op == "~~"
    }
    pairs = [("task", "goal"), ("task", "bond"), ("goal", "bond")]
    sd = {a: np.sqrt(fit.theta[places[frozenset((a,))]]) for a in ALLIANCE}
    dummies = [x for x in structure.exogenous if x != "distress"]
    rows = []
    for shift in shifts:
        theta, row = fit.theta.copy(), {"shift": shift}
        for a, b in pairs:
            place = places[frozenset((a, b))]
            r = np.tanh(np.arctanh(theta[place] / (sd[a] * sd[b])) + shift)
            theta[place] = r * sd[a] * sd[b]
            row[f"{a}_{b}"] = r
        moments = _compensate(structure, theta, fit.moments)
        if moments is None:
            continue
        rows.append(row | _reanalyze(moments, structure.variables, dummies, fit.n))
    return pd.DataFrame(rows)


def _compensate(structure, theta, moments):
    """Implied moments with the residual variance of session quality set to keep its variance."""
    place = structure.parameter[
        next(k for k, t in enumerate(structure.terms) if t.lhs == t.rhs == "ses")
    ]
    ses = structure.variables.index("ses")
    surplus = implied_moments(structure, theta, moments)[ses, ses] - moments[ses, ses]
    theta[place] -= surplus
    if theta[place] <= 0:
        return None
    return implied_moments(structure, theta, moments)


def _reanalyze(moments, variables, dummies, n):
    covariance = pd.DataFrame(moments, index=variables, columns=variables)
    contrast = "\ntask_minus_goal_path := ses_on_task - ses_on_goal"
    full = fit_path_covariance(write_model(dummies) + contrast, covariance, n=n)
    task_only = fit_path_covariance(write_model(dummies, variant="task_only"), covariance, n=n)
    equal = fit_path_covariance(write_model(dummies, variant="equal_alliance"), covariance, n=n)
    shares = task_only.parameters.set_index("label")["est"][list(SHARES)].to_dict()
    path = full.parameters.set_index("label").loc["task_minus_goal_path"]
    return shares | {
        "chisq_task_only": task_only.fit_measures["chisq"],
        "chisq_equal_alliance": equal.fit_measures["chisq"],
        "est": path["est"],
        "se": path["se"],
        "z": path["z"],
    }
