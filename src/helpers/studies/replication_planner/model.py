"""Planning a replication: each quantitative study as a design that starts from what it printed.

What is printed is read from ``data/<study>/printed``; what a plan needs beside it is assumed here,
and `ASSUMPTIONS` says so study by study.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.power.design import Design
from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.path import CompositeDesign, PathDesign
from helpers.models.power.simulation import PowerStudy, find_smallest_n
from helpers.printed.numbers import load_published, load_source, parse_printed
from helpers.studies.coping_adherence import model as coping_adherence
from helpers.studies.distress_session_quality import model as distress_session_quality

__all__ = [
    "ASSUMPTIONS",
    "GRIDS",
    "MAIN_TARGETS",
    "PUBLISHED_EFFECTS",
    "SHORT_GRIDS",
    "STUDIES",
    "change_design",
    "label_targets",
    "list_values",
    "load_design",
    "published_n",
    "tabulate_plan",
]

STUDIES = ("coping_adherence", "distress_session_quality", "intersession_alliance")

ASSUMPTIONS = {
    "coping_adherence": (
        "The printed correlations cannot be those of the composites, so the exogenous ones are"
        " chosen nearest to the printed that give both printed R2. Item counts are those that fit"
        " the printed reliabilities. Loadings are the roots of the printed AVE."
    ),
    "distress_session_quality": (
        "The residual correlations of task, goal and bond are not printed; they are those that the"
        " printed model comparisons leave. Covariates are left out, so R2 is lower than printed."
    ),
    "intersession_alliance": (
        "No size is printed. Correlations of .50 between the alliances and of .40 with the outcome,"
        " and a product slope of .27, are sizes at which a study of 81 clients would have found"
        " what the abstract reports."
    ),
}

GRIDS = {
    "coping_adherence": {
        "sizes": (50, 75, 100, 130, 165, 213, 260, 320, 400, 500),
        "effects": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0),
    },
    "distress_session_quality": {
        "sizes": (100, 150, 200, 300, 400, 550, 750, 950, 1175, 1500),
        "effects": (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0, 1.1, 1.2),
    },
    "intersession_alliance": {
        "sizes": (50, 65, 81, 100, 130, 165, 210, 270, 350, 450),
        "effects": (0.10, 0.13, 0.16, 0.19, 0.22, 0.25, 0.27, 0.30, 0.33, 0.36),
    },
}
"""Ten sample sizes and ten effect sizes a study, the published study's own among them."""

SHORT_GRIDS = {
    "coping_adherence": {"sizes": (30, 50, 80, 130, 213, 320), "effects": (0.6, 0.8, 1.0)},
    "distress_session_quality": {
        "sizes": (100, 150, 200, 300, 450, 700, 1175),
        "effects": (0.55, 0.75, 1.0),
    },
    "intersession_alliance": {
        "sizes": (50, 65, 81, 110, 150, 210, 300),
        "effects": (0.16, 0.22, 0.27),
    },
}
"""A few of each, that show the curves in seconds."""

PUBLISHED_EFFECTS = {
    "coping_adherence": 1.0,
    "distress_session_quality": 1.0,
    "intersession_alliance": 0.27,
}
"""The effect size, in the design's unit, that stands for the published study."""

MAIN_TARGETS = {
    "coping_adherence": "ind_emotion_focused",
    "distress_session_quality": "ind_task_total",
    "intersession_alliance": "product",
}
"""What a replication of each study would be planned for in the first place."""

_COPING_EXOGENOUS = {
    ("avoidant", "problem_focused"): -0.064,
    ("avoidant", "emotion_focused"): 0.476,
    ("problem_focused", "emotion_focused"): 0.122,
}
_COPING_ITEMS = {
    "avoidant": 6,
    "problem_focused": 4,
    "emotion_focused": 16,
    "alliance": 20,
    "adherence": 15,
}
_DISTRESS_RESIDUALS = {("task", "goal"): 0.796, ("task", "bond"): 0.525, ("goal", "bond"): 0.575}


def load_design(study: str, *, targets: tuple[str, ...] = ()) -> Design:
    """Return a study as a design whose effect size 1 (or .27) is the study itself.

    Parameters
    ----------
    study : str
        One of `STUDIES`.
    targets : tuple of str
        Paths and effects to plan for, by label; where not given, all paths and indirect effects
        of the coping study, all effects and contrasts of the path study. The moderation design
        has its own six.

    Returns
    -------
    CompositeDesign, PathDesign or ModerationDesign

    Raises
    ------
    InputError
        For an unknown study or target.

    Examples
    --------
    >>> load_design("distress_session_quality").paths["task_on_rri"]
    0.478
    """
    if study not in STUDIES:
        raise InputError(
            f"study={study!r} cannot be planned; there are {', '.join(STUDIES)}."
            f"{did_you_mean(study, STUDIES)}"
        )
    if study == "intersession_alliance":
        if targets:
            raise InputError(f"targets={targets!r}: the moderation design has its own; leave out.")
        return ModerationDesign()
    if study == "distress_session_quality":
        return PathDesign(
            model=distress_session_quality.write_model(),
            paths=_printed_paths(study, "table_1", distress_session_quality.PATH_LABELS),
            residual_correlation=_DISTRESS_RESIDUALS,
            targets=targets or tuple(distress_session_quality.EFFECTS),
        )
    labels = {(end, start): f"{end}_on_{start}" for start, end in coping_adherence.PATHS}
    equations: dict[str, list[str]] = {}
    for (end, start), label in labels.items():
        equations.setdefault(end, []).append(f"{label}*{start}")
    lines = [f"{end} ~ {' + '.join(terms)}" for end, terms in equations.items()]
    mediator, outcome = coping_adherence.MEDIATOR, coping_adherence.OUTCOME
    indirect = {
        f"ind_{name}": f"{labels[mediator, name]}*{labels[outcome, mediator]}"
        for name in coping_adherence.STRATEGIES
    }
    lines += [f"{name} := {formula}" for name, formula in indirect.items()]
    ave = load_published(study, "table_2")["ave"]
    return CompositeDesign(
        model="\n".join(lines),
        paths=_printed_paths(study, "table_4", labels),
        exogenous_correlation=_COPING_EXOGENOUS,
        targets=targets or (*labels.values(), *indirect),
        items=_COPING_ITEMS,
        loadings={name: float(np.sqrt(parse_printed(ave[name]).value)) for name in _COPING_ITEMS},
    )


