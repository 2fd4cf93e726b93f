"""Planned studies with missing values: what is left out, how it is analyzed, what is refused."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.power.design import Analysis
from helpers.models.power.incomplete import IncompleteDesign
from helpers.models.power.own import read_plan
from helpers.models.power.path import PathDesign

MODEL = "m ~ a*x\ny ~ b*m + c*x\nind := a*b"
VALUES = {"a": 0.4, "b": 0.4, "c": 0.1}
BOOT = Analysis(interval="bootstrap", n_boot=99)


def make(**changed):
    given = {"missing": {"m": 0.1, "y": 0.2}, "analysis": "fiml", **changed}
    return IncompleteDesign(model=MODEL, paths=VALUES, targets=("a", "b", "ind"), **given)


def replicate(design, *, n=80, samples=40, seed=2):
    population = design.population(1.0, dict.fromkeys(design.measures, 1.0))
    return design.replicate(population, n, samples, np.random.default_rng(seed), BOOT)


def test_as_much_is_missing_as_said_and_where_said():
    design = make(missing_depends_on={"y": "x"})
    rng = np.random.default_rng(1)
    names = list(design.measures)
    root = np.linalg.cholesky(design.population(1.0, dict.fromkeys(names, 1.0)).correlation)
    sample = design._draw_sample(root, np.arange(40_000), rng)
    gone = dict(zip(names, np.isnan(design._leave_out(sample, rng)).T, strict=True))
    shares = [gone[name].mean() for name in ("x", "m", "y")]
    np.testing.assert_allclose(shares, [0, 0.1, 0.2], atol=0.006)
    x = sample[:, names.index("x")]
    for z in (-1, 1):
        near = abs(x - z) < 0.1
        assert gone["y"][near].mean() == pytest.approx(design.missing_at("y", z), abs=0.03)
        assert gone["m"][near].mean() == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("analysis", ["fiml", "listwise"])
def test_without_gaps_both_are_the_complete_analysis(analysis):
    gaps = make(missing={"y": 0.0}, analysis=analysis)
    alone = PathDesign(model=MODEL, paths=VALUES, targets=("a", "b", "ind"))
    ours, expected = (replicate(design, samples=100) for design in (gaps, alone))
    # independent draws: within three Monte Carlo standard errors
    share, of = expected.significant.mean(axis=0), ours.significant.mean(axis=0)
    both = (share + of) / 2
    assert (abs(share - of) <= 3 * np.sqrt(both * (1 - both) * 2 / 100)).all()
    width, its = (np.mean(found.upper - found.lower, axis=0) for found in (ours, expected))
    np.testing.assert_allclose(width, its, rtol=0.05)


def test_listwise_uses_complete_clients_and_fiml_everyone():
    fiml, listwise = (replicate(make(analysis=name), n=120) for name in ("fiml", "listwise"))
    widths = [np.mean(found.upper - found.lower, axis=0) for found in (fiml, listwise)]
    # a rests on x and m alone: nine clients in ten by FIML, seven in ten listwise
    assert widths[1][0] / widths[0][0] == pytest.approx(np.sqrt(0.9 / 0.72), rel=0.05)
    assert (widths[1] > widths[0]).all()
    for found in (fiml, listwise):
        np.testing.assert_allclose(found.est.mean(axis=0), [0.4, 0.4, 0.16], atol=0.06)


def test_what_depends_on_the_outcome_biases_listwise_and_not_fiml():
    model = {"model": "y ~ a*x", "paths": {"a": 0.6}, "targets": ("a",), "missing": {"x": 0.5}}
    means = {
        name: replicate(
            IncompleteDesign(**model, missing_depends_on={"x": "y"}, analysis=name),
            n=300,
            samples=25,
        ).est.mean()
        for name in ("fiml", "listwise")
    }
    assert means["fiml"] == pytest.approx(0.6, abs=0.03)
    assert means["listwise"] < 0.57


def test_therapists_are_drawn_with_the_clients_that_are_left():
    design = make(caseload=5, icc=0.2, analysis="listwise")
    found = replicate(design, n=150, samples=10)
    assert np.isfinite(found.est).all()
    with pytest.raises(InputError, match="takes no missing values; give 'bootstrap'"):
        design.replicate(None, 150, 1, np.random.default_rng(1), Analysis())


GIVEN = {"model": MODEL, "values": VALUES, "missing": {"y": 0.2}, "analysis": "fiml"}


def test_a_plan_takes_gaps_by_variable():
    plan = read_plan({**GIVEN, "missing_depends_on": {"y": "x"}, "attrition": 0.2})
    assert isinstance(plan.design, IncompleteDesign)
    assert plan.kept == pytest.approx(0.8)
    assert not isinstance(read_plan({**GIVEN, "missing": 0.1, "analysis": "listwise"}).design,
        IncompleteDesign)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"missing": {"z": 0.2}}, "missing: 'z' is not one of"),
        ({"missing": {"y": 1.2}}, "missing: 1.2 of y is not a share from 0 up to 1"),
        ({"missing": {"y": -0.1}}, "missing: -0.1 of y is not a share"),
        ({"missing": {"y": "many"}}, "missing: y='many' is not a number"),
        ({"missing": {"m": 0.9, "y": 0.9}}, "1.0% of the clients would have a value of every"),
        ({"missing": 0.2}, "missing: give a share by variable, such as"),
        ({"analysis": "em"}, "analysis='em' is not one of 'fiml', 'listwise'"),
        ({"analysis": None}, "analysis: say fiml .* or listwise"),
        ({"missing_depends_on": {"m": "x"}}, "missing_depends_on: m has no share in missing"),
        ({"missing_depends_on": {"y": "z"}}, "missing_depends_on: 'z' is not one of"),
        ({"missing_depends_on": {"y": "y"}}, "has to be another variable without missing values"),
        ({"missing_depends_on": "x"}, "missing_depends_on: give a variable by name"),
        (
            {"items": {"x": 3, "m": 3, "y": 3}, "loadings": {"x": 0.8, "m": 0.8, "y": 0.8}},
            "missing by variable is for a model without items",
        ),
    ],
)
def test_gaps_that_cannot_be_planned_are_refused_in_one_line(change, message):
    given = {k: v for k, v in {**GIVEN, **change}.items() if v is not None}
    with pytest.raises(InputError, match=message) as error:
        read_plan(given)
    assert "\n" not in str(error.value)
