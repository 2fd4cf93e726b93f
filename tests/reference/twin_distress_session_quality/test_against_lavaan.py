"""The paper's analysis of the path study's twin by R's lavaan (make_reference.R; versions.txt)."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.models.sem.model import fit_path_model
from helpers.paths import twin_path
from helpers.printed.numbers import AGREES, compare_published, melt_published
from helpers.studies.distress_session_quality.model import (
    EFFECTS,
    STUDY,
    score_sessions,
    write_model,
)
from helpers.studies.distress_session_quality.results import (
    compare_with_paper,
    fit_study,
    tabulate_effects,
    tabulate_paths,
)

HERE = Path(__file__).parent
KEY = ["table", "row", "column"]


@pytest.fixture(scope="module")
def data():
    return load_dataset(twin_path(STUDY), STUDY)


@pytest.fixture(scope="module")
def lavaan():
    return pd.read_csv(HERE / "estimates.csv")


def test_the_reference_is_of_the_twin_on_disk():
    checksum = hashlib.md5(twin_path(STUDY).read_bytes()).hexdigest()
    assert checksum in (HERE / "versions.txt").read_text(), (
        "the twin is not the one that lavaan read; run make_reference.R anew"
    )


def test_lavaan_finds_all_printed_numbers_that_no_bootstrap_enters(lavaan):
    """Source: the paper."""
    printed = melt_published(STUDY).merge(lavaan[KEY], on=KEY)
    compared = compare_published(printed, lavaan.rename(columns={"lavaan": "reproduced"}))
    assert len(compared) == len(lavaan) == 47
    assert set(compared["verdict"]) == {AGREES}, compared[compared["verdict"] != AGREES]


def test_the_notebooks_numbers_are_lavaans(data, lavaan):
    """Source: R. Relative differences of 2e-6 at most, where lavaan stops its search."""
    study = fit_study(
        data.frame,
        covariates=data.covariates,
        estimator="MLR",
        n_boot=2,
        ci_level=0.95,
        seed=1,
    )
    both = compare_with_paper(study).merge(lavaan, on=KEY)
    assert len(both) == len(lavaan)
    np.testing.assert_allclose(both["reproduced"], both["lavaan"], rtol=1e-5, atol=1e-9)


def test_robust_standard_errors_are_lavaans(data):
    """Source: R. Of the twelve paths and fifteen effects and contrasts."""
    scores = score_sessions(data.frame, covariates=data.covariates)
    fit = fit_path_model(write_model(scores.dummies["name"]), scores.frame, estimator="MLR")
    paths, effects = tabulate_paths(fit.parameters), tabulate_effects(fit.parameters)
    ours = pd.concat([paths["se"], effects["se"]])
    ours.index = [*(paths["rhs"] + " -> " + paths["lhs"]), *effects["label"]]
    reference = pd.read_csv(HERE / "standard_errors.csv", index_col="row")["se"]
    assert len(reference) == len(ours) == 12 + len(EFFECTS)
    np.testing.assert_allclose(ours[reference.index], reference, rtol=1e-6)
