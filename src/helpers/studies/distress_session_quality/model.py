"""Stefana (2026): scoring, the path models of the paper, and where its numbers are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.errors import InputError
from helpers.models.sem.syntax import parse_model

STUDY = "distress_session_quality"

LABELS = {
    "distress": "Distress",
    "rri": "Real relationship",
    "task": "Task",
    "goal": "Goal",
    "bond": "Bond",
    "ses": "Session quality",
}
ALLIANCE = ("task", "goal", "bond")
CLUSTER = "cluster_of_row"
"""The column of `SessionScores.frame` that says which rows belong together."""
SCORES = {"rri": "rri", "task": "wai_task", "goal": "wai_goal", "bond": "wai_bond", "ses": "ses"}

LAYOUT = {
    "distress": (0.0, 0.0),
    "rri": (1.15, 1.95),
    "task": (3.6, 1.1),
    "goal": (3.6, 0.0),
    "bond": (3.6, -1.1),
    "ses": (6.3, 0.0),
}
"""Where each variable is in the path diagram, in inches."""
BENDS = {
    ("ses", "distress"): -0.5,
    ("ses", "rri"): 0.3,
    ("task", "goal"): -0.75,
    ("goal", "bond"): -0.75,
    ("task", "bond"): -0.85,
}

PATH_LABELS = {
    ("rri", "distress"): "rri_on_distress",
    **{(a, "distress"): f"{a}_on_distress" for a in ALLIANCE},
    **{(a, "rri"): f"{a}_on_rri" for a in ALLIANCE},
    **{("ses", a): f"ses_on_{a}" for a in ALLIANCE},
    ("ses", "rri"): "ses_on_rri",
    ("ses", "distress"): "ses_on_distress",
}

FULL = """
    rri  ~ rri_on_distress*distress {covariates}
    task ~ task_on_distress*distress + task_on_rri*rri {covariates}
    goal ~ goal_on_distress*distress + goal_on_rri*rri {covariates}
    bond ~ bond_on_distress*distress + bond_on_rri*rri {covariates}
    ses  ~ ses_on_distress*distress + ses_on_rri*rri
         + ses_on_task*task + ses_on_goal*goal + ses_on_bond*bond {covariates}

    task ~~ goal
    task ~~ bond
    goal ~~ bond

    ind_rr          := rri_on_distress*ses_on_rri
    ind_task_direct := task_on_distress*ses_on_task
    ind_task_serial := rri_on_distress*task_on_rri*ses_on_task
    ind_task_total  := ind_task_direct + ind_task_serial
    ind_goal_direct := goal_on_distress*ses_on_goal
    ind_goal_serial := rri_on_distress*goal_on_rri*ses_on_goal
    ind_goal_total  := ind_goal_direct + ind_goal_serial
    ind_bond_direct := bond_on_distress*ses_on_bond
    ind_bond_serial := rri_on_distress*bond_on_rri*ses_on_bond
    ind_bond_total  := ind_bond_direct + ind_bond_serial
    ind_total       := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
    total           := ind_total + ses_on_distress
    task_minus_goal := ind_task_total - ind_goal_total
    task_minus_bond := ind_task_total - ind_bond_total
    goal_minus_bond := ind_goal_total - ind_bond_total
"""
TASK_ONLY = """
    rri  ~ rri_on_distress*distress {covariates}
    task ~ task_on_distress*distress + task_on_rri*rri {covariates}
    goal ~ goal_on_distress*distress + goal_on_rri*rri {covariates}
    bond ~ bond_on_distress*distress + bond_on_rri*rri {covariates}
    ses  ~ ses_on_distress*distress + ses_on_rri*rri
         + ses_on_task*task + 0*goal + 0*bond {covariates}

    task ~~ goal
    task ~~ bond
    goal ~~ bond

    ind_rr          := rri_on_distress*ses_on_rri
    ind_task_direct := task_on_distress*ses_on_task
    ind_task_serial := rri_on_distress*task_on_rri*ses_on_task
    ind_task_total  := ind_task_direct + ind_task_serial
    ind_total       := ind_rr + ind_task_total
    total           := ind_total + ses_on_distress

    proportion_mediated := ind_total/total
    share_task          := ind_task_total/ind_total
    share_task_direct   := ind_task_direct/ind_total
    share_task_serial   := ind_task_serial/ind_total
    share_rr            := ind_rr/ind_total
