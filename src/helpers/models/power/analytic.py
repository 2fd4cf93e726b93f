"""Power by formula, where there is one: the check beside every simulated power."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from helpers.errors import InputError
from helpers.models.inference.intervals import check_ci_level

__all__ = [
    "power_correlation",
    "power_f2",
    "power_normal",
    "power_t",
]


def power_f2(
    f2: ArrayLike, *, n: ArrayLike, n_predictors: int, df1: int = 1, ci_level: float = 0.95
) -> np.ndarray:
    """Power of the F test that `df1` of the predictors add nothing.

    Parameters
    ----------
    f2 : float or array
        Effect size: change in R2 over the share left unexplained by the full model.
    n : int or array
        Rows analyzed.
    n_predictors : int
        Of the full model, without the intercept.
    df1 : int
        How many of them are tested; 1 for a product term.
    ci_level : float
        One minus alpha.

    Returns
    -------
    float or ndarray
        NaN where no residual degree of freedom is left.

    Notes
    -----
    Noncentral F with noncentrality f2 n on df1 and n - n_predictors - 1 degrees of freedom, as in
    G*Power ("linear multiple regression, fixed model, R2 increase"). Predictors are taken as
    fixed; where they are sampled, as in most studies, the formula promises a little too much.

    Validated: tests/reference/power/power.R (qf and pf of R), relative difference below 1e-8.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.), chapter 9.
    Routledge. https://doi.org/10.4324/9780203771587

    Examples
    --------
    >>> round(float(power_f2(0.15, n=55, n_predictors=1)), 3)
    0.805
    """
    alpha = 1 - check_ci_level(ci_level)
    f2, n = np.asarray(f2, dtype=float), np.asarray(n, dtype=float)
    if np.any(f2 < 0):
        raise InputError(f"f2={f2.min():g} is negative; give change in R2 over unexplained R2.")
    df2 = n - n_predictors - 1
    with np.errstate(invalid="ignore"):
        limit = stats.f.isf(alpha, df1, df2)
        # ncfdtr rather than stats.ncf: exact at a noncentrality of zero as well
        return np.where(df2 >= 1, 1 - special.ncfdtr(df1, df2, f2 * n, limit), np.nan)[()]


def power_correlation(r: ArrayLike, *, n: ArrayLike, ci_level: float = 0.95) -> np.ndarray:
    """Power of the test that a correlation is zero, by Fisher's z.

    Parameters
    ----------
    r : float or array
        Population correlation.
    n : int or array
        At least 4.
    ci_level : float
        One minus the two-sided alpha.

    Returns
    -------
    float or ndarray

    Notes
    -----
    Normal with mean arctanh(r) sqrt(n - 3) and variance 1. The t test of a correlation has the
    same power within about .01 from n = 20 on.

    References
    ----------
    Cohen, J. (1988), chapter 3. https://doi.org/10.4324/9780203771587

    Examples
    --------
    >>> round(float(power_correlation(0.30, n=85)), 3)
    0.8
    """
    r, n = np.asarray(r, dtype=float), np.asarray(n, dtype=float)
    if np.any(np.abs(r) >= 1):
        raise InputError(f"r={r!r} is not between -1 and 1.")
    shift = np.arctanh(r) * np.sqrt(np.maximum(n - 3, 0))
    return power_normal(shift, se=1.0, ci_level=ci_level)


def power_normal(effect: ArrayLike, *, se: ArrayLike, ci_level: float = 0.95) -> np.ndarray:
    """Power of a two-sided z test of an effect with a known standard error.

    For an indirect effect with the delta-method (Sobel) standard error this is the Sobel-type
    approximation: it takes the product for normal and promises too little at small n. Where the
    effect is zero the power is alpha, whatever the standard error: the limit of the formula as an
    indirect effect and its standard error both go to zero.

    Examples
    --------
    >>> round(float(power_normal(2.801585, se=1.0)), 4)
    0.8
    """
    z = stats.norm.isf((1 - check_ci_level(ci_level)) / 2)
    effect = np.abs(np.asarray(effect, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(effect == 0, 0.0, effect / np.asarray(se, dtype=float))
    return stats.norm.sf(z - shift) + stats.norm.cdf(-z - shift)


def power_t(ncp: ArrayLike, *, df: ArrayLike, ci_level: float = 0.95) -> np.ndarray:
    """Power of a two-sided t test with the given noncentrality.

    Examples
    --------
    >>> round(float(power_t(2.8, df=80)), 3)
    0.79
    """
    alpha = 1 - check_ci_level(ci_level)
    ncp, df = np.asarray(ncp, dtype=float), np.asarray(df, dtype=float)
    limit = stats.t.isf(alpha / 2, df)
    return 1 - special.ncfdtr(1, df, ncp**2, limit**2)
