"""A grid of texts as rows of numbers with roles: heads, panels, groups, matrices."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.audit.table.documents import Grid
from helpers.audit.table.manuscript import read_statements
from helpers.audit.table.parts import Column, Matrix, Row, Table
from helpers.audit.table.roles import (
    COUNTS,
    GROUPS,
    LABELS,
    MODEL_ROLES,
    ROLES,
    Header,
    read_header,
    squeeze,
)
from helpers.audit.table.values import (
    BLANKS,
    Value,
    as_count,
    decimal_commas,
    exact_value,
    plain,
    read_cell,
    read_value,
)
from helpers.errors import InputError, did_you_mean

__all__ = ["lay_out"]


def lay_out(grid: Grid, *, columns: Mapping[str, object] | None = None) -> Table:
    """Give the columns of a grid their roles and read its cells.

    Parameters
    ----------
    grid : Grid
    columns : mapping of str to str or list of str, optional
        Roles by header, where the header does not say.

    Raises
    ------
    InputError
        When `columns` names a header that is not there, or a role that there is none of.

    Examples
    --------
    >>> grid = Grid("t", [["", "b (SE)", "p"], ["Hope", "0.52 (0.09)", "< .001"]])
    >>> {role: value.raw for role, value in lay_out(grid).rows[0].values.items()}
    {'b': '0.52', 'se': '0.09', 'p': '< .001'}
    """
    return _Layout(grid, dict(columns or {})).table()


class _Layout:
    def __init__(self, grid: Grid, given: dict[str, object]) -> None:
        self.grid, self.given = grid, given
        width = max(map(len, grid.rows))
        rows = [[plain(cell) for cell in row] + [""] * (width - len(row)) for row in grid.rows]
        self.rows = _transposed_if_wanted(rows)
        self.n_head = _count_head(self.rows, grid.n_head if self.rows is rows else None)
        self.head, self.body = self.rows[: self.n_head], self.rows[self.n_head :]
        # what stands in brackets has no head of its own; the note says what it is
        self.with_se = bool(_SE_IN_BRACKETS.search(f"{grid.name} {grid.note}"))
        if self.with_se:
            self.body = _with_brackets_beneath(self.body)
        self.comma = decimal_commas(cell for row in self.body for cell in row[1:])
        self.problems: list[str] = []

    def table(self) -> Table:
        names, panels = self._headers()
        self._check_given(names)
        headers = self._roles(names)
        labels, groups = self._text_columns(names, headers)
        headers, panels = self._in_context(names, headers, panels, labels | set(groups))
        self.names, self.panels = names, panels
        matrix, in_matrix = self._matrix(names, headers, labels)
        rows = self._read_rows(names, headers, panels, labels, groups, in_matrix)
        columns = []
        for j, name in enumerate(names):
            roles = headers[j].roles
            if j in labels:
                roles = ("row",)
            elif j in groups:
                roles = ("group",)
            elif j in in_matrix:
                roles = ("correlation",)
            if name or roles or any(row[j] for row in self.body):
                columns.append(Column(name or f"column {j + 1}", roles, panels[j]))
        words = " ".join([self.grid.name, self.grid.note, *map(str, names), *panels])
        return Table(self.grid.name, columns, rows, matrix, self.problems, words)

    # -- the head ------------------------------------------------------------------------------

    def _headers(self) -> tuple[list[str], list[str]]:
        """Return the header of each column, and the panel that stands above it."""
        width = len(self.rows[0])
        levels = [list(row) for row in self.head]
        for level in levels[:-1]:
            _fill_right(level)
        names, panels = [], []
        for j in range(width):
            parts = list(dict.fromkeys(level[j] for level in levels if level[j]))
            if not parts:
                names.append("")
                panels.append("")
                continue
            own, above = parts[-1], parts[:-1]
            # what stands above may belong to the header: "95% CI" over "LL"
            whole = " ".join(parts[-2:])
            if above and _is_known(whole) and (not _is_known(own) or _is_part(above[-1])):
                own, above = whole, above[:-1]
            if not _is_known(own) and (split := _split_panel(own)):
                above, own = [*above, split[0]], split[1]
            above = [part for part in above if not _is_kind(part, own)]
            names.append(own)
            panels.append(", ".join(above))
        for j, name in enumerate(names):  # "Hope p" beside "Hope b (SE)"
            panel = next((p for p in panels if p and name.startswith(f"{p} ")), "")
            own = name.removeprefix(panel).strip()
            if panel and not panels[j] and not _is_known(name) and _is_known(own):
                names[j], panels[j] = own, panel
        return names, panels

    def _check_given(self, names: Sequence[str]) -> None:
        for header, roles in self.given.items():
            if plain(header) not in names:
                raise InputError(
                    f"columns: {header!r} is no column of '{self.grid.name}'; there are "
                    f"{', '.join(repr(n) for n in names if n)}.{did_you_mean(header, names)}"
                )
            for role in [roles] if isinstance(roles, str) else roles:
                known = {*ROLES.values(), "row", "group", "ignore"}
                if role not in known:
                    raise InputError(
                        f"columns: {header!r} is given the role {role!r}, which is none of "
                        f"{', '.join(sorted(known))}.{did_you_mean(role, known)}"
                    )

    def _roles(self, names: Sequence[str]) -> list[Header]:
        given = {plain(name): roles for name, roles in self.given.items()}
        headers = []
        for j, name in enumerate(names):
            if name in given:
                roles = given[name]
                roles = (roles,) if isinstance(roles, str) else tuple(roles)
                headers.append(Header(roles, read_header(name).stated, read_header(name).bootstrap))
            else:
                headers.append(read_header(name) if _is_known(name) else self._by_cells(j, name))
        return headers

    def _by_cells(self, j: int, name: str) -> Header:
        """Give a header that is not known its roles by what its cells can only be."""
        cells = [row[j] for row in self.body if row[j] and row[j].casefold() not in BLANKS]
        if cells and j and 2 * sum(bool(_COUNTED.fullmatch(cell)) for cell in cells) > len(cells):
            return Header(("count", "percent"), read_header(name).stated)
        if cells and j and 2 * sum(any(read_statements([cell])) for cell in cells) > len(cells):
            return Header(("statement",), read_header(name).stated)
        of_effects = [row[j] for row in self.body if row[j] and not _model_role(row[0]).roles]
        readings = [read_cell(cell, comma=self.comma) for cell in of_effects]
        paired = [len(r.outside) == len(r.inside) == 1 and not r.rest for r in readings]
        if self.with_se and j and 2 * sum(paired) > len(paired):
            return Header(("b", "se"), read_header(name).stated)
        return read_header(name)

    def _text_columns(
        self, names: Sequence[str], headers: Sequence[Header]
    ) -> tuple[set[int], dict[int, str]]:
        """Return the columns that name rows, and those that say to which part a row belongs."""
        labels, groups = set(), {}
        for j, name in enumerate(names):
            word, cells = squeeze(name), [row[j] for row in self.body if row[j]]
            texts = [cell for cell in cells if not _has_number(cell, self.comma)]
            wordy = len(texts) > len(cells) / 2
            if headers[j].roles in (("row",), ("group",)):
                (labels.add(j) if headers[j].roles == ("row",) else groups.update({j: name}))
            elif name in self.given:
                continue
            elif word in GROUPS and (wordy or len(set(cells)) < len(cells)):
                groups[j] = name
            elif (
                (j == 0 and (wordy or not headers[0].roles))
                or (wordy and set(word.split("/")) <= LABELS)
                or (word == "" and j < 3 and wordy and cells)
            ):
                labels.add(j)
        return labels, groups

    def _in_context(
        self, names: Sequence[str], headers: Sequence[Header], panels: Sequence[str], text: set[int]
    ) -> tuple[list[Header], list[str]]:
        """Settle what a header means only beside the others, and part columns that repeat."""
        headers, panels = list(headers), list(panels)
        roles = {role for j, h in enumerate(headers) if j not in text for role in h.roles}
        words = {squeeze(name) for name in names}
        swaps: dict[str, str] = {}
        if "percent" in roles:
            swaps["n"] = "count"
        if "bias" in words:  # SPSS calls the SE of its bootstrap as every other
            swaps["se"] = "boot_se"
        if roles & {"se"} and roles & {"t", "z"} and not roles & {"b", "beta", "or"}:
            headers = [
                replace(h, roles=("b",)) if squeeze(name) == "value" and not h.roles else h
                for h, name in zip(headers, names, strict=True)
            ]
        estimates = roles & {"b", "beta"}
        if "cr" in roles and estimates and roles & {"se", "boot_se", "p"}:
            swaps["cr"] = "stat"
        if roles & {"ab"} and "b" in words and "a" in words:
            swaps["b"] = "b_path"
        if not (roles & {"ab"} and "a" in words):
            swaps |= {"a": "", "c": ""} if not roles & {"c_prime", "ab"} else {"a": ""}
        if roles & {"r2"} and "r" in words and roles & {"f", "df1", "adj_r2"}:
            swaps["r"] = "multiple_r"
        for j, header in enumerate(headers):
            if header.roles and plain(names[j]) not in {plain(n) for n in self.given}:
                new = tuple(swaps.get(role, role) for role in header.roles)
                if "total" in squeeze(names[j]) and swaps.get("c") == "":
                    new = ()
                new = () if "" in new else new
                headers[j] = Header(new, header.stated, header.bootstrap)
        changed = False
        for j, header in enumerate(headers):
            changed = (changed or bool({"d_chisq", "d_f"} & set(header.roles))) and not bool(
                {"chisq", "f"} & set(header.roles)
            )
            if changed and header.roles == ("p",) and plain(names[j]) not in self.given:
                headers[j] = replace(header, roles=("d_p",))
        for j, header in enumerate(headers):
            by_cells = header.roles in (("count", "percent"), ("b", "se"))
            if by_cells and not _is_known(names[j]) and plain(names[j]) not in self.given:
                panels[j] = ", ".join(filter(None, (panels[j], names[j])))
        seen: dict[str, set[str]] = {}
        number: dict[str, int] = {}
        for j, header in enumerate(headers):
            if j in text or not header.roles or header.roles[0] in ("unchecked", "ignore"):
                continue
            base = panels[j]
            known = seen.setdefault(base, set())
            if known & set(header.roles):
                number[base] = number.get(base, 1) + 1
                known.clear()
            known |= set(header.roles) - {"ci"} if header.roles == ("ci",) else set(header.roles)
            if number.get(base, 1) > 1:
                panels[j] = f"{base}, part {number[base]}".strip(", ")
        return headers, panels

    # -- the body ------------------------------------------------------------------------------

    def _matrix(
        self, names: Sequence[str], headers: Sequence[Header], labels: set[int]
    ) -> tuple[Matrix | None, set[int]]:
        """Find a triangle whose columns are the rows' numbers or names."""
        if not labels:
            return None, set()
        first = min(labels)
        marked = [
            (i, m[1] if (m := re.match(r"^\(?(\d{1,2})[.):]?(?:\s|$)", row[first])) else "")
            for i, row in enumerate(self.body)
        ]
        stems = {_stem(row[first]): i for i, row in reversed(list(enumerate(self.body)))}
        numbered = {mark: i for i, mark in reversed(marked) if mark}
        row_of: dict[int, int] = {}
        for j, name in enumerate(names):
            if j in labels or (headers[j].roles and _stem(name) not in stems):
                continue
            number = re.fullmatch(r"\(?(\d{1,2})[.)]?", name)
            if number and number[1] in numbered:
                row_of[j] = numbered[number[1]]
            elif number and not numbered and int(number[1]) <= len(self.body):
                row_of[j] = int(number[1]) - 1
            elif _stem(name) in stems and _stem(name):
                row_of[j] = stems[_stem(name)]
        if len(row_of) < 2 or len(set(row_of.values())) < len(row_of):
            return None, set()
        rows = sorted(
            {*row_of.values()}
            | {
                i
                for i, row in enumerate(self.body)
                if sum(_has_number(row[j], self.comma) for j in row_of) >= 1
                and row[first]
                and (not numbered or i in numbered.values())
            }
        )
        place = {i: k for k, i in enumerate(rows)}
        lower, upper, diagonal = {}, {}, {}
        for i in rows:
            for j, across in row_of.items():
                reading = read_cell(self.body[i][j], comma=self.comma)
                values = reading.outside or reading.inside
                if reading.rest:
                    self._unread(self.body[i][first], names[j], self.body[i][j])
                if not values:
                    continue
                if i == across:
                    diagonal[place[i]] = values[0]
                else:
                    side = lower if place[i] > place[across] else upper
                    side[place[i], place[across]] = values[0]
        if not lower and not upper:
            return None, set()
        return Matrix(
            tuple(_unnumbered(self.body[i][first]) for i in rows), lower, upper, diagonal
        ), set(row_of)

    def _read_rows(
        self,
        names: Sequence[str],
        headers: Sequence[Header],
        panels: Sequence[str],
        labels: set[int],
        groups: Mapping[int, str],
        in_matrix: set[int],
    ) -> list[Row]:
        data = [
            j
            for j in range(len(names))
            if j not in labels and j not in groups and j not in in_matrix
        ]
        used = [j for j in data if headers[j].roles and headers[j].roles[0] != "ignore"]
        shared = [j for j in used if not panels[j]]
        shared = self._without_comparisons(used, shared, headers, panels)
        split = list(dict.fromkeys(panels[j] for j in used if panels[j])) or [""]
        # "Construct (number of items)" over "Hope (8)"
        counted = any(re.search(r"(?i)\(.*\bitems?\b.*\)", names[j]) for j in labels)
        of_models = bool({"b", "beta", "or"} & {r for j in used for r in headers[j].roles})
        heading, rows = "", []
        models: dict[tuple[str, str], Row] = {}
        for i, row in enumerate(self.body):
            name = " ".join(row[j] for j in sorted(labels) if row[j])
            if not any(row[j] for j in data) or (name and len(set(row)) == 1):
                told = [replace(each, table=self.grid.name) for each in read_statements([name])]
                rows += told
                heading = heading if told else name or heading
                continue
            parts = [_group_name(names[j], row[j]) for j in groups if row[j]]
            group = ", ".join([*([heading] if heading else []), *parts])
            under = _model_role(name) if of_models else Header()
            for panel in split:
                columns = [j for j in used if panels[j] == panel or j in shared]
                own = [j for j in columns if panels[j] == panel]
                if panel and not any(row[j] for j in own):
                    continue
                # "X2" with b, SE and p of its own is a variable, and no χ² of the model above
                filled = [j for j in columns if row[j].casefold() not in BLANKS]
                several = len({row[j] for j in filled}) > 1 and any(
                    {"se", "boot_se", "t", "z", "ci"} & set(headers[j].roles) for j in filled[1:]
                )
                role = Header() if several else under
                values, stated, bootstrap = self._read_row(row, columns, names, headers, name, role)
                of_cases = {"count", "mean"} & values.keys() and "n" not in values
                if of_cases and "n" in (told := read_header(heading).stated):
                    values["n"] = exact_value(told["n"])
                if counted and values and (told := re.search(r"\((\d+)\)$", name)):
                    values.setdefault("items", exact_value(int(told[1])))
                place = _unnumbered(name) or f"row {i + 1}"
                row_of = Row(self.grid.name, place, group, panel, values, stated, bootstrap)
                if not values:
                    continue
                if not role.roles:
                    rows.append(row_of)
                elif (panel, group) in models:
                    models[panel, group].values.update(values)
                else:
                    models[panel, group] = replace(row_of, name="the whole model")
                    rows.append(models[panel, group])
        return rows

    def _without_comparisons(
        self,
        used: Sequence[int],
        shared: list[int],
        headers: Sequence[Header],
        panels: Sequence[str],
    ) -> list[int]:
        """Return the columns that panels share, less tests after the coefficients of several.

        Such a test compares the panels, and is of none of them.
        """
        of_panels = [j for j in used if panels[j] and {"b", "beta", "or"} & set(headers[j].roles)]
        found = [headers[j].roles[0] for j in of_panels]
        if len(set(found)) == len(found):  # b of one, β of the other: they are of one model
            return shared
        tests = [
            j
            for j in shared
            if j > max(of_panels) and {"p", "t", "z", "stat", "f", "chisq"} & set(headers[j].roles)
        ]
        self.problems += [
            f"column '{self.names[j]}' compares the panels before it, and was not checked"
            for j in tests
        ]
        return [j for j in shared if j not in tests]

    def _read_row(
        self,
        row: Sequence[str],
        columns: Sequence[int],
        names: Sequence[str],
        headers: Sequence[Header],
        name: str,
        under: Header,
    ) -> tuple[dict[str, Value], dict[str, float], bool]:
        values: dict[str, Value] = {}
        stated: dict[str, float] = {}
        bootstrap = False
        for key, number in under.stated.items():
            if under.roles and key in ("df", "df1", "df2", "n"):
                values[key] = exact_value(number)
        for panel in {self.panels[j] for j in columns}:
            for key, number in read_header(panel).stated.items():
                if key == "n":
                    values[key] = exact_value(number)
        for j in columns:
            header = headers[j]
            for key, number in header.stated.items():
                if key in ("level", "tails"):
                    stated[key] = number
                else:
                    values.setdefault(key, exact_value(number))
            bootstrap |= header.bootstrap and bool({"ci", "ci_lower"} & set(header.roles))
            if header.roles == ("unchecked",):
                continue
            if header.roles == ("statement",):
                self._read_statement(name, names[j], row[j], values, stated)
                continue
            reading = read_cell(row[j], comma=self.comma)
            if reading.rest == "***" and header.roles == ("p",):  # as AMOS prints it
                values["p"] = read_value("< .001")
                continue
            if reading.rest:
                self._unread(name, names[j], row[j])
                continue
            if reading.blank:
                continue
            if under.roles:  # a row such as "R2" under the coefficients of a model
                numbers = [*reading.outside, *reading.inside]
                if len(numbers) == 1:
                    values.setdefault(under.roles[0], numbers[0])
                continue
            taken = _assign(header.roles, [*reading.outside], [*reading.inside])
            if taken is None:
                self._unread(name, names[j], row[j])
                continue
            values |= taken
        bootstrap |= "boot_se" in values
        printed = any(not value.exact for value in values.values())
        counted = {r: as_count(v) if r in COUNTS else v for r, v in values.items()}
        return (counted if printed else {}), stated, bootstrap

    def _read_statement(
        self, row: str, column: str, text: str, values: dict[str, Value], stated: dict[str, float]
    ) -> None:
        """Read a cell such as "t(30) = 1.98, p = .057" into the values of its row."""
        read = list(read_statements([text]))
        if len(read) == 1:
            values |= read[0].values
            stated |= {k: v for k, v in read[0].stated.items() if k in ("level", "tails")}
        elif text and text.casefold() not in BLANKS:
            self._unread(row, column, text)

    def _unread(self, row: str, column: str, text: str) -> None:
        self.problems.append(f"row '{row}', column '{column}': '{text}' was not read")


