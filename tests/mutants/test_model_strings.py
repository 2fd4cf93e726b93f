"""Damaged model strings: each is read as it is meant or named in one line, and none is executed."""

import re
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.models.sem.model import fit_path_model
from helpers.models.sem.syntax import ModelSyntax, Term, parse_model

MODEL = (
    "m ~ a*x + d*z",
    "y ~ b*m + c*x + 0.5*z",
    "w ~ e*m + f*y + NA*x",
    "m ~~ v*m",
    "indirect := a*b",
    "share := indirect/(indirect + c)",
    "curve := sqrt(abs(a^2 - b)) + exp(-0.1*share)",
)
LABELS = {term: 0.3 + i / 10 for i, term in enumerate("abcdefv")}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    x, z = rng.standard_normal((2, 120))
    m = 0.5 * x + 0.3 * z + rng.standard_normal(120)
    y = 0.4 * m + 0.2 * x + 0.5 * z + rng.standard_normal(120)
    w = 0.3 * m + 0.3 * y + rng.standard_normal(120)
    return pd.DataFrame({"x": x, "z": z, "m": m, "y": y, "w": w})


def _values(syntax: ModelSyntax) -> dict[str, float]:
    """Evaluate every definition at the same values of the labels."""
    used = {t.label for t in (*syntax.regressions, *syntax.covariances) if t.label}
    values = {label: np.float64(LABELS.get(label, 0.7)) for label in used}
    for definition in syntax.definitions:
        values[definition.name] = definition.evaluate(values)
    return {d.name: float(values[d.name]) for d in syntax.definitions}


# Changes that leave the meaning ------------------------------------------------------------------


@st.composite
def same_models(draw) -> str:
    """Write the model with its terms, lines, blanks and comments in another way."""
    lines = []
    for line in MODEL:
        left, operator, right = re.split(r"\s(:=|~~|~)\s", line)
        if operator == "~":
            right = " + ".join(draw(st.permutations(right.split(" + "))))
        else:
            right = draw(st.sampled_from([right, right.replace(" ", "")]))
        blank = draw(st.sampled_from(["", " ", "  ", "\t"]))
        if operator != ":=" and draw(st.booleans()):
            right = right.replace(" + ", draw(st.sampled_from([" +\n ", "\n+ ", "+", "  +  "])))
        lines.append(f"{blank}{left}{blank}{operator}{blank}{right}")
    regressions = draw(st.permutations(lines[:4]))
    note = draw(st.sampled_from(["", " # m ~ x := [", " ! y ~ q", " # ;;"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n", f"{note}\n", "\n   \n# nothing\n"]))
    return end.join([*regressions, *lines[4:]]) + end


def test_another_way_of_writing_gives_the_same_model(mutants, in_time):
    def as_set(syntax: ModelSyntax) -> set[Term]:
        return {*syntax.regressions, *syntax.covariances}

    clean = parse_model("\n".join(MODEL))

    @mutants(60)
    @given(same_models())
    def check(text):
        with in_time():
            read = parse_model(text)
        assert as_set(read) == as_set(clean)
        assert _values(read) == pytest.approx(_values(clean), rel=1e-12)

    check()


# Changes anywhere --------------------------------------------------------------------------------

PIECES = [
    *(
        "~",
        "~~",
        ":=",
        "=~",
        "==",
        "<",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
    ),
    *("a", "b", "q", "x", "m", "0", "1", "2", "0.5*", "1e9", "1e999", "9^9^9^9", "9" * 400, "NA*"),
    *(
        " ",
        "\n",
        "\t",
        ";",
        "#",
        "!",
        "'",
        '"',
        "\\",
        "\0",
        "\x1b[31m",
        "\u2028",
        "\u200b",
        "а",
        "ﬁ",
    ),
    *(
        "log",
        "exp(",
        "sqrt",
        "abs",
        "__import__('os').system('true')",
        ".__class__",
        "lambda:",
        "if",
    ),
    *(
        "None",
        "True",
        "start(1)*",
        "c(1,2)*",
        "a:=b",
        "y ~ x\n",
        "q := a\n",
        "a := b\nb := a\n",
        "()",
    ),
    *(
        "(" * 150,
        "-" * 500,
        "+a" * 500,
        "exp(" * 99 + "a" + ")" * 99,
        "1" * 5000,
        "x" * 5000,
        "`",
        "{a}",
    ),
]


@st.composite
def damaged_models(draw) -> str:
    text = "\n".join(draw(st.permutations(MODEL))) if draw(st.booleans()) else "\n".join(MODEL)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(st.sampled_from(["", *PIECES])) + text[at + cut :]
    return text


class _Watch:
    """What an interpreter does beside computing, from the moment it is switched on."""

    def __init__(self) -> None:
        self.on, self.seen = False, []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple) -> None:
        if self.on and event.split(".")[0] in (
            "exec",
            "import",
            "open",
            "os",
            "subprocess",
            "socket",
        ):
            self.seen.append((event, arguments))


WATCH = _Watch()


def test_a_damaged_model_is_named_in_one_line_and_never_executed(mutants, in_time):
    counts = {"read": 0, "refused": 0}

    @mutants(200)
    @given(damaged_models())
    def check(text):
        WATCH.seen.clear()
        WATCH.on = True
        try:
            with in_time(5), warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                values = _values(parse_model(text))
        except InputError as error:
            message = str(error)
            assert message.isprintable()
            assert len(message) < 1000
            counts["refused"] += 1
        else:
            assert all(isinstance(value, float) for value in values.values())
            counts["read"] += 1
        finally:
            WATCH.on = False
        assert WATCH.seen == []

    check()
    print(f"model strings: {counts['read']} read, {counts['refused']} refused")
    assert min(counts.values()) > 2


# Models put together at random -------------------------------------------------------------------


@st.composite
def assembled_models(draw) -> str:
    """Well-formed statements about the variables, whether or not they make a model."""
    prefix = st.sampled_from(["", "", "", "", "a*", "b*", "NA*", "0*", "0.5*", "-1e6*", "1e300*"])
    lines = []
    for outcome in draw(st.lists(st.sampled_from("mywmywx"), min_size=1, max_size=4)):
        operator = draw(st.sampled_from(["~", "~", "~", "~~"]))
        before = "xzmyw".split(outcome)[0] or "zm"
        terms = draw(st.lists(st.sampled_from(before), min_size=1, max_size=3, unique=True))
        right = " + ".join(draw(prefix) + term for term in terms)
        lines.append(f"{outcome} {operator} {right}")
    for _ in range(draw(st.integers(0, 2))):
        lines.append(
            draw(st.sampled_from(["q := a*b", "r := a/b", "s := 9^9^9^9*a", "t := log(a)"]))
        )
    return "\n".join(lines)


def test_any_well_formed_model_is_fitted_or_named_in_one_line(data, mutants, in_time):
    counts = {"fitted": 0, "refused": 0}

    @mutants(40)
    @given(assembled_models())
    def check(text):
        try:
            with in_time(), warnings.catch_warnings(record=True) as noted:
                warnings.simplefilter("always")
                fit = fit_path_model(text, data)
        except InputError as error:
            printable = str(error).isprintable()
            assert printable, text
            counts["refused"] += 1
            return
        counts["fitted"] += 1
        infinite = fit.parameters[~np.isfinite(fit.parameters["est"])]
        assert set(infinite["op"]) <= {":="}
        said = [str(note.message) for note in noted]
        assert all(any(repr(name) in line for line in said) for name in infinite["lhs"]), said

    check()
    print(f"assembled models: {counts['fitted']} fitted, {counts['refused']} refused")
    assert min(counts.values()) > 2
