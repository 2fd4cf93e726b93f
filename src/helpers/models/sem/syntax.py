"""Read a model written in lavaan syntax.

A reader's model is checked here, so that a slip is named with its line. `parse_sem` reads all that
`fit_sem` estimates; `parse_model` is its part for recursive path models of observed variables.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from helpers.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import semopy

_NAME = r"[^\W\d][\w.]*"
_PRODUCT = rf"{_NAME}(?::{_NAME})?"
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_OPERATOR = re.compile(r":=|=~|~\*~|~~|==|<~|<-(?!\s*[\d.])|~|<|>|=|\||:(?=\s*\w+\s*$)")
_NEVER = {
    "~*~": "response scales ('~*~') are for ordinal data; treat the scores as continuous",
    "|": "thresholds ('|') are for ordinal data; treat the scores as continuous",
    ":": "blocks ('group:', 'level:') are not supported; fit each group by itself",
    "<-": "'<-' is not an operator; a regression is written 'y ~ x'",
    "=": "'=' is not an operator; a regression is written 'y ~ x', a definition 'name := a*b'",
}
_NOT_A_PATH = {
    "=~": "latent variables ('=~') are not path models of observed variables; use a scale score, "
    "or fit_sem",
    "<~": "composites ('<~') are not supported; compute the composite as a column, or use fit_sem",
    "==": "constraints with '==' are not supported; give both coefficients the same label, or use "
    "fit_sem",
    "<": "inequality constraints are not supported; remove the line, or use fit_sem",
    ">": "inequality constraints are not supported; remove the line, or use fit_sem",
}


def magnitude(values: np.ndarray) -> np.ndarray:
    """|x|, of complex values by their real part, so that a complex step gives its slope."""
    return np.where(np.real(values) < 0, -values, values)


FUNCTIONS: Mapping[str, Callable] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "abs": magnitude,
    "max": np.maximum,
    "min": np.minimum,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "atan": np.arctan,
}
_PAIRED = ("max", "min")


@dataclass(frozen=True)
class Term:
    """One loading, coefficient, (co)variance or intercept, free unless `fixed` holds its value.

    Attributes
    ----------
    lhs, op, rhs : str
        As in lavaan's parameter table; an intercept is `y ~1` with an empty `rhs`.
    label : str
    fixed, start, lower, upper : float, optional
    freed : bool
        `NA*x`: free, where it would be fixed by default (the first loading of a factor).
    """

    lhs: str
    op: str
    rhs: str
    label: str = ""
    fixed: float | None = None
    start: float | None = None
    lower: float | None = None
    upper: float | None = None
    freed: bool = field(default=False, compare=False)


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
class Constraint:
    """`lhs op rhs` with op "==", "<" or ">", in terms of labels and definitions."""

    lhs: str
    op: str
    rhs: str

    @property
    def excess(self) -> Definition:
        """What is zero under "==" and not negative under "<" and ">"."""
        left, right = (self.rhs, self.lhs) if self.op == "<" else (self.lhs, self.rhs)
        return Definition(f"{self.lhs} {self.op} {self.rhs}", f"({left}) - ({right})")


@dataclass(frozen=True)
class ModelSyntax:
    """A model as written, in the order given."""

    terms: tuple[Term, ...]
    definitions: tuple[Definition, ...]
    constraints: tuple[Constraint, ...] = ()

    def of(self, *ops: str) -> tuple[Term, ...]:
        """The terms with one of these operators."""
        return tuple(t for t in self.terms if t.op in ops)

    @property
    def regressions(self) -> tuple[Term, ...]:
        """Paths."""
        return self.of("~")

    @property
    def covariances(self) -> tuple[Term, ...]:
        """Variances and covariances."""
        return self.of("~~")


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
    syntax = _parse(model, _NOT_A_PATH)
    _check_definitions(syntax, {t.label for t in syntax.terms if t.label})
    if not syntax.regressions:
        raise InputError("model has no regression: write at least one line such as 'y ~ x'.")
    bounded = next((t for t in syntax.terms if (t.lower, t.upper) != (None, None)), None)
    if bounded is not None:
        raise InputError(
            f"'{' '.join(key_text(bounded))}' has a bound; path models are fitted without bounds: "
            "remove it, or use fit_sem."
        )
    return syntax


def parse_sem(model: str | semopy.Model) -> ModelSyntax:
    """Read lavaan model syntax: all of `parse_model`, and what latent variables need.

    Parameters
    ----------
    model : str or semopy.Model
        Beside regressions, (co)variances and definitions: loadings `f =~ x1 + x2`, composites
        `f <~ x1 + x2`, intercepts `y ~ 1`, products `x:z` of two columns, constraints `a == 2*b`,
        `a > 0`, and before `*` also `start(.5)`, `"label"`, `label("a")`, `equal("m ~ x")`,
        `c(a)`, `lower(0)`, `upper(1)` and numbers such as `sqrt(2)`; `.5?x` is a starting value.

    Returns
    -------
    ModelSyntax

    Raises
    ------
    InputError
        Names the line and what is wrong with it.
    """
    return parse_groups(model, 1)[0]


def parse_groups(model: str | semopy.Model, n_groups: int) -> tuple[ModelSyntax, ...]:
    """Read a model for several groups: of `c(a, b)*x` each group has its own label or number."""
    found = [_parse(model, {}, group, n_groups) for group in range(n_groups)]
    if not found[0].terms:
        raise InputError("model has no parameter: write at least one line such as 'y ~ x'.")
    _check_definitions(found[0], {t.label for syntax in found for t in syntax.terms if t.label})
    return tuple(found)


def parse_hypotheses(text: str, labels: Sequence[str]) -> tuple[Constraint, ...]:
    """Read lines such as `a == b` or `a*b == 0`, in terms of labels that a model has."""
    found = []
    for number, statement in _statements(text):
        where = f"hypothesis line {number}: {_show(statement)}"
        lhs, operator, rhs = _split(statement, where, {})
        if operator != "==":
            raise InputError(f"{where}: a hypothesis is written with '==', such as 'a == b'.")
        constraint = Constraint(lhs, operator, rhs)
        _check_written(constraint.excess.expression, where)
        found.append(constraint)
    if not found:
        raise InputError("no hypothesis is given; write one such as 'a == b'.")
    _check_labels(found, set(labels))
    return tuple(found)


def _parse(
    model: str | semopy.Model, refused: Mapping[str, str], group: int = 0, n_groups: int = 1
) -> ModelSyntax:
    # a semopy.Model is told by its description, so that semopy need not be loaded for a text
    text = model if isinstance(model, str) else getattr(model, "description", None)
    if not isinstance(text, str):
        raise InputError(
            f"model is {type(model).__name__}; give lavaan syntax as a string, or a semopy.Model."
        )
    terms: dict[tuple[str, str, str], Term] = {}
    definitions: dict[str, Definition] = {}
    constraints: list[Constraint] = []
    for number, statement in _statements(text):
        where = f"model line {number}: {_show(statement)}"
        lhs, operator, rhs = _split(statement, where, _NEVER | refused)
        if operator == ":=":
            definition = _read_definition(lhs, rhs, where)
            if definition.name in definitions:
                raise InputError(f"{where}: '{definition.name}' is defined twice.")
            definitions[definition.name] = definition
            continue
        if operator in ("==", "<", ">"):
            constraint = Constraint(lhs, operator, rhs)
            _check_written(constraint.excess.expression, where)
            constraints.append(constraint)
            continue
        rhs = _of_group(rhs, where, group, n_groups)
        for term in _read_terms(lhs, operator, rhs, where, intercepts=not refused):
            key = _key(term)
            if key in terms:
                raise InputError(f"{where}: '{' '.join(key_text(term))}' is in the model twice.")
            terms[key] = term
    return ModelSyntax(
        tuple(_share(terms).values()), tuple(definitions.values()), tuple(constraints)
    )


def key_text(term: Term) -> tuple[str, ...]:
    """`lhs op rhs` as it is written."""
    return (term.lhs, "~", "1") if term.op == "~1" else (term.lhs, term.op, term.rhs)


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


def _split(statement: str, where: str, refused) -> tuple[str, str, str]:
    found = _OPERATOR.search(statement)
    if found is None:
        raise InputError(
            f"{where}: no operator found; a regression is written 'y ~ x', a covariance 'y ~~ x', "
            "a definition 'name := a*b'."
        )
    operator = found.group()
    if operator in refused:
        raise InputError(f"{where}: {refused[operator]}.")
    lhs, rhs = statement[: found.start()].strip(), statement[found.end() :].strip()
    if not lhs or not rhs:
        side = "after" if lhs else "before"
        raise InputError(f"{where}: nothing stands {side} '{operator}'.")
    return lhs, operator, rhs


_BY_GROUP = re.compile(r"(?<![\w.])c\s*\(([^()]*)\)")


def _of_group(rhs: str, where: str, group: int, n_groups: int) -> str:
    """A right-hand side with one group's part of each `c(a, b)`."""

    def choose(found: re.Match) -> str:
        parts = [part.strip() for part in found[1].split(",")]
        if len(parts) not in (1, n_groups) or not all(parts):
            have = "there is one" if n_groups == 1 else f"the data have {n_groups}"
            raise InputError(f"{where}: {_show(found[0])} names {len(parts)} groups; {have}.")
        return parts[group if len(parts) > 1 else 0]

    return _BY_GROUP.sub(choose, rhs)