"""
EQUAL_ALLIANCE = """
    rri  ~ rri_on_distress*distress {covariates}
    task ~ task_on_distress*distress + task_on_rri*rri {covariates}
    goal ~ goal_on_distress*distress + goal_on_rri*rri {covariates}
    bond ~ bond_on_distress*distress + bond_on_rri*rri {covariates}
    ses  ~ ses_on_distress*distress + ses_on_rri*rri
         + ses_on_alliance*task + ses_on_alliance*goal + ses_on_alliance*bond {covariates}

    task ~~ goal
    task ~~ bond
    goal ~~ bond

    ind_rr          := rri_on_distress*ses_on_rri
    ind_task_direct := task_on_distress*ses_on_alliance
    ind_task_serial := rri_on_distress*task_on_rri*ses_on_alliance
    ind_task_total  := ind_task_direct + ind_task_serial
    ind_goal_direct := goal_on_distress*ses_on_alliance
    ind_goal_serial := rri_on_distress*goal_on_rri*ses_on_alliance
    ind_goal_total  := ind_goal_direct + ind_goal_serial
    ind_bond_direct := bond_on_distress*ses_on_alliance
    ind_bond_serial := rri_on_distress*bond_on_rri*ses_on_alliance
    ind_bond_total  := ind_bond_direct + ind_bond_serial
    ind_total       := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
    total           := ind_total + ses_on_distress
    task_minus_goal := ind_task_total - ind_goal_total
    task_minus_bond := ind_task_total - ind_bond_total
    goal_minus_bond := ind_goal_total - ind_bond_total
"""
ALLIANCE_FIRST = """
    task ~ task_on_distress*distress {covariates}
    goal ~ goal_on_distress*distress {covariates}
    bond ~ bond_on_distress*distress {covariates}
    rri  ~ rri_on_distress*distress
         + rri_on_task*task + rri_on_goal*goal + rri_on_bond*bond {covariates}
    ses  ~ ses_on_distress*distress + ses_on_rri*rri
         + ses_on_task*task + ses_on_goal*goal + ses_on_bond*bond {covariates}

    task ~~ goal
    task ~~ bond
    goal ~~ bond

    ind_task_total  := task_on_distress*ses_on_task + task_on_distress*rri_on_task*ses_on_rri
    ind_goal_total  := goal_on_distress*ses_on_goal + goal_on_distress*rri_on_goal*ses_on_rri
    ind_bond_total  := bond_on_distress*ses_on_bond + bond_on_distress*rri_on_bond*ses_on_rri
    ind_rr          := rri_on_distress*ses_on_rri
    ind_total       := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
    total           := ind_total + ses_on_distress
    task_minus_goal := ind_task_total - ind_goal_total
    task_minus_bond := ind_task_total - ind_bond_total
"""
UNORDERED = """
    task ~ task_on_distress*distress {covariates}
    goal ~ goal_on_distress*distress {covariates}
    bond ~ bond_on_distress*distress {covariates}
    rri  ~ rri_on_distress*distress {covariates}
    ses  ~ ses_on_distress*distress + ses_on_rri*rri
         + ses_on_task*task + ses_on_goal*goal + ses_on_bond*bond {covariates}

    task ~~ goal
    task ~~ bond
    goal ~~ bond
    rri  ~~ task
    rri  ~~ goal
    rri  ~~ bond

    ind_task_total  := task_on_distress*ses_on_task
    ind_goal_total  := goal_on_distress*ses_on_goal
    ind_bond_total  := bond_on_distress*ses_on_bond
    ind_rr          := rri_on_distress*ses_on_rri
    ind_total       := ind_rr + ind_task_total + ind_goal_total + ind_bond_total
    total           := ind_total + ses_on_distress
    task_minus_goal := ind_task_total - ind_goal_total
    task_minus_bond := ind_task_total - ind_bond_total
"""
MODELS = {
    "full": FULL,
    "task_only": TASK_ONLY,
    "equal_alliance": EQUAL_ALLIANCE,
    "alliance_first": ALLIANCE_FIRST,
    "unordered": UNORDERED,
}
"""Every model in lavaan's syntax; covariates enter each equation where it says so."""


def _defined(model: str) -> dict[str, str]:
    syntax = parse_model(model.replace("{covariates}", ""))
    return {effect.name: effect.expression for effect in syntax.definitions}


