"""Mohebbi Sheikhlari et al. (2026): the paper's analysis of one data set."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.data.datasets import Dataset
from helpers.errors import InputError, did_you_mean
from helpers.models.inference.clusters import require_clusters
from helpers.models.inference.draws import Bootstrap
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import PLSFit, fit_pls
from helpers.models.pls.specification import PLSModel, select_items
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    write_model,
)

CRITERIA = {"loading": 0.5, "reliability": 0.7, "ave": 0.5}
"""From which values on the paper calls a measure good."""

KEYS = ["lhs", "op", "rhs"]

LIMITS = ["ci_lower", "ci_upper"]

BCA = {"ci_lower": "bca_lower", "ci_upper": "bca_upper"}


@dataclass(frozen=True)
class StudyFit:
    """The paper's analysis of one data set.

    Attributes
    ----------
    data : DataFrame
        Items, one row per client; a missing answer has the mean of its item.
    observed : DataFrame
        The same as it was given.
    missing : {"error", "listwise", "mean"}
    cluster : str
        The column of `observed` that says which clients belong together; "" for none.
    scores : DataFrame
        Sums of all items of each construct, those that stay out of the model too.
    mode : str
        How items are weighted.
    fit : PLSFit
    bootstrap : Bootstrap
    """

    data: pd.DataFrame
    observed: pd.DataFrame
    missing: str
    cluster: str
    scores: pd.DataFrame
    mode: str
    fit: PLSFit
    bootstrap: Bootstrap


def choose_model(data: Dataset, *, left_out: Sequence[str] = ()) -> PLSModel:
    """Write the paper's model with the items that shall enter it.

    Parameters
    ----------
    data : Dataset
    left_out : sequence of str
        Items that stay out. Of the synthetic twin, when empty, those beyond the first `twin_items`
        of a construct, as the data dictionary says.

    Returns
    -------
    PLSModel

    Raises
    ------
    InputError
        When `left_out` names no item of the data, or all items of a construct.
    """
    items = select_items(data.frame.columns, CONSTRUCTS)
    known = [item for own in items.values() for item in own]
    for item in left_out:
        if item not in known:
            raise InputError(
                f"left_out: {item!r} is not an item of the data.{did_you_mean(item, known)}"
            )
    chosen = {name: [i for i in own if i not in left_out] for name, own in items.items()}
    if data.synthetic and not left_out:
        kept = {column.name: column.twin_items for column in data.schema.measures}
        chosen = {name: own[: kept[name]] for name, own in items.items()}
    for name, own in chosen.items():
        if not own:
            raise InputError(f"left_out leaves no item of {name!r}; keep at least one.")
    return write_model(data.frame.columns, items=chosen)


def fit_study(
    data: pd.DataFrame,
    *,
    model: PLSModel,
    weighting: str,
    mode: str,
    n_boot: int,
    ci_level: float,
    seed: int,
    missing: str = "error",
    cluster: str = "",
) -> StudyFit:
    """Fit the composite model and bootstrap everything that is estimated.

    With ``missing="mean"`` a missing answer takes the mean of its item, in each draw anew; with
    `cluster`, a column of `data`, whole clusters are drawn.
    """
    if cluster:
        require_clusters(data, cluster)
    options = {"model": model, "weighting": weighting, "mode": mode, "missing": missing}
    sampling = {"n_boot": n_boot, "seed": seed, "ci_level": ci_level}
    completed = data
    if missing == "mean":
        completed = data.fillna(data.mean(numeric_only=True))
    items = select_items(completed, CONSTRUCTS)
    return StudyFit(
        data=completed,
        observed=data,
        missing=missing,
        cluster=cluster,
        scores=pd.DataFrame({name: completed[own].sum(axis=1) for name, own in items.items()}),
        mode=mode,
        fit=fit_pls(data, **options),
        bootstrap=bootstrap_quietly(data, cluster=cluster or None, **options, **sampling),
    )


FOLDS = 10
"""Parts of the clients, each held out once."""

TRIAL_DRAWS = 40
"""Draws of a trial: enough to tell whether most samples like this one have a solution."""


def try_study(data: Dataset, parameters: Mapping[str, Any]) -> None:
    """Refuse data that a run of the study with these parameters would refuse.

    Parameters
    ----------
    data : Dataset
    parameters : mapping
        Of the notebook, by name.
    """
    if len(data.frame) < FOLDS:
        raise InputError(
            f"{len(data.frame)} rows can be used; clients are held out in {FOLDS} parts, which "
            f"needs at least {FOLDS}"
        )
    model = choose_model(data, left_out=parameters["left_out"])
    names = ("weighting", "mode", "ci_level", "seed", "missing")
    fit_study(
        data.frame, model=model, n_boot=TRIAL_DRAWS, **{name: parameters[name] for name in names}
    )


def bootstrap_quietly(data: pd.DataFrame, **options) -> Bootstrap:
    """Bootstrap without warnings; the report counts failed draws and says if clusters are few."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return bootstrap_pls(data, **options)


def with_bca(boot: Bootstrap, kind: str) -> pd.DataFrame:
    """Estimates of one kind with percentile limits, and with BCa limits in columns of their own."""
    table = boot.table(kind, kind="percentile")
    bca = boot.table(kind, kind="bca")
    return table.assign(**{new: bca[old] for old, new in BCA.items()})
