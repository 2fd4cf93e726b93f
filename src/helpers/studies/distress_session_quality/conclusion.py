"""Stefana (2026): what its conclusion rests on: choices, confounding, measurement error."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.errors import InputError
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import PathFit, fit_path_covariance, normal_theory_parameters
from helpers.printed.numbers import load_published, parse_printed
from helpers.studies.distress_session_quality.model import (
    ALLIANCE,
    CLUSTER,
    PATH_LABELS,
    SessionScores,
    write_model,
)
from helpers.studies.distress_session_quality.results import (
    ORDERS,
    StudyFits,
    compute_task_share,
    fit_model,
)

FOCAL = "ind_task_total"
ROUTES = ("ind_rr", *(f"ind_{a}_total" for a in ALLIANCE))
ERRORS = {"se_ml": "Normal theory", "se_mlr": "Robust", "se_cluster": "Cluster-robust"}
RELIABILITIES = {"rri": "rri", "task": "wai_task", "goal": "wai_goal", "bond": "wai_bond"}


def trace_specifications(study: StudyFits, *, ci_level: float) -> pd.DataFrame:
    """The route through task under every set of covariates, order and kind of standard error.

    Parameters
    ----------
    study : StudyFits
        Its covariates are those that can be left out.
    ci_level : float

    Returns
    -------
    DataFrame
        One row per specification: a column of True or False for each covariate, `order`, `errors`
        (None where values are missing), `est se ci_lower ci_upper` of the route through task,
        `total`, `share` of the total effect (NaN where its parts differ in sign) and `largest`,
        whether no other route is larger in size. Where values are missing the estimates come from
        the estimated covariance matrix, which has no standard errors of its own.

    Notes
    -----
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behavior, 4(11), 1208-1214. https://doi.org/10.1038/s41562-020-0912-z
    """
    own = study.scores.dummies.groupby("covariate", sort=False)["name"].apply(list)
    rows = []
    for size in range(len(own) + 1):
        for chosen in combinations(own.index, size):
            dummies = [name for covariate in chosen for name in own[covariate]]
            used = {covariate: covariate in chosen for covariate in own.index}
            for variant, order in ORDERS.items():
                model = write_model(dummies, variant=variant)
                rows += [used | {"order": order} | row for row in _specify(model, study, ci_level)]
    return pd.DataFrame(rows)


def _specify(model: str, study: StudyFits, ci_level: float) -> list[dict[str, object]]:
    """The route through task in one model, a row for each kind of standard error."""
    if study.scores.incomplete:
        variables = study.full.structure.variables
        moments = pd.DataFrame(study.full.moments, index=variables, columns=variables)
        tables = {None: fit_path_covariance(model, moments, n=study.full.n).parameters}
        tables[None] = tables[None].assign(se=np.nan)
    else:
        frame = study.scores.frame
        single = SessionScores(frame.drop(columns=CLUSTER, errors="ignore"), study.scores.dummies)
        fit = fit_model(model, single, estimator="MLR", ci_level=ci_level)
        tables = {"se_ml": normal_theory_parameters(fit), "se_mlr": fit.parameters}
        if study.scores.cluster:
            clustered = fit_model(model, study.scores, estimator="MLR", ci_level=ci_level)
            tables = {"se_mlr": fit.parameters, "se_cluster": clustered.parameters}
    half = norm.isf((1 - ci_level) / 2)
    rows = []
    for errors, table in tables.items():
        effects = table[table["op"] == ":="].set_index("label")
        est, se = effects["est"], effects["se"][FOCAL]
        rows.append(
            {
                "errors": ERRORS.get(errors),
                "est": est[FOCAL],
                "se": se,
                "ci_lower": est[FOCAL] - half * se,
                "ci_upper": est[FOCAL] + half * se,
                "total": est["total"],
                "share": compute_task_share(est, of="total"),
                "largest": bool(est[list(ROUTES)].abs().idxmax() == FOCAL),
            }
        )
    return rows


def find_confounding(fit: PathFit, *, ci_level: float) -> pd.DataFrame:
    """How strongly a mediator and quality must be confounded for the mediator's path to vanish.

    Parameters
    ----------
    fit : PathFit
        The full model.
    ci_level : float

    Returns
    -------
    DataFrame
        One row per mediator: `mediator`, `est` (its path to quality), `rho` (the correlation of the
        unique part of the mediator with the residual of quality at which the path is zero),
        `rho_limit`
        (at which the limit of the path's interval that is nearer to zero is; 0 where the interval
        includes it) and `r_squared` (rho squared).

    Notes
    -----
    With e_M what all other predictors of quality leave of the mediator, s its standard deviation,
    and s_Q that of quality's residual, a correlation rho of e_M with the structural residual of
    quality changes least squares by rho / √(1 − rho²) s_Q / s. So the path is zero where rho is the
    partial correlation of mediator and quality. The correlation of residuals as the measure of
    sensitivity: Imai, K., Keele, L., & Tingley, D. (2010). A general approach to causal mediation
    analysis. Psychological Methods, 15(4), 309-334. https://doi.org/10.1037/a0020761
    """
    names = list(fit.structure.variables)
    precision = np.linalg.inv(fit.moments)
    quality = names.index("ses")
    table = normal_theory_parameters(fit)
    paths = table[(table["lhs"] == "ses") & (table["op"] == "~")].set_index("rhs")
    rows = []
    for mediator in ("rri", *ALLIANCE):
        k = names.index(mediator)
        rho = -precision[k, quality] / np.sqrt(precision[k, k] * precision[quality, quality])
        est, se = paths.loc[mediator, ["est", "se"]]
        nearer = max(abs(est) - norm.isf((1 - ci_level) / 2) * se, 0.0) / abs(est)
        odds = nearer * rho / np.sqrt(1 - rho**2)
        rows.append((mediator, est, rho, odds / np.sqrt(1 + odds**2), rho**2))
    return pd.DataFrame(rows, columns=["mediator", "est", "rho", "rho_limit", "r_squared"])


def load_reliabilities(data: pd.DataFrame) -> pd.Series:
    """Return the printed omegas as reliabilities of the scores of the model.

    Parameters
    ----------
    data : DataFrame
        Columns `phq9` and `gad7`, whose variances and covariance the reliability of distress,
        their mean, depends on.

    Returns
    -------
    Series
        By variable. That of distress is 1 less the error variances of the two totals, over the
        variance of their sum.
    """
    printed = load_published("distress_session_quality", "sample")["printed"]

    def omega(name: str) -> float:
        return parse_printed(printed[f"{name}_omega"]).value

    both = data[["phq9", "gad7"]].dropna()
    noise = sum((1 - omega(name)) * both[name].var() for name in both)
    found = {"distress": 1 - noise / both.sum(axis=1).var()}
    found |= {name: omega(scale) for name, scale in RELIABILITIES.items()}
    return pd.Series(found | {"ses": omega("ses")}, name="reliability")


def remove_measurement_error(
    study: StudyFits, reliability: Mapping[str, float], *, ci_level: float
) -> pd.DataFrame:
    """The paths and routes among what the scales measure without error.

    Each score is the single indicator of a latent variable, with the error variance that its
    reliability leaves; covariates are taken as measured without error.

    Parameters
    ----------
    study : StudyFits
    reliability : mapping of str to float
        By variable.
    ci_level : float

    Returns
    -------
    DataFrame
        `label observed est se ci_lower ci_upper`, one row per path and route, standardized;
        `observed` is the estimate that takes scores as they are. NaN where there is no solution.
    """
    dummies = study.scores.dummies["name"].tolist()
    labels = [*PATH_LABELS.values(), *ROUTES, "ind_total", "total"]
    observed = _by_label(study.full.standardized)["est"].reindex(labels)
    table = pd.DataFrame({"observed": observed})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            fit = fit_sem(
                _write_latent(study.full, reliability, dummies),
                study.scores.frame,
                estimator="MLR",
                missing="fiml" if study.scores.incomplete else "error",
                cluster=study.scores.cluster,
                ci_level=ci_level,
            )
        found = _by_label(fit.standardized).reindex(labels)
        if any("improper" in note for note in fit.notes):
            found[:] = np.nan
    except InputError:  # the errors leave no variance, or no matrix that data could have
        found = pd.DataFrame(np.nan, index=labels, columns=["est", "se", "ci_lower", "ci_upper"])
    columns = ["est", "se", "ci_lower", "ci_upper"]
    return table.join(found[columns]).rename_axis("label").reset_index()


def _by_label(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["label"] != ""].drop_duplicates("label").set_index("label")


def _write_latent(fit: PathFit, reliability: Mapping[str, float], dummies: Sequence[str]) -> str:
    """The full model among latent variables `true_...`, each measured by its score."""
    variance = dict(zip(fit.structure.variables, np.diag(fit.moments), strict=True))
    model = re.sub(rf"\b({'|'.join(reliability.keys())})\b", r"true_\1", write_model(dummies))
    lines = [model]
    if dummies:  # with observed variables an exogenous latent one would be taken as unrelated
        lines.append(f"true_distress ~ {' + '.join(dummies)}")
    for name, value in reliability.items():
        lines += [
            f"true_{name} =~ 1*{name}",
            f"{name} ~~ {(1 - value) * variance[name]:.15g}*{name}",
        ]
    return "\n".join(lines)
