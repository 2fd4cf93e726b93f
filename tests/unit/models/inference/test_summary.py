"""Every result prints its estimates, readably, and says what they are of."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.coding.agreement import fit_agreement
from helpers.models.inference.summary import Summary, format_number, format_table, say_fit
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.simulation import simulate_power
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import fit_path_model

MODEL = "m ~ a*x\ny ~ b*m\nind := a*b"


def make_data():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(200)
    m = 0.5 * x + rng.standard_normal(200)
    return pd.DataFrame({"x": x, "m": m, "y": 0.4 * m + rng.standard_normal(200)})


def make_results():
    data = make_data()
    letters = "abcabcaabbcc"
    codings = pd.DataFrame(
        {
            "video": np.repeat(list("uvw"), 8),
            "segment": np.tile(np.repeat(range(4), 2), 3),
            "coder": list("AB") * 12,
            "code": [c for pair in zip(letters, "abcacbaabbca", strict=True) for c in pair],
        }
    )
    moderated = fit_moderation(data, outcome="y", predictor="x", moderator="m")
    composites = PLSModel({"X": ["x"], "M": ["m"], "Y": ["y"]}, [("X", "M"), ("M", "Y")])
    return {
        "path": (fit_path_model(MODEL, data), "Path model of 200 cases by ML"),
        "sem": (fit_sem(MODEL, data, estimator="MLR"), "Structural equation model of 200 cases"),
        "pls": (fit_pls(data, model=composites), "Composite model of 200 cases"),
        "moderation": (moderated, "Regression of 200 cases, 'x' by 'm'"),
        "johnson_neyman": (probe_johnson_neyman(moderated), "The slope of x on y"),
        "agreement": (
            fit_agreement(codings, levels=["code"], n_boot=50),
            "Agreement\n3 videos are too few for an interval",
        ),
        "power": (
            simulate_power(
                ModerationDesign(), sizes=[60], effects=[0.3], n_replications=100, n_jobs=1
            ),
            "Power by simulation: 100 samples per cell",
        ),
    }


@pytest.fixture(scope="module")
def results():
    return make_results()


@pytest.mark.filterwarnings("ignore:.*has no value in:RuntimeWarning")
@pytest.mark.parametrize(
    "name", ["path", "sem", "pls", "moderation", "johnson_neyman", "agreement", "power"]
)
def test_a_result_prints_its_estimates(results, name):
    result, first = results[name]
    printed = str(result)
    assert printed.startswith(first)
    assert printed == repr(result)
    table = result.table if name == "johnson_neyman" else result.parameters
    column = next(c for c in ("bound", "est", "power") if c in table)
    for value in table[column].dropna():
        assert format_number(float(value)) in printed
    assert max(map(len, printed.splitlines())) <= 115
    assert "<td" in result._repr_html_()


def test_a_summary_holds_more_than_the_print(results):
    fit = results["path"][0]
    summary = fit.summary()
    assert isinstance(summary, Summary)
    assert repr(summary) == summary
    assert summary.startswith(str(fit))
    for heading in ("standardized", "R squared", "fit measures"):
        assert f"\n{heading}\n" in summary


def test_html_escapes_what_a_column_may_be_called():
    shown = Summary("<b>", [("", pd.DataFrame({"<i>": ["<u>"]}))])._repr_html_()
    assert "<b>&lt;b&gt;" not in shown
    assert "&lt;b&gt;" in shown
    assert "<i>" not in shown
    assert "<u>" not in shown


def test_numbers():
    assert format_number(-0.0001) == "-1.0e-04"
    assert format_number(0.0) == "0.000"
    assert format_number(-1e-17) == "-1.0e-17"
    assert format_number(np.nan) == ""
    assert format_number(np.inf) == "inf"
    assert format_number(True) == "True"
    assert format_number(0.0499, "pvalue") == ".050"
    assert format_number(1.0, "pvalue") == "1.000"
    assert format_number(196.0, "df") == "196"
    assert format_number(3.5, "df") == "3.500"


def test_a_long_table_says_how_much_is_left_out():
    text = format_table(pd.DataFrame({"x": range(75)}))
    assert text.endswith("… and 15 rows more")
    assert len(text.splitlines()) == 62


def test_fit_is_said_by_the_measures_that_there_are():
    plain = {"chisq": 3.2, "df": 2.0, "pvalue": 0.2, "cfi": 0.99, "rmsea": 0.04, "srmr": 0.02}
    robust = plain | {"chisq.scaled": 2.9, "pvalue.scaled": 0.235, "cfi.robust": 0.991}
    assert say_fit(pd.Series(robust)) == (
        "scaled chisq(2) 2.900, p .235; CFI 0.991, RMSEA 0.040, SRMR 0.020"
    )
    assert "tests nothing" in say_fit(pd.Series(plain | {"df": 0.0, "chisq": 0.0}))
