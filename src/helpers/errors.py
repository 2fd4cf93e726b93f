"""The one error a reader meets, and the hint that mends a misspelling."""

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "did_you_mean"]


class InputError(ValueError):
    """Something the reader gave cannot be used.

    The message is a single line that names what was given, where it stands, what is allowed,
    and how to mend it. Line breaks in it are folded to spaces, and characters that cannot be seen
    are written out, so that a name with one is not taken for the name without. Of a line longer
    than a thousand characters, which comes of a long value, the middle is left out.
    """

    def __init__(self, message: str) -> None:
        line = " ".join(str(message).split())
        line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
        super().__init__(line if len(line) <= 1000 else f"{line[:600]} … {line[-300:]}")


def did_you_mean(word: object, candidates: Iterable[object]) -> str:
    """Return a hint naming the candidate nearest to `word`.

    Parameters
    ----------
    word : object
        What was given; compared as text, ignoring case and surrounding space.
    candidates : iterable of object
        What is allowed.

    Returns
    -------
    str
        ``" Did you mean 'x'?"`` with a leading space, or ``""`` when nothing is near.

    Examples
    --------
    >>> did_you_mean("wai_totl", ["wai_total", "ses"])
    " Did you mean 'wai_total'?"
    >>> did_you_mean("color", ["wai_total", "ses"])
    ''
    """
    by_folded: dict[str, str] = {}
    for candidate in candidates:
        by_folded.setdefault(str(candidate).strip().casefold(), str(candidate))
    near = difflib.get_close_matches(str(word).strip().casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean '{by_folded[near[0]]}'?" if near else ""
