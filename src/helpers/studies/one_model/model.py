"""A study whose results are those of one model: its effects in one table, whatever the method.

A new study starts here (``make new``). One that outgrows a single model gets modules of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import statsmodels.api as sm

from helpers.errors import InputError
from helpers.models.moderation.fit import ModerationFit, probe_coefficients
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.model import fit_pls
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.models.sem.general import fit_sem
from helpers.models.sem.syntax import parse_model
from helpers.printed.numbers import (
    compare_published,
    load_source,
    melt_published,
    refuse_unknown,
)
from helpers.studies.one_model.composites import ASSESSED, read_composites, tabulate_assessment
from helpers.studies.one_model.latent import ESTIMATED, tabulate_factors

__all__ = [
    "ModerationStudy",
    "PLSStudy",
    "PathStudy",
    "RegressionStudy",
    "SEMStudy",
    "StudyResults",
    "compare_with_paper",
]

STATISTICS = ("est", "se", "statistic", "p", "ci_lower", "ci_upper")
"""Columns that a table of printed effects may have."""
PRINTED_TABLE = "table_1"
PRINTABLE = ASSESSED | ESTIMATED
"""Tables that a method has beside the effects, and their columns that a paper can print."""
_EFFECTS = ["label", "words", "lhs", "op", "rhs", *STATISTICS]
_CELL = ["table", "row", "column"]
_SLOPES = {"slope_low": "−1 SD", "slope_mean": "mean", "slope_high": "+1 SD"}


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """What one model found.

    Attributes
    ----------
    effects : DataFrame
        `label` (what the effect is called in the model and in the printed table), `words`, `lhs
        op rhs`, `est se statistic p ci_lower ci_upper`. R² of an outcome is in a row of its
        own, `r2_<outcome>` with `op` "r2".
    n : int
        Cases.
    basis : str
        What standard errors and intervals rest on.
    fit : ModerationFit or None
        What plots of an interaction need.
    tables : mapping of str to DataFrame
        What else was computed and can be printed, by the name of its printed table; `label` is the
        key of a row.
    withheld : mapping of str to str
        Why a table has no rows.
    """

    effects: pd.DataFrame
    n: int
    basis: str
    fit: ModerationFit | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PathStudy:
    """A path model of observed variables.

    Attributes
    ----------
    labels : mapping of str to str
        Printed name of each variable.
    model : str
        lavaan syntax, every path of interest labeled; effects defined by ``:=``.
    standardized : bool
        Whether effects are printed in standard deviations.
    """

    labels: Mapping[str, str]
    model: str
    standardized: bool = True

    def fit(self, data: pd.DataFrame, *, n_boot: int, ci_level: float, seed: int) -> StudyResults:
        """Fit the model to validated data and bootstrap it."""
        with warnings.catch_warnings():  # the results' notes are part of the basis
            warnings.simplefilter("ignore", RuntimeWarning)
            boot = bootstrap_path_model(
                self.model, data, n_boot=n_boot, ci_level=ci_level, seed=seed
            )
        rows = boot.table("standardized") if self.standardized else boot.parameters
        return StudyResults(
            effects=_arrange_paths(
                rows,
                boot.table("r_squared").rename(columns={"lhs": "outcome"}),
                self.labels,
            ),
            n=len(data),
            basis=" ".join([f"percentile bootstrap, {n_boot} draws", *boot.notes]),
        )


@dataclass(frozen=True, kw_only=True)
class SEMStudy:
    """A structural equation model with latent variables, estimated by maximum likelihood.

    Attributes
    ----------
    labels : mapping of str to str
        Printed name of each latent variable, and of each observed one that has a path.
    model : str
        lavaan syntax: ``=~`` names the indicators of a latent variable, paths of interest are
        labeled, effects are defined by ``:=``.
    standardized : bool
        Whether effects are printed in standard deviations.
    """

    labels: Mapping[str, str]
    model: str
    standardized: bool = True

    def fit(self, data: pd.DataFrame, *, ci_level: float, estimator: str) -> StudyResults:
        """Fit the model to validated items."""
        with warnings.catch_warnings():  # the results' notes are part of the basis
            warnings.simplefilter("ignore", RuntimeWarning)
            fit = fit_sem(self.model, data, estimator=estimator, ci_level=ci_level)
        rows = fit.standardized if self.standardized else fit.parameters
        explained = fit.r_squared.rename("est").rename_axis("outcome").reset_index()
        paths = rows.loc[rows["op"] == "~", "lhs"]
        kind = "robust (MLR)" if estimator == "MLR" else "normal-theory"
        return StudyResults(
            effects=_arrange_paths(
                rows,
                explained[explained["outcome"].isin(paths)].reset_index(drop=True),
                self.labels,
            ),
            n=fit.n,
            basis=" ".join([f"maximum likelihood, {kind} standard errors", *fit.notes]),
            tables=tabulate_factors(fit),
        )


@dataclass(frozen=True, kw_only=True)
class PLSStudy:
    """A composite model estimated by partial least squares.

    Attributes
    ----------
    labels : mapping of str to str
        Printed name of each construct.
    model : str
        In lavaan's syntax, as `read_composites` reads it: the paths, with products for
        interactions, and ``=~`` (mode A) or ``<~`` (mode B) for constructs that are not the item
        groups or columns of the data dictionary, second-order ones included.
    weighting : {"path", "factor"}
        Inner weighting scheme.
    """

    labels: Mapping[str, str]
    model: str
    weighting: str = "path"

    def fit(self, data: pd.DataFrame, *, n_boot: int, ci_level: float, seed: int) -> StudyResults:
        """Fit the model to validated items and bootstrap it."""
        model, modes = read_composites(self.model, data.columns)
        options = {"model": model, "mode": modes, "weighting": self.weighting}
        fit = fit_pls(data, **options)
        with warnings.catch_warnings():  # the failed draws are part of the basis
            warnings.simplefilter("ignore", RuntimeWarning)
            boot = bootstrap_pls(data, **options, n_boot=n_boot, ci_level=ci_level, seed=seed)
        rows = pd.concat([boot.table("path"), boot.table("indirect")], ignore_index=True)
        chains = [
            f"{row.rhs} -> {row.lhs}" if row.op == "~" else row.label.replace(" → ", " -> ")
            for row in rows.itertuples()
        ]
        words = [
            " → ".join(name_term(name, self.labels) for name in chain.split(" -> "))
            for chain in chains
        ]
        r_squared = boot.table("r_squared").rename(columns={"lhs": "outcome"})
        tables, withheld = tabulate_assessment(fit, boot, seed=seed)
        return StudyResults(
            effects=_arrange(rows.assign(label=chains), words, r_squared, self.labels),
            n=len(data),
            basis=" ".join([f"percentile bootstrap, {n_boot} draws.", *boot.notes]).rstrip("."),
            tables=tables,
            withheld=withheld,
        )


@dataclass(frozen=True, kw_only=True)
class ModerationStudy:
    """A regression with the product of a predictor and a moderator.

    Attributes
    ----------
    labels : mapping of str to str
        Printed name of each variable.
    model : str
        One equation in lavaan's syntax, ``outcome ~ x + w + x:w``.
    center : {"mean", "none", "zscore"}
        What the paper did to predictor and moderator before their product was formed: the
        coefficients of the two depend on it, the product's test and the slopes do not.
    """

    labels: Mapping[str, str]
    model: str
    center: str = "mean"

    @property
    def roles(self) -> dict[str, str]:
        """Which variable is `outcome`, `predictor` and `moderator`, as the product names them."""
        terms = parse_model(self.model).regressions
        outcomes, given = {term.lhs for term in terms}, [term.rhs for term in terms]
        products = [name.split(":") for name in given if name.count(":") == 1]
        if len(outcomes) != 1 or len(products) != 1 or set(given) != _with_parts(products[0]):
            raise InputError(
                f"model={self.model.strip()!r} is not one moderated regression; write it as"
                " 'outcome ~ predictor + moderator + predictor:moderator'."
            )
        predictor, moderator = products[0]
        return {"outcome": outcomes.pop(), "predictor": predictor, "moderator": moderator}

    def fit(self, data: pd.DataFrame, *, ci_level: float, se_type: str) -> StudyResults:
        """Fit the regression to validated data and probe the predictor's slope."""
        roles = self.roles
        fit = fit_moderation(data, **roles, center=self.center, ci_level=ci_level)
        terms = probe_coefficients(fit, se_type=se_type).iloc[1:].rename(columns={"term": "label"})
        words = [name_term(label, self.labels) for label in terms["label"]]
        slopes = probe_simple_slopes(fit, se_type=se_type)
        slopes = slopes.assign(label=list(_SLOPES)[: len(slopes)])
        words += [
            f"Slope at {self.labels[roles['moderator']]} {_SLOPES[label]}"
            for label in slopes["label"]
        ]
        rows = pd.concat([terms, slopes], ignore_index=True)
        rows = rows.assign(lhs=roles["outcome"], op="~", rhs=rows["label"], z=rows["t"])
        full = fit.r_squared.rename("est").reset_index()
        kind = "HC3 standard errors" if se_type == "hc3" else "classical standard errors"
        return StudyResults(
            effects=_arrange(rows, words, full, self.labels),
            n=fit.n,
            basis=f"ordinary least squares, {kind}, <i>t</i> intervals",
            fit=fit,
        )


