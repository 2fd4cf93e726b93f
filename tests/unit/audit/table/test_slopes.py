"""Conditional effects that follow from b1 + b3 w, and the same with one error."""

import pytest

from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, POSSIBLE
from helpers.audit.table.settings import Settings

B1, B3 = 0.412, 0.085
COEFFICIENTS = Grid(
    "Table 2", [["Predictor", "b"], ["Alliance", f"{B1}"], ["Support", "0.201"],
                ["Alliance × Support", f"{B3}"]],
)  # fmt: skip


def _effects(values, wrong=None, center=0.0):
    rows = [["Support", "Effect"]]
    for w in values:
        effect = B1 + B3 * (w - center) + (0.08 if w == wrong else 0.0)
        rows.append([f"{w:.2f}", f"{effect:.3f}"])
    return Grid("Table 3", rows)


def _verdicts(*grids):
    findings = examine([Document("t.md", list(grids))], Settings()).findings
    return {(f.check, f.verdict) for f in findings}, {f.reading for f in findings if f.reading}


def test_effects_at_printed_values_lie_on_a_line_with_the_slope_of_the_product():
    verdicts, _ = _verdicts(COEFFICIENTS, _effects([-1.64, 0.0, 2.13]))
    assert verdicts == {
        ("conditional effects lie on a line", CONSISTENT),
        ("difference of effects = product × difference of the moderator", CONSISTENT),
        ("effect at the moderator's zero = coefficient of the focal variable", CONSISTENT),
    }


def test_centering_moves_the_line_and_not_its_slope():
    verdicts, _ = _verdicts(COEFFICIENTS, _effects([3.1, 4.7, 6.6], center=4.5))
    assert {verdict for _, verdict in verdicts} == {CONSISTENT}
    assert len(verdicts) == 2


@pytest.mark.parametrize("wrong", [-1.64, 0.0, 2.13])
def test_an_effect_off_the_line_is_found_and_its_assumption_named(wrong):
    verdicts, readings = _verdicts(_effects([-1.64, 0.0, 2.13], wrong=wrong))
    assert verdicts == {("conditional effects lie on a line", POSSIBLE)}
    assert readings == {"the moderator enters in another way than by one product"}


def test_named_levels_are_even_only_where_they_are_said_to_be():
    def levels(low, high, middle="0.500"):
        return Grid(
            "t", [["Support", "Simple slope"], [low, "0.300"], ["Mean", middle], [high, "0.600"]]
        )

    _, readings = _verdicts(levels("Low (16th percentile)", "High (84th percentile)"))
    (reading,) = readings
    assert reading.startswith("the moderator's values are not evenly spaced")
    _, readings = _verdicts(levels("-1 SD", "+1 SD"))
    assert readings == {"the moderator enters in another way than by one product"}
    verdicts, _ = _verdicts(levels("-1 SD", "+1 SD", "0.450"))
    assert verdicts == {("conditional effects lie on a line", CONSISTENT)}


def test_effects_fall_where_the_product_is_negative():
    falling = Grid("t", [["", "b"], ["Alliance × Support", "-0.085"], ["-1 SD", "0.30"],
                         ["+1 SD", "0.52"]])  # fmt: skip
    verdicts, _ = _verdicts(falling)
    assert verdicts == {("effects rise with the moderator where the product is positive", POSSIBLE)}


def test_groups_called_low_and_high_are_no_levels_of_a_moderator():
    groups = [["", "b"], ["Low income", "0.30"], ["Medium income", "0.10"], ["High income", "0.60"]]
    assert not _verdicts(Grid("t", groups))[0]


def test_numbered_rows_of_a_regression_are_no_moderator():
    """Steps and models are numbered, too."""
    verdicts, _ = _verdicts(Grid("t", [["Step", "b"], ["1", "0.52"], ["2", "0.11"], ["3", "0.47"]]))
    assert not verdicts
    assert IMPOSSIBLE not in {verdict for _, verdict in verdicts}
