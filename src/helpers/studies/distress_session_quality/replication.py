"""Stefana (2026) as the design of a new study."""

from helpers.models.power.path import PathDesign
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import load_published, load_source, parse_printed
from helpers.studies.distress_session_quality.model import (
    EFFECTS,
    PATH_LABELS,
    QUANTITIES,
    STUDY,
    write_model,
)

ASSUMPTIONS = (
    "The residual correlations of task, goal and bond are not printed; they are those that the"
    " printed model comparisons leave. Covariates are left out, so R2 is lower than printed."
)
RESIDUALS = {("task", "goal"): 0.796, ("task", "bond"): 0.525, ("goal", "bond"): 0.575}


def load_replication() -> Replication:
    """Return the full model without covariates, with the printed paths."""
    n = int(load_source(STUDY)["n"])
    beta = load_published(STUDY, "table_1")["beta"]
    return Replication(
        study=STUDY,
        source="Stefana (2026)",
        short="Distress",
        method="path model with indirect effects and contrasts",
        assumptions=ASSUMPTIONS,
        design=PathDesign(
            model=write_model(),
            paths={
                label: parse_printed(beta[start, end]).value
                for (end, start), label in PATH_LABELS.items()
            },
            residual_correlation=RESIDUALS,
            targets=tuple(EFFECTS),
        ),
        names=QUANTITIES,
        main_target="ind_task_total",
        published_effect=1.0,
        published_n=n,
        full=Grid(
            sizes=(100, 150, 200, 300, 400, 550, 750, 950, n, 1500),
            effects=(0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0, 1.1, 1.2),
        ),
        brief=Grid(
            sizes=(100, 150, 200, 300, 450, 700, n),
            effects=(0.55, 0.75, 1.0),
        ),
    )
