"""What the comparisons with lavaan in this folder and the folders below share."""

import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

ESTIMATORS = ("ML", "MLR")

# The largest difference allowed, on the scale that each comparison below names.
TOLERANCE = {
    "est": 1e-6,
    "se": 1e-5,
    "std_all": 1e-6,
    "std_all_se": 1e-5,
    "fit_measure": 1e-5,
    "scaled_measure": 1e-4,  # lavaan's derivatives are numerical
    "rmsea_limit": 1e-4,  # lavaan's root finder stops 1e-4 from the noncentrality
    "r_squared": 1e-6,
}


class Difference(NamedTuple):
    """How far one value is from its reference, on a scale of its own."""

    model_id: str
    estimator: str
    quantity: str
    name: str
    reference: float
    ours: float
    difference: float
    tolerance: float


def differences(
    model_id: str,
    quantity: str,
    reference: pd.Series,
    ours: Iterable[float],
    scale: float | Iterable[float],
    *,
    tolerance: float,
    estimator: str = "",
) -> list[Difference]:
    """|ours - reference| / scale for each value that the reference has."""
    expected = reference.to_numpy(dtype=float)
    found = np.asarray(ours, dtype=float)
    with np.errstate(invalid="ignore"):
        apart = np.abs(found - expected) / np.asarray(scale, dtype=float)
    return [
        Difference(model_id, estimator, quantity, str(name), *values, tolerance)
        for name, *values in zip(reference.index, expected, found, apart, strict=True)
        if np.isfinite(values[0])
    ]


def chain(parts: Iterable[list[Difference]]) -> list[Difference]:
    """All rows of all parts."""
    return [row for part in parts for row in part]


def check(rows: list[Difference]) -> None:
    """Fail with the largest differences where one is beyond its tolerance."""
    assert rows
    apart = [row for row in rows if not row.difference <= row.tolerance]
    assert not apart, "\n" + pd.DataFrame(apart).nlargest(20, "difference").to_string(index=False)


def undirected(name: str) -> str:
    """A covariance by its variables in alphabetical order."""
    return "~~".join(sorted(name.split("~~")))


def keyed(table: pd.DataFrame) -> pd.DataFrame:
    """Index the rows by lhs, op, rhs; a covariance has no direction, a definition no formula."""
    keys = [
        lhs if op == ":=" else undirected(f"{lhs}{op}{rhs}")
        for lhs, op, rhs in zip(table["lhs"], table["op"], table["rhs"].fillna(""), strict=True)
    ]
    assert len(set(keys)) == len(keys)
    return table.set_axis(keys)


