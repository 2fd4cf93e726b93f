"""A reader's findings beside the abstract's: sizes do not depend on how they are tested."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.models.moderation.model import fit_moderation
from helpers.studies.intersession_alliance import model as study
from helpers.studies.intersession_alliance.replication import compare_findings
from helpers.studies.intersession_alliance.twin import simulate_intersession_alliance

ASKED = study.load_claims()


def _compare(frame, *, se_type="classical", cluster=None):
    rows = study.Rows((frame,), frame, cluster)
    options = {"n": len(frame), "n_covariates": 0, "ci_level": 0.95}
    claims = study.evaluate_claims(rows, ASKED, se_type=se_type)
    sizes = study.evaluate_claims(frame, ASKED)
    return compare_findings(claims, ASKED, sizes=sizes, **options)


def test_the_size_of_a_product_is_its_partial_correlation_whatever_tests_it():
    twin = simulate_intersession_alliance()
    frame = pd.concat([twin, twin], ignore_index=True)  # every client twice
    frame["therapist"] = list(range(len(twin))) * 2
    plain, nested = _compare(frame), _compare(frame, se_type="cr2", cluster="therapist")
    product = (ASKED["kind"] == "product").to_numpy()
    fit = fit_moderation(
        frame, outcome="isp_actions", predictor="self_alliance", moderator="other_alliance"
    )
    expected = fit.effect_sizes.set_index("term").loc[fit.terms["product"], "partial_r"]
    for table in (plain, nested):
        assert table.loc[product, "est"].to_numpy() == pytest.approx(expected, rel=1e-9)
    width = {
        name: np.ptp(np.arctanh(table.loc[product, ["ci_lower", "ci_upper"]].astype(float)))
        for name, table in {"plain": plain, "nested": nested}.items()
    }
    assert width["nested"] > 1.2 * width["plain"]


def test_with_classical_tests_the_standard_error_is_fishers():
    twin = simulate_intersession_alliance()
    table = _compare(twin)
    slope = (ASKED["kind"] == "simple_slope").to_numpy()
    limits = np.arctanh(table.loc[slope, ["ci_lower", "ci_upper"]].astype(float))
    half = np.diff(limits.to_numpy(), axis=1) / 2
    np.testing.assert_allclose(half, stats.norm.isf(0.025) / np.sqrt(len(twin) - 4 - 1))
