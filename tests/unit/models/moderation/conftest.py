"""Data of a known interaction, and the regression of its outcome."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.model import fit_moderation


@pytest.fixture(scope="module")
def make_frame():
    """Return a function that simulates such data."""

    def make(seed=1, n=120, product=0.4):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.standard_normal((n, 4)), columns=["x", "w", "c", "e"])
        frame["y"] = 0.3 * frame["x"] + 0.2 * frame["w"] + product * frame["x"] * frame["w"]
        frame["y"] += frame["c"] * 0.5 + frame.pop("e")
        frame["g"] = np.where(rng.random(n) < 0.4, "group", "waiting list")
        frame["site"] = rng.choice(["a", "b", "c"], n)
        return frame

    return make


@pytest.fixture(scope="module")
def regress():
    """Return a function that regresses y on x, w and their product."""

    def fit(data, **options):
        return fit_moderation(data, outcome="y", predictor="x", moderator="w", **options)

    return fit


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame()


@pytest.fixture(scope="module")
def fit(frame, regress):
    return regress(frame)
