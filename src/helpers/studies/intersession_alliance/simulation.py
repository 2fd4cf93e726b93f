"""The moderation study under simulation: recovery of a known truth, and its power."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import InputError
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.model import SE_TYPES, fit_moderation
from helpers.models.moderation.slope_lines import slope_line
from helpers.models.power.moderation import design_from_fit
from helpers.models.power.simulation import simulate_power
from helpers.studies.intersession_alliance.model import (
    FOCAL,
    MODERATOR,
    PREDICTOR,
)
from helpers.studies.intersession_alliance.twin import (
    CORRELATIONS,
    PRODUCT_SLOPE,
    SCALES,
    simulate_intersession_alliance,
)

R2_CHANGES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.125, 0.15)


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
        of the two standard errors, the share of intervals that contain the true value, and of
        classical tests that reject zero.
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
