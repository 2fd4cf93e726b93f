"""Power by formula, where there is one: the check beside every simulated power."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from helpers.errors import InputError
from helpers.models.inference.intervals import check_ci_level

__all__ = [
    "f2_for_power",
    "n_for_f2",
    "power_correlation",
    "power_f2",
    "power_normal",
    "power_t",
    "product_reliability",
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
        Rows analysed.
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


def f2_for_power(
    power: float, *, n: int, n_predictors: int, df1: int = 1, ci_level: float = 0.95
) -> float:
    """Return the smallest f2 that `n` rows detect with the wanted power; see `power_f2`.

    Examples
    --------
    >>> round(f2_for_power(0.80, n=81, n_predictors=3), 4)
    0.0994
    """
    _check_power(power, ci_level)
    if n - n_predictors - 1 < 1:
        raise InputError(f"n={n!r} leaves no residual degree of freedom; use more rows.")

    def gap(f2: float) -> float:
        return float(power_f2(f2, n=n, n_predictors=n_predictors, df1=df1, ci_level=ci_level))

    upper = 1.0
    while gap(upper) < power:
        upper *= 4
    return float(optimize.brentq(lambda f2: gap(f2) - power, 0, upper, xtol=1e-14, rtol=1e-13))


def n_for_f2(
    f2: float, *, power: float, n_predictors: int, df1: int = 1, ci_level: float = 0.95
) -> int:
    """Return the smallest number of rows that detects `f2` with the wanted power.

    Examples
    --------
    >>> n_for_f2(0.15, power=0.80, n_predictors=1)
    55
    """
    _check_power(power, ci_level)
    if not f2 > 0:
        raise InputError(f"f2={f2!r} is not positive; no number of rows detects it.")

    def reached(n: int) -> bool:
        found = power_f2(f2, n=n, n_predictors=n_predictors, df1=df1, ci_level=ci_level)
        return bool(found >= power)

    low = n_predictors + 1
    high = low + 1
    while not reached(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


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
    approximation: it takes the product for normal and promises too little at small n.

    Examples
    --------
    >>> round(float(power_normal(2.801585, se=1.0)), 4)
    0.8
    """
    z = stats.norm.isf((1 - check_ci_level(ci_level)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.abs(np.asarray(effect, dtype=float)) / np.asarray(se, dtype=float)
    return stats.norm.sf(z - shift) + stats.norm.cdf(-z - shift)


def power_t(ncp: ArrayLike, *, df: ArrayLike, ci_level: float = 0.95) -> np.ndarray:
    """Power of a two-sided t test with the given noncentrality."""
    alpha = 1 - check_ci_level(ci_level)
    ncp, df = np.asarray(ncp, dtype=float), np.asarray(df, dtype=float)
    limit = stats.t.isf(alpha / 2, df)
    return 1 - special.ncfdtr(1, df, ncp**2, limit**2)


def product_reliability(reliability_x: float, reliability_w: float, correlation: float) -> float:
    """Reliability of the product of two centred, bivariate normal scores.

    Parameters
    ----------
    reliability_x, reliability_w : float
        Of the two scores.
    correlation : float
        Between the two observed scores.

    Returns
    -------
    float
        (reliability_x reliability_w + correlation²) / (1 + correlation²)

    References
    ----------
    Busemeyer, J. R., & Jones, L. E. (1983). Analysis of multiplicative combination rules when the
    causal variables are measured with error. Psychological Bulletin, 93(3), 549-562.
    https://doi.org/10.1037/0033-2909.93.3.549

    Examples
    --------
    >>> round(product_reliability(0.8, 0.8, 0.0), 2)
    0.64
    """
    square = correlation**2
    return (reliability_x * reliability_w + square) / (1 + square)


def _check_power(power: float, ci_level: float) -> None:
    alpha = 1 - check_ci_level(ci_level)
    if not alpha < power < 1:
        raise InputError(f"power={power!r} is not between alpha = {alpha:g} and 1; give e.g. 0.8.")