def _read_terms(lhs: str, operator: str, rhs: str, where: str, *, intercepts: bool):
    outcomes = [name.strip() for name in lhs.split("+")]
    for outcome in outcomes:
        if not re.fullmatch(_NAME, outcome):
            raise InputError(f"{where}: {_show(outcome)} is not a variable name.")
    written: dict[str, dict] = {}
    for text in _summands(rhs.removeprefix("+")):
        name, modifier = _read_summand(text, where)
        if operator == "~" and name in ("0", "1"):
            if not intercepts:
                raise InputError(
                    f"{where}: intercepts ('~ 1') are not part of the model; the data are centered."
                )
            modifier = {"fixed": 0.0} if name == "0" else modifier
            name = ""
        elif name in ("0", "1"):
            raise InputError(f"{where}: {_show(text)} cannot be read; a term is 'x' or 'label*x'.")
        earlier = written.get(name)
        if earlier is not None and (not earlier or not modifier or set(earlier) & set(modifier)):
            raise InputError(f"{where}: a variable appears twice on the right-hand side.")
        written[name] = {**(earlier or {}), **modifier}
    for outcome in outcomes:
        for name, modifier in written.items():
            if operator == "~" and outcome == name:
                raise InputError(f"{where}: '{outcome}' is regressed on itself.")
            if operator == "=~" and outcome == name:
                raise InputError(f"{where}: '{outcome}' is measured by itself.")
            yield Term(outcome, operator if name else "~1", name, **modifier)


