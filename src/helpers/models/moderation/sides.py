"""The two variables of a product: either may have the slope, and the other one changes it."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.inputs import check_choice
from helpers.models.inference.linear import LinearInference
from helpers.models.moderation.fit import ModerationFit

ROLES = ("predictor", "moderator")


@dataclass(frozen=True)
class Side:
    """Predictor or moderator of a fit, whichever has the slope or changes it."""

    fit: ModerationFit
    role: str

    def __post_init__(self) -> None:
        check_choice("of", self.role, ROLES)
        if not self.fit.interaction:
            raise InputError(
                "the fit has no product term, so its slope is the same at every moderator value;"
                " refit with interaction=True."
            )

    def _own(self, attribute: str) -> object:
        return getattr(self.fit, f"{self.role}_{attribute}")

    @property
    def other(self) -> "Side":
        """The other variable of the product."""
        return Side(self.fit, ROLES[self.role == "predictor"])

    @property
    def name(self) -> str:
        """The variable."""
        return getattr(self.fit, self.role)

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the design: itself, or its dummies."""
        return self.fit.columns[self.fit.terms[self.role]]

    @property
    def levels(self) -> tuple | None:
        """Labels, where it has labels or two values."""
        return self._own("levels")

    @property
    def codes(self) -> tuple | None:
        """The values of the levels."""
        return self._own("codes")

    @property
    def data(self) -> pd.Series:
        """Its values in the sample, on their own scale."""
        return self._own("values")

    @property
    def center(self) -> float:
        """What was subtracted from it."""
        return self._own("center")

    @property
    def scale(self) -> float:
        """What it was divided by."""
        return self._own("scale")

    @property
    def several(self) -> bool:
        """Whether it has several dummies, and no line can be drawn along it."""
        return len(self.columns) > 1

    def contrasts(self) -> dict[str, np.ndarray]:
        """Weights of the columns by name: the column itself, or each level less an earlier one."""
        if not self.several:
            return {self.columns[0]: np.ones(1)}
        dummies = np.vstack([np.zeros(len(self.columns)), np.eye(len(self.columns))])
        return {
            f"{self.name}[{self.levels[high]} - {self.levels[low]}]": dummies[high] - dummies[low]
            for low, high in combinations(range(len(self.levels)), 2)
        }

    def weights(self, u: float) -> np.ndarray:
        """Values of the columns at a centered value, or at a level's position."""
        if not self.several:
            return np.array([u])
        return np.eye(len(self.columns) + 1)[int(u)][1:]


def slope_row(own: Side, weights: np.ndarray, u: float) -> np.ndarray:
    """Return the combination of coefficients that is the slope of `own` where the other is at u."""
    names = own.fit.table["term"].to_list()
    other = own.other
    row = np.zeros(len(names))
    for column, weight in zip(own.columns, weights, strict=True):
        row[names.index(column)] += weight
        for along, value in zip(other.columns, other.weights(u), strict=True):
            pair = (column, along) if own.role == "predictor" else (along, column)
            row[names.index(":".join(pair))] += weight * value
    return row


def defined_inference(fit: ModerationFit, se_type: str | None) -> LinearInference:
    """Return what tests a fit's coefficients, or refuse one that has no standard errors."""
    found = fit.inference(se_type)
    if np.isnan(found.vcov).any():
        raise InputError(
            "se_type='hc3' is undefined here: a row alone determines a coefficient (leverage 1),"
            " often the only case of a covariate level. Drop that covariate or use 'classical'."
        )
    return found