_PAIRS = {
    "ci": ["ci_lower", "ci_upper"],
    "range": ["min", "max"],
    "loading_range": ["loading_min", "loading_max"],
}
"""Roles of columns whose cells hold two numbers."""


def _assign(
    roles: Sequence[str], outside: list[Value], inside: list[Value]
) -> dict[str, Value] | None:
    """Give the numbers of a cell to the roles of its column; None when they do not match."""
    wanted: list[str] = []
    for role in roles:
        wanted += _PAIRS.get(role, [role])
    numbers = [*outside, *inside]
    if len(numbers) == len(wanted):
        return dict(zip(wanted, numbers, strict=True))
    if wanted == ["df"] and len(numbers) == 2:
        return dict(zip(("df1", "df2"), numbers, strict=True))
    if len(numbers) < len(wanted) and len(numbers) == 1 and not inside:
        return {wanted[0]: numbers[0]}
    return None


def _fill_right(level: list[str]) -> None:
    """Let a panel's name reach over the empty cells after it; the last as far as the others do."""
    starts = [j for j in range(1, len(level)) if level[j]]
    spans = [b - a for a, b in itertools.pairwise(starts)]
    for start, span in zip(starts, [*spans, max(spans, default=len(level))], strict=True):
        for j in range(start + 1, min(start + span, len(level))):
            level[j] = level[start]


