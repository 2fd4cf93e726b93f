"""Stefana (2026): scoring, the path models of the paper, and where its numbers are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.errors import InputError

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
SCORES = {"rri": "rri", "task": "wai_task", "goal": "wai_goal", "bond": "wai_bond", "ses": "ses"}

LAYOUT = {
    "distress": (0.0, 0.0),
    "rri": (1.15, 1.95),
    "task": (3.6, 1.1),
    "goal": (3.6, 0.0),
    "bond": (3.6, -1.1),
    "ses": (6.3, 0.0),
}
"""Where each variable stands in the path diagram, in inches."""
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

EFFECTS = {
    "ind_rr": "rri_on_distress*ses_on_rri",
    **{
        key: value
        for a in ALLIANCE
        for key, value in {
            f"ind_{a}_direct": f"{a}_on_distress*ses_on_{a}",
            f"ind_{a}_serial": f"rri_on_distress*{a}_on_rri*ses_on_{a}",
            f"ind_{a}_total": f"ind_{a}_direct + ind_{a}_serial",
        }.items()
    },
    "ind_total": "ind_rr + ind_task_total + ind_goal_total + ind_bond_total",
    "total": "ind_total + ses_on_distress",
    "task_minus_goal": "ind_task_total - ind_goal_total",
    "task_minus_bond": "ind_task_total - ind_bond_total",
    "goal_minus_bond": "ind_goal_total - ind_bond_total",
}
SHARES = {
    "proportion_mediated": "ind_total/total",
    "share_task": "ind_task_total/ind_total",
    "share_task_direct": "ind_task_direct/ind_total",
    "share_task_serial": "ind_task_serial/ind_total",
    "share_rr": "ind_rr/ind_total",
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
"""Printed name of every labelled path and effect."""
VARIANTS = ("full", "task_only", "equal_alliance", "alliance_first", "unordered")


@dataclass(frozen=True)
class SessionScores:
    """Scored data, ready for the path models.

    Attributes
    ----------
    frame : DataFrame, shape (n, 6 + dummies)
        `distress rri task goal bond ses` as z scores (SD with n - 1), then the 0/1 dummies.
    dummies : DataFrame
        One row a dummy: `name covariate label reference n`.
    """

    frame: pd.DataFrame
    dummies: pd.DataFrame


def score_sessions(data: pd.DataFrame, *, covariates: Sequence[str] = ()) -> SessionScores:
    """Score questionnaires as the paper does: z scores, distress as the mean of PHQ-9 and GAD-7.

    Parameters
    ----------
    data : DataFrame, shape (n, columns)
        Validated columns `phq9 gad7 rri wai_task wai_goal wai_bond ses` and the covariates, these
        as categoricals with the reference category first (as `load_dataset` gives them).
    covariates : sequence of str
        Categorical columns to code as dummies; may be empty.

    Returns
    -------
    SessionScores

    Notes
    -----
    Distress is the z score of the row mean of the two raw totals, so the PHQ-9, with the larger
    SD, weighs more.
    """
    measures = {"distress": data[["phq9", "gad7"]].mean(axis=1)}
    measures |= {name: data[column] for name, column in SCORES.items()}
    frame = pd.DataFrame(measures).astype(float)
    frame = (frame - frame.mean()) / frame.std()
    rows, columns = [], {}
    for covariate in covariates:
        reference, *others = data[covariate].cat.categories
        for label in others:
            name = _dummy_name(covariate, label, taken=columns)
            columns[name] = (data[covariate] == label).astype(float)
            rows.append((name, covariate, label, reference, int(columns[name].sum())))
    dummies = pd.DataFrame(rows, columns=["name", "covariate", "label", "reference", "n"])
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
    """Write a path model of the paper in lavaan syntax.

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
    if variant not in VARIANTS:
        raise InputError(f"variant={variant!r} is not known: choose one of {', '.join(VARIANTS)}.")
    if variant in ("alliance_first", "unordered"):
        return _write_reordered(dummies, mediators_first=variant == "alliance_first")
    label = dict(PATH_LABELS)
    if variant == "task_only":
        label |= {("ses", "goal"): "0", ("ses", "bond"): "0"}
    if variant == "equal_alliance":
        label |= {("ses", a): "ses_on_alliance" for a in ALLIANCE}
    equations = {"rri": ["distress"]}
    equations |= {a: ["distress", "rri"] for a in ALLIANCE}
    equations["ses"] = ["distress", "rri", *ALLIANCE]
    definitions = dict(EFFECTS)
    if variant == "task_only":
        definitions = {
            "ind_rr": EFFECTS["ind_rr"],
            **{k: v for k, v in EFFECTS.items() if k.startswith("ind_task")},
            "ind_total": "ind_rr + ind_task_total",
            "total": EFFECTS["total"],
            **SHARES,
        }
    if variant == "equal_alliance":
        definitions = {
            k: re.sub(r"ses_on_(task|goal|bond)", "ses_on_alliance", v) for k, v in EFFECTS.items()
        }
    lines = [
        f"{outcome} ~ " + " + ".join([*(f"{label[outcome, x]}*{x}" for x in terms), *dummies])
        for outcome, terms in equations.items()
    ]
    lines += ["task ~~ goal", "task ~~ bond", "goal ~~ bond"]
    lines += [f"{name} := {expression}" for name, expression in definitions.items()]
    return "\n".join(lines)


def _write_reordered(dummies, *, mediators_first):
    """Same variables, other order among the mediators; indirect effects by first mediator."""
    lines = [" + ".join([f"{a} ~ {a}_on_distress*distress", *dummies]) for a in ALLIANCE]
    before = [f"rri_on_{a}*{a}" for a in ALLIANCE] if mediators_first else []
    lines.append("rri ~ " + " + ".join(["rri_on_distress*distress", *before, *dummies]))
    terms = [f"ses_on_{x}*{x}" for x in ("distress", "rri", *ALLIANCE)]
    lines.append("ses ~ " + " + ".join([*terms, *dummies]))
    lines += ["task ~~ goal", "task ~~ bond", "goal ~~ bond"]
    if not mediators_first:
        lines += [f"rri ~~ {a}" for a in ALLIANCE]
    serial = {a: f" + {a}_on_distress*rri_on_{a}*ses_on_rri" for a in ALLIANCE}
    lines += [
        f"ind_{a}_total := {a}_on_distress*ses_on_{a}{serial[a] if mediators_first else ''}"
        for a in ALLIANCE
    ]
    lines += [
        "ind_rr := rri_on_distress*ses_on_rri",
        "ind_total := ind_rr + ind_task_total + ind_goal_total + ind_bond_total",
        "total := ind_total + ses_on_distress",
        "task_minus_goal := ind_task_total - ind_goal_total",
        "task_minus_bond := ind_task_total - ind_bond_total",
    ]
    return "\n".join(lines)
