"""Mohebbi Sheikhlari et al. (2026): the composite model of the paper, its labels and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import shapiro

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.draws import Bootstrap
from helpers.models.pls.model import PLSFit, fit_pls_correlation
from helpers.models.pls.specification import PLSModel, select_items
from helpers.models.sem.syntax import parse_model

__all__ = [
    "CONSTRUCTS",
    "LABELS",
    "MEDIATOR",
    "MODEL",
    "OUTCOME",
    "PATHS",
    "STRATEGIES",
    "STUDY",
    "compare_n_boot",
    "describe_scores",
    "fit_construct_correlations",
    "write_model",
]

STUDY = "coping_adherence"

LABELS = {
    "avoidant": "Avoidant coping",
    "problem_focused": "Problem-focused coping",
    "emotion_focused": "Emotion-focused coping",
    "alliance": "Therapeutic alliance",
    "adherence": "Client adherence",
}
CONSTRUCTS = tuple(LABELS)
STRATEGIES = CONSTRUCTS[:3]
MEDIATOR = "alliance"
OUTCOME = "adherence"
MODEL = """
    alliance  ~ alliance_on_avoidant*avoidant
              + alliance_on_problem_focused*problem_focused
              + alliance_on_emotion_focused*emotion_focused
    adherence ~ adherence_on_avoidant*avoidant
              + adherence_on_problem_focused*problem_focused
              + adherence_on_emotion_focused*emotion_focused
              + adherence_on_alliance*alliance

    ind_avoidant        := alliance_on_avoidant*adherence_on_alliance
    ind_problem_focused := alliance_on_problem_focused*adherence_on_alliance
    ind_emotion_focused := alliance_on_emotion_focused*adherence_on_alliance
"""
"""The structural model in lavaan's syntax; every variable is the composite of its items."""

PATHS = tuple((term.rhs, term.lhs) for term in parse_model(MODEL).regressions)
"""The seven direct relationships, (from, to), in the order of Table 4."""


def write_model(
    columns: Sequence[str], *, items: Mapping[str, Sequence[str]] | None = None
) -> PLSModel:
    """Write the paper's model for the items a data set has.

    Parameters
    ----------
    columns : sequence of str
        Column names of the data; items are ``avoidant_1``, ``problem_focused_1`` and so on, any
        number a construct.
    items : mapping of construct to item names, optional
        Items to use instead of all, for any of the constructs.

    Returns
    -------
    PLSModel

    Raises
    ------
    InputError
        When a construct has no items, or `items` names an unknown construct or column.

    Examples
    --------
    >>> model = write_model([f"{name}_1" for name in CONSTRUCTS])
    >>> model.antecedents("alliance")
    ('avoidant', 'problem_focused', 'emotion_focused')
    """
    found = select_items(columns, CONSTRUCTS)
    for name, chosen in (items or {}).items():
        if name not in found:
            raise InputError(
                f"items: {name!r} is not one of the constructs {', '.join(CONSTRUCTS)}."
                f"{did_you_mean(name, CONSTRUCTS)}"
            )
        for item in chosen:
            if item not in found[name]:
                raise InputError(
                    f"items: {item!r} is not an item of {name!r} in the data."
                    f"{did_you_mean(item, found[name])}"
                )
        found[name] = list(chosen)
    return PLSModel(found, PATHS)


def describe_scores(data: pd.DataFrame) -> pd.DataFrame:
    """Describe the scale scores, the sums of all items of each construct, as Table 1 does.

    Parameters
    ----------
    data : DataFrame
        Item columns; a case with a missing answer in a scale is left out of that scale.

    Returns
    -------
    DataFrame
        ``construct n mean sd min max skewness shapiro_w shapiro_p``, `sd` with n - 1.
    """
    rows = []
    for name, items in select_items(data.columns, CONSTRUCTS).items():
        score = data[items].dropna().sum(axis=1).astype(float)
        if len(score) < 3:
            raise InputError(
                f"data: {len(score)} complete cases in the items of {name!r}; 3 at least."
            )
        test = shapiro(score)
        rows.append(
            (
                name,
                len(score),
                score.mean(),
                score.std(),
                score.min(),
                score.max(),
                score.skew(),
                test.statistic,
                test.pvalue,
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "construct",
            "n",
            "mean",
            "sd",
            "min",
            "max",
            "skewness",
            "shapiro_w",
            "shapiro_p",
        ],
    )


def fit_construct_correlations(correlation: pd.DataFrame, *, n: int) -> PLSFit:
    """Fit the structural model to correlations between the five constructs, as Table 3 prints them.

    Parameters
    ----------
    correlation : DataFrame
        Rows and columns named as `CONSTRUCTS`, in any order. The diagonal is taken as 1 and an
        empty upper triangle is filled from the lower one, so the printed table serves as it is.
    n : int
        Number of cases.

    Returns
    -------
    PLSFit
        Of one-item constructs, so that the paths are regression weights.

    Raises
    ------
    InputError
        When a construct is absent or no data can have these correlations.
    """
    for name in CONSTRUCTS:
        if name not in correlation.index or name not in correlation.columns:
            raise InputError(
                f"correlation lacks a row or column for {name!r}."
                f"{did_you_mean(name, correlation.columns)}"
            )
    given = correlation.loc[list(CONSTRUCTS), list(CONSTRUCTS)].astype(float)
    R = given.fillna(given.T).to_numpy(copy=True)
    np.fill_diagonal(R, 1.0)
    model = PLSModel({name: [name] for name in CONSTRUCTS}, PATHS)
    return fit_pls_correlation(
        pd.DataFrame(R, index=CONSTRUCTS, columns=CONSTRUCTS), n=n, model=model
    )


def compare_n_boot(
    boot: Bootstrap, *, n_boots: Sequence[int] = (500, 1000, 2000, 5000)
) -> pd.DataFrame:
    """Show how standard errors and limits of the paths settle as draws are added.

    Parameters
    ----------
    boot : Bootstrap
    n_boots : sequence of int
        Numbers of draws; those above ``boot.n_boot`` are left out.

    Returns
    -------
    DataFrame
        ``n_boot`` and the columns of ``boot.table("path")``.
    """
    tables = [
        boot.first(number).table("path").assign(n_boot=number)
        for number in n_boots
        if number <= boot.n_boot
    ]
    if not tables:
        raise InputError(f"n_boots={tuple(n_boots)}: the bootstrap has only {boot.n_boot} draws.")
    table = pd.concat(tables, ignore_index=True)
    return table[["n_boot", *table.columns.drop("n_boot")]]
