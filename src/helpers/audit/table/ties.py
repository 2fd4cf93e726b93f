"""What several tables of one paper have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from helpers.audit.findings import Finding
from helpers.audit.table.documents import Grid
from helpers.audit.table.judge import IMPOSSIBLE, Hypothesis, Intervals, Outcome, compare, judge
from helpers.audit.table.parts import Row, Table
from helpers.audit.table.settings import Settings
from helpers.audit.table.values import Value, exact_value, plain
from helpers.errors import InputError, did_you_mean

__all__ = ["check_ties", "share_columns"]


def share_columns(grids: Sequence[Grid], settings: Settings) -> list[dict[str, object]]:
    """Return for each table the roles that are said of its own headers.

    Raises
    ------
    InputError
        When a header of which a role is said is in none of them.
    """
    cells = [{plain(cell) for row in grid.rows for cell in row} for grid in grids]
    for name in settings.columns:
        if grids and not any(plain(name) in own for own in cells):
            heads = [cell for grid in grids for cell in grid.rows[0] if cell]
            raise InputError(
                f"columns: {name!r} is no column; there are {', '.join(map(repr, heads))}."
                f"{did_you_mean(name, heads)}"
            )
    return [
        {name: roles for name, roles in settings.columns.items() if plain(name) in own}
        for own in cells
    ]


def check_ties(
    tables: Sequence[Table], sizes: Sequence[int | None], settings: Settings
) -> Iterator[Finding]:
    """Check what several tables are said to have in common."""
    if "n" in settings.same:
        known = [(t.name, n) for t, n in zip(tables, sizes, strict=True) if n is not None]
        for name, n in known[1:]:
            row = Row(name, "the table", "", "", {})
            values = {"n": exact_value(n), "other": exact_value(known[0][1])}
            yield _same(row, known[0][0], values, "n", settings)
    if "effects" in settings.same:
        first: dict[tuple[str, str], tuple[str, Value]] = {}
        for table in tables:
            for row in table.rows:
                for role, value in row.values.items():
                    home, other = first.setdefault((row.name, role), (table.name, value))
                    if home != table.name:
                        yield _same(row, home, {role: value, "other": other}, role, settings)


def _same(row: Row, home: str, values: dict[str, Value], role: str, settings: Settings) -> Finding:
    """Check a number against the same one in another table."""
    numbers = [value.number for value in values.values()]
    alike = len({(n.decimals, n.relation) for n in numbers}) == 1

    def test(ends: Intervals) -> Outcome:
        low, high = ends["other"]
        if alike:
            return Outcome(numbers[0].value == numbers[1].value, low, high)
        return compare(ends[role], low, high)

    check = f"the same as in {home}"
    finding = judge(
        row, check, values, [Hypothesis("", test)], settings, names={"other": f"in {home}"}
    )
    return replace(finding, cause=f"{row.place}: {check}" if finding.verdict == IMPOSSIBLE else "")
