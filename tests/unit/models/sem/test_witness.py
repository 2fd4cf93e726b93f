"""semopy as a witness: it is asked the same question, and its answer is set beside ours."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.sem.model import fit_path_model
from helpers.models.sem.witness import compare_with_semopy, fit_semopy, write_semopy
from helpers.report.wording import describe_witness

MODEL = """
    m1 ~ a*x + w
    m2 ~ x + -0.2*w
    y ~ b*m1 + b*m2 + x
    m1 ~~ m2
    indirect := a*b
"""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.standard_normal((300, 2)), columns=["x", "w"])
    for name, on in (("m1", "x"), ("m2", "w"), ("y", "m1")):
        frame[name] = 0.5 * frame[on] + rng.standard_normal(300)
    return frame


def test_free_shared_and_fixed_terms_are_asked_of_semopy(data):
    fit = fit_path_model(MODEL, data, estimator="MLR")
    lines = write_semopy(fit).splitlines()
    assert "m1 ~ a*x" in lines
    assert "m1 ~ w" in lines
    assert ":=" not in "".join(lines)
    table = compare_with_semopy(fit).set_index(["lhs", "op", "rhs"])
    assert len(table) == len(fit.structure.terms)
    np.testing.assert_allclose(table["est_semopy"], table["est"], atol=1e-5)
    assert table.loc[("m2", "~", "w"), "est_semopy"] == -0.2
    assert np.isnan(table.loc[("m2", "~", "w"), "se_semopy"])
    free = table.drop(index=("m2", "~", "w"))
    plain = fit_path_model(MODEL, data).parameters.set_index(["lhs", "op", "rhs"])["se"]
    np.testing.assert_allclose(free["se_semopy"], plain[free.index], rtol=1e-4)
    said = describe_witness(table, program="semopy", what="terms")
    assert said.startswith("Largest difference over all 11 terms: below 0.00")


def test_automatic_covariances_are_asked_too(data):
    table = compare_with_semopy(fit_path_model("y ~ x; m1 ~ x", data)).set_index(
        ["lhs", "op", "rhs"]
    )
    assert table.loc[("y", "~~", "m1"), "est_semopy"] == pytest.approx(
        table.loc[("y", "~~", "m1"), "est"], abs=1e-5
    )


def test_without_a_solution_it_says_so(data, monkeypatch):
    fit = fit_path_model(MODEL, data)
    monkeypatch.setattr(
        "semopy.Model.fit", lambda *_, **__: (_ for _ in ()).throw(np.linalg.LinAlgError())
    )
    assert fit_semopy("y ~ x", data.cov(), n=300).empty
    table = compare_with_semopy(fit)
    assert table["est_semopy"].isna().all()
    assert "no solution" in describe_witness(table, program="semopy", what="terms")