_EXPONENT = re.compile(r"(?:^|[^\w.])[\d.]+[eE]$")


def _summands(text: str) -> list[str]:
    """What stands between the plus signs that are in no bracket, string or exponent."""
    parts, depth, quote, start = [], 0, "", 0
    for k, sign in enumerate(text):
        if quote or sign in "\"'":
            quote = "" if sign == quote else quote or sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "+" and depth == 0 and not _EXPONENT.search(text[start:k]):
            parts.append(text[start:k].strip())
            start = k + 1
    return [*parts, text[start:].strip()]


def _read_summand(text: str, where: str) -> tuple[str, dict]:
    """The variable of a term, and what its modifier says by the names of Term's fields."""
    found = re.fullmatch(
        rf"(?:(?P<modifier>.*\S)\s*(?P<sign>[*?])\s*)?(?P<name>{_PRODUCT}|[01])", text
    )
    if found is None:
        raise InputError(
            f"{where}: {_show(text)} cannot be read; a term is 'x', 'label*x' or '0.5*x'."
        )
    if found["modifier"] is None:
        return found["name"], {}
    modifier = _read_modifier(found["modifier"], where)
    if modifier is None or (found["sign"] == "?" and "fixed" not in modifier):
        raise InputError(
            f"{where}: {_show(text)} cannot be read; a term is 'x', 'label*x' or '0.5*x'."
        )
    if found["sign"] == "?":
        modifier = {"start": modifier["fixed"]}
    return found["name"], modifier


_FREE = ("NA", "NaN", "NA_real_", "NA_integer_")
_WORDS_OF_R = {
    *("TRUE", "FALSE", "NULL", "Inf", "if", "else", "for", "while", "repeat", "function"),
    *("in", "next", "break"),
}
_CALL = re.compile(r"(?P<name>start|label|equal|lower|upper)\s*\((?P<argument>.*)\)")


