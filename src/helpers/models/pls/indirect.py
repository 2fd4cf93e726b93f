"""Indirect effects of a composite model: bootstrap limits beside Sobel's family and the VAF."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.draws import Bootstrap
from helpers.models.inference.intervals import normal_pvalue
from helpers.models.pls.model import PLSFit
from helpers.models.pls.specification import chain_label, chain_steps

__all__ = ["indirect_effects", "product_tests"]

PRODUCT_TESTS = {"sobel": 0.0, "aroian": 1.0, "goodman": -1.0}
"""The sign with which the product of the two squared standard errors enters the variance."""


def product_tests(a: float, se_a: float, b: float, se_b: float) -> dict[str, float]:
    """Test the product of two coefficients by the normal approximations of Sobel's family.

    Parameters
    ----------
    a, b : float
        The two coefficients of an indirect effect.
    se_a, se_b : float
        Their standard errors, taken as independent.

    Returns
    -------
    dict
        ``sobel_z sobel_p aroian_z aroian_p goodman_z goodman_p``; NaN where Goodman's variance is
        not positive.

    Notes
    -----
    z = ab / sqrt(a² se_b² + b² se_a² + c se_a² se_b²) with c = 0 (Sobel, 1982,
    https://doi.org/10.2307/270723), 1 (Aroian, 1947, https://doi.org/10.1214/aoms/1177730442) or
    -1 (Goodman, 1960, https://doi.org/10.1080/01621459.1960.10483369).

    Examples
    --------
    >>> product_tests(.521, .087, .71, .033)["aroian_z"].__round__(3)
    5.763
    """
    results: dict[str, float] = {}
    for name, sign in PRODUCT_TESTS.items():
        variance = a**2 * se_b**2 + b**2 * se_a**2 + sign * se_a**2 * se_b**2
        z = a * b / np.sqrt(variance) if variance > 0 else np.nan
        results[f"{name}_z"] = float(z)
        results[f"{name}_p"] = float(normal_pvalue(z))
    return results


def indirect_effects(fit: PLSFit, boot: Bootstrap) -> pd.DataFrame:
    """Every specific indirect effect with its bootstrap limits, Sobel's family and its share.

    Parameters
    ----------
    fit : PLSFit
    boot : Bootstrap
        A bootstrap of the same model.

    Returns
    -------
    DataFrame
        One row a chain of paths: ``lhs op rhs label est se z pvalue ci_lower ci_upper`` (percentile
        limits), ``bca_lower bca_upper`` (NaN where they do not exist), the six columns of
        `product_tests` (NaN for chains of more than two paths), ``direct`` (0 without a direct
        path), ``total`` (direct and all indirect effects), ``vaf`` (variance accounted for: the
        share est / total) and ``note`` (why a share or a test is withheld, else empty).

    Raises
    ------
    InputError
        When `fit` and `boot` are of different models.

    Notes
    -----
    A share exists only where direct effect and all indirect effects between the same two
    constructs point the same way; otherwise it can exceed 1 or be negative, and absolute values do
    not mend it.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.model import PLSModel, fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> from helpers.models.pls.bootstrap import bootstrap_pls
    >>> boot = bootstrap_pls(fit.data, model=fit.model, n_boot=500)
    >>> table = indirect_effects(fit, boot)
    >>> table[["lhs", "rhs", "est", "ci_lower", "ci_upper", "total", "vaf"]].round(3)
           lhs       rhs   est  ci_lower  ci_upper  total    vaf
    0  quality  distress -0.09    -0.173    -0.028 -0.144  0.625
    """
    if fit.model != boot.model:
        raise InputError(
            "fit and boot are of different models; bootstrap the model that was fitted."
        )
    if not fit.model.chains:
        raise InputError(
            "The model has no indirect effect: no construct is both cause and outcome."
        )
    table = boot.table("indirect", kind="percentile").drop(
        columns=["mc_error_lower", "mc_error_upper"]
    )
    bca = boot.confint("bca", quantity="indirect")
    table = table.assign(bca_lower=bca["ci_lower"], bca_upper=bca["ci_upper"])

    path_se = boot.table("path").set_index(["rhs", "lhs"])["se"]
    paths = fit.paths.set_index(["rhs", "lhs"])["est"]
    effect = {chain: _product(chain, paths) for chain in fit.model.chains}
    table["est"] = list(effect.values())
    rows = []
    for chain, est in effect.items():
        steps = chain_steps(chain)
        notes = []
        tests = dict.fromkeys((f"{t}_{s}" for t in PRODUCT_TESTS for s in "zp"), np.nan)
        if len(steps) == 2:
            first, second = steps
            tests = product_tests(paths[first], path_se[first], paths[second], path_se[second])
            if np.isnan(tests["goodman_z"]):
                notes.append("Goodman's variance is not positive")
        else:
            notes.append("Sobel's family is for chains of two paths")
        ends = (chain[0], chain[-1])
        direct = float(paths.get(ends, 0.0))
        siblings = {c: e for c, e in effect.items() if (c[0], c[-1]) == ends}
        total = direct + sum(siblings.values())
        conflict = _conflict(est, direct, siblings, chain)
        if conflict:
            notes.append(f"no share: {conflict}")
        vaf = np.nan if conflict else est / total
        rows.append(
            tests | {"direct": direct, "total": total, "vaf": vaf, "note": "; ".join(notes)}
        )
    return pd.concat([table, pd.DataFrame(rows)], axis=1)


def _product(chain: tuple[str, ...], paths: pd.Series) -> float:
    return float(np.prod([paths[step] for step in chain_steps(chain)]))


def _conflict(
    est: float, direct: float, siblings: dict[tuple[str, ...], float], chain: tuple[str, ...]
) -> str:
    if est == 0:
        return "the indirect effect is zero"
    if direct * est < 0:
        return f"indirect ({est:+.3f}) and direct effect ({direct:+.3f}) have opposite signs"
    against = [other for other, value in siblings.items() if other != chain and value * est < 0]
    if against:
        return f"the indirect effect {chain_label(against[0])} has the opposite sign"
    return ""
