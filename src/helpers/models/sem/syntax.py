"""Read a path model written in lavaan syntax.

A reader's model is checked here, so that a slip is named with its line.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from helpers.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import semopy

_NAME = r"[^\W\d][\w.]*"
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_OPERATOR = re.compile(r":=|=~|~\*~|~~|==|<~|~|<|>|=")
_TERM = re.compile(rf"(?:(?P<modifier>{_NAME}|{_NUMBER})\s*\*\s*)?(?P<name>{_NAME})")
_UNSUPPORTED = {
    "=~": "latent variables ('=~') are not path models of observed variables; use a scale score",
    "~*~": "response scales ('~*~') are for ordinal data; treat the scores as continuous",
    "<~": "composites ('<~') are not supported; compute the composite as a column",
    "==": "constraints with '==' are not supported; give both coefficients the same label",
    "<": "inequality constraints are not supported; remove the line",
    ">": "inequality constraints are not supported; remove the line",
    "=": "'=' is not an operator; a regression is written 'y ~ x', a definition 'name := a*b'",
}


def magnitude(values: np.ndarray) -> np.ndarray:
    """|x|, of complex values by their real part, so that a complex step gives its slope."""
    return np.where(np.real(values) < 0, -values, values)


FUNCTIONS: Mapping[str, Callable] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "abs": magnitude,
}


@dataclass(frozen=True)
class Term:
    """One coefficient or (co)variance: `lhs op rhs`, free unless `fixed` holds its value."""

    lhs: str
    op: str
    rhs: str
    label: str = ""
    fixed: float | None = None


@dataclass(frozen=True)
class Definition:
    """One defined effect: `name := expression`, in terms of labels and earlier definitions."""

    name: str
    expression: str

    def names(self) -> set[str]:
        """Labels and definitions that the expression uses."""
        nodes = list(ast.walk(_expression_tree(self.expression)))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        return {
            _dotted(node.id)
            for node in nodes
            if isinstance(node, ast.Name) and id(node) not in called
        }

    def denominators(self) -> tuple[Definition, ...]:
        """What the expression divides by, each as a definition of its own."""
        return tuple(
            Definition(f"denominator of {self.name}", ast.unparse(node.right).replace(_DOT, "."))
            for node in ast.walk(_expression_tree(self.expression))
            if isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and not isinstance(node.right, ast.Constant)
        )

    def evaluate(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Value of the expression, elementwise where `values` are arrays of draws."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return _evaluate(_expression_tree(self.expression).body, values)


@dataclass(frozen=True)
class ModelSyntax:
    """A path model as written: regressions, (co)variances and definitions, in the order given."""

    regressions: tuple[Term, ...]
    covariances: tuple[Term, ...]
    definitions: tuple[Definition, ...]


def parse_model(model: str | semopy.Model) -> ModelSyntax:
    """Read lavaan model syntax for a path model of observed variables.

    Parameters
    ----------
    model : str or semopy.Model
        Of a `semopy.Model` its description is read. Lines such as `y ~ b*m + 0*x`, `y1 ~~ y2`,
        `indirect := a*b`. `#` and `!` start a comment, `;` separates statements, a line that ends
        in an operator or begins with `+` continues.
        Before `*` stands a label, a fixed number, or NA for a free coefficient. Expressions in
        definitions may use + - * / ^ ( ) and sqrt, exp, log, abs.

    Returns
    -------
    ModelSyntax

    Raises
    ------
    InputError
        Names the line and what is wrong with it.
    """
    # a semopy.Model is told by its description, so that semopy need not be loaded for a text
    text = model if isinstance(model, str) else getattr(model, "description", None)
    if not isinstance(text, str):
        raise InputError(
            f"model is {type(model).__name__}; give lavaan syntax as a string, or a semopy.Model."
        )
    terms: dict[tuple[str, str, str], Term] = {}
    definitions: dict[str, Definition] = {}
    for number, statement in _statements(text):
        where = f"model line {number}: {_show(statement)}"
        lhs, operator, rhs = _split(statement, where)
        if operator == ":=":
            definition = _read_definition(lhs, rhs, where)
            if definition.name in definitions:
                raise InputError(f"{where}: '{definition.name}' is defined twice.")
            definitions[definition.name] = definition
            continue
        for term in _read_terms(lhs, operator, rhs, where):
            key = _key(term)
            if key in terms:
                raise InputError(
                    f"{where}: '{term.lhs} {term.op} {term.rhs}' stands in the model twice."
                )
            terms[key] = term
    regressions = tuple(t for t in terms.values() if t.op == "~")
    if not regressions:
        raise InputError("model has no regression: write at least one line such as 'y ~ x'.")
    syntax = ModelSyntax(
        regressions,
        tuple(t for t in terms.values() if t.op == "~~"),
        tuple(definitions.values()),
    )
    _check_definitions(syntax)
    return syntax


def _show(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


def _key(term: Term) -> tuple[str, str, str]:
    if term.op == "~~":
        return (term.op, *sorted((term.lhs, term.rhs)))
    return (term.op, term.lhs, term.rhs)


def _statements(model: str):
    """Statements with the number of the line on which each begins."""
    pending, start = "", 0
    for number, line in enumerate(model.splitlines(), start=1):
        text = re.split(r"[#!]", line, maxsplit=1)[0].strip()
        if not text:
            continue
        if pending and (text[0] in "+*" or pending[-1] in "+*~=-/("):
            pending += " " + text
            continue
        if pending:
            yield from ((start, part) for part in _parts(pending))
        pending, start = text, number
    if pending:
        yield from ((start, part) for part in _parts(pending))


def _parts(text: str):
    return [part.strip() for part in text.split(";") if part.strip()]


def _split(statement: str, where: str) -> tuple[str, str, str]:
    found = _OPERATOR.search(statement)
    if found is None:
        raise InputError(
            f"{where}: no operator found; a regression is written 'y ~ x', a covariance 'y ~~ x', "
            "a definition 'name := a*b'."
        )
    operator = found.group()
    if operator in _UNSUPPORTED:
        raise InputError(f"{where}: {_UNSUPPORTED[operator]}.")
    lhs, rhs = statement[: found.start()].strip(), statement[found.end() :].strip()
    if not lhs or not rhs:
        side = "after" if lhs else "before"
        raise InputError(f"{where}: nothing stands {side} '{operator}'.")
    return lhs, operator, rhs


def _read_terms(lhs: str, operator: str, rhs: str, where: str):
    for outcome in lhs.split("+"):
        if not re.fullmatch(_NAME, outcome.strip()):
            raise InputError(f"{where}: {_show(outcome.strip())} is not a variable name.")
    written = []
    for text in rhs.split("+"):
        text = text.strip()
        if operator == "~" and re.fullmatch(r"(.*\*\s*)?[01]", text):
            raise InputError(
                f"{where}: intercepts ('~ 1') are not part of the model; the data are centred."
            )
        match = _TERM.fullmatch(text)
        if match is None:
            raise InputError(
                f"{where}: {_show(text)} cannot be read; a term is 'x', 'label*x' or '0.5*x'."
            )
        written.append((match["modifier"], match["name"]))
    if len({name for _, name in written}) < len(written):
        raise InputError(f"{where}: a variable stands twice on the right-hand side.")
    for outcome in lhs.split("+"):
        outcome = outcome.strip()
        for modifier, name in written:
            if modifier and re.fullmatch(_NUMBER, modifier) and abs(float(modifier)) > _LARGEST:
                raise InputError(f"{where}: {modifier[:30]} is too large to compute with.")
            if operator == "~" and outcome == name:
                raise InputError(f"{where}: '{outcome}' is regressed on itself.")
            yield _term(outcome, operator, name, modifier)


def _term(lhs: str, op: str, rhs: str, modifier: str | None) -> Term:
    if modifier in (None, "NA"):
        return Term(lhs, op, rhs)
    if re.fullmatch(_NUMBER, modifier):
        return Term(lhs, op, rhs, fixed=float(modifier))
    return Term(lhs, op, rhs, label=modifier)


def _read_definition(lhs: str, rhs: str, where: str) -> Definition:
    if not re.fullmatch(_NAME, lhs):
        raise InputError(f"{where}: {_show(lhs)} is not a name for a defined effect.")
    definition = Definition(lhs, rhs)
    if len(rhs) > _LONGEST:
        raise InputError(f"{where}: longer than {_LONGEST} signs; {_SPLIT}.")
    try:
        _check_expression(_expression_tree(definition.expression).body)
    except (RecursionError, MemoryError):
        raise InputError(f"{where}: the expression is nested too deeply; {_SPLIT}.") from None
    except (SyntaxError, ValueError) as error:
        detail = error.args[0] if isinstance(error, ValueError) else "the expression is malformed"
        raise InputError(
            f"{where}: {detail}; use labels, numbers, + - * / ^ ( ) and {', '.join(FUNCTIONS)}."
        ) from None
    return definition


def _check_definitions(syntax: ModelSyntax) -> None:
    known = {t.label for t in (*syntax.regressions, *syntax.covariances) if t.label}
    for definition in syntax.definitions:
        if definition.name in known:
            raise InputError(
                f"'{definition.name}' is a label and a definition; give the effect another name."
            )
        for name in sorted(definition.names() - known):
            raise InputError(
                f"{_show(f'{definition.name} := {definition.expression}')} uses '{name}', which is "
                f"no label and no earlier definition.{did_you_mean(name, sorted(known))}"
            )
        known.add(definition.name)


_DOT = "·"  # allowed in Python's names, and in none of ours
_LONGEST, _DEEPEST, _LARGEST = 10_000, 300, 1e15
_SPLIT = "split it into several definitions"


def _dotted(identifier: str) -> str:
    return identifier.replace(_DOT, ".")


@cache
def _expression_tree(expression: str) -> ast.Expression:
    # Python reads look-alikes of a letter as that letter; here they are names of their own
    alike = unicodedata.normalize("NFKC", expression) != expression
    if alike or _DOT in expression or not expression.isprintable():
        raise SyntaxError
    text = expression.replace("^", "**")
    text = re.sub(rf"{_NAME}", lambda name: name.group().replace(".", _DOT), text)
    return ast.parse(text.strip(), mode="eval")


_BINARY = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}


def _check_expression(node: ast.expr, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise RecursionError
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check_expression(left, depth + 1)
            _check_expression(right, depth + 1)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check_expression(operand, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in FUNCTIONS:
                raise ValueError(f"'{_dotted(name)}' is not a function known here")
            _check_expression(argument, depth + 1)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            try:
                finite = math.isfinite(value)
            except OverflowError:
                finite = False
            if not finite:
                raise ValueError("a number is too large")
        case ast.Name():
            pass
        case _:
            raise ValueError(f"{_show(ast.unparse(node).replace(_DOT, '.'))} cannot be used here")


def _evaluate(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return np.negative(_evaluate(operand, values))
        case ast.UnaryOp(operand=operand):
            return _evaluate(operand, values)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_evaluate(argument, values))
        case ast.Constant(value=value):
            return np.float64(value)
        case ast.Name(id=identifier):
            return values[_dotted(identifier)]
