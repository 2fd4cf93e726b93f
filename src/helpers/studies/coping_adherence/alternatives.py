"""Mohebbi Sheikhlari et al. (2026): the choices that could differ, and samples with known paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap
from helpers.models.pls.counterparts import compare_estimates, fit_sum_scores
from helpers.models.pls.model import PLSFit, fit_pls
from helpers.models.pls.recovery import recover_pls
from helpers.printed.numbers import load_published, load_source
from helpers.studies.coping_adherence.common_factors import fit_common_factors
from helpers.studies.coping_adherence.model import (
    STUDY,
    compare_n_boot,
    fit_construct_correlations,
)
from helpers.studies.coping_adherence.results import KEYS, LIMITS, StudyFit, bootstrap_quietly

WEIGHTINGS = {"path": "path weighting", "factor": "factor weighting"}

MODES = {"A": "mode A", "B": "mode B", "unit": "equal weights"}


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
                boot = bootstrap_quietly(
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
    return table[["analysis", *KEYS, "label", "est", "se", *LIMITS, "n_failed"]]


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
    table = compare_estimates(found).reindex(columns=[*KEYS, *methods])
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
            boot = bootstrap_quietly(
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
        table = boot.table("path", kind="percentile")[[*KEYS, "est", "se", *LIMITS]]
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
