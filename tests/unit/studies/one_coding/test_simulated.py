"""Codings that stand in for a new study's own."""

import pandas as pd
import pytest

from helpers.models.coding.agreement import fit_agreement
from helpers.studies.one_coding.simulated import RECOGNITION, simulate_codings

CODEBOOK = pd.DataFrame({"code_id": [f"C{k}" for k in range(1, 8)]})


@pytest.mark.parametrize("recognition", [0.5, RECOGNITION, 1.0])
def test_agreement_is_the_square_of_the_chance_to_see_a_code(recognition):
    data = simulate_codings(CODEBOOK, n_videos=300, recognition=recognition)
    table = fit_agreement(data, levels=["code"], n_boot=2).table.set_index("statistic")
    alpha = table.loc["krippendorff_alpha", "est"]
    assert alpha == pytest.approx(recognition**2, abs=0.025)


def test_every_code_and_no_code_are_given():
    data = simulate_codings(CODEBOOK)
    assert set(data["code"]) == {*CODEBOOK["code_id"], "none"}
    assert len(data) == 12 * 20 * 3
