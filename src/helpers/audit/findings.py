"""What a check reports, and the table that findings make."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from helpers.errors import InputError

__all__ = [
    "CANNOT_BE_CHECKED",
    "CONSISTENT",
    "INCONSISTENT",
    "METHODS",
    "Finding",
    "findings_table",
]

CONSISTENT = "consistent"
INCONSISTENT = "inconsistent"
CANNOT_BE_CHECKED = "cannot be checked"
VERDICTS = (CONSISTENT, INCONSISTENT, CANNOT_BE_CHECKED)
METHODS = (
    "monotone",
    "vertices",
    "enclosure",
    "integer count",
    "numeric optimisation",
    "comparison",
    "reading",
    "",
)
COLUMNS = [
    "study",
    "location",
    "relation",
    "printed",
    "recomputed_lower",
    "recomputed_upper",
    "verdict",
    "nominal",
    "reading",
    "method",
    "note",
]


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    Attributes
    ----------
    location : str
        Where the checked number stands, such as ``"Table 4, avoidant -> adherence"``.
    relation : str
        The relation in words or as a formula.
    printed : str
        The printed values that enter it.
    verdict : str
        ``"consistent"`` when unrounded values inside the printed intervals satisfy the relation,
        ``"inconsistent"`` when none do, ``"cannot be checked"`` when something that the relation
        needs is not printed; `note` then says what.
    recomputed_lower, recomputed_upper : float
        What the other printed values allow for the checked number; NaN where the relation has no
        single number.
    nominal : bool or None
        Whether the printed digits themselves give the checked number to its last digit; None where
        the question makes no sense.
    reading : str
        The reading under which the number is true, where there is one.
    method : str
        How the bounds were found; one of `METHODS`. ``monotone``: from the ends of the intervals,
        as the formula rises or falls in each of them throughout. ``vertices``: the same, of a
        formula linear in each number. ``enclosure``: outward-rounded bounds that contain every
        possible value. ``integer count``: all whole-number counts tried. ``numeric optimisation``:
        a search, no proof. ``comparison``: two printed numbers set side by side. ``reading``: what
        a sentence of the paper says against what its model or table has.
    note : str
        What else a reader should know.
    """

    location: str
    relation: str
    printed: str
    verdict: str
    recomputed_lower: float = math.nan
    recomputed_upper: float = math.nan
    nominal: bool | None = None
    reading: str = ""
    method: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise InputError(f"verdict={self.verdict!r} is not one of {', '.join(VERDICTS)}")
        if self.method not in METHODS:
            raise InputError(f"method={self.method!r} is not one of {', '.join(METHODS)}")


def findings_table(findings: Iterable[Finding], *, study: str = "") -> pd.DataFrame:
    """Gather findings into one tidy table.

    Parameters
    ----------
    findings : iterable of Finding
    study : str, optional
        Slug of the study, written in every row.

    Returns
    -------
    pandas.DataFrame
        One row a finding, in the order given: ``study`` and the attributes of `Finding`;
        ``nominal`` has pandas' ``boolean`` type.

    Examples
    --------
    >>> found = Finding("Table 1", "t = b / se", "t = 2", "consistent")
    >>> findings_table([found], study="demo")[["study", "verdict"]].values.tolist()
    [['demo', 'consistent']]
    """
    rows = [{"study": study, **asdict(finding)} for finding in findings]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"nominal": "boolean", "recomputed_lower": float, "recomputed_upper": float}
    )
