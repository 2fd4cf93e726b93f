"""What is known of a table beyond its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from helpers.audit.table.values import ROUNDINGS, plain
from helpers.errors import InputError, did_you_mean
from helpers.files import read_yaml

__all__ = ["KINDS", "Settings", "read_settings", "size_in"]

KINDS = ("", "t", "z", "percentile")
TIES = ("n", "effects")
_STARS = re.compile(
    r"(?<!\*)(\*{1,4})\s*(?:indicates|denotes|:|=)?\s*p(?:\s*-?\s*values?)?\s*(?:<|≤|<=)\s*([.,]?\d*[.,]?\d+)",
    re.IGNORECASE,
)
_USUAL_STARS = {1: 0.05, 2: 0.01, 3: 0.001}
_ADJUSTED = re.compile(
    r"(?i)bonferroni|holm\b|hochberg|\bfdr\b|false discovery|tukey|scheff|sidak|šidák|"
    r"(?:adjusted|corrected)\s+(?:for multiple|p)|p\s*-?\s*(?:adj|corr)"
)
_ROBUST = re.compile(
    r"(?i)robust|satorra|bentler|yuan|scaled|\bmlr\b|\bmlm\b|\bmlmv\b|wls|dwls|\bulsmv\b|bootstrap"
)
_SIZE = re.compile(r"(?<![A-Za-z])N\s*=\s*(\d{1,3}(?:,\d{3})+|\d+)(?![\d.])")
_SMALL_SIZE = re.compile(r"(?<![A-Za-z])n\s*=\s*(\d{1,3}(?:,\d{3})+|\d+)(?![\d.])")
_RANKED = re.compile(
    r"(?i)spearman|kendall|\brank\b|\btau\b|polychoric|tetrachoric|partial corr|semi-?partial|"
    r"point-?biserial|latent corr|disattenuat|controlling for|within[- ]person|multilevel"
)


@dataclass(frozen=True)
class Settings:
    """What a reader says of a table, each empty where it is not said.

    Attributes
    ----------
    n : int or None
        Sample size.
    df : float or None
        Degrees of freedom of the t tests.
    ci : {"", "t", "z", "percentile"}
        What the intervals are.
    level : float or None
        Their level; .95 where neither this nor a header says it.
    rounding : str
        One of `helpers.audit.table.values.ROUNDINGS`.
    tails : {None, 1, 2}
        Of the p values; two, and one as a reading, where it is not said.
    alpha : {"", "raw", "std"}
        Whether Cronbach's alpha is of raw or of standardized items.
    integer : bool or None
        Whether the scores are whole numbers, or means of whole numbers.
    items : mapping of str to int
        Number of items by row.
    stars : mapping of int to float
        The level of one, two, three stars; empty: the usual ones.
    adjusted, robust, ranked, welch : bool
        Whether the table speaks of adjusted p values, of robust or bootstrapped tests, of
        correlations that are not Pearson's between two variables, or of Welch's t tests.
    columns : mapping of str to str or list of str
        Roles by header.
    same : sequence of str
        What several tables have in common: ``"n"``, their sample size; ``"effects"``, the numbers
        of one role in rows of one name.
    """

    n: int | None = None
    df: float | None = None
    ci: str = ""
    level: float | None = None
    rounding: str = "any"
    tails: int | None = None
    alpha: str = ""
    integer: bool | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    stars: Mapping[int, float] = field(default_factory=dict)
    adjusted: bool = False
    robust: bool = False
    ranked: bool = False
    welch: bool = False
    columns: Mapping[str, object] = field(default_factory=dict)
    same: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, allowed in (
            ("ci", KINDS),
            ("rounding", ROUNDINGS),
            ("tails", (None, 1, 2)),
            ("alpha", ("", "raw", "std")),
        ):
            value = getattr(self, name)
            if value not in allowed:
                known = ", ".join(str(each) for each in allowed if each not in ("", None))
                shown = {"rounding": "ROUND"}.get(name, name.upper())
                hint = did_you_mean(value, allowed)
                raise InputError(f"{shown}={value!r} is none of {known}.{hint}")
        for name, least in (("n", 2), ("df", 1)):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and (not number or not value >= least):
                raise InputError(f"{name.upper()}={value!r} is no number of {least} or more")
        for word in self.same:
            if word not in TIES:
                known = ", ".join(TIES)
                raise InputError(f"same: {word!r} is none of {known}.{did_you_mean(word, TIES)}")
        if self.level is not None and not (isinstance(self.level, float) and 0.5 <= self.level < 1):
            raise InputError(f"level: {self.level!r} is no level from 0.5 to below 1, such as 0.95")

    @property
    def star_levels(self) -> Mapping[int, float]:
        """The levels that stars stand for, as said or as usual."""
        return self.stars or _USUAL_STARS

    def told(self, words: str, *, around: str = "") -> Settings:
        """Return the settings with what is said about a table.

        Parameters
        ----------
        words : str
            Its title, note and headers.
        around : str
            The running text of its document, where estimators and adjustments are named.
        """
        stars = {}
        for marks, level in _STARS.findall(plain(words)):
            stars[len(marks)] = float(level.replace(",", "."))
        return replace(
            self,
            n=self.n if self.n is not None else size_in(words),
            stars=self.stars or stars,
            welch=self.welch or bool(re.search(r"(?i)\bwelch|unequal variances", words)),
            adjusted=self.adjusted or bool(_ADJUSTED.search(f"{words} {around}")),
            robust=self.robust or bool(_ROBUST.search(f"{words} {around}")),
            ranked=self.ranked or bool(_RANKED.search(words)),
        )


def size_in(words: str) -> int | None:
    """Return the sample size that title, note and headers state, if they state one.

    Examples
    --------
    >>> size_in("Table 2. Correlations (N = 1,120)"), size_in("n = 60 and n = 61")
    (1120, None)
    """
    for pattern in (_SIZE, _SMALL_SIZE):
        sizes = {int(found.replace(",", "")) for found in pattern.findall(plain(words))}
        if sizes:
            return sizes.pop() if len(sizes) == 1 and min(sizes) > 1 else None
    return None


def read_settings(path: Path | None, **given: object) -> Settings:
    """Read the settings of a table.

    Parameters
    ----------
    path : pathlib.Path or None
        A YAML file with names of `Settings`, what `given` leaves out.
    **given
        What was said on the command line; None where nothing was.

    Raises
    ------
    InputError
        For a file that is no such mapping, or a value that a setting cannot have.
    """
    known = [each.name for each in fields(Settings)]
    said: dict[str, object] = {}
    if path is not None:
        if not path.is_file():
            raise InputError(f"MAP={str(path)!r} is no file")
        try:
            content = read_yaml(path) or {}
        except Exception as error:  # PyYAML's own errors span lines
            raise InputError(f"MAP={str(path)!r} is no YAML: {error}") from None
        if not isinstance(content, dict):
            raise InputError(f"MAP={str(path)!r} is no mapping of settings such as 'n: 83'")
        for name, value in content.items():
            if name not in known:
                raise InputError(
                    f"MAP={str(path)!r}: {name!r} is none of {', '.join(known)}."
                    f"{did_you_mean(name, known)}"
                )
            if isinstance(getattr(Settings(), name), dict) and not isinstance(value, dict):
                raise InputError(f"MAP={str(path)!r}: {name} is no mapping")
            said[name] = value
    if "stars" in said:
        said["stars"] = {
            len(mark) if isinstance(mark, str) else mark: float(level)
            for mark, level in dict(said["stars"]).items()
        }
    return Settings(**(said | {name: value for name, value in given.items() if value is not None}))
