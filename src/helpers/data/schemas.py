"""Data dictionaries: which columns a study's data have, what they hold, and within which range.

A dictionary is in ``data/<study>/columns.yml`` and is the contract for a reader's own CSV.
"""

import re
from dataclasses import dataclass, fields

from helpers.errors import InputError, did_you_mean
from helpers.files import read_yaml
from helpers.paths import list_studies, schema_path

__all__ = ["Column", "Schema", "load_schema"]

KINDS = ("integer", "numeric", "categorical", "text", "items", "free")
ROLES = ("measure", "covariate", "identifier", "coding")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a data set, or one group of numbered item columns.

    Attributes
    ----------
    name : str
        The column's name; of kind ``items`` the prefix: ``avoidant`` stands for ``avoidant_1``,
        ``avoidant_2``, …, any number of them.
    kind : str
        ``integer``, ``numeric`` (any finite number), ``categorical`` (nominal labels), ``text``
        (any non-empty words, such as an identifier), ``items``, or ``free`` (``numeric`` where
        every value is a number, else ``categorical``).
    role : str
        ``measure``, ``covariate`` (chosen by the reader), ``identifier`` or ``coding``.
    description, instrument, scoring : str
        What it measures, with what, and how it is scored.
    minimum, maximum : float or None
        The range allowed, both ends included; None for no limit.
    whole : bool
        Of kind ``items``: whether only whole numbers are allowed.
    required : bool
        Whether a data set must have it. A covariate is required when it is chosen.
    labels : tuple of str
        Known labels of a categorical column. Others are allowed unless `closed`.
    closed : bool
        Whether only the known labels are allowed.
    counts, source : tuple
        The twin's count for each label, and whether the printed shares fix it (``printed``) or
        not (``assumed``).
    reference : str or None
        The label that gets no dummy; `reference_source` says whether it is printed.
    reference_source : str or None
        ``printed`` or ``assumed``.
    items, twin_items : int or None
        Items of the published instrument, and of the twin's group where that differs.
    item_minimum, item_maximum : float or None
        Lowest and highest response to an item.
    key : str
        The published scoring key of ``data/instruments.yml``, where one is stored.
    """

    name: str
    kind: str
    role: str = "measure"
    description: str = ""
    instrument: str = ""
    scoring: str = ""
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    required: bool = True
    labels: tuple[str, ...] = ()
    closed: bool = False
    counts: tuple[int, ...] = ()
    source: tuple[str, ...] = ()
    reference: str | None = None
    reference_source: str | None = None
    items: int | None = None
    twin_items: int | None = None
    item_minimum: float | None = None
    item_maximum: float | None = None
    key: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers."""
        return self.kind in ("integer", "numeric", "items")

    @property
    def range_words(self) -> str:
        """The range allowed in words, such as ``0 to 27`` or ``1 or more``; empty without one."""
        low, high = self.minimum, self.maximum
        if low is None:
            return "" if high is None else f"up to {high:g}"
        return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"

    def find_items(self, names: list[str]) -> list[str]:
        """Return the item columns of this group among `names`, in the order of their numbers."""
        found = [
            (int(m[1]), n) for n in names if (m := re.fullmatch(f"{self.name}_([0-9]{{1,9}})", n))
        ]
        return [name for _, name in sorted(found)]


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The data dictionary of a study.

    Attributes
    ----------
    study, title : str
        Slug and title.
    rows : str
        What one row is.
    n_twin : int or None
        Rows of the synthetic twin.
    unique : tuple of str
        Columns that together name a row; empty where no rule is set.
    wide : tuple of str
        The column that says whose a value is, such as the coder, and the one that holds it, where a
        file may have a column for each of the former instead; empty where it may not.
    together : tuple of tuple of str
        Measures that the published study relates positively with each other.
    free_covariates : bool
        Whether a reader may name further columns of the file as covariates.
    columns : tuple of Column
        In the order of the file.
    """

    study: str
    title: str
    rows: str
    n_twin: int | None = None
    unique: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    free_covariates: bool = False
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns and item groups."""
        return tuple(column.name for column in self.columns)

    @property
    def measures(self) -> tuple[Column, ...]:
        """All columns but the covariates."""
        return tuple(column for column in self.columns if column.role != "covariate")

    @property
    def covariates(self) -> tuple[Column, ...]:
        """The columns that a reader may choose to adjust for."""
        return tuple(column for column in self.columns if column.role == "covariate")

    def column(self, name: str) -> Column:
        """Return the column or item group called `name`, or raise `InputError`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(
            f"column '{name}' is not in the data dictionary of {self.study}; it has "
            f"{', '.join(self.names)}.{did_you_mean(name, self.names)}"
        )


def load_schema(study: str) -> Schema:
    """Read the data dictionary of a study.

    Parameters
    ----------
    study : str
        Slug of the study: the name of its folder in ``data/``.

    Returns
    -------
    Schema

    Raises
    ------
    InputError
        When there is no such dictionary, or when it is inconsistent: an unknown entry, kind or
        role, a range upside down, counts that do not match the labels or do not add to the number
        of rows.

    Examples
    --------
    >>> study = next(name for name in list_studies() if schema_path(name).is_file())
    >>> load_schema(study).study == study
    True
    """
    studies = [name for name in list_studies() if schema_path(name).is_file()]
    if study not in studies:
        raise InputError(
            f"study={study!r} has no data dictionary; there are {', '.join(studies)}."
            f"{did_you_mean(study, studies)}"
        )
    path = schema_path(study)
    return parse_schema(read_yaml(path), where=f"{study}/{path.name}")


def parse_schema(content: dict, *, where: str) -> Schema:
    """Build a `Schema` from the content of a dictionary file; `where` names it in errors."""
    _check_entries(content, Schema, where)
    if not isinstance(content.get("free_covariates", False), bool):
        raise InputError(f"{where}: free_covariates is neither true nor false")
    columns = tuple(
        _parse_column(name, entry, content.get("n_twin"), f"{where}, column '{name}'")
        for name, entry in content["columns"].items()
    )
    known = {column.name for column in columns}
    named = {entry: tuple(content.get(entry, ())) for entry in ("unique", "wide")}
    for entry, names in named.items():
        for name in names:
            if name not in known:
                raise InputError(f"{where}: {entry} names '{name}', which is not a column")
    together = tuple(tuple(names) for names in content.get("together", ()))
    for name in (each for names in together for each in names):
        if name not in known:
            raise InputError(f"{where}: together names '{name}', which is not a column")
    return Schema(**{**content, "columns": columns, "together": together, **named})


def _parse_column(name: str, entry: dict, n_twin: int | None, where: str) -> Column:
    _check_entries(entry, Column, where)
    entry = {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}
    for key in ("minimum", "maximum", "item_minimum", "item_maximum"):
        if entry.get(key) is not None:
            entry[key] = float(entry[key])
    column = Column(name=name, **entry)
    problems = {
        f"kind={column.kind!r} is none of {', '.join(KINDS)}": column.kind not in KINDS,
        f"role={column.role!r} is none of {', '.join(ROLES)}": column.role not in ROLES,
        "minimum is not below maximum": None not in (column.minimum, column.maximum)
        and column.minimum >= column.maximum,
        "labels are repeated": len(set(column.labels)) < len(column.labels),
        "a label is not text; put it in quotes": any(
            not isinstance(label, str) for label in column.labels
        ),
        "reference is not one of the labels": column.reference is not None
        and column.reference not in column.labels,
        "counts and labels differ in number": bool(column.counts)
        and len(column.counts) != len(column.labels),
        "source and labels differ in number": bool(column.source)
        and len(column.source) != len(column.labels),
        f"counts do not add to n_twin={n_twin}": bool(column.counts)
        and n_twin is not None
        and sum(column.counts) != n_twin,
        "only a categorical or a free column can be a covariate": column.role == "covariate"
        and column.kind not in ("categorical", "free"),
        "only a covariate can be free": column.kind == "free" and column.role != "covariate",
    }
    for problem, found in problems.items():
        if found:
            raise InputError(f"{where}: {problem}")
    return column


def _check_entries(content: object, target: type, where: str) -> None:
    if not isinstance(content, dict):
        raise InputError(f"{where}: expected names with entries, found {content!r}")
    allowed = [field.name for field in fields(target)]
    for key in content:
        if key not in allowed:
            raise InputError(
                f"{where}: '{key}' is not an entry of a data dictionary; there are "
                f"{', '.join(allowed)}.{did_you_mean(key, allowed)}"
            )
    needed = {"Schema": ("study", "title", "rows", "columns"), "Column": ("kind",)}
    for key in needed[target.__name__]:
        if key not in content:
            raise InputError(f"{where}: entry '{key}' is missing")
