"""What a moderated regression predicts along the predictor, for chosen moderator values."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.inference.intervals import check_ci_level
from helpers.models.moderation.fit import ModerationFit
from helpers.models.moderation.sides import Side, defined_inference
from helpers.models.moderation.simple_slopes import moderator_points
from helpers.models.moderation.slope_lines import slope_line

__all__ = ["probe_predictions"]

PREDICTION_COLUMNS = (
    "outcome",
    "se_type",
    "at",
    "moderator_value",
    "predictor_value",
    "est",
    "se",
    "ci_lower",
    "ci_upper",
    "n_cases",
)


def probe_predictions(
    fit: ModerationFit,
    *,
    at: str | Sequence[float] = "sd",
    n_grid: int = 101,
    ci_level: float | None = None,
    se_type: str | None = None,
) -> pd.DataFrame:
    """Predict the outcome along the predictor, a line for each chosen moderator value.

    Each line covers only the predictor values of the cases whose moderator lies nearest to the
    line's own value, so that a plot of it claims nothing where there are no data.

    Parameters
    ----------
    fit : ModerationFit
    at : {"sd", "percentiles"} or sequence of float
        As in `probe_simple_slopes`.
    n_grid : int
        Points on each line.
    ci_level : float, optional
        The fit's own level where not given.
    se_type : {"classical", "hc3", "cr2"}, optional
        The fit's own where not given.

    Returns
    -------
    pandas.DataFrame
        ``outcome se_type at moderator_value predictor_value est se ci_lower ci_upper n_cases``,
        covariates at their means; `n_cases` counts the cases nearest to the line's value (a mean
        over imputations where there are any). A line without cases is left out.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.moderation.model import fit_moderation
    >>> fit = fit_moderation(simulate_sessions(), outcome="quality", predictor="alliance",
    ...                      moderator="experience")
    >>> probe_predictions(fit, n_grid=2)[["at", "predictor_value", "est", "se", "n_cases"]].round(2)
          at  predictor_value   est    se  n_cases
    0  -1 SD            -1.55 -0.06  0.17       75
    1  -1 SD             1.94  0.28  0.19       75
    2   mean            -2.25 -0.71  0.15       60
    3   mean             2.18  0.79  0.15       60
    4  +1 SD            -2.63 -1.51  0.23       65
    5  +1 SD             2.49  1.46  0.24       65
    """
    own = Side(fit, "predictor")
    other = own.other
    if own.several:
        raise InputError(
            f"predictor={own.name!r} has {len(own.levels)} levels, along which there is no line;"
            " let it and the moderator change places."
        )
    if other.several:
        labels, values = [str(label) for label in other.levels], np.array(other.codes)
    else:
        labels, values = moderator_points(slope_line(fit, se_type=se_type), at)
    level = fit.ci_level if ci_level is None else check_ci_level(ci_level)
    nearest = np.abs(fit.moderator_values.to_numpy()[:, None] - values).argmin(axis=1)
    found = defined_inference(fit, se_type)
    fits = fit.completed or (fit,)
    means = np.mean([one.design.mean().to_numpy() for one in fits], axis=0)
    names = fit.table["term"].to_list()
    frames = []
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        cases = fit.predictor_values.to_numpy()[nearest == position]
        if not cases.size:
            continue
        grid = np.linspace(cases.min(), cases.max(), n_grid)
        rows = np.tile(means, (n_grid, 1))
        x = (grid - own.center) / own.scale
        rows[:, names.index(own.columns[0])] = x
        weights = other.weights(value if other.several else (value - other.center) / other.scale)
        for column, weight in zip(other.columns, weights, strict=True):
            rows[:, names.index(column)] = weight
            rows[:, names.index(f"{own.columns[0]}:{column}")] = x * weight
        frames.append(
            found.test(rows, level).assign(
                outcome=fit.outcome,
                se_type=se_type or fit.se_type,
                at=label,
                moderator_value=value,
                predictor_value=grid,
                n_cases=cases.size if len(fits) == 1 else cases.size / len(fits),
            )[list(PREDICTION_COLUMNS)]
        )
    return pd.concat(frames, ignore_index=True)
