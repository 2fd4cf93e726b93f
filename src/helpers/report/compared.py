"""Printed numbers beside computed ones, for tables and figures of any study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.printed.ledger import CELL
from helpers.printed.numbers import AGREES, LAST_DIGIT

BASIS_NOTE = (
    "Built in: the data were made to give these numbers. Tuned: a bootstrap was brought near them; "
    "its last digits vary with the seed. Computed: nothing was done to make them agree."
)
_BASES = {
    "by construction": "built in",
    "by calibration": "tuned",
    "computed": "computed",
    "cannot hold": "contradicted by other printed numbers",
}
"""What a reader is told of a number's status on a twin."""

_MINUS = "\u2212"


def find_printed(compared: pd.DataFrame, table: str, rows: Sequence[str], column: str) -> list[str]:
    """Printed numbers of the given rows, an en dash where none is.

    The minus sign is a true one, and stars of significance are left out.

    Parameters
    ----------
    compared : DataFrame
        As `helpers.printed.numbers.compare_published` returns it.
    table, column : str
    rows : sequence of str
    """
    printed = compared[(compared["table"] == table) & (compared["column"] == column)]
    found = printed.set_index("row")["printed"]
    return [found.get(row, "–").replace("-", _MINUS).rstrip("*") for row in rows]


def describe_comparison(
    compared: pd.DataFrame, study: str, *, synthetic: bool, table: str = "table_1"
) -> str:
    """Say how many printed numbers of a begun study agree, or why none is compared.

    Parameters
    ----------
    compared : DataFrame
        As `helpers.printed.numbers.compare_published` returns it.
    study : str
        Slug.
    synthetic : bool
        Whether the data are stand-ins.
    table : str
        The printed table into which numbers go.
    """
    if synthetic:
        return "set beside your data only, since with simulated data agreement would be chance"
    if compared.empty:
        return (
            "no printed number has been entered; they go into "
            f"<code>data/{study}/printed/{table}.csv</code>"
        )
    agree = compared["verdict"].eq(AGREES).sum()
    return f"{agree} of {len(compared)} agree to the printed digits"


def count_built_in(compared: pd.DataFrame, provenance: pd.DataFrame) -> int:
    """How many of the numbers that agree the data were built or tuned to give.

    Parameters
    ----------
    compared : DataFrame
        With table, row, column and verdict.
    provenance : DataFrame
        `table row column status` of a twin's numbers; "computed" is one that nothing was done for.
    """
    agree = compared[compared["verdict"] == AGREES]
    made = provenance[provenance["status"] != "computed"]
    return len(agree.merge(made[CELL], on=CELL))


def count_verdicts(
    compared: pd.DataFrame, *, what: Sequence[str], basis: Mapping[str, str]
) -> pd.DataFrame:
    """Agreement by kind of number.

    Parameters
    ----------
    compared : DataFrame
    what : sequence of str
        The kind of each row.
    basis : mapping of str to str
        Why a kind of number agrees or may not; empty for a reader's own data.

    Returns
    -------
    DataFrame
        `what numbers agree last_digit differ withheld basis`, kinds in the order they occur.
    """
    rows = []
    for kind, mine in compared.assign(what=list(what)).groupby("what", sort=False):
        verdicts = mine["verdict"]
        rows.append(
            {
                "what": kind,
                "numbers": len(mine),
                "agree": verdicts.eq(AGREES).sum(),
                "last_digit": verdicts.eq(LAST_DIGIT).sum(),
                "differ": verdicts.eq("differs").sum(),
                "withheld": verdicts.eq("not reproduced").sum(),
                "basis": basis.get(kind, ""),
            }
        )
    return pd.DataFrame(rows)


def find_basis(
    compared: pd.DataFrame, provenance: pd.DataFrame, *, what: Sequence[str]
) -> dict[str, str]:
    """Why each kind of number holds on a synthetic data set, for `count_verdicts`.

    Parameters
    ----------
    compared : DataFrame
    provenance : DataFrame
        `table row column status` of the data set's numbers.
    what : sequence of str
        The kind of each row of `compared`.

    Returns
    -------
    dict of str to str
        The statuses that occur in a kind, by how many numbers have them.
    """
    keys = ["table", "row", "column"]
    joined = compared[keys].assign(what=list(what))
    joined = joined.merge(provenance[[*keys, "status"]], on=keys, how="left", validate="one_to_one")
    return {
        kind: ", ".join(_BASES[status] for status in statuses.value_counts().index)
        for kind, statuses in joined.groupby("what", sort=False)["status"]
    }


def arrange_differences(compared: pd.DataFrame, *, groups: Sequence[str]) -> pd.DataFrame:
    """Differences in units of the last printed digit: `group units verdict`.

    Parameters
    ----------
    compared : DataFrame
    groups : sequence of str
        The row of the plot to which each number belongs.
    """
    decimals = compared["printed"].str.extract(r"\.(\d+)")[0].str.len().fillna(0)
    return pd.DataFrame(
        {
            "group": list(groups),
            "units": compared["difference"] * 10.0**decimals,
            "verdict": compared["verdict"],
        }
    )
