"""What the tests of the coping study share: simulated items and their analysis."""

import numpy as np
import pandas as pd
import pytest

from helpers.studies.coping_adherence import (
    comparison,
    results,
)
from helpers.studies.coping_adherence.model import CONSTRUCTS, write_model


def simulate_items(n=150, sizes=(4, 4, 4, 4, 4), seed=11):
    rng = np.random.default_rng(seed)
    coping = rng.standard_normal((n, 3))
    alliance = coping @ [0.6, 0.0, 0.4] + 0.6 * rng.standard_normal(n)
    adherence = coping @ [0.2, -0.4, 0.1] + 0.7 * alliance + 0.4 * rng.standard_normal(n)
    scores = np.column_stack([coping, alliance, adherence])
    return pd.DataFrame(
        {
            f"{name}_{i + 1}": np.clip(np.rint(3 + scores[:, k] + rng.standard_normal(n)), 1, 5)
            for k, name in enumerate(CONSTRUCTS)
            for i in range(sizes[k])
        }
    )


@pytest.fixture(scope="session")
def simulate():
    """Return what draws items of given numbers."""
    return simulate_items


@pytest.fixture(scope="session")
def data():
    return simulate_items()


@pytest.fixture(scope="session")
def study(data):
    return results.fit_study(
        data,
        model=write_model(data.columns),
        weighting="path",
        mode="A",
        n_boot=200,
        ci_level=0.9,
        seed=4,
    )


@pytest.fixture(scope="session")
def no_audit():
    return pd.DataFrame(columns=["location", "verdict", "cells"], dtype=str)


@pytest.fixture(scope="session")
def compared(study, no_audit):
    return comparison.compare_with_paper(study, no_audit)
