"""Mohebbi Sheikhlari et al. (2026): the printed numbers beside the computed ones."""

from __future__ import annotations

import pandas as pd

from helpers.audit.findings import DOUBTFUL, list_marks
from helpers.models.pls.assessment import (
    fornell_larcker,
    model_quality,
    reliability,
)
from helpers.models.pls.model import PLSFit, fit_pls
from helpers.printed.cells import Cell
from helpers.printed.ledger import CELL, compare_quantities, list_quantities, load_ledger
from helpers.studies.coping_adherence.model import (
    MEDIATOR,
    STUDY,
    describe_scores,
    write_model,
)
from helpers.studies.coping_adherence.results import StudyFit
from helpers.studies.coping_adherence.structure import tabulate_effects, tabulate_paths


def compare_with_paper(study: StudyFit, audit: pd.DataFrame) -> pd.DataFrame:
    """Every printed result beside the computed one, as `compare_published` returns it.

    Parameters
    ----------
    study : StudyFit
    audit : DataFrame
        Of the paper; a number that contradicts the rest is given that as its reason.
    """
    ledger = load_ledger(STUDY)
    compared = compare_quantities(STUDY, ledger, compute_quantities(study))
    marks = list_marks(audit)
    contradicted = set().union(*(marks[verdict] for verdict in DOUBTFUL))
    bases = compared[CELL].merge(ledger, on=CELL)["basis"]
    cells = [Cell(*key) for key in compared[CELL].itertuples(index=False)]
    found = [
        _CONTRADICTIONS.get(basis, "") if cell in contradicted else ""
        for cell, basis in zip(cells, bases, strict=True)
    ]
    return compared.assign(reason=compared["reason"].where(compared["reason"] != "", found))


_CONTRADICTIONS = {
    "not_with_paths": "of the same scores, no correlations that print as Table 3 give the paths of "
    "Table 4",
    "not_by_its_se": "the printed t is not the printed path by its standard error",
    "no_weighting": "not the root of mean AVE times mean R² of Tables 2 and 4",
}
"""For bases of the ledger, what the audit finds that contradicts the number."""


def compute_quantities(study: StudyFit) -> pd.DataFrame:
    """Compute what the paper prints: `quantity reproduced reason`, by the names of the ledger."""
    scales = describe_scores(study.data)
    moments = {name: name for name in ("n", "mean", "sd")}
    moments |= {"minimum": "min", "maximum": "max"}
    moments |= {"shapiro_wilk": "shapiro_w", "shapiro_wilk_p": "shapiro_p"}
    tests = {"se": "se", "t": "size", "p": "pvalue"}
    paths, effects = tabulate_paths(study), tabulate_effects(study)
    withheld = effects["note"].where(effects["vaf"].isna())
    effects = effects.assign(of=effects["rhs"] + f" -> {MEDIATOR} -> " + effects["lhs"])
    quality = model_quality(study.fit).set_index("measure")["value"]
    return pd.concat(
        [
            list_quantities(scales, moments, of="construct"),
            _name_measures(study.fit),
            _name_correlations(study.fit),
            _name_paths(paths, study.fit),
            list_quantities(
                # The paper prints sizes: its only negative path has a positive t.
                _label(paths).assign(size=paths["t"].abs()),
                tests,
                of="of",
            ),
            list_quantities(effects, {"aroian_z": "aroian_z"}, of="of"),
            list_quantities(effects, {"vaf": "vaf"}, of="of").assign(reason=withheld.to_numpy()),
            pd.DataFrame({"quantity": ["gof"], "reproduced": [quality["gof"]]}),
        ],
        ignore_index=True,
    )


def _label(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(of=table["rhs"] + " -> " + table["lhs"])


def _name_measures(fit: PLSFit) -> pd.DataFrame:
    return list_quantities(
        reliability(fit), {name: name for name in ("rho_c", "alpha", "ave")}, of="construct"
    )


def _name_paths(paths: pd.DataFrame, fit: PLSFit) -> pd.DataFrame:
    return pd.concat(
        [
            list_quantities(_label(paths), {"beta": "est"}, of="of"),
            list_quantities(fit.r_squared.reset_index(), {"r2": "r_squared"}, of="construct"),
        ]
    )


def _name_correlations(fit: PLSFit) -> pd.DataFrame:
    matrix = fornell_larcker(fit)
    full = matrix.fillna(matrix.T)
    rows = [
        (f"root_ave({a})" if a == b else f"r({a}, {b})", full.loc[a, b]) for a in full for b in full
    ]
    return pd.DataFrame(rows, columns=["quantity", "reproduced"])


def compare_exact_items(items: pd.DataFrame) -> pd.DataFrame:
    """Paths, R squared and reliabilities of given items beside the printed ones.

    Parameters
    ----------
    items : DataFrame
        All of them enter the model, by path weighting and mode A, solved to the last digits.

    Returns
    -------
    DataFrame
        As `compare_published` returns it.
    """
    fit = fit_pls(items, model=write_model(items.columns), tolerance=1e-13, max_iter=5000)
    computed = pd.concat([_name_measures(fit), _name_paths(fit.paths, fit)], ignore_index=True)
    ledger = load_ledger(STUDY).query("quantity in @computed.quantity")
    return compare_quantities(STUDY, ledger, computed)
