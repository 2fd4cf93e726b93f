"""What is known of each printed number: the quantity it shows, its kind, why a twin has it.

``data/<study>/ledger.csv`` has a row for each printed number, by table, row and column. All else
that is said of a printed number is joined to it by these three.
"""

from collections.abc import Mapping

import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.paths import ledger_path
from helpers.printed.cells import Cell
from helpers.printed.numbers import compare_published, load_source, melt_published

__all__ = [
    "CELL",
    "compare_quantities",
    "explain_bases",
    "list_quantities",
    "load_ledger",
    "name_kinds",
    "name_places",
]

CELL = list(Cell._fields)


def load_ledger(study: str) -> pd.DataFrame:
    """Return the ledger of a study's printed numbers.

    Parameters
    ----------
    study : str
        Slug of the study.

    Returns
    -------
    DataFrame
        One row a printed number, in the order of `helpers.printed.numbers.melt_published`:
        ``table``, ``row``, ``column``; ``quantity``, what the study's results compute for it, such
        as ``"beta(avoidant -> alliance)"``; ``kind``, what it is called where numbers are counted
        by kind; ``basis``, why the study's twin has it, by the name that the study's
        ``twin_provenance`` explains. The last three are "" where there is none.

    Raises
    ------
    InputError
        When a printed number has no row, or two, or a row is of no printed number.

    Examples
    --------
    >>> from helpers.paths import list_studies
    >>> study = next(name for name in list_studies() if ledger_path(name).is_file())
    >>> load_ledger(study).columns.tolist()
    ['table', 'row', 'column', 'quantity', 'kind', 'basis']
    """
    path = ledger_path(study)
    if not path.is_file():
        raise InputError(f"{study} has no ledger of its printed numbers; write {path}")
    ledger = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    printed = melt_published(study)[CELL]
    _refuse(path.name, study, ledger[ledger.duplicated(CELL)], "appears twice; keep one")
    both = printed.merge(ledger, on=CELL, how="outer", indicator="found")
    _refuse(path.name, study, both[both["found"] == "left_only"], "is missing; add its row")
    _refuse(path.name, study, both[both["found"] == "right_only"], "is not printed; remove it")
    return printed.merge(ledger, on=CELL)


def _refuse(file: str, study: str, rows: pd.DataFrame, fault: str) -> None:
    for table, row, column in rows[CELL].itertuples(index=False):
        raise InputError(f"{file} of {study}: {table}, row '{row}', column '{column}' {fault}")


def list_quantities(table: pd.DataFrame, columns: Mapping[str, str], *, of: str) -> pd.DataFrame:
    """Name the numbers of a table of results, one a row.

    Parameters
    ----------
    table : DataFrame
        Of results.
    columns : mapping of str to str
        What a number is called, and the column it is in.
    of : str
        The column that says what it is a number of.

    Returns
    -------
    DataFrame
        ``quantity``, as ``"beta(avoidant -> alliance)"``, and ``reproduced`` (float).

    Examples
    --------
    >>> fitted = pd.DataFrame({"construct": ["alliance"], "est": [0.95]})
    >>> list_quantities(fitted, {"alpha": "est"}, of="construct")["quantity"].tolist()
    ['alpha(alliance)']
    """
    parts = [
        pd.DataFrame(
            {
                "quantity": name + "(" + table[of].astype(str) + ")",
                "reproduced": table[column].astype(float),
            }
        )
        for name, column in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def compare_quantities(study: str, ledger: pd.DataFrame, quantities: pd.DataFrame) -> pd.DataFrame:
    """Set computed quantities beside the printed numbers that show them.

    Parameters
    ----------
    study : str
    ledger : DataFrame
        From `load_ledger`, or some of its rows; those without a quantity are left out.
    quantities : DataFrame
        ``quantity`` and ``reproduced``, as `list_quantities` returns them, with, if wanted,
        ``reason``. One that is not printed is left out.

    Returns
    -------
    DataFrame
        As `helpers.printed.numbers.compare_published` returns it.

    Raises
    ------
    InputError
        When the ledger names a quantity that is not among them, or they have one twice.
    """
    wanted = ledger.loc[ledger["quantity"] != "", [*CELL, "quantity"]]
    names = quantities["quantity"]
    if names.duplicated().any():
        raise InputError(f"quantities has {names[names.duplicated()].iloc[0]!r} twice; keep one")
    for name in wanted.loc[~wanted["quantity"].isin(names), "quantity"]:
        raise InputError(
            f"ledger.csv of {study} names {name!r}, which is not computed."
            f"{did_you_mean(name, names)}"
        )
    computed = wanted.merge(quantities, on="quantity").drop(columns="quantity")
    long = melt_published(study).merge(wanted[CELL], on=CELL)
    return compare_published(long, computed)


def name_kinds(compared: pd.DataFrame, study: str) -> list[str]:
    """Return what each compared number is called where numbers are counted by kind."""
    ledger = load_ledger(study)
    return compared[CELL].merge(ledger, on=CELL, how="left", validate="one_to_one")["kind"].tolist()


def name_places(compared: pd.DataFrame, study: str) -> list[str]:
    """Return the place of each compared number: its table's ``place`` in ``source.yml``."""
    tables = load_source(study)["tables"]
    return [tables[table]["place"] for table in compared["table"]]


def explain_bases(study: str, bases: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Say number by number why a twin has what is printed.

    Parameters
    ----------
    study : str
    bases : mapping of str to (str, str)
        For each basis that the ledger names, its status, such as "computed", and how.

    Returns
    -------
    DataFrame
        `table row column status how`, of the numbers with a basis.

    Raises
    ------
    InputError
        When the ledger names a basis that is not among `bases`.
    """
    ledger = load_ledger(study)
    based = ledger[ledger["basis"] != ""].reset_index(drop=True)
    for name in based.loc[~based["basis"].isin(list(bases)), "basis"]:
        raise InputError(
            f"ledger.csv of {study} names the basis {name!r}, which is not explained."
            f"{did_you_mean(name, bases)}"
        )
    explained = pd.DataFrame([bases[name] for name in based["basis"]], columns=["status", "how"])
    return based[CELL].join(explained)
