"""Printed numbers of the published studies, and their comparison with computed ones.

A study's numbers stand in ``data/<study>/printed/``: one CSV a table, as wide as printed and
character by character as printed. ``source.yml``, above them, names for each table the columns
that key its rows and those that hold words. Everything else in a table is a printed number.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.files import read_yaml
from helpers.paths import list_studies, printed_dir, source_path
from helpers.printed.cells import Cell, cells_of, name_row

__all__ = [
    "AGREES",
    "LAST_DIGIT",
    "PrintedNumber",
    "compare_published",
    "current_rounding",
    "load_published",
    "load_source",
    "melt_published",
    "parse_printed",
    "reading_as",
    "refuse_unknown",
]

_NUMBER = re.compile(
    r"""(?:[pP]\s*(?=[<>≤≥=]))?
        (?P<relation>[<>≤≥]=?|=|~|≈)?\s*
        (?P<bracket>\()?\s*
        (?P<sign>[+-]?)\s*
        (?P<number>(?:\d+(?:,\d+)*\.?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)
        \s*%?\s*[*†‡]*\s*(?(bracket)\))\s*[*†‡]*""",
    re.VERBOSE,
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_DECIMAL_COMMA = re.compile(r"\d*,\d+")
_MINUS = str.maketrans(dict.fromkeys("−–‐‑﹣－", "-"))
_COMMAS = ("", "thousands", "decimal")
ROUNDINGS = ("any", "half", "half-even", "truncated")
_INWARD = Decimal("1e-9")
"""By what share of a unit an end lies inside that does not belong to the interval."""
_ROUNDING: ContextVar[str] = ContextVar("rounding", default="any")
_RELATIONS = {None: "=", "~": "=", "≈": "=", "≤": "<=", "≥": ">="}
_LONG = ["table", "row", "column", "printed", "value", "decimals", "lower", "upper", "relation"]
AGREES = "agrees to the printed digits"
LAST_DIGIT = "differs in the last digit"
_DIFFERS = "differs"
_MISSING = "not reproduced"


@dataclass(frozen=True)
class PrintedNumber:
    """A number as printed, and the unrounded values it can stand for.

    Attributes
    ----------
    text : str
        The characters as printed; a `helpers.printed.cells.PrintedText` knows its cell.
    value : float
        The number they show, in the printed unit: ``74%`` is 74.
    decimals : int
        Digits after the point.
    relation : str
        ``"="``, or ``"<"``, ``">"``, ``"<="``, ``">="`` for a printed bound.
    lower, upper : float
        The values that round to it: `value` minus and plus half a unit of the last digit, unless
        `parse_printed` is told of another way of rounding. Of a bound, the side that it leaves open
        is infinite and the other is `value` itself.
    """

    text: str
    value: float
    decimals: int
    relation: str
    lower: float
    upper: float

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that the number comes from; empty when they are not known."""
        return cells_of(self.text)

    def agrees(self, reproduced: float) -> bool:
        """Whether `reproduced` can print as this number; see `compare_published`."""
        slack = 1e-9 * 10.0**-self.decimals
        if self.relation == "<":
            return reproduced < self.value
        if self.relation == ">":
            return reproduced > self.value
        return self.lower - slack <= reproduced <= self.upper + slack


@contextmanager
def reading_as(rounding: str) -> Iterator[None]:
    """Read all printed numbers within as rounded in one way; see `parse_printed`.

    Raises
    ------
    InputError
        When `rounding` is not one of ``any``, ``half``, ``half-even``, ``truncated``.

    Examples
    --------
    >>> with reading_as("truncated"):
    ...     parse_printed("0.52").upper
    0.53
    """
    token = _ROUNDING.set(_known_rounding(rounding))
    try:
        yield
    finally:
        _ROUNDING.reset(token)


def current_rounding() -> str:
    """Return how printed numbers are being read; see `reading_as`."""
    return _ROUNDING.get()


def parse_printed(text: str, *, comma: str = "", rounding: str = "") -> PrintedNumber:
    """Read a printed number with the interval of the values that round to it.

    Parameters
    ----------
    text : str
        Digits with or without a leading zero (``.047``, ``-0.195``), a sign of inequality
        (``< .001``, ``p < .001``, ``> 2``), any minus sign, apart or not (``− 0.13``), a percent
        sign (``74%``), a decimal comma (``0,45``), grouped thousands (``1,158,000``), brackets
        around it (``(0.03)``), a tilde, stars or daggers (``5.967**``, ``0.05†``), which carry no
        value.
    comma : {"", "thousands", "decimal"}, default ""
        What a comma is. When not given, a number that can be either, such as ``1,234``, is
        refused, and so is ``1,17``, which may be two numbers; ``0,521`` can only be a decimal,
        since no grouped number begins with 0.
    rounding : {"", "any", "half", "half-even", "truncated"}, default ""
        How the digits were made. ``any``: rounded to the nearest, a half either way, so that both
        ends belong to the interval. ``half``: a half away from zero. ``half-even``: a half to the
        even digit. ``truncated``: further digits were dropped, toward zero; ``0.52`` is then 0.52
        to 0.53, and of ``0.00`` the sign is unknown. When not given, as `reading_as` says, and
        else ``any``. A program that rounds its binary numbers breaks the rule for a half now and
        then: ``half`` and ``half-even`` are for numbers known to be rounded as decimals.

    Returns
    -------
    PrintedNumber

    Raises
    ------
    InputError
        When `text` is not one printed number, or not certainly one.

    Examples
    --------
    >>> number = parse_printed("-0.195")
    >>> number.value, number.decimals, number.lower, number.upper
    (-0.195, 3, -0.1955, -0.1945)
    >>> parse_printed("< .001").relation
    '<'
    >>> parse_printed("− 0,13†").value, parse_printed("0.52", rounding="truncated").upper
    (-0.13, 0.53)
    """
    if comma not in _COMMAS:
        raise InputError(f"comma={comma!r} is not one of '', thousands, decimal")
    rounding = _known_rounding(rounding or current_rounding())
    return PrintedNumber(text, *_read_printed(str(text), comma, rounding))


@lru_cache(maxsize=4096)  # an audit reads the same few numbers again and again
def _read_printed(text: str, comma: str, rounding: str) -> tuple[float, int, str, float, float]:
    """Return value, decimals, relation, lower and upper end of a printed number."""
    match = _NUMBER.fullmatch(text.strip().translate(_MINUS))
    if match is None:
        raise _not_a_number(text)
    digits = Decimal(match["sign"] + _without_commas(text, match["number"], comma))
    sign = match["relation"]
    relation = _RELATIONS.get(sign, sign)
    value = float(digits)
    low, high = _interval(digits, rounding)
    lower, upper = {
        "=": (float(low), float(high)),
        "<": (-math.inf, value),
        "<=": (-math.inf, value),
        ">": (value, math.inf),
        ">=": (value, math.inf),
    }[relation]
    return value, -digits.as_tuple().exponent, relation, lower, upper


def load_source(study: str) -> dict:
    """Return ``source.yml`` of a study: citation, keys of the tables, disagreements, remarks.

    Parameters
    ----------
    study : str
        Slug of the study, the name of its folder in ``data/``.

    Raises
    ------
    InputError
        When there is no such study.

    Examples
    --------
    >>> sorted(load_source(list_studies()[0]))
    ['citation', 'disagreements', 'n', 'remarks', 'study', 'tables']
    """
    _check_study(study)
    return read_yaml(source_path(study))


def load_published(study: str, table: str) -> pd.DataFrame:
    """Return one table of a study as printed.

    Parameters
    ----------
    study : str
        Slug of the study, the name of its folder in ``data/``.
    table : str
        ``"table_1"``, …, ``"text"`` or ``"sample"``.

    Returns
    -------
    pandas.DataFrame
        Strings as printed, ``""`` where nothing is printed, indexed by the columns that
        ``source.yml`` names as the table's key.

    Raises
    ------
    InputError
        When there is no such study or table, or when two rows have the same key.

    Examples
    --------
    >>> study = list_studies()[0]
    >>> table = next(iter(load_source(study)["tables"]))
    >>> bool(load_published(study, table).map(type).eq(str).all(axis=None))
    True
    """
    declared = load_source(study)["tables"]
    if table not in declared:
        raise InputError(
            f"table={table!r} is not recorded for {study}; there are {', '.join(declared)}."
            f"{did_you_mean(table, declared)}"
        )
    path = printed_dir(study) / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    frame = frame.set_index(declared[table]["key"])
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise InputError(f"{path.name} of {study} has two rows keyed {twice!r}; keep one")
    return frame


def melt_published(study: str, tables: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the printed numbers of a study, one a row.

    Parameters
    ----------
    study : str
        Slug of the study.
    tables : sequence of str, optional
        Which tables; all that the study has when not given.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``row`` (the key; several key columns are joined by ``" -> "``), ``column``,
        ``printed`` (as printed), ``value``, ``decimals``, ``lower``, ``upper``, ``relation`` as in
        `PrintedNumber`. A number printed as a word or a version has no value and the relation
        ``"text"``. Cells where nothing is printed are left out.

    Raises
    ------
    InputError
        When there is no such study or table.

    Examples
    --------
    >>> melt_published(list_studies()[0]).columns.tolist()
    ['table', 'row', 'column', 'printed', 'value', 'decimals', 'lower', 'upper', 'relation']
    """
    declared = load_source(study)["tables"]
    records = []
    for table in declared if tables is None else tables:
        frame = load_published(study, table)
        frame = frame.drop(columns=declared[table]["text"])
        for key, cells in frame.iterrows():
            for column, printed in cells.items():
                if printed:
                    records.append((table, name_row(key), column, printed, *_columns_of(printed)))
    long = pd.DataFrame(records, columns=_LONG)
    return long.astype({"decimals": "Int64"})


def refuse_unknown(
    long: pd.DataFrame,
    *,
    file: str,
    rows: Sequence[str],
    columns: Sequence[str],
    what: tuple[str, str] = ("a row of this table", "a column of this table"),
    hint: str = "",
) -> None:
    """Refuse printed numbers in rows or columns of a table that nothing computes.

    Parameters
    ----------
    long : pandas.DataFrame
        Those of one table, from `melt_published`.
    file : str
        Where the table stands, for the message.
    rows, columns : sequence of str
        What is computed.
    what : tuple of str
        What a row and a column should be.
    hint : str
        What to do with numbers that nothing computes.
    """
    for part, known, kind in zip(("row", "column"), (rows, columns), what, strict=True):
        for given in long[part].unique():
            if given not in known:
                raise InputError(
                    f"{file}: '{given}' is not {kind}; there are"
                    f" {', '.join(known)}.{did_you_mean(given, known)}{hint}"
                )


def compare_published(long: pd.DataFrame, computed: pd.DataFrame) -> pd.DataFrame:
    """Set computed numbers beside the printed ones.

    Parameters
    ----------
    long : pandas.DataFrame
        The printed numbers, from `melt_published`.
    computed : pandas.DataFrame
        ``table``, ``row``, ``column`` as in `long` and ``reproduced`` (float, in the printed unit;
        NaN where there is none), with, if wanted, ``reason`` (str) saying why a number is not
        reproduced or differs.

    Returns
    -------
    pandas.DataFrame
        One row a printed number, in the order of `long`: ``table``, ``row``, ``column``,
        ``printed``, ``reproduced``, ``difference`` (reproduced less printed; NaN for a printed
        bound), ``verdict`` and ``reason``. The verdicts:

        - ``agrees to the printed digits``: the reproduced number rounds to the printed one, or
          lies within the printed bound. One that lies exactly half-way agrees with both its
          neighbours, as programs round such numbers either way; 1e-9 of the last digit's unit is
          allowed for floating point. ``<`` and ``>`` are strict.
        - ``differs in the last digit``: it rounds to a number one unit of the last digit away; of
          a bound, it rounds to the bound itself.
        - ``differs``: farther away.
        - ``not reproduced``: nothing was computed; ``reason`` says why.

    Raises
    ------
    InputError
        When `computed` lacks a column, has a row twice, or has a row that is not printed.

    Examples
    --------
    >>> cells = pd.DataFrame({"table": "table_4", "row": ["a", "b"], "column": "beta"})
    >>> long = cells.assign(printed=["0.832", "0.770"], value=[0.832, 0.77], relation="=")
    >>> computed = cells.assign(reproduced=[0.83249, 0.7692])
    >>> compare_published(long, computed)[["row", "printed", "reproduced", "verdict"]]
      row printed  reproduced                       verdict
    0   a   0.832     0.83249  agrees to the printed digits
    1   b   0.770     0.76920     differs in the last digit
    """
    key = ["table", "row", "column"]
    for column in [*key, "reproduced"]:
        if column not in computed.columns:
            raise InputError(
                f"computed has no column '{column}'; it needs table, row, column and reproduced."
                f"{did_you_mean(column, computed.columns)}"
            )
    names = _cell_names(computed)
    if names.duplicated().any():
        raise InputError(f"computed has {names[names.duplicated()].iloc[0]} twice; keep one")
    printed_names = _cell_names(long)
    unknown = names[~names.isin(printed_names)]
    if len(unknown):
        raise InputError(
            f"computed has {unknown.iloc[0]}, which is not among the printed numbers."
            f"{did_you_mean(unknown.iloc[0], printed_names)}"
        )
    given = computed.reindex(columns=[*key, "reproduced", "reason"])
    joined = long.merge(given, on=key, how="left", validate="one_to_one")
    reproduced = joined["reproduced"].astype(float)
    verdicts, reasons = [], []
    for printed, value, reason in zip(joined["printed"], reproduced, joined["reason"], strict=True):
        verdict = _verdict(printed, value)
        if isinstance(reason, str) and reason:
            reasons.append(reason)
        else:
            reasons.append("no value was computed" if verdict == _MISSING else "")
        verdicts.append(verdict)
    return joined[[*key, "printed"]].assign(
        reproduced=reproduced,
        difference=np.where(joined["relation"] == "=", reproduced - joined["value"], np.nan),
        verdict=verdicts,
        reason=reasons,
    )


def _not_a_number(text: str) -> InputError:
    return InputError(
        f"printed={text!r} is not a printed number; write it like '.047', '-0.195', '< .001' or "
        "'74%'"
    )


def _without_commas(text: str, number: str, comma: str) -> str:
    """Return the digits with a point, once it is certain what their comma is."""
    if "," not in number:
        return number
    mantissa = re.split("[eE]", number)[0]
    grouped = comma != "decimal" and _GROUPED.fullmatch(mantissa)
    decimal = comma != "thousands" and _DECIMAL_COMMA.fullmatch(mantissa)
    if not grouped and not comma:
        decimal = decimal and mantissa.lstrip("0").startswith(",")
    if grouped and decimal:
        raise InputError(
            f"printed={text!r} is {number.replace(',', '')} if its comma groups thousands and "
            f"{number.replace(',', '.')} if it is a decimal comma; write it without the comma"
        )
    if not grouped and not decimal:
        raise _not_a_number(text)
    return number.replace(",", "" if grouped else ".")


def _interval(digits: Decimal, rounding: str) -> tuple[Decimal, Decimal]:
    """Return the ends of the values that print as `digits`; an end that does not is moved in."""
    unit = Decimal(1).scaleb(digits.as_tuple().exponent)
    if rounding == "truncated":
        away = digits.copy_sign(Decimal(1)) + unit
        if digits == 0 and not digits.is_signed():
            return -unit, unit
        return (-away, digits) if digits.is_signed() else (digits, away)
    half, inside = unit / 2, unit * _INWARD
    if rounding == "half":
        nearer, farther = Decimal(0), inside
        if digits == 0:
            nearer = inside
        elif digits < 0:
            nearer, farther = farther, nearer
        return digits - half + nearer, digits + half - farther
    if rounding == "half-even" and digits.as_tuple().digits[-1] % 2:
        return digits - half + inside, digits + half - inside
    return digits - half, digits + half


def _known_rounding(rounding: str) -> str:
    if rounding not in ROUNDINGS:
        raise InputError(f"rounding={rounding!r} is not one of {', '.join(ROUNDINGS)}")
    return rounding


def _check_study(study: str) -> None:
    studies = list_studies()
    if study not in studies:
        raise InputError(
            f"study={study!r} has no printed numbers here; there are {', '.join(studies)}."
            f"{did_you_mean(study, studies)}"
        )


def _columns_of(printed: str) -> tuple[float, int | None, float, float, str]:
    try:
        number = parse_printed(printed, comma="thousands")
    except InputError:
        return math.nan, None, math.nan, math.nan, "text"
    return number.value, number.decimals, number.lower, number.upper, number.relation


def _cell_names(table: pd.DataFrame) -> pd.Series:
    return table["table"] + ", row '" + table["row"] + "', column '" + table["column"] + "'"


def _verdict(printed: str, reproduced: float) -> str:
    if math.isnan(reproduced):
        return _MISSING
    number = parse_printed(printed, comma="thousands")
    if number.agrees(reproduced):
        return AGREES
    unit = 10.0**-number.decimals
    reach = 1.5 if number.relation == "=" else 0.5
    return LAST_DIGIT if abs(reproduced - number.value) <= (reach + 1e-9) * unit else _DIFFERS