def change_design(design: Design, values: Mapping[str, float]) -> Design:
    """Put a reader's own estimates in place of printed or assumed ones.

    Parameters
    ----------
    design : Design
        Of `load_design`.
    values : mapping of str to float
        Paths by label; of the moderation design its correlations by name.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        For a name that the design does not have.

    Examples
    --------
    >>> design = load_design("intersession_alliance")
    >>> change_design(design, {"r_predictor_outcome": 0.3}).r_predictor_outcome
    0.3
    """
    known = list_values(design)
    for name in values:
        if name not in known:
            raise InputError(
                f"{name!r} is no value of the {design.name} design; there are {', '.join(known)}."
                f"{did_you_mean(name, known)}"
            )
    if isinstance(design, ModerationDesign):
        return replace(design, **values)
    return replace(design, paths={**design.paths, **values})


def list_values(design: Design) -> dict[str, float]:
    """Return the values of a design that `change_design` can change, by name."""
    if isinstance(design, ModerationDesign):
        values = asdict(design)
        del values["se_type"]
        return values
    return dict(design.paths)


def _printed_paths(study: str, table: str, labels: dict[tuple[str, str], str]) -> dict[str, float]:
    beta = load_published(study, table)["beta"]
    return {label: parse_printed(beta[start, end]).value for (end, start), label in labels.items()}


def published_n(study: str) -> int:
    """Return the sample size the study printed."""
    return int(load_source(study)["n"])


def label_targets(study: str) -> dict[str, str]:
    """Return the words for a design's targets."""
    if study == "distress_session_quality":
        return dict(distress_session_quality.QUANTITIES)
    if study == "coping_adherence":
        names = coping_adherence.LABELS
        mediator, outcome = coping_adherence.MEDIATOR, coping_adherence.OUTCOME
        paths = {
            f"{end}_on_{start}": f"{names[start]} → {names[end]}"
            for start, end in coping_adherence.PATHS
        }
        return paths | {
            f"ind_{name}": f"{names[name]} → {names[mediator]} → {names[outcome]}"
            for name in coping_adherence.STRATEGIES
        }
    return {
        "product": "Self-alliance × other-alliance",
        "slope_high": "Slope of self-alliance at +1 SD of other-alliance",
        "slope_low": "Slope of self-alliance at −1 SD of other-alliance",
        "r_predictor_outcome": "Self-alliance with ISP-actions",
        "r_moderator_outcome": "Other-alliance with ISP-actions",
        "pattern": "The whole pattern: product, upper slope, no lower slope",
    }


def tabulate_plan(
    study: PowerStudy, *, effect: float, target: str, power: float = 0.8
) -> pd.DataFrame:
    """Put a plan into the rows that a preregistration asks for.

    Parameters
    ----------
    study : PowerStudy
        A simulated grid.
    effect : float
        One of its effect sizes.
    target : str
        One of its targets.
    power : float

    Returns
    -------
    pandas.DataFrame
        ``item value``, unrounded; where the grid does not reach the power, the sample size is NaN
        and `status` says so. Width and coverage are those of the first grid size from the
        smallest n up.

    Raises
    ------
    InputError
        For an effect size or target that is not in the grid.
    """
    effects = sorted(study.table["effect"].unique())
    if not np.isclose(effects, effect, rtol=1e-12, atol=1e-12).any():
        listed = ", ".join(f"{value:g}" for value in effects)
        raise InputError(f"effect={effect!r} is not in the grid; there are {listed}.")
    smallest = find_smallest_n(study.table, power=power, target=target)
    plan = smallest[np.isclose(smallest["effect"], effect)].iloc[0]
    rows = study.table[
        (study.table["target"] == target) & np.isclose(study.table["effect"], effect)
    ].sort_values("n")
    reached = rows[rows["n"] >= plan["n_smallest"]]
    near = reached.iloc[0] if len(reached) else rows.iloc[-1]
    settings = study.settings
    n = plan["n_smallest"]
    items = {
        "design": study.design.name,
        "target": target,
        f"effect size ({study.design.effect_name})": effect,
        "value of the target": near["truth"],
        "value with the planned reliability": near["estimand"],
        "alpha, two-sided": round(1 - settings["ci_level"], 12),
        "intervals": settings["interval"].replace("_", " "),
        "power wanted": power,
        "status": plan["status"],
        "smallest n to recruit": n,
        "lower edge of the Monte Carlo band": plan["n_lower"],
        "upper edge of the Monte Carlo band": plan["n_upper"],
        "smallest n by formula": plan["n_analytic"],
        "formula": near["analytic_method"],
        "attrition": settings["attrition"],
        "n analysed": np.floor(n * (1 - settings["attrition"]) + 1e-9),
        "reliability": "; ".join(f"{name} {value:g}" for name, value in settings["reliability"]),
        "mean width of the interval": near["width"],
        "coverage": near["coverage"],
        "width and coverage at n": near["n"],
        "replications a cell": settings["n_replications"],
        "seed": settings["seed"],
    }
    return pd.DataFrame({"item": list(items), "value": list(items.values())}, dtype=object)