@dataclass(frozen=True, kw_only=True)
class RegressionStudy:
    """A linear regression in steps, each with the predictors of those before it.

    Attributes
    ----------
    labels : mapping of str to str
        Printed name of each variable.
    outcome : str
    steps : sequence of sequence of str
        What each step adds.
    """

    labels: Mapping[str, str]
    outcome: str
    steps: Sequence[Sequence[str]]

    @property
    def model(self) -> str:
        """The equation of each step in lavaan's syntax."""
        return "\n".join(f"{self.outcome} ~ {' + '.join(terms)}" for terms in self._terms())

    def _terms(self) -> list[list[str]]:
        """Return the predictors of each step, those of the steps before it included."""
        ends = range(1, len(self.steps) + 1)
        return [[name for step in self.steps[:end] for name in step] for end in ends]

    def fit(self, data: pd.DataFrame, *, ci_level: float, se_type: str) -> StudyResults:
        """Fit each step to validated data.

        A coefficient of the last step has its variable's name; of an earlier one
        ``<name> at step 1``. R² is ``r2_step_1`` and, of the last step, ``r2_<outcome>``; what a
        step adds, with the F test of it, is ``d_r2_step_2``.
        """
        rows, explained = [], []
        last, before = len(self.steps), None
        for step, terms in enumerate(self._terms(), 1):
            design = sm.add_constant(data[terms].astype(float))
            plain = sm.OLS(data[self.outcome].astype(float), design).fit()
            fit = plain.get_robustcov_results("HC3", use_t=True) if se_type == "hc3" else plain
            ends = np.asarray(fit.conf_int(alpha=1 - ci_level))
            for k, name in enumerate(terms, 1):
                where = "" if step == last else f" at step {step}"
                values = fit.params, fit.bse, fit.tvalues, fit.pvalues, ends[:, 0], ends[:, 1]
                numbers = (float(np.asarray(column)[k]) for column in values)
                words = f"{self.labels[name]}{where}"
                op = "~" if step == last else "step"
                rows.append((f"{name}{where}", words, self.outcome, op, name, *numbers))
            label = f"r2_{self.outcome}" if step == last else f"r2_step_{step}"
            words = f"R² of {self.labels[self.outcome]}"
            words += "" if step == last else f" at step {step}"
            blank = [np.nan] * (len(STATISTICS) - 1)
            if before is not None:
                f, p, _ = plain.compare_f_test(before)
                gain = plain.rsquared - before.rsquared
                statistics = (gain, np.nan, float(f), float(p), np.nan, np.nan)
                added = (f"d_r2_step_{step}", f"ΔR² of step {step}", self.outcome, "r2", "")
                explained.append((*added, *statistics))
            explained.append((label, words, self.outcome, "r2", "", plain.rsquared, *blank))
            before = plain
        effects = pd.DataFrame(rows + explained, columns=_EFFECTS)
        kind = "HC3 standard errors" if se_type == "hc3" else "classical standard errors"
        return StudyResults(
            effects=effects.astype(dict.fromkeys(STATISTICS, float)),
            n=len(data),
            basis=f"ordinary least squares, {kind}, <i>t</i> intervals; unstandardized",
        )


