"""Mohebbi Sheikhlari et al. (2026) as the design of a new study."""

import numpy as np

from helpers.models.power.path import CompositeDesign
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import load_published, load_source, parse_printed
from helpers.studies.coping_adherence.model import (
    LABELS,
    MEDIATOR,
    MODEL,
    OUTCOME,
    PATHS,
    STRATEGIES,
    STUDY,
)

PATH_LABELS = {(end, start): f"{end}_on_{start}" for start, end in PATHS}
ASSUMPTIONS = (
    "The printed correlations cannot be those of the composites, so the exogenous ones are"
    " chosen nearest to the printed that give both printed R2. Item counts are those that fit"
    " the printed reliabilities. Loadings are the roots of the printed AVE."
)
EXOGENOUS = {
    ("avoidant", "problem_focused"): -0.064,
    ("avoidant", "emotion_focused"): 0.476,
    ("problem_focused", "emotion_focused"): 0.122,
}
ITEMS = {
    "avoidant": 6,
    "problem_focused": 4,
    "emotion_focused": 16,
    "alliance": 20,
    "adherence": 15,
}


def load_replication() -> Replication:
    """Return the composite model with the printed paths, loadings from the printed AVE."""
    n = int(load_source(STUDY)["n"])
    beta = load_published(STUDY, "table_4")["beta"]
    ave = load_published(STUDY, "table_2")["ave"]
    indirect = {f"ind_{name}": (name, MEDIATOR, OUTCOME) for name in STRATEGIES}
    chains = {label: (start, end) for (end, start), label in PATH_LABELS.items()} | indirect
    return Replication(
        study=STUDY,
        source="Mohebbi Sheikhlari et al. (2026)",
        short="Coping",
        method="PLS path model of composites",
        assumptions=ASSUMPTIONS,
        design=CompositeDesign(
            model=MODEL,
            paths={
                label: parse_printed(beta[start, end]).value
                for (end, start), label in PATH_LABELS.items()
            },
            exogenous_correlation=EXOGENOUS,
            targets=tuple(chains),
            items=ITEMS,
            loadings={name: float(np.sqrt(parse_printed(ave[name]).value)) for name in ITEMS},
        ),
        names={
            label: " → ".join(LABELS[name] for name in chain) for label, chain in chains.items()
        },
        main_target="ind_emotion_focused",
        published_effect=1.0,
        published_n=n,
        full=Grid(
            sizes=(50, 75, 100, 130, 165, n, 260, 320, 400, 500),
            effects=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0),
        ),
        brief=Grid(sizes=(30, 50, 80, 130, n, 320), effects=(0.6, 0.8, 1.0)),
    )