EFFECTS = _defined(FULL)
"""Defined effects of the full model, in the order of the paper."""
SHARES = {
    name: expression
    for name, expression in _defined(TASK_ONLY).items()
    if name == "proportion_mediated" or name.startswith("share_")
}
EFFECT_WORDS = {
    "ind_rr": "Distress → RR → Quality",
    **{
        key: value
        for a in ALLIANCE
        for key, value in {
            f"ind_{a}_direct": f"Distress → {LABELS[a]} → Quality",
            f"ind_{a}_serial": f"Distress → RR → {LABELS[a]} → Quality",
            f"ind_{a}_total": f"Total via {LABELS[a]}",
        }.items()
    },
    "ind_total": "Total indirect",
    "total": "Total effect",
    "task_minus_goal": "Task − Goal",
    "task_minus_bond": "Task − Bond",
    "goal_minus_bond": "Goal − Bond",
    "proportion_mediated": "Proportion mediated",
    "share_task": "Share via Task",
    "share_task_direct": "Task share, direct",
    "share_task_serial": "Task share, serial via RR",
    "share_rr": "Share via RR only",
}
QUANTITIES = {
    label: f"{LABELS[x]} → {LABELS[y]}" for (y, x), label in PATH_LABELS.items()
} | EFFECT_WORDS
"""Printed name of every labeled path and effect."""


@dataclass(frozen=True)
class SessionScores:
    """Scored data, ready for the path models.

    Attributes
    ----------
    frame : DataFrame, shape (n, 6 + dummies)
        `distress rri task goal bond ses` as z scores (SD with n - 1), then the 0/1 dummies, and
        the column `CLUSTER` where rows belong together. NaN where a value is missing.
    dummies : DataFrame
        One row a dummy: `name covariate label reference n`.
    """

    frame: pd.DataFrame
    dummies: pd.DataFrame

    @property
    def incomplete(self) -> bool:
        """Whether a value is missing."""
        return bool(self.frame.isna().any(axis=None))

    @property
    def cluster(self) -> str | None:
        """Name of the column that says which rows belong together."""
        return CLUSTER if CLUSTER in self.frame else None


def score_sessions(
    data: pd.DataFrame, *, covariates: Sequence[str] = (), cluster: str = ""
) -> SessionScores:
    """Score questionnaires as the paper does: z scores, distress as the mean of PHQ-9 and GAD-7.

    Parameters
    ----------
    data : DataFrame, shape (n, columns)
        Validated columns `phq9 gad7 rri wai_task wai_goal wai_bond ses` and the covariates, these
        as categoricals with the reference category first (as `load_dataset` gives them).
    covariates : sequence of str
        Categorical columns to code as dummies; may be empty.
    cluster : str
        The column of `data` that says which rows belong together; "" for none.

    Returns
    -------
    SessionScores

    Notes
    -----
    Distress is the z score of the row mean of the two raw totals, so the PHQ-9, with the larger
    SD, weighs more. It is missing where either total is; means and SDs are those of the values
    that are there.
    """
    measures = {"distress": data[["phq9", "gad7"]].mean(axis=1, skipna=False)}
    measures |= {name: data[column] for name, column in SCORES.items()}
    frame = pd.DataFrame(measures).astype(float)
    frame = (frame - frame.mean()) / frame.std()
    rows, columns = [], {}
    for covariate in covariates:
        reference, *others = data[covariate].cat.categories
        for label in others:
            name = _dummy_name(covariate, label, taken=columns)
            is_label = (data[covariate] == label).astype(float)
            columns[name] = is_label.where(data[covariate].notna())
            rows.append((name, covariate, label, reference, int(is_label.sum())))
    dummies = pd.DataFrame(rows, columns=["name", "covariate", "label", "reference", "n"])
    if cluster:
        columns[CLUSTER] = data[cluster]
    return SessionScores(
        pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1), dummies
    )


def _dummy_name(covariate, label, taken):
    name = f"{covariate}_{re.sub(r'[^0-9a-z]+', '_', str(label).lower()).strip('_')}"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def write_model(dummies: Sequence[str] = (), *, variant: str = "full") -> str:
    """Fill the covariates into a path model of the paper.

    Parameters
    ----------
    dummies : sequence of str
        Covariate columns; they enter every equation.
    variant : str
        - "full": distress to real relationship, both to the alliance, all to session quality;
          saturated.
        - "task_only": the full model with the paths from goal and bond to session quality at zero.
        - "equal_alliance": one path for task, goal and bond to session quality.
        - "alliance_first": the alliance precedes the real relationship; also saturated.
        - "unordered": alliance and real relationship side by side; also saturated.

    Returns
    -------
    str
    """
    if variant not in MODELS:
        raise InputError(f"variant={variant!r} is not known: choose one of {', '.join(MODELS)}.")
    return MODELS[variant].format(covariates="".join(f"+ {name} " for name in dummies))
