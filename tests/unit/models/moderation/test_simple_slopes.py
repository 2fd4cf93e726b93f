"""Simple slopes, and lines from printed coefficients."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.predictions import probe_predictions
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.moderation.slope_lines import slopes_from_published


def test_at_values_percentiles_and_levels(frame, fit):
    slopes = probe_simple_slopes(fit, at="percentiles")
    np.testing.assert_allclose(
        slopes["moderator_value"], frame["w"].quantile([0.16, 0.5, 0.84]), rtol=1e-12
    )
    assert list(probe_simple_slopes(fit, at=[0, 1.5])["at"]) == ["0", "1.5"]


@pytest.mark.parametrize("at", ["sds", [], [np.nan], ["a"], 3])
def test_bad_at(fit, at):
    with pytest.raises(InputError, match=r"^at="):
        probe_simple_slopes(fit, at=at)


def test_slope_is_the_derivative_of_the_prediction(fit):
    lines = probe_predictions(fit, at=[-1, 1], n_grid=2)
    for value, part in lines.groupby("moderator_value"):
        rise = np.diff(part["est"])[0] / np.diff(part["predictor_value"])[0]
        assert rise == pytest.approx(probe_simple_slopes(fit, at=[value])["est"].iloc[0])


def test_lines_stay_where_the_cases_are(frame, fit):
    lines = probe_predictions(fit, at="sd")
    assert lines.groupby("at")["n_cases"].first().sum() == len(frame)
    points = lines.groupby("moderator_value")["predictor_value"].agg(["min", "max"])
    nearest = np.abs(frame["w"].to_numpy()[:, None] - points.index.to_numpy()).argmin(axis=1)
    for position, (_, ends) in enumerate(points.iterrows()):
        cases = frame["x"][nearest == position]
        assert tuple(ends) == pytest.approx((cases.min(), cases.max()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"var_product": 0.0}, "var_product=0.0 is not positive"),
        ({"cov": 0.5}, "no two estimates covary so"),
        ({"df_resid": 0}, "df_resid=0 is below 1"),
        ({"b_product": np.inf}, "b_product=inf is not a finite number"),
    ],
)
def test_published_coefficients_are_checked(change, message):
    good = {
        "b_predictor": 0.4,
        "b_product": 0.2,
        "var_predictor": 0.01,
        "var_product": 0.01,
        "cov": 0.0,
        "df_resid": 77,
    }
    with pytest.raises(InputError) as error:
        slopes_from_published(**(good | change))
    assert message in str(error.value)
    line = slopes_from_published(**good)
    with pytest.raises(InputError, match="at='sd' needs moderator_mean"):
        probe_simple_slopes(line)
    with pytest.raises(InputError, match="se_type='hc3' cannot be had"):
        probe_simple_slopes(line, at=[0], se_type="hc3")
    with pytest.raises(InputError, match="fdr=True needs"):
        probe_johnson_neyman(line, fdr=True)
