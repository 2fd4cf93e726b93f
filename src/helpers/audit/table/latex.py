"""LaTeX as pandoc can read it, with every digit of its tables."""

from __future__ import annotations

import re

__all__ = ["plain_columns"]

_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_DRESSED = re.compile(rf"[@!<>]{_BRACES}")
_UNKNOWN = re.compile(rf"D(?:{_BRACES}){{3}}|[pmbS]{_BRACES}|[SQX](?:\[[^]]*\])?")
"""Of columns, what is put before, after and between them, and those that pandoc does not know."""
_TABULAR = re.compile(r"(\\begin\{(?:tabular[xy]?|longtable)\*?\}(?:\[\w*\])?)")


def plain_columns(text: str) -> str:
    r"""Return LaTeX with columns that pandoc reads.

    It reads no table with a column such as ``S[table-format=2.2]`` of siunitx or ``D{.}{.}{-1}`` of
    dcolumn, and loses the first digit of a cell under ``>{\raggedright\arraybackslash}``.

    Examples
    --------
    >>> plain_columns(r"\begin{tabular}{@{}lS[table-format=2.2]p{3cm}@{}} a & 1 & 2 \end{tabular}")
    '\\begin{tabular}{lrr} a & 1 & 2 \\end{tabular}'
    """
    # the head of each further page, and marks of longtable after which pandoc loses a digit
    text = re.sub(r"\\endfirsthead\b.*?\\endhead\b", "", text, flags=re.DOTALL)
    text = re.sub(r"\\end(head|foot|lastfoot)\b", "", text)
    text = re.sub(r"(?<!\\)%.*\n[ \t]*", "", text)
    text = re.sub(rf"(\\multicolumn\{{\d+\}}\{{)({_BRACES}|[^{{}}])*(?=\}})", r"\1l", text)
    text = re.sub(r"\\cmidrule(\([^)]*\))?(\[[^]]*\])?\{[^}]*\}", "", text)
    head, *parts = _TABULAR.split(text)
    for begin, after in zip(parts[::2], parts[1::2], strict=True):
        spec, rest = _in_braces(after)
        width = ""
        if re.search(r"tabular(x|y|\*)", begin):
            width, (spec, rest) = f"{{{spec}}}", _in_braces(rest)
        spec = _UNKNOWN.sub("r", _DRESSED.sub("", spec))
        head += f"{begin}{width}{{{spec}}}{rest}"
    return head


def _in_braces(text: str) -> tuple[str, str]:
    """Return what is in the braces at the beginning of a text, and what follows them."""
    text = text.lstrip()
    depth = 0
    for i, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if not depth:
            return (text[1:i], text[i + 1 :]) if i else ("", text)
    return "", text
