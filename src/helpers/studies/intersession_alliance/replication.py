"""Quirk, Smith and Owen (2018) as the design of a new study."""

from helpers.models.power.moderation import ModerationDesign
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import load_source
from helpers.studies.intersession_alliance.model import STUDY

ASSUMPTIONS = (
    "No size is printed. Correlations of .50 between the alliances and of .40 with the outcome,"
    " and a product slope of .27, are sizes at which a study of"
    f" {load_source(STUDY)['n']} clients would have found what the abstract reports."
)
NAMES = {
    "product": "Self-alliance × other-alliance",
    "slope_high": "Slope of self-alliance at +1 SD of other-alliance",
    "slope_low": "Slope of self-alliance at −1 SD of other-alliance",
    "r_predictor_outcome": "Self-alliance with ISP-actions",
    "r_moderator_outcome": "Other-alliance with ISP-actions",
    "pattern": "The whole pattern: product, upper slope, no lower slope",
}


def load_replication() -> Replication:
    """Return the moderated regression with sizes that the abstract leaves open."""
    n = int(load_source(STUDY)["n"])
    return Replication(
        study=STUDY,
        source="Quirk, Smith and Owen (2018)",
        short="Two alliances",
        method="regression with a product",
        assumptions=ASSUMPTIONS,
        design=ModerationDesign(),
        names=NAMES,
        main_target="product",
        published_effect=0.27,
        published_n=n,
        full=Grid(
            sizes=(50, 65, n, 100, 130, 165, 210, 270, 350, 450),
            effects=(0.10, 0.13, 0.16, 0.19, 0.22, 0.25, 0.27, 0.30, 0.33, 0.36),
        ),
        brief=Grid(sizes=(50, 65, n, 110, 150, 210, 300), effects=(0.16, 0.22, 0.27)),
    )
