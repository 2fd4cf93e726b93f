"""Do the items of a scale measure the same in several groups? The ladder of invariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.summary import Readable, Section
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.general import fit_sem
from helpers.models.sem.sem_fit import SemFit

__all__ = ["Invariance", "measurement_invariance"]

LEVELS: Mapping[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
"""What is equal across groups at each level, in lavaan's words."""

_DIFFERENCES = ("chisq_diff", "df_diff", "pvalue_diff", "cfi_diff", "rmsea_diff", "srmr_diff")


@dataclass(frozen=True, repr=False)
class Invariance(Readable):
    """Models of several groups, each more equal than the one before.

    Attributes
    ----------
    table : DataFrame
        One row per level: `level chisq df pvalue cfi rmsea srmr` and, beside the level before,
        `chisq_diff df_diff pvalue_diff cfi_diff rmsea_diff srmr_diff`. With "MLR" the chi-squares
        and their difference are scaled, CFI and RMSEA robust.
    fits : dict of str to SemFit
    """

    table: pd.DataFrame
    fits: Mapping[str, SemFit] = field(repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """The estimates of all levels, one level after the other."""
        tables = [fit.parameters.assign(level=level) for level, fit in self.fits.items()]
        table = pd.concat(tables, ignore_index=True)
        return table[["level", *table.columns.drop("level")]]

    def _head(self) -> str:
        first = next(iter(self.fits.values()))
        notes = [f"{level}: {note}" for level, fit in self.fits.items() for note in fit.notes]
        title = f"Invariance over {len(first.names)} groups, {first.n} cases, by {first.estimator}"
        return "\n".join([title, *notes])

    def _sections(self) -> list[Section]:
        shown = ["level", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr"]
        return [
            ("fit", self.table[shown]),
            ("beside the level before", self.table[["level", *_DIFFERENCES]].iloc[1:]),
        ]


def measurement_invariance(
    model: str,
    data: pd.DataFrame,
    *,
    group: str,
    levels: Sequence[str] = tuple(LEVELS),
    estimator: str = "ML",
    missing: str = "error",
    **options,
) -> Invariance:
    """Fit the usual ladder of measurement invariance and compare each level with the one before.

    Parameters
    ----------
    model : str
        lavaan syntax with at least one factor (`=~`).
    data : DataFrame
    group : str
        Column that names the group of each case.
    levels : sequence of str
        Of "configural" (the same model in each group), "metric" (equal loadings), "scalar" (equal
        intercepts too) and "strict" (equal residual variances too), in this order.
    estimator, missing
        As for `fit_sem`.
    **options
        Further options of `fit_sem`, the same at every level: `group_partial=["f=~x2"]` leaves a
        parameter out of what is equal; `std_lv`, `auxiliary`.

    Returns
    -------
    Invariance

    Notes
    -----
    A chi-square difference grows with the sample; in large ones a small change of CFI or RMSEA says
    more. Chen (2007) studied changes of CFI and RMSEA over such levels
    (https://doi.org/10.1080/10705510701301834). No verdict is given here.
    Validated: tests/reference/sem/groups, lavaan 0.6-14 under ML and MLR, with the differences of
    `lavTestLRT`.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> data = simulate_sessions(400)
    >>> data["arm"] = ["online" if k % 2 else "room" for k in range(400)]
    >>> print(measurement_invariance("A =~ a1 + a2 + a3", data, group="arm"))
    Invariance over 2 groups, 400 cases, by ML
    <BLANKLINE>
    fit
    level       chisq  df  pvalue    cfi  rmsea   srmr
    configural  0.000   0          1.000  0.000  0.000
    metric      3.797   2    .150  0.996  0.067  0.032
    scalar      6.887   4    .142  0.994  0.060  0.037
    strict      7.900   7    .342  0.998  0.025  0.031
    """
    for level in levels:
        if level not in LEVELS:
            raise InputError(
                f"levels: {level!r} is not known: choose of {', '.join(LEVELS)}."
                f"{did_you_mean(level, LEVELS)}"
            )
    if not levels or sorted(levels, key=list(LEVELS).index) != list(levels):
        raise InputError(f"levels={tuple(levels)}: give levels in the order {', '.join(LEVELS)}.")
    fits: dict[str, SemFit] = {}
    for level in levels:
        try:
            fits[level] = fit_sem(
                model,
                data,
                group=group,
                group_equal=LEVELS[level],
                estimator=estimator,
                missing=missing,
                **options,
            )
        except InputError as error:
            raise InputError(f"{level} model: {error}") from None
        if not fits[level].table.latent:
            raise InputError("model has no factor; write one such as 'f =~ x1 + x2 + x3'.")
    rows, before = [], None
    for level, fit in fits.items():
        rows.append({"level": level, **_measures(fit)})
        if before is not None:
            rows[-1] |= _differences(fit, before, rows[-2], rows[-1])
        before = fit
    table = pd.DataFrame(rows).reindex(
        columns=["level", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr", *_DIFFERENCES]
    )
    return Invariance(table, fits)


def _measures(fit: SemFit) -> dict[str, float]:
    """Scaled and robust where the fit is."""
    scaled, robust = (".scaled", ".robust") if fit.robust else ("", "")
    found = fit.fit_measures
    return {
        "chisq": found[f"chisq{scaled}"],
        "df": found["df"],
        "pvalue": found[f"pvalue{scaled}"],
        "cfi": found[f"cfi{robust}"],
        "rmsea": found[f"rmsea{robust}"],
        "srmr": found["srmr"],
    }


def _differences(fit: SemFit, before: SemFit, earlier, later) -> dict[str, float]:
    test = compare_models(fit, before)
    change = {f"{name}_diff": later[name] - earlier[name] for name in ("cfi", "rmsea", "srmr")}
    return {
        "chisq_diff": test["chisq_diff"],
        "df_diff": test["df_diff"],
        "pvalue_diff": test["pvalue"],
        **change,
    }