def _read_modifier(text: str, where: str) -> dict | None:
    """What stands before the star, or None where it cannot be read."""
    if text in _FREE:
        return {"freed": True}
    if text in _WORDS_OF_R:
        raise InputError(f"{where}: {text!r} is a word of R and no label; choose another.")
    if re.fullmatch(_NAME, text):
        return {"label": text}
    quoted = re.fullmatch(rf"([\"'])({_NAME})\1", text)
    if quoted:
        return {"label": quoted[2]}
    call = _CALL.fullmatch(text)
    if call is None:
        value = _number(text, where)
        return None if value is None else {"fixed": value}
    argument = call["argument"].strip()
    if call["name"] == "equal":
        same = re.fullmatch(rf"([\"'])\s*({_NAME})\s*(=~|~~|~)\s*({_NAME}|1)\s*\1", argument)
        return {"label": f"={same[2]}{same[3]}{same[4]}"} if same else None
    if call["name"] == "label":
        return _read_modifier(argument, where) if argument[:1] in "\"'" and argument else None
    value = _number(argument, where)
    return None if value is None else {call["name"]: value}


def _number(text: str, where: str) -> float | None:
    """The value of a number or of an expression of numbers; None for anything else."""
    if len(text) > 1000:
        return None
    if re.fullmatch(_NUMBER, text):
        value = float(text)
    else:
        try:
            tree = _expression_tree(text)
            _check_expression(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        if Definition("", text).names():
            return None
        with np.errstate(all="ignore"):
            value = float(_evaluate(tree.body, {}))
    if not abs(value) <= _LARGEST:
        raise InputError(f"{where}: {text[:30]} is too large to compute with.")
    return value


def _share(terms):
    """Tie the terms that `equal("m ~ x")` names, and fix all that share a label with a number."""
    for key, term in terms.items():
        if not term.label.startswith("="):
            continue
        name = term.label[1:]
        twin = next((k for k, t in terms.items() if "".join(key_text(t)) == name), None)
        if twin is None or twin == key:
            raise InputError(f'equal("{name}"): the model has no such parameter.')
        shared = terms[twin].label or name
        terms[twin] = replace(terms[twin], label=shared)
        terms[key] = replace(term, label=shared)
    values = {t.label: t.fixed for t in terms.values() if t.label and t.fixed is not None}
    for key, term in terms.items():
        if values.get(term.label, term.fixed) != term.fixed:
            if term.fixed is not None:
                raise InputError(f"label '{term.label}' is fixed at two different values.")
            terms[key] = replace(term, fixed=values[term.label])
    return terms


def _read_definition(lhs: str, rhs: str, where: str) -> Definition:
    if not re.fullmatch(_NAME, lhs):
        raise InputError(f"{where}: {_show(lhs)} is not a name for a defined effect.")
    _check_written(rhs, where)
    return Definition(lhs, rhs)


def _check_written(expression: str, where: str) -> None:
    if len(expression) > _LONGEST:
        raise InputError(f"{where}: longer than {_LONGEST} signs; {_SPLIT}.")
    try:
        _check_expression(_expression_tree(expression).body)
    except (RecursionError, MemoryError):
        raise InputError(f"{where}: the expression is nested too deeply; {_SPLIT}.") from None
    except (SyntaxError, ValueError) as error:
        detail = error.args[0] if isinstance(error, ValueError) else "the expression is malformed"
        raise InputError(
            f"{where}: {detail}; use labels, numbers, + - * / ^ ( ) and {', '.join(FUNCTIONS)}."
        ) from None


def _check_definitions(syntax: ModelSyntax, labels: set[str]) -> None:
    known = set(labels)
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
    _check_labels(syntax.constraints, known)


def _check_labels(constraints: Iterable[Constraint], known: set[str]) -> None:
    for constraint in constraints:
        for name in sorted(constraint.excess.names() - known):
            raise InputError(
                f"{_show(constraint.excess.name)} uses '{name}', which is no label and no "
                f"definition.{did_you_mean(name, sorted(known))}"
            )


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
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in FUNCTIONS:
                raise ValueError(f"'{_dotted(name)}' is not a function known here")
            if len(arguments) != (2 if name in _PAIRED else 1):
                raise ValueError(
                    f"{name}() takes {'two values' if name in _PAIRED else 'one value'}"
                )
            for argument in arguments:
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
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(_evaluate(argument, values) for argument in arguments))
        case ast.Constant(value=value):
            return np.float64(value)
        case ast.Name(id=identifier):
            return values[_dotted(identifier)]
