"""Pairs of codes that met: which are shown of a reader's codings, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.data.codings import Codings
from helpers.studies.one_coding.words import MOST_CODES, bounded, count, name_labels


def withhold_few(
    pairs: pd.DataFrame, codings: Codings, *, smallest_cell: int, of: str = "n_segments"
) -> pd.DataFrame:
    """Pairs of codes that met, of a reader's codings without those that met in few places.

    Parameters
    ----------
    pairs : DataFrame
        With the column `of`, in how many places they met; pairs that met in none are kept.
    codings : Codings
    smallest_cell : int
        The fewest that are shown.
    of : str
    """
    if codings.dataset.synthetic:
        return pairs
    return pairs[(pairs[of] == 0) | (pairs[of] >= smallest_cell)]


def find_drawn(together: pd.DataFrame, codebook: pd.DataFrame) -> list[str]:
    """The codes that a figure of pairs can hold, the most frequent, in the codebook's order."""
    ends = [("code_a", "n_a"), ("code_b", "n_b")]
    each = pd.concat([together.set_index(code)[n].rename("n") for code, n in ends])
    most = set(each.groupby(level=0).max().nlargest(MOST_CODES).index)
    return [code for code in codebook["primary_code"].unique() if code in most]


def note_drawn(together: pd.DataFrame, drawn: Sequence[str]) -> str:
    """Say so where a figure of pairs leaves codes out."""
    n = len({*together["code_a"], *together["code_b"]})
    return "" if n == len(drawn) else f"The {len(drawn)} most frequent of {n} codes. "


def note_withheld(n_withheld: int, *, smallest_cell: int, places: str) -> str:
    """Say so where pairs of codes are withheld."""
    if not n_withheld:
        return ""
    return f"Withheld: {count(n_withheld, 'pair')} in fewer than {smallest_cell} {places}. "


def describe_pairs(pairs: pd.DataFrame, *, n: int = 3, measure: str = "jaccard") -> str:
    """The pairs of codes that meet most, in words."""
    top = pairs.nlargest(n, measure)
    return "; ".join(
        f"{a} and {b} {bounded(value)}"
        for a, b, value in zip(
            name_labels(top["code_a"]), name_labels(top["code_b"]), top[measure], strict=True
        )
    )


def state_pair(pairs: pd.DataFrame, *, measure: str = "jaccard") -> str:
    """The two codes that meet most, in a sentence."""
    if pairs.empty or not pairs[measure].max() > 0:
        return "No two codes occur together often enough to be shown."
    top = pairs.nlargest(1, measure)
    a, b = name_labels(top["code_a"]).iloc[0], name_labels(top["code_b"]).iloc[0]
    return f"\u201c{a}\u201d and \u201c{b}\u201d occur together most often."