class Reference:
    """A folder of models, data and lavaan's values."""

    def __init__(self, folder: Path, ending: str = ".csv.gz"):
        self.folder = folder
        self.ending = ending
        self.table = cache(self._read)
        self.by_fit = cache(self._by_fit)

    def _read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / name)

    def _by_fit(self, name: str) -> dict[tuple[str, str], pd.DataFrame]:
        return dict(list(self.table(name).groupby(["model_id", "estimator"])))

    @property
    def model_ids(self) -> list[str]:
        """Every model of `models.csv`."""
        return list(self.table("models.csv")["model_id"])

    def about(self, model_id: str) -> pd.Series:
        """The row of `models.csv`, empty fields as ""."""
        return self.table("models.csv").set_index("model_id").loc[model_id].fillna("")

    def model(self, model_id: str) -> str:
        """lavaan syntax."""
        return (self.folder / "models" / f"{model_id}.lav").read_text()

    def data(self, model_id: str) -> pd.DataFrame:
        """The model's data."""
        return self.table(f"data/{self.about(model_id)['dataset']}{self.ending}")

    def parameters(self, model_id: str, estimator: str, fit) -> list[Difference]:
        """Estimates on the scale of the larger of estimate and SE, SEs relative."""
        reference = keyed(self.by_fit("parameters.csv")[model_id, estimator])
        assert set(keyed(fit.parameters).index) == set(reference.index)
        ours = keyed(fit.parameters).loc[reference.index]
        standardized = keyed(fit.standardized).loc[reference.index]
        size = np.maximum(reference["est"].abs(), reference["se"]).replace(0, 1)
        std_size = np.maximum(reference["std_all"].abs(), reference["std_all_se"]).replace(0, 1)
        # lavaan writes 0 for a standardized SE below 1e-4; only of fixed values is it meant.
        std_se = reference["std_all_se"].where(
            (reference["std_all_se"] > 1e-9) | reference["std_all"].abs().isin((0, 1))
        )
        parts = [
            ("est", reference["est"], ours["est"], size),
            ("se", reference["se"], ours["se"], reference["se"].replace(0, 1)),
            ("std_all", reference["std_all"], standardized["est"], std_size),
            ("std_all_se", std_se, standardized["se"], std_se.replace(0, 1)),
        ]
        return chain(
            differences(
                model_id,
                *part,
                estimator=estimator,
                tolerance=TOLERANCE[part[0]],
            )
            for part in parts
        )

    def compare(self, model_id: str, estimator: str, fit, *, skip: str = "") -> list[Difference]:
        """Parameters, fit measures (but for names that match `skip`) and shares of variance."""
        return [
            *self.parameters(model_id, estimator, fit),
            *self.fit_measures(model_id, estimator, fit, skip=skip),
            *self.r_squared(model_id, estimator, fit),
        ]

    def fit_measures(
        self, model_id: str, estimator: str, fit, *, skip: str = ""
    ) -> list[Difference]:
        """Relative differences, a value below .01 taken as .01."""
        reference = self.by_fit("fit_measures.csv")[model_id, estimator]
        reference = reference.set_index("measure")["value"]
        ours = fit.fit_measures
        if skip:
            reference = reference[~reference.index.str.fullmatch(skip)]
        reference = without_perfect_fit(reference)
        missing = set(reference.dropna().index) - set(ours.index)
        assert not missing, f"lavaan has {sorted(missing)}"
        reference = reference[reference.index.isin(ours.index)]
        # Zero means a perfect fit; lavaan's is some 1e-13.
        reference = reference.where(reference.abs() > 1e-9, 0.0).where(reference.notna())
        limits = reference.index.str.startswith("rmsea.ci")
        scaled = reference.index.str.contains("scal|robust") & ~limits
        return chain(
            differences(
                model_id,
                quantity,
                reference[rows],
                ours[reference.index[rows]],
                np.maximum(reference[rows].abs(), 0.01),
                estimator=estimator,
                tolerance=TOLERANCE[quantity],
            )
            for quantity, rows in (
                ("fit_measure", ~limits & ~scaled),
                ("scaled_measure", scaled),
                ("rmsea_limit", limits),
            )
        )

    def r_squared(self, model_id: str, estimator: str, fit) -> list[Difference]:
        """Shares of variance as they are."""
        if (model_id, estimator) not in self.by_fit("r_squared.csv"):
            return []
        reference = self.by_fit("r_squared.csv")[model_id, estimator]
        reference = reference.set_index("variable")["r_squared"]
        return differences(
            model_id,
            "r_squared",
            reference,
            fit.r_squared.reindex(reference.index),
            1.0,
            estimator=estimator,
            tolerance=TOLERANCE["r_squared"],
        )


def without_perfect_fit(measures: pd.Series) -> pd.Series:
    """Without what lavaan says of a scaling factor it does not have."""
    measures = measures.copy()
    if np.isnan(measures.get("chisq.scaling.factor", 1.0)):
        measures[measures.index.str.match(r"rmsea.*\.(scaled|robust)")] = np.nan
    return measures


def quietly(fit, *arguments, **options):
    """A fit without its warnings, which other tests are about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(*arguments, **options)
