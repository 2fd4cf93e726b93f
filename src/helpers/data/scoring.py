"""Scales scored from their items, as a mapping file asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd

from helpers.data.schemas import Column
from helpers.errors import InputError, did_you_mean
from helpers.files import read_yaml
from helpers.paths import data_dir

__all__ = [
    "BETWEEN",
    "HOW",
    "Score",
    "ScoredScale",
    "compute_alpha",
    "compute_score",
    "find_reversed",
    "load_keys",
    "number_items",
    "read_scores",
    "surely_negative",
]

HOW = ("sum", "mean")
ONE_SCALE = 0.5
"""Alpha from which on items are taken to be one scale."""
BETWEEN = r"[\s_.\-]*"
"""What may stand between the words of a name."""
_ENTRIES = ("items", "score", "reverse", "missing", "answers", "key")


@dataclass(frozen=True, kw_only=True)
class Score:
    """How one of our columns is made of the reader's items.

    Attributes
    ----------
    column : str
        Our column.
    items : str or tuple of str
        Columns of the file, or the beginning of their names; with a `key`, those of the whole
        questionnaire.
    how : str
        ``"sum"`` or ``"mean"``.
    reverse : tuple of str
        Items that are reverse-scored before scoring.
    most_missing : int
        How many items may be missing. The others then stand for them: the score is their mean,
        times the number of items for a sum (person-mean imputation).
    minimum, maximum : float or None
        Lowest and highest answer.
    words : mapping of str to float
        What an answer in words counts.
    numbers : tuple of int
        Of a `key`, the numbers of its items within the questionnaire.
    reverse_numbers : tuple of int
        Of a `key`, the numbers of the items that are reverse-scored.
    key : str
        A published key, or ``""``.
    """

    column: str
    items: str | tuple[str, ...]
    how: str
    reverse: tuple[str, ...] = ()
    most_missing: int = 0
    minimum: float | None = None
    maximum: float | None = None
    words: Mapping[str, float] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    reverse_numbers: tuple[int, ...] = ()
    key: str = ""

    def find_items(self, names: Sequence[str], *, where: str) -> tuple[list[str], list[str]]:
        """Return the items among the columns `names` of a file, and those to turn round.

        Raises
        ------
        InputError
            When a named item is not there, or a prefix or key does not find its items.
        """
        if not isinstance(self.items, str):
            found = list(self.items)
            for name in found:
                if name not in names:
                    raise InputError(
                        f"{where}: '{name}' is not a column of the file.{did_you_mean(name, names)}"
                    )
        else:
            by_number = number_items(names, self.items)
            wanted = list(self.numbers or sorted(by_number))
            absent = [str(number) for number in wanted if number not in by_number]
            if not wanted or absent:
                missed = (
                    f"items {', '.join(absent)} of {self.key}" if absent else "no numbered item"
                )
                raise InputError(
                    f"{where}: {missed} found among columns that begin with {self.items!r}; list "
                    f"the items by name, such as items: [{self.items}1, {self.items}2]"
                )
            found = [by_number[number] for number in wanted]
        turned = list(self.reverse)
        if self.reverse_numbers:
            at = dict(zip(self.numbers, found, strict=True))
            turned += [at[number] for number in self.reverse_numbers]
        for name in turned:
            if name not in found:
                raise InputError(
                    f"{where}: reverse names '{name}', which is not one of the items."
                    f"{did_you_mean(name, found)}"
                )
        return found, turned

    def takes(self, name: str) -> bool:
        """Whether a column of the file may be one of the items."""
        if isinstance(self.items, str):
            return bool(number_items([name], self.items))
        return name in self.items

    @property
    def item_column(self) -> Column:
        """Return what an item may hold; under the name of its score, of which it is a part."""
        words = f"answers {self.minimum:g} to {self.maximum:g}" if self.minimum is not None else ""
        return Column(
            name=self.column,
            kind="numeric",
            role="item",
            minimum=self.minimum,
            maximum=self.maximum,
            scoring=words,
        )

    def scored_column(self, column: Column, n_items: int) -> Column:
        """Return our `column` as this score of `n_items` fills it.

        `scoring` says what differs from the dictionary, and is empty where nothing does.
        """
        low, high = self.limits(n_items) or (column.minimum, column.maximum)
        said = ""
        if (low, high) != (column.minimum, column.maximum) and column.minimum is not None:
            said = (
                f"scored {low:g} to {high:g} ({self.how} of {n_items} items rated "
                f"{self.minimum:g} to {self.maximum:g}), where the paper has {column.range_words}"
            )
        return replace(column, minimum=low, maximum=high, scoring=said)

    def to_numbers(self, cells: pd.Series) -> pd.Series:
        """Return answers in words as the numbers that they count; others stay as they are."""
        if not self.words:
            return cells
        return cells.map(lambda word: self.words.get(word.strip(), word), na_action="ignore")

    def limits(self, n_items: int) -> tuple[float, float] | None:
        """Return the lowest and the highest score that the answers allow, if these are known."""
        if self.minimum is None or self.maximum is None:
            return None
        factor = n_items if self.how == "sum" else 1
        return factor * self.minimum, factor * self.maximum


@dataclass(frozen=True, kw_only=True)
class ScoredScale:
    """What a score came out as, for `Examination`.

    Attributes
    ----------
    column : str
    n_items : int
    how : str
    mean : float
        Of the scores.
    alpha : float
        Cronbach's alpha of the items as scored, over the rows with all of them.
    n_prorated : int
        Rows with some, but not too many, items missing.
    against : tuple of str
        Items that run against the others (`find_reversed`).
    turned_by_key : bool or None
        Whether a published key turns items round; None where none was named.
    """

    column: str
    n_items: int
    how: str
    mean: float
    alpha: float
    n_prorated: int
    against: tuple[str, ...]
    turned_by_key: bool | None = None


def number_items(names: Sequence[str], prefix: str) -> dict[int, str]:
    """Return the columns that begin with `prefix` and go on with a number, by that number.

    Capitals and what stands between words, or between prefix and number, make no difference; the
    number may be a subquestion's of LimeSurvey. A name that goes on after the number with another
    one, such as ``phq9_1_t2``, is not an item.

    Examples
    --------
    >>> number_items(["WAI-SR 1", "wai_sr02", "WAISR[SQ003]", "WAI_SR.SQ004."], "wai_sr")
    {1: 'WAI-SR 1', 2: 'wai_sr02', 3: 'WAISR[SQ003]', 4: 'WAI_SR.SQ004.'}
    """
    words = [re.escape(word) for word in re.split(r"[\s_.\-]+", prefix.casefold()) if word]
    apart = "+" if words and words[-1][-1].isdigit() and not prefix[-1].isdigit() else "*"
    pattern = re.compile(
        rf"{BETWEEN.join(words)}[\s_.\-\[]{apart}(?:(?<=[._\[])sq)?0*(\d{{1,3}})[\]._]?"
    )
    found: dict[int, str] = {}
    for name in names:
        match = pattern.fullmatch(name.casefold())
        if match:
            found.setdefault(int(match[1]), name)
    return found


@cache
def load_keys() -> Mapping[str, Mapping[str, object]]:
    """Return the published scoring keys of ``data/instruments.yml``, by name.

    Examples
    --------
    >>> load_keys()["WAI-SR bond"]["items"]
    [3, 5, 7, 9]
    """
    return read_yaml(data_dir() / "instruments.yml")


def read_scores(content: object, columns: Sequence[str], where: str) -> dict[str, Score]:
    """Read the entry ``scores`` of a mapping file.

    Parameters
    ----------
    content : object
        What is under ``scores``: by our column, a mapping with ``items`` (a list of columns,
        or the beginning of their names), ``score`` (sum or mean), and if need be ``reverse`` (a
        list of items), ``missing`` (how many items may be missing), ``answers`` (lowest and
        highest, or what each answer in words counts) and ``key`` (a published key).
    columns : sequence of str
        Our columns that can be scored.
    where : str
        What messages call the entry.

    Returns
    -------
    dict of str to Score

    Raises
    ------
    InputError
    """
    if content in (None, ""):
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{where}: write, by column, how it is scored, such as {_EXAMPLE}")
    scores = {}
    for column, entry in content.items():
        if not columns:
            raise InputError(
                f"{where}: the study has no scores, its model is made of items; name them under "
                f"columns, such as {{Q1: {column}_1, Q2: {column}_2}}"
            )
        if column not in columns:
            raise InputError(
                f"{where}: '{column}' is not a column that can be scored; there are "
                f"{', '.join(columns)}.{did_you_mean(column, columns)}"
            )
        scores[column] = _read_score(column, entry, f"{where}: {column}")
    return scores


_EXAMPLE = "phq9: {items: phq9_, score: sum, answers: [0, 3]}"


def _read_score(column: str, entry: object, where: str) -> Score:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: write how it is scored, such as {_EXAMPLE}")
    for name in entry:
        if name not in _ENTRIES:
            raise InputError(
                f"{where}: '{name}' is not an entry of a score; there are {', '.join(_ENTRIES)}."
                f"{did_you_mean(name, _ENTRIES)}"
            )
    key = entry.get("key", "")
    keys = load_keys()
    if key and key not in keys:
        raise InputError(
            f"{where}: {key!r} is not a published key that is stored here ({', '.join(keys)}); "
            f"list the items by name instead.{did_you_mean(key, keys)}"
        )
    known = keys.get(key, {})
    how = entry.get("score", known.get("score", ""))
    if how not in HOW:
        raise InputError(f"{where}: score: write sum or mean")
    items = entry.get("items")
    if isinstance(items, list):
        items = _names(items, f"{where}: items")
        if len(set(items)) < len(items):
            raise InputError(f"{where}: items names a column twice; keep one")
        if len(items) < 2:
            raise InputError(f"{where}: items: one column is no scale; rename it under 'columns'")
    elif not isinstance(items, str) or not items.strip():
        raise InputError(f"{where}: items: list the columns, or give the beginning of their names")
    words, low, high = _answers(entry.get("answers"), known.get("answers"), f"{where}: answers")
    reverse = _names(entry.get("reverse") or [], f"{where}: reverse")
    turned = tuple(known.get("reverse", ()))
    if (reverse or turned) and None in (low, high):
        raise InputError(
            f"{where}: to turn items round, their lowest and highest answers are needed, such as "
            "answers: [1, 5]"
        )
    named = not isinstance(items, str)
    return Score(
        column=column,
        items=items,
        how=how,
        reverse=reverse,
        most_missing=_count(entry.get("missing", "0"), f"{where}: missing"),
        minimum=low,
        maximum=high,
        words=words,
        numbers=() if named else tuple(known.get("items", ())),
        reverse_numbers=() if named else turned,
        key=key,
    )


def _names(content: object, where: str) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(each, str) for each in content):
        raise InputError(f"{where}: write a list of columns, such as [a, b]")
    return tuple(content)


def _count(text: object, where: str) -> int:
    if not (isinstance(text, str) and text.isdecimal()):
        raise InputError(f"{where}: write how many items may be missing, a whole number such as 1")
    return int(text)


def _answers(
    given: object, known: object, where: str
) -> tuple[dict[str, float], float | None, float | None]:
    """Return what answers in words count, and the lowest and the highest answer."""
    if given in (None, ""):
        low, high = known if known else (None, None)
        return {}, low, high
    try:
        if isinstance(given, dict):
            words = {word.strip(): float(number) for word, number in given.items()}
            return words, min(words.values()), max(words.values())
        if isinstance(given, list) and len(given) == 2:
            low, high = (float(number) for number in given)
            if low < high:
                return {}, low, high
    except (TypeError, ValueError):
        pass
    raise InputError(
        f"{where}: write the lowest and the highest, such as [1, 5], or what each answer in words "
        "counts, such as {never: 1, always: 5}"
    )


def compute_score(
    items: pd.DataFrame, score: Score, turned: Sequence[str]
) -> tuple[pd.Series, ScoredScale]:
    """Score a scale.

    Parameters
    ----------
    items : pandas.DataFrame, shape (rows, items)
        Numbers, NaN where an answer is missing.
    score : Score
    turned : sequence of str
        Items that are reverse-scored: lowest + highest answer - answer.

    Returns
    -------
    values : pandas.Series
        NaN where more than `Score.most_missing` items are missing.
    scale : ScoredScale

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3], "b": [5.0, 4.0, None], "c": [2, 2, 3]})
    >>> asked = Score(column="x", items="", how="sum", most_missing=1, minimum=1, maximum=5)
    >>> compute_score(answers, asked, ["b"])[0].tolist()
    [4.0, 6.0, 9.0]
    """
    answers = items.astype(float)
    for name in turned:
        answers[name] = score.minimum + score.maximum - answers[name]
    n_missing = answers.isna().sum(axis=1)
    values = answers.mean(axis=1).where(n_missing <= score.most_missing)
    if score.how == "sum":
        values = values * answers.shape[1]
        # a mean of whole answers times their number is whole but for rounding
        values = values.where(n_missing > 0, answers.sum(axis=1))
    complete = answers[n_missing == 0]
    return values, ScoredScale(
        column=score.column,
        n_items=answers.shape[1],
        how=score.how,
        mean=float(values.mean()),
        alpha=compute_alpha(complete),
        n_prorated=int((n_missing.gt(0) & values.notna()).sum()),
        against=find_reversed(complete),
        turned_by_key=bool(score.reverse_numbers) if score.key else None,
    )


def find_reversed(answers: pd.DataFrame) -> tuple[str, ...]:
    """Return the items that run against the others, the smaller of two sets that do.

    The first principal component parts the items into two sets; one is said to run against the
    other where the 95% interval of its correlation with the sum of the other set lies below zero,
    and where the items are one scale once they are reversed (alpha of `ONE_SCALE`). Two sets
    can be made of any items, so that without the latter chance would name some.

    Parameters
    ----------
    answers : pandas.DataFrame, shape (rows, items)
        Complete.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> latent = rng.normal(size=200)
    >>> frame = pd.DataFrame({n: latent + rng.normal(size=200) for n in "abcd"})
    >>> find_reversed(frame), find_reversed(frame.assign(b=-frame["b"]))
    ((), ('b',))
    """
    values = answers.to_numpy(dtype=float)
    if len(values) < 4:
        return ()
    varied = np.flatnonzero(values.std(axis=0) > 0)
    if len(varied) < 3:
        return ()
    z = (values[:, varied] - values[:, varied].mean(axis=0)) / values[:, varied].std(axis=0)
    positive = np.linalg.eigh(z.T @ z)[1][:, -1] >= 0
    fewer = positive if 2 * positive.sum() < len(positive) else ~positive
    total = (values[:, varied] @ ~fewer) - values[:, varied].mean(axis=0) @ ~fewer
    r = z[:, fewer].T @ total / len(z) / total.std()
    against = varied[fewer][[surely_negative(each, len(z)) for each in r]]
    turned = values.copy()
    turned[:, against] *= -1
    alpha = compute_alpha(pd.DataFrame(turned[:, varied]))
    return tuple(answers.columns[against]) if alpha >= ONE_SCALE else ()


def surely_negative(r: float, n: int, *, z: float = 1.96) -> bool:
    """Whether the interval of a correlation, by Fisher's z, lies below zero; 95% by default."""
    return n > 3 and np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) + z / np.sqrt(n - 3) < 0


def compute_alpha(answers: pd.DataFrame) -> float:
    """Cronbach's alpha of raw answers: k / (k - 1) (1 - sum of variances / variance of the sum)."""
    values = answers.to_numpy(dtype=float)
    n, k = values.shape
    if n < 3 or not (total := values.sum(axis=1).var()) > 0:
        return np.nan
    return float(k / (k - 1) * (1 - values.var(axis=0).sum() / total))
