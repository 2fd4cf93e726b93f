"""Tables of a plain text, whose columns only spaces part: a program's output, or from a PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers.audit.table.roles import read_header

__all__ = ["part_aligned"]

_RULE = re.compile(r"[\s\-−–—_=*+|.]*")
_SIZE = r"[-−–—+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(
    rf"[<>=\s(\[]*{_SIZE}[)\]%†*]*|[(\[]{_SIZE}[,;]{_SIZE}[)\]]|[-−–—]|ns|n\.s\.|NA"
)
_MARKS = re.compile(r"[*.†]+")
FEWEST = 3
"""Known headers that make a line the head of a table."""
MOST_WORDS = 4
"""Words of a header, and of a heading within a table."""


def part_aligned(text: str) -> tuple[list[tuple[str, list[list[str]]]], str]:
    r"""Part a text into its tables, each with the line above it, and the lines that are left.

    A line that ends in three known headers or more begins a table, which goes on while lines end in
    as many numbers, with headings of a few words between them. A line with fewer numbers is kept
    whole in its second cell, where it is said to be unread.

    Examples
    --------
    >>> part_aligned("Predictor  B    SE    p\nHope      .52  .09  < .001\n\nThe end.")
    ([('', [['Predictor', 'B', 'SE', 'p'], ['Hope', '.52', '.09', '<.001']])], 'The end.')
    """
    tables, left, title = [], [], ""
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        label, head = _head(lines[i])
        rows, end = _rows(lines[i + 1 :], head)
        if not rows and not label and len(head) > FEWEST:  # "Effect" may be what names the rows
            label, *head = head
            rows, end = _rows(lines[i + 1 :], head)
        if rows:
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


def _head(line: str) -> tuple[str, list[str]]:
    """The known headers that a line ends in, after what names the rows; none where few are."""
    line = re.sub(r"\s[|│]\s", "  ", line).strip()
    cells = re.split(r"\s{2,}|\t", line)
    known = [len(read_header(cell).roles) == 1 for cell in cells]
    if len(cells) > FEWEST and all(known[1:]):
        return ("", cells) if known[0] else (cells[0], cells[1:])
    words, found = line.split(), list[str]()
    while words:
        for n in range(min(MOST_WORDS, len(words)), 0, -1):
            header = " ".join(words[-n:])
            # of several words, those that are one header and no pair such as "M SD"
            if len(read_header(header).roles) == 1:
                found.insert(0, header)
                del words[-n:]
                break
        else:
            break
    known = len(found) >= FEWEST and len(words) <= MOST_WORDS
    return (" ".join(words), found) if known else ("", [])


def _rows(lines: Sequence[str], head: Sequence[str]) -> tuple[list[list[str]], int]:
    """The rows below a head, and how many lines they take; none where no line fits the head."""
    if not head:
        return [], 0
    pairs = [read_header(header).roles == ("ci",) for header in head]
    rows: list[list[str]] = []
    kept = end = 0
    beside = True  # no heading and no blank line since the last row
    for n, line in enumerate(lines):
        if _RULE.fullmatch(line):
            beside = False
            continue
        if _head(line)[1]:
            break
        name, numbers = _numbers(line, len(head) + sum(pairs))
        cells = _cells(numbers, pairs)
        if cells:
            rows.append([name, *cells])
        elif numbers and beside:
            rows.append([name, " ".join(numbers), *[""] * (len(head) - 1)])
        elif not numbers and len(line.split()) <= MOST_WORDS:
            rows.append([line.strip(), *[""] * len(head)])
            beside = False
            continue
        else:
            break
        kept, end, beside = len(rows), n + 1, True
    fits = any(all(row[1:]) for row in rows)
    return (rows[:kept], end) if fits else ([], 0)


def _numbers(line: str, most: int) -> tuple[str, list[str]]:
    """What a line begins with, and the numbers that it ends in, `most` at most."""
    if "\t" in line:
        name, *cells = (cell.strip() for cell in line.split("\t"))
        return name, cells
    line = re.sub(r"\s[|│]\s", " ", re.sub(r"([<>=])\s+(?=[\d.,])", r"\1", line))
    words = re.sub(rf"([(\[]{_SIZE}[,;])\s+(?={_SIZE}[)\]])", r"\1", line).split()
    if len(words) > 1 and _MARKS.fullmatch(words[-1]):  # signs of significance, as R prints them
        del words[-1]
    n = 0
    while n < min(most, len(words)) and _NUMBER.fullmatch(words[-1 - n]):
        n += 1
    return " ".join(words[: len(words) - n]), words[len(words) - n :]


def _cells(numbers: Sequence[str], pairs: Sequence[bool]) -> list[str]:
    """Numbers as cells below headers, two in that of an interval; none where they do not fit."""
    if len(numbers) == len(pairs):
        return list(numbers)
    if len(numbers) != len(pairs) + sum(pairs):
        return []
    left = iter(numbers)
    return [f"[{next(left)}, {next(left)}]" if pair else next(left) for pair in pairs]
