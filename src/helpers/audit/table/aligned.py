"""Tables of a plain text, whose columns only spaces part: a program's output, or from a PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers.audit.table.roles import read_header

__all__ = ["part_aligned"]

_RULE = re.compile(r"[\s\-−–—_=*+|]*")
_NUMBER = re.compile(r"[<>=\s(\[]*[-−–—+]?\d*[.,]?\d+[)\]%†*]*|[-−–—]|ns|n\.s\.")
FEWEST = 3
"""Known headers that make a line the head of a table."""


def part_aligned(text: str) -> tuple[list[tuple[str, list[list[str]]]], str]:
    r"""Part a text into its tables, each with the line above it, and the lines that are left.

    A line of three known headers or more begins a table, which goes on while lines end in as many
    numbers; a line that does not, but has numbers, is kept whole in its second cell, where it is
    said to be unread.

    Examples
    --------
    >>> part_aligned("Predictor  B    SE    p\nHope      .52  .09  < .001\n\nThe end.")
    ([('', [['Predictor', 'B', 'SE', 'p'], ['Hope', '.52', '.09', '<.001']])], 'The end.')
    """
    tables, left, title = [], [], ""
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        head = _head(lines[i])
        rows, end = _rows(lines[i + 1 :], len(head)) if head else ([], 0)
        if head and any(len([cell for cell in row if cell]) > 1 for row in rows):
            label = " ".join(lines[i].split()[: -len(" ".join(head).split())])
            tables.append((title, [[label, *head], *rows]))
            i, title = i + 1 + end, ""
            continue
        if lines[i].strip() and not _RULE.fullmatch(lines[i]):
            title = lines[i].strip()
            left.append(title)
        elif not lines[i].strip():
            left.append("")
        i += 1
    return tables, "\n".join(left).strip()


def _head(line: str) -> list[str]:
    """The known headers that a line ends in; none where they are few or other words among them."""
    cells = [cell for cell in re.split(r"\s{2,}|\t", line.strip()) if cell]
    for parts in (cells, line.split()):
        found: list[str] = []
        for part in reversed(parts):
            if not read_header(part).roles:
                break
            found.insert(0, part)
        # what is left of them names the rows
        if len(found) >= FEWEST and len(parts) - len(found) <= (1 if parts is cells else 3):
            return found
    return []


def _rows(lines: Sequence[str], width: int) -> tuple[list[list[str]], int]:
    """The rows below a head, and how many lines they take."""
    rows: list[list[str]] = []
    for n, line in enumerate(lines):
        if _RULE.fullmatch(line) and line.strip():
            continue
        words = re.sub(r"([<>=])\s+(?=[\d.,])", r"\1", line).split()
        numbers = 0
        while numbers < min(width, len(words)) and _NUMBER.fullmatch(words[-1 - numbers]):
            numbers += 1
        if not numbers:
            return rows, n
        name = " ".join(words[: len(words) - numbers])
        if numbers == width:
            rows.append([name, *words[len(words) - numbers :]])
        else:
            rows.append([name, " ".join(words[-numbers:]), *[""] * (width - 1)])
    return rows, len(lines)