_SE_IN_BRACKETS = re.compile(r"(?i)(standard errors?|\bSEs?\b)[^.;]{0,60}\b(parenthes|bracket)")
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")


def _with_brackets_beneath(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Put what stands in brackets in a row of its own, without a name, to the row above it."""
    joined: list[list[str]] = []
    for row in rows:
        cells = [cell for cell in row[1:] if cell]
        if joined and not row[0] and cells and all(map(_IN_BRACKETS.fullmatch, cells)):
            joined[-1] = [f"{a} {b}".strip() for a, b in zip(joined[-1], row, strict=True)]
        else:
            joined.append(list(row))
    return joined


def _split_panel(header: str) -> tuple[str, str] | None:
    """Part "Step 1 β" and "Control M (SD)" into the panel and what its numbers are."""
    words = header.split(" ")
    for k in range(1, len(words)):
        panel, own = " ".join(words[:k]), " ".join(words[k:])
        roles = read_header(own).roles
        if roles and (len(roles) > 1 or _PANEL.fullmatch(panel.rstrip(",:"))):
            return panel.rstrip(",:"), own
    return None


_PANEL = re.compile(r"(?i)(step|model|block|stage|time|wave|group|sample|study|part)\s*\w{1,3}")
_COUNTED = re.compile(r"\d[\d,]*\s*[(\[]\s*\d+(\.\d+)?\s*%\s*[)\]]")


def _is_kind(above: str, own: str) -> bool:
    """Whether a header above another says of what kind it is, and names no part of the table."""
    kind = squeeze(f"{above} x").removesuffix("x") or squeeze(above)
    if kind.startswith("standardi"):
        return read_header(own).roles == ("beta",)
    return bool(
        re.fullmatch(r"(unstandardi[sz]edcoefficients?|collinearitystatistics|correlations)?", kind)
    )


def _is_known(header: str) -> bool:
    return bool(read_header(header).roles)


def _is_part(header: str) -> bool:
    """Whether a header above others says what they are, as "95% CI" does, not of what."""
    return (
        read_header(header).roles in (("ci",), ("range",)) or "level" in read_header(header).stated
    )


def _has_number(cell: str, comma: str) -> bool:
    reading = read_cell(cell, comma=comma)
    return not reading.rest and bool(reading.outside or reading.inside)


def _count_head(rows: Sequence[Sequence[str]], told: int | None) -> int:
    """Return how many rows are the head: those before the first with a number in it."""
    while told and told < len(rows) - 1 and _names_statistics(rows[told]):
        told += 1
    if told:
        return min(told, len(rows) - 1)
    for i, row in enumerate(rows[:6]):
        cells = [cell for cell in row[1:] if cell]
        if i and row[0] and cells and all(cell.casefold() in BLANKS for cell in cells):
            return i  # a row of which nothing is printed, such as that of a reference group
        numbers = [cell for cell in cells if _has_number(cell, "") or _has_number(cell, "decimal")]
        counted = [cell for cell in numbers if re.fullmatch(r"\(?\d{1,2}[.)]?", cell)]
        if i and len(numbers) > len(counted) and len(numbers) >= len(cells) / 3:
            # a row that has a name and no number is a heading within the table, not of it
            while i > 1 and rows[i - 1][0] and not any(rows[i - 1][1:]):
                i -= 1
            return i
    return 1


def _names_statistics(row: Sequence[str]) -> bool:
    """Whether the cells of a row are headers of numbers, as those of a second row of a head are."""
    cells = [cell for cell in row[1:] if cell]
    return len(cells) > 1 and all(_is_known(cell) for cell in cells)


def _transposed_if_wanted(rows: list[list[str]]) -> list[list[str]]:
    """Turn a table whose rows are statistics and whose columns are models or variables."""
    heads = sum(_is_known(cell) for cell in rows[0][1:] if cell)
    sides = [row[0] for row in rows[1:] if row[0] and any(row[1:])]
    known = sum(_is_known(cell) for cell in sides)
    if heads == 0 and len(sides) > 1 and known >= max(2, 0.7 * len(sides)):
        return [list(column) for column in zip(*rows, strict=True)]
    return rows


def _model_role(name: str) -> Header:
    """Return the role of a row that is under coefficients, such as "R2" or "F(3, 79)"."""
    header = read_header(name)
    if len(header.roles) == 1 and header.roles[0] in MODEL_ROLES:
        return header
    return Header()


def _group_name(header: str, cell: str) -> str:
    number = re.fullmatch(r"[\d.]+", cell)
    return f"{header} {cell}" if number else cell


def _stem(name: str) -> str:
    """Return a variable's name without its number and what is in brackets after it."""
    bare = re.sub(r"^\(?\d{1,2}[.)]?\s+|\s*\([^)]*\)$", "", plain(name))
    return re.sub(r"[^a-z0-9]+", "", bare.casefold())


def _unnumbered(name: str) -> str:
    return re.sub(r"^\(?\d{1,2}[.):]\s+", "", name).strip()
