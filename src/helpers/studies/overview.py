"""Constructs and instruments across the five sources, and the essay's themes beside them."""

from __future__ import annotations

import pandas as pd

from helpers.data.published import load_published
from helpers.paths import data_dir

ESSAY = "clinical_essay"

MATCHES = ("direct", "partial", "none")
"""From the closest counterpart a theme can have to none; ``clinical_essay/source.yml`` defines."""


def load_crosswalk() -> pd.DataFrame:
    """Return which source measures, codes or only describes which construct, and with what.

    Returns
    -------
    DataFrame
        One row a source and variable: construct (our name, shared by the sources), study,
        variable (the source's name), instrument, items, scale_minimum, scale_maximum, reported_by
        (client, observer, or missing for what is only described), n, n_unit, note. Missing where
        the source prints nothing.

    Examples
    --------
    >>> load_crosswalk()["study"].nunique()
    5
    """
    whole = dict.fromkeys(("items", "scale_minimum", "scale_maximum", "n"), "Int64")
    table = pd.read_csv(data_dir() / "published" / "crosswalk.csv", dtype={"note": str} | whole)
    return table.assign(note=table["note"].fillna(""))


def load_themes() -> pd.DataFrame:
    """Return the essay's themes and their counterparts, one row a pair, none a row of its own.

    Returns
    -------
    DataFrame
        theme_id, study, construct, theme, section, description, match, instrument, note.
    """
    return load_published(ESSAY, "themes").reset_index()


def match_themes(themes: pd.DataFrame, *, studies: tuple[str, ...]) -> pd.DataFrame:
    """Give the closest match of each theme in each study and in all.

    Parameters
    ----------
    themes : DataFrame
        From `load_themes`.
    studies : tuple of str
        Study slugs, in the order wanted.

    Returns
    -------
    DataFrame
        One row a theme in the essay's order: theme_id, theme, section, one column a study and
        best, each direct, partial or none.
    """
    rank = {match: k for k, match in enumerate(MATCHES)}
    ranked = themes.assign(rank=themes["match"].map(rank))
    named = ranked.drop_duplicates("theme_id").set_index("theme_id")[["theme", "section"]]
    closest = ranked.groupby(["theme_id", "study"])["rank"].min().reset_index()
    for study in studies:
        mine = closest[closest["study"] == study].set_index("theme_id")["rank"]
        worst = len(MATCHES) - 1
        named[study] = mine.reindex(named.index, fill_value=worst).map(dict(enumerate(MATCHES)))
    named["best"] = ranked.groupby("theme_id")["rank"].min().map(dict(enumerate(MATCHES)))
    return named.reset_index()