def name_term(term: str, labels: Mapping[str, str]) -> str:
    """Return the printed name of a variable or of a product.

    Examples
    --------
    >>> name_term("hope:alliance", {"hope": "Hope", "alliance": "Alliance"})
    'Hope × Alliance'
    """
    return " × ".join(labels.get(part, part) for part in term.split(":"))


def _with_parts(product: Sequence[str]) -> set[str]:
    return {*product, ":".join(product)}


def _arrange_paths(
    rows: pd.DataFrame, r_squared: pd.DataFrame, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Paths and defined effects of a fit; a path without a label is called by its two ends."""
    rows = rows[rows["op"].isin(["~", ":="])]
    words = [
        f"{labels[row.rhs]} → {labels[row.lhs]}"
        if row.op == "~"
        else row.label.replace("_", " ").capitalize()
        for row in rows.itertuples()
    ]
    unlabeled = rows["rhs"] + " -> " + rows["lhs"]
    labeled = rows.assign(label=rows["label"].where(rows["label"] != "", unlabeled))
    return _arrange(labeled, words, r_squared, labels)


def _arrange(
    rows: pd.DataFrame, words: list[str], r_squared: pd.DataFrame, labels: Mapping[str, str]
) -> pd.DataFrame:
    rows = rows.rename(columns={"z": "statistic", "pvalue": "p"}).assign(words=words)
    explained = pd.DataFrame(
        {
            "label": "r2_" + r_squared["outcome"],
            "words": [f"R² of {labels.get(name, name)}" for name in r_squared["outcome"]],
            "lhs": r_squared["outcome"],
            "op": "r2",
            "rhs": "",
        }
    ).join(r_squared.filter(items=["est", "se", "ci_lower", "ci_upper"]))
    both = [frame.reindex(columns=_EFFECTS) for frame in (rows, explained)]
    return pd.concat([b.astype(dict.fromkeys(STATISTICS, float)) for b in both], ignore_index=True)


def compare_with_paper(
    study: str,
    effects: pd.DataFrame,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    synthetic: bool = False,
) -> pd.DataFrame:
    """Set the printed numbers beside the computed ones.

    Parameters
    ----------
    study : str
        Slug; the printed effects are those of ``data/<study>/printed/table_1.csv``, a row an
        effect, keyed by `effect`, with any of the columns ``est se statistic p ci_lower ci_upper``.
    effects : DataFrame
        Of `StudyResults`.
    tables : mapping of str to DataFrame, optional
        Of `StudyResults`; each is compared where ``source.yml`` names a table like it.
    synthetic : bool, default False
        Whether they are those of stand-in data, with which agreement would be chance: the rows and
        columns are checked, and nothing is compared.

    Returns
    -------
    DataFrame
        As `helpers.printed.numbers.compare_published` returns it; without rows as long as no
        printed number was entered.

    Raises
    ------
    InputError
        When a printed row or column is none of the computed ones.
    """
    known = {PRINTED_TABLE: (effects, STATISTICS)}
    if tables:
        declared = load_source(study)["tables"]
        known |= {name: (tables[name], PRINTABLE[name]) for name in tables if name in declared}
    long = melt_published(study, list(known))
    computed = []
    for name, (table, columns) in known.items():
        _check_printed(long[long["table"] == name], table["label"], columns, study, name)
        cells = table.rename(columns={"label": "row"}).melt(
            id_vars="row", value_vars=list(columns), var_name="column", value_name="reproduced"
        )
        computed.append(cells.assign(table=name))
    if synthetic:
        long = long.iloc[:0]
    cells = pd.concat(computed, ignore_index=True).astype({"reproduced": float})
    return compare_published(long, cells.merge(long[_CELL], on=_CELL))


def _check_printed(
    long: pd.DataFrame, labels: Sequence[str], columns: Sequence[str], study: str, name: str
) -> None:
    of_effects = ("an effect of the model", "a statistic")
    of_others = ("a row of this table", "a column of this table")
    refuse_unknown(
        long,
        file=f"data/{study}/printed/{name}.csv",
        rows=list(labels),
        columns=list(columns),
        what=of_effects if name == PRINTED_TABLE else of_others,
        hint=" What the model does not compute goes into a table of its own, which is audited.",
    )
