"""Composite models as a study writes them, and the tables by which they are assessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.draws import Bootstrap
from helpers.models.pls.assessment import f_squared, item_vif, structural_vif
from helpers.models.pls.model import PLSFit
from helpers.models.pls.prediction import cross_validate_pls
from helpers.models.pls.specification import PLSModel, select_items
from helpers.models.pls.stages import StagedModel, split_product
from helpers.models.sem.syntax import parse_sem

__all__ = ["ASSESSED", "read_composites", "tabulate_assessment"]

ASSESSED = {
    "items": ("loading", "weight", "vif"),
    "constructs": ("alpha", "rho_a", "rho_c", "ave"),
    "pairs": ("correlation", "htmt"),
    "paths": ("f2", "vif"),
    "prediction": ("q2_predict", "rmse_pls", "rmse_lm"),
}
"""Tables beside the effects, and the columns in which a paper can print."""

_MODES = {"=~": "A", "<~": "B"}


def read_composites(
    model: str, columns: Sequence[str]
) -> tuple[PLSModel | StagedModel, dict[str, str]]:
    """Read a composite model from lavaan's syntax.

    Parameters
    ----------
    model : str
        ``alliance =~ a1 + a2`` names the items of a construct of mode A, ``<~`` in its place those
        of mode B; of constructs instead of items it makes a second-order construct. ``outcome ~
        alliance + age + alliance:age`` are paths, a product included. A name without items of its
        own stands for the columns ``name_1``, ``name_2`` … or else for the column ``name``.
    columns : sequence of str
        Column names of the data.

    Returns
    -------
    model : PLSModel or StagedModel
    modes : dict of str to str
        The mode of each construct that was given its items.

    Raises
    ------
    InputError
        For what no composite model has (covariances, fixed values, definitions), names that are
        no column, and whatever the models refuse.

    Examples
    --------
    >>> text = '''
    ...     task =~ t1 + t2
    ...     bond =~ b1 + b2
    ...     alliance <~ task + bond
    ...     outcome ~ alliance + age
    ... '''
    >>> read, modes = read_composites(text, ["t1", "t2", "b1", "b2", "age", "outcome_1"])
    >>> dict(read.second_order), modes["alliance"], read.constructs["outcome"]
    ({'alliance': ('task', 'bond')}, 'B', ('outcome_1',))
    """
    syntax = parse_sem(model)
    _refuse_foreign(syntax)
    columns = [str(column) for column in columns]
    given: dict[str, list[str]] = {}
    modes: dict[str, str] = {}
    for term in syntax.of(*_MODES):
        given.setdefault(term.lhs, []).append(term.rhs)
        if modes.setdefault(term.lhs, _MODES[term.op]) != _MODES[term.op]:
            raise InputError(f"model: '{term.lhs}' has both '=~' and '<~'; use one of them.")
    paths = [(term.rhs, term.lhs) for term in syntax.regressions]
    if not paths:
        raise InputError("model has no path: write at least one line such as 'outcome ~ alliance'.")
    constructs, second_order = {}, {}
    for name, parts in given.items():
        of_constructs = [part in given or _is_group(part, columns) for part in parts]
        if all(of_constructs):
            second_order[name] = parts
        elif any(of_constructs):
            raise InputError(
                f"model: '{name}' is made of {', '.join(parts)}, of which some are constructs and"
                " some are not; write a construct of its own for an item among constructs."
            )
        else:
            constructs[name] = [_find_column(part, columns) for part in parts]
    named = [part for path in paths for name in path for part in (split_product(name) or (name,))]
    for name in [*(part for parts in second_order.values() for part in parts), *named]:
        if name not in constructs and name not in second_order:
            constructs[name] = _own_items(name, columns, given)
    if second_order or any(split_product(start) for start, _ in paths):
        return StagedModel(constructs, paths, second_order), modes
    return PLSModel(constructs, paths), modes


def _refuse_foreign(syntax) -> None:
    if syntax.definitions:
        raise InputError(
            f"model: '{syntax.definitions[0].name} := …' is not computed; of a composite model"
            " every chain of paths is given as an indirect effect: remove the line."
        )
    foreign = [t for t in syntax.terms if t.op not in ("~", *_MODES)]
    foreign += [t for t in syntax.terms if (t.fixed, t.start, t.lower, t.upper) != (None,) * 4]
    if foreign or syntax.constraints:
        odd = (foreign or syntax.constraints)[0]
        raise InputError(
            f"model: '{odd.lhs} {odd.op} {odd.rhs}' is no free path or set of items, and a"
            " composite model has nothing else: remove it."
        )


def _is_group(name: str, columns: Sequence[str]) -> bool:
    prefix = f"{name}_"
    return name not in columns and any(
        column.startswith(prefix) and column.removeprefix(prefix).isdecimal() for column in columns
    )


def _find_column(name: str, columns: Sequence[str], others: Iterable[str] = ()) -> str:
    if name not in columns:
        near = did_you_mean(name, [*columns, *others])
        raise InputError(f"model: '{name}' is no column of the data.{near}")
    return name


def _own_items(name: str, columns: Sequence[str], constructs: Iterable[str]) -> list[str]:
    if _is_group(name, columns):
        return select_items(columns, [name])[name]
    return [_find_column(name, columns, constructs)]


def tabulate_assessment(
    fit: PLSFit, boot: Bootstrap, *, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Measurement, collinearity, effect sizes and prediction of a composite model.

    Parameters
    ----------
    fit : PLSFit
    boot : Bootstrap
        Of the same model.
    seed : int
        Of the folds of prediction.

    Returns
    -------
    tables : dict of str to DataFrame
        By the names of `ASSESSED`, each with `label`, the key of a row, and its columns; loadings,
        reliabilities and HTMT with their limits, ``loading_lower`` and so on. Dimensions of a
        second-order construct have their rows in the first three, products none. Of one item no
        reliability can be estimated, and a construct of mode B, which its items form, has none.
    withheld : dict of str to str
        Why a table has no rows.

    Examples
    --------
    >>> from helpers.models.example import ITEMS, PATHS, simulate_sessions
    >>> from helpers.models.pls.bootstrap import bootstrap_pls
    >>> from helpers.models.pls.model import fit_pls
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(ITEMS, PATHS))
    >>> boot = bootstrap_pls(fit.data, model=fit.model, n_boot=200)
    >>> tables, withheld = tabulate_assessment(fit, boot, seed=1)
    >>> tables["pairs"][["label", "correlation", "htmt", "htmt_upper"]].round(2)
                      label  correlation  htmt  htmt_upper
    0  distress ~~ alliance        -0.36  0.44        0.60
    1   distress ~~ quality        -0.14  0.16        0.31
    2   alliance ~~ quality         0.27  0.30        0.45
    """
    fits = [fit] if fit.first_stage is None else [fit.first_stage, fit]
    vif = pd.concat([item_vif(one) for one in fits]).drop_duplicates(["construct", "item"])
    items = _bounded(boot, "loading").rename(columns={"lhs": "construct", "rhs": "label"})
    items = items.merge(
        boot.table("weight").rename(columns={"lhs": "construct", "est": "weight"})[
            ["construct", "label", "weight"]
        ],
        on=["construct", "label"],
    ).merge(vif.rename(columns={"item": "label"}), on=["construct", "label"])
    products = [name for name in fit.model.names if split_product(name)]
    formed = [name for one in fits for name, mode in one.mode.items() if mode == "B"]
    measured = [_bounded(boot, name).set_index("lhs") for name in ASSESSED["constructs"]]
    constructs = pd.concat([table.drop(columns="rhs") for table in measured], axis=1)
    constructs = constructs.rename_axis("label")
    constructs.loc[formed] = np.nan
    pairs = pd.concat(
        [
            _bounded(boot, "correlation"),
            _bounded(boot, "htmt").drop(columns=["lhs", "rhs"]),
        ],
        axis=1,
    )
    pairs = pairs[~pairs[["lhs", "rhs"]].isin(products).any(axis=1)]
    paths = f_squared(fit).merge(structural_vif(fit), on=["lhs", "op", "rhs"])
    tables = {
        "items": items[~items["construct"].isin(products)],
        "constructs": constructs.drop(index=products, errors="ignore").reset_index(),
        "pairs": pairs.assign(label=pairs["rhs"] + " ~~ " + pairs["lhs"]),
        "paths": paths.assign(label=paths["rhs"] + " -> " + paths["lhs"]),
    }
    withheld = {}
    try:
        predicted = cross_validate_pls(fit, seed=seed).items
    except InputError as error:
        predicted = pd.DataFrame(columns=["construct", "item", *ASSESSED["prediction"]])
        withheld["prediction"] = str(error)
    tables["prediction"] = predicted.rename(columns={"item": "label"})
    return {name: table.reset_index(drop=True) for name, table in tables.items()}, withheld


def _bounded(boot: Bootstrap, quantity: str) -> pd.DataFrame:
    """Estimates of one quantity under its name, with their limits."""
    table = boot.table(quantity)
    names = {"est": quantity, "ci_lower": f"{quantity}_lower", "ci_upper": f"{quantity}_upper"}
    return table.rename(columns=names)[["lhs", "rhs", *names.values()]]
