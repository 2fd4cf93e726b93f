"""Synthetic twin of the moderation study: 81 rows on which every claim of its abstract holds.

The abstract prints no coefficient, so the sizes are chosen: relations a study of 81 clients would
usually detect where a relation is claimed, small ones where none is. By construction every claim
holds; nothing about the real data follows from it. The scale ranges are assumed as well.
"""

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.files import write_text_atomic
from helpers.paths import twin_path
from helpers.printed.numbers import load_source
from helpers.twins.exact_moments import (
    exact_normals,
    project_off,
    round_to_grid,
    standardize,
    with_correlation,
)

__all__ = ["CORRELATIONS", "PRODUCT_SLOPE", "simulate_intersession_alliance"]

STUDY = "intersession_alliance"
N = load_source(STUDY)["n"]
SEED = 20180201
COLUMNS = ("self_alliance", "other_alliance", "isp_thoughts", "isp_actions", "progress")

CORRELATIONS = pd.DataFrame(
    [
        [1.00, 0.50, 0.08, 0.40, 0.50],
        [0.50, 1.00, 0.10, 0.40, 0.45],
        [0.08, 0.10, 1.00, 0.40, 0.35],
        [0.40, 0.40, 0.40, 1.00, 0.45],
        [0.50, 0.45, 0.35, 0.45, 1.00],
    ],
    index=COLUMNS,
    columns=COLUMNS,
)
"""Chosen correlations, exact before rounding to the scales."""

PRODUCT_SLOPE = 0.27
"""Chosen slope of isp_actions, in SD, on the part of the product of the two alliances that their
own values do not explain, in SD."""

SCALES = {
    "self_alliance": (4.9, 0.85, 1.0, 7.0),
    "other_alliance": (4.5, 0.95, 1.0, 7.0),
    "isp_thoughts": (3.1, 0.70, 1.0, 5.0),
    "isp_actions": (2.8, 0.75, 1.0, 5.0),
    "progress": (4.7, 0.90, 1.0, 7.0),
}
"""Assumed mean, SD, minimum and maximum of each scale mean."""

STEP = 0.1


def simulate_intersession_alliance(
    *,
    n: int = N,
    seed: int = SEED,
    product_slope: float = PRODUCT_SLOPE,
    correlations: pd.DataFrame = CORRELATIONS,
    exact: bool = True,
    rounded: bool = True,
) -> pd.DataFrame:
    """Draw a data set of the study's shape.

    Parameters
    ----------
    n : int
        Rows, at least 10.
    seed : int
    product_slope : float
        Slope of isp_actions (in SD) on the standardized part of the product that the two
        alliances do not explain.
    correlations : pandas.DataFrame
        Of the five columns, in their order.
    exact : bool
        Whether correlations and product slope hold in the sample (as in the twin) or in the
        population it is drawn from, as in any study.
    rounded : bool
        Whether values are rounded to steps of 0.1 and kept within their scale.

    Returns
    -------
    pandas.DataFrame
        ``self_alliance other_alliance isp_thoughts isp_actions progress``.

    Raises
    ------
    InputError
        Too few rows, or correlations and product slope that no data can have together.

    Notes
    -----
    The alliances are normals with their correlation. isp_actions is its regression on them, plus
    `product_slope` times the residualised product, plus noise that is orthogonal to all three;
    isp_thoughts and progress are regressions on what comes before, plus orthogonal noise.

    Examples
    --------
    >>> twin = simulate_intersession_alliance(rounded=False)
    >>> float(twin["self_alliance"].corr(twin["isp_actions"]).round(10))
    0.4
    """
    if n < 10:
        raise InputError(f"n={n!r} is too few rows for five columns; give 10 or more.")
    r = correlations.loc[list(COLUMNS), list(COLUMNS)].to_numpy(float)
    rng = np.random.default_rng(seed)
    draws = exact_normals(rng, n, 2) if exact else rng.standard_normal((n, 2))
    noise = rng.standard_normal((n, 3))
    alliances = with_correlation(draws, r[:2, :2])
    product = alliances[:, 0] * alliances[:, 1]
    if exact:
        product = standardize(project_off(product, alliances)[:, 0])
    else:
        # var(xw) = 1 + r² for standard normals, and their product is uncorrelated with both
        product = (product - r[0, 1]) / np.sqrt(1 + r[0, 1] ** 2)

    columns = {"self_alliance": alliances[:, 0], "other_alliance": alliances[:, 1]}
    made = ["self_alliance", "other_alliance"]
    for position, name in enumerate(("isp_actions", "isp_thoughts", "progress")):
        known, target = [COLUMNS.index(before) for before in made], COLUMNS.index(name)
        weights = np.linalg.solve(r[np.ix_(known, known)], r[known, target])
        extra = product_slope if name == "isp_actions" else 0.0
        unexplained = 1 - weights @ r[known, target] - extra**2
        if unexplained <= 0:
            raise InputError(
                f"correlations with product_slope={product_slope!r} explain more than all of"
                f" {name}; make them smaller."
            )
        explained = np.column_stack([columns[before] for before in made])
        residual = noise[:, position]
        if exact:
            residual = standardize(
                project_off(residual, np.column_stack([explained, product]))[:, 0]
            )
        columns[name] = explained @ weights + extra * product + np.sqrt(unexplained) * residual
        made.append(name)
    frame = pd.DataFrame({name: columns[name] for name in COLUMNS})
    return pd.DataFrame({name: _to_scale(frame[name], name, rounded) for name in COLUMNS})


def _to_scale(z: pd.Series, name: str, rounded: bool) -> pd.Series:
    mean, sd, minimum, maximum = SCALES[name]
    values = mean + sd * z
    if not rounded:
        return values
    # nine digits first: a last-bit difference between machines must not change a rounding
    index = round_to_grid(np.round(values, 9), step=STEP, minimum=minimum, maximum=maximum)
    return pd.Series(np.round(minimum + STEP * index, 1), index=z.index)


def main() -> None:
    """Write the twin to ``data/intersession_alliance/synthetic.csv``."""
    text = simulate_intersession_alliance().to_csv(index=False, lineterminator="\n")
    write_text_atomic(twin_path(STUDY), text)


if __name__ == "__main__":
    main()
