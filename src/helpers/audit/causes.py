"""Why findings contradict, in the words of a study, and how much depends on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from helpers.audit.findings import DOUBTFUL, SEVERITIES, Finding
from helpers.errors import InputError

__all__ = ["Cause", "under"]


@dataclass(frozen=True)
class Cause:
    """One reason that findings of a study share.

    `printed`, `follows` and `reading` may name a printed number as ``{p[table/row/column]}``, and
    of what the audit found at a location the bounds as ``{b[location]}``, in per cent as
    ``{s[location]}``, the reading as ``{r[location]}`` and the first part of the note as
    ``{n[location][0]}``. A finding of this cause comes before others at the same location.
    `helpers.studies.registry.list_causes` fills them in.

    Attributes
    ----------
    key : str
        What findings call it.
    place : str
        Where it is printed.
    printed, follows, reading : str
        What is printed, what follows from the other numbers, and how we read it.
    severity : str
        One of `helpers.audit.findings.SEVERITIES`.
    """

    key: str
    place: str
    printed: str
    follows: str
    reading: str
    severity: str

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise InputError(f"severity={self.severity!r} is not one of {', '.join(SEVERITIES)}")


def under(cause: Cause, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, those that doubt something with their cause and its severity."""
    return [
        replace(finding, cause=cause.key, severity=cause.severity)
        if finding.verdict in DOUBTFUL
        else finding
        for finding in findings
    ]
