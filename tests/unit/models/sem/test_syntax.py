"""What the model reader understands, and every slip it names."""

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.models.sem.structure import build_structure
from helpers.models.sem.syntax import Term, parse_model


def test_labels_fixed_values_comments_and_continuation_lines():
    model = parse_model(
        """
        # the mediator
        m ~ a*x + 0.5*z     ! fixed slope
        y ~ b*m +
            c*x; y ~~ v*y
        indirect := a*b
        """
    )
    assert model.regressions == (
        Term("m", "~", "x", "a"),
        Term("m", "~", "z", fixed=0.5),
        Term("y", "~", "m", "b"),
        Term("y", "~", "x", "c"),
    )
    assert model.covariances == (Term("y", "~~", "y", "v"),)
    assert [d.name for d in model.definitions] == ["indirect"]


def test_definitions_build_on_each_other_and_on_arrays():
    model = parse_model("y ~ a*x + b*z\ns := a + b\nr := -a^2/(s) + sqrt(abs(b))")
    a, b = np.array([1.0, 2.0]), np.array([-4.0, 9.0])
    s = model.definitions[0].evaluate({"a": a, "b": b})
    r = model.definitions[1].evaluate({"a": a, "b": b, "s": s})
    np.testing.assert_allclose(r, -(a**2) / (a + b) + np.sqrt(np.abs(b)), rtol=1e-15)


def test_a_label_may_have_the_name_of_a_function_and_dots_stay_dots():
    model = parse_model("y ~ log*x + a.b*w + a_dot_b*z\nq := log(exp(log)) + a.b + 10*a_dot_b")
    values = {"log": np.float64(2), "a.b": np.float64(3), "a_dot_b": np.float64(5)}
    assert model.definitions[0].names() == set(values)
    assert model.definitions[0].evaluate(values) == pytest.approx(55)


def test_na_frees_a_coefficient_as_in_lavaan():
    assert parse_model("y ~ NA*x + NA*z").regressions == (Term("y", "~", "x"), Term("y", "~", "z"))


def test_several_outcomes_on_one_line():
    terms = parse_model("y1 + y2 ~ x").regressions
    assert [(t.lhs, t.rhs) for t in terms] == [("y1", "x"), ("y2", "x")]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("y ~ ", "line 1: 'y ~': nothing stands after '~'"),
        ("\n\ny x", "line 3: 'y x': no operator found"),
        ("f =~ x1 + x2", "latent variables"),
        ("y ~ x + x", "appears twice"),
        ("y ~ 1", "intercepts"),
        ("y ~ 1 + x", "intercepts"),
        ("y ~ a b", "'a b' cannot be read"),
        ("y ~ a*b*x", "'a*b*x' cannot be read"),
        ("y ~ x\ny ~ x", "'y ~ x' is in the model twice"),
        ("y ~~ z\nz ~~ y\ny ~ x", "'z ~~ y' is in the model twice"),
        ("y ~ y", "regressed on itself"),
        ("y ~ a*x\nq := a*bb", "uses 'bb', which is no label"),
        ("y ~ beta*x\nq := bta*2", "Did you mean 'beta'?"),
        ("y ~ a*x\nq := gamma(a)", "'gamma' is not a function known here"),
        ("y ~ a*x\nq := a +", "malformed"),
        ("y ~ a*x\nq := __import__('os')", "'__import__' is not a function known here"),
        ("y ~ a*x\nq := a if a else 2", "cannot be used here"),
        ("y ~ a*x\na := 2*a", "a label and a definition"),
        ("y ~ a*x\nq := a\nq := 2*a", "defined twice"),
        ("y ~ a*x\na == 0.5", "give both coefficients the same label"),
        ("y = x", "'=' is not an operator"),
        ("y ~ a*x\nq := log*2", "uses 'log', which is no label"),
        ("y ~ a*x\nq := a + " + "9" * 400, "a number is too large"),
        ("y ~ 1e999*x", "1e999 is too large to compute with"),
        ("y ~ a*x\nq := " + "-" * 400 + "a", "nested too deeply; split it"),
        ("y ~ a*x\nq := " + "a+" * 400 + "a", "nested too deeply; split it"),
        ("y ~ a*x\nq := " + "a+" * 6000 + "a", "longer than 10000 signs; split it"),
        ("y ~ fi*x\nq := ﬁ", "malformed"),
        ("y ~ a*x\nq := r\nr := q", "uses 'r', which is no label and no earlier definition"),
        ("y ~ " + "1" * 100_000, "1…' cannot be read"),
        ("", "no regression"),
        ("y ~~ z", "no regression"),
    ],
)
def test_a_slip_is_named(model, message):
    with pytest.raises(InputError) as caught:
        parse_model(model)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_that_is_no_text():
    with pytest.raises(InputError, match="give lavaan syntax as a string"):
        parse_model(["y ~ x"])


def test_outcomes_that_predict_nothing_covary_unless_told_otherwise():
    free = build_structure(parse_model("y1 ~ x\ny2 ~ x"))
    assert ("y1", "y2") in [(t.lhs, t.rhs) for t in free.covariances]
    told = build_structure(parse_model("y1 ~ x\ny2 ~ x\ny1 ~~ 0*y2"))
    assert told.n_parameters == free.n_parameters - 1
    chain = build_structure(parse_model("m ~ x\ny ~ m"))
    assert all(t.lhs == t.rhs for t in chain.covariances)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("y ~ x\nx ~ z\nz ~ y", "not recursive: "),
        ("y ~ x\ny ~~ x", "'x' is not an outcome"),
        ("y ~ a*x\ny ~~ a*y", "label 'a' stands for a regression and for a (co)variance"),
    ],
)
def test_a_structure_that_cannot_be_estimated(model, message):
    with pytest.raises(InputError) as caught:
        build_structure(parse_model(model))
    assert message in str(caught.value)


def test_equal_labels_share_one_parameter():
    structure = build_structure(parse_model("y ~ a*x + a*z + w\nw ~ a*x"))
    assert structure.n_parameters == 4  # a, y ~ w, two residual variances
    first, psi = structure.matrices(np.array([2.0, 3.0, 1.0, 4.0]))
    assert (first == 2.0).sum() == 3
    np.testing.assert_array_equal(np.sort(np.diag(psi)), [1.0, 4.0])
