"""The path engine against lavaan and boot, value by value.

The reference is made by `make_reference.R`; `../largest_differences.py` prints how far the
engine is from it.
"""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.inference.intervals import (
    bca_interval,
    percentile_interval,
    quantile_normal_scale,
)
from helpers.models.sem.bootstrap import bootstrap_path_model
from helpers.models.sem.comparison import compare_models
from helpers.models.sem.model import fit_path_model
from reference.sem import comparison
from reference.sem.comparison import chain, check, keyed, undirected

REFERENCE = Path(__file__).parent
ESTIMATORS = ("ML", "MLR")
BOOTSTRAPPED = ("mediation_covariates", "mediation_constrained", "sur_mediators")

# The largest difference allowed, on the scale that each comparison below names.
TOLERANCE = {
    "est": 1e-6,
    "se": 1e-5,
    "z": 1e-5,
    "pvalue": 1e-5,
    "ci_limit": 2e-5,  # 1.96 times that of the SE
    "std_all": 1e-6,
    "std_all_se": 1e-5,
    "fit_measure": 1e-5,
    "rmsea_limit": 1e-4,  # lavaan's root finder stops 1e-4 from the noncentrality
    "r_squared": 1e-6,
    "difference_test": 1e-5,
    "draw": 1e-6,
    "standardized_draw": 1e-6,
    "bootstrap_table": 2e-4,  # lavaan's own draws are up to 1e-5 from the solution
    "interval": 1e-12,
    "norm_inter": 1e-12,
    "bca_limit": 1e-9,
}

FIT_MEASURES = """
    npar fmin chisq df pvalue baseline.chisq baseline.df baseline.pvalue cfi tli
    logl unrestricted.logl aic bic bic2 ntotal
    rmsea rmsea.ci.lower rmsea.ci.upper rmsea.pvalue srmr
"""
SCALED_FIT_MEASURES = """
    chisq.scaled df.scaled pvalue.scaled chisq.scaling.factor baseline.chisq.scaled
    baseline.df.scaled baseline.pvalue.scaled baseline.chisq.scaling.factor
    cfi.scaled tli.scaled cfi.robust tli.robust scaling.factor.h0 scaling.factor.h1
    rmsea.scaled rmsea.ci.lower.scaled rmsea.ci.upper.scaled rmsea.pvalue.scaled
    rmsea.robust rmsea.ci.lower.robust rmsea.ci.upper.robust rmsea.pvalue.robust
"""

# lavaan differentiates abs() by a complex step, which gives it the slope zero.
ABSOLUTE_VALUES = {("definitions_functions", name) for name in ("size", "logratio")}

# lavaan takes the standardized solution's derivatives by forward differences with one step for all
# parameters, which loses digits where variables have very different spread. That ours are right is
# tested below: they do not change with the unit.
UNEVEN_SPREAD = {"state_scales", "scales_saturated", "scales_unsaturated"}
UNEVEN_SPREAD_TOLERANCE = 5e-5


@cache
def read_table(name):
    return pd.read_csv(REFERENCE / name)


def read_model(model_id):
    return (REFERENCE / "models" / f"{model_id}.lav").read_text()


def dataset_of(model_id):
    return read_table("models.csv").set_index("model_id")["dataset"].get(model_id, model_id)


def read_data(model_id):
    return read_table(f"data/{dataset_of(model_id)}.csv")


@cache
def fit(model_id, estimator):
    return fit_path_model(read_model(model_id), read_data(model_id), estimator=estimator)


def model_ids():
    return list(read_table("models.csv")["model_id"])


@cache
def by_fit(table):
    return dict(list(read_table(table).groupby(["model_id", "estimator"])))


def of_model(table, model_id, estimator):
    return by_fit(table)[model_id, estimator]


def differences(model_id, quantity, reference, ours, scale, *, estimator="", tolerance=None):
    """|ours - reference| / scale, with the tolerance of the quantity where none is given."""
    tolerance = TOLERANCE[quantity] if tolerance is None else tolerance
    return comparison.differences(
        model_id, quantity, reference, ours, scale, estimator=estimator, tolerance=tolerance
    )


def parameter_differences(model_id, estimator):
    """Estimates and limits on the scale of the larger of estimate and SE, SEs relative."""
    reference = keyed(of_model("parameters.csv", model_id, estimator))
    found = fit(model_id, estimator)
    assert set(keyed(found.parameters).index) == set(reference.index)
    ours = keyed(found.parameters).loc[reference.index]
    standardized = keyed(found.standardized).loc[reference.index]
    assert list(ours["label"]) == list(reference["label"].fillna(""))
    assert list(standardized["label"]) == list(reference["label"].fillna(""))

    size = np.maximum(reference["est"].abs(), reference["se"]).replace(0, 1)
    std_size = np.maximum(reference["std_all"].abs(), reference["std_all_se"]).replace(0, 1)
    artefact = [(model_id, name) in ABSOLUTE_VALUES for name in reference.index]
    waldian = ["se", "z", "pvalue", "ci_lower", "ci_upper", "std_all_se"]
    reference.loc[artefact, waldian] = np.nan
    # lavaan writes 0 for a standardized SE below 1e-4; only of a fixed zero is it meant.
    std_se = reference["std_all_se"].where(reference["std_all_se"] > 1e-9, np.nan)
    std_se[reference["std_all"] == 0] = 0.0
    se = reference["se"]
    parts = [
        ("est", reference["est"], ours["est"], size),
        ("se", se, ours["se"], se.replace(0, 1)),
        ("z", reference["z"], ours["z"], np.maximum(reference["z"].abs(), 1)),
        ("pvalue", reference["pvalue"], ours["pvalue"], 1.0),
        ("ci_limit", reference["ci_lower"], ours["ci_lower"], size),
        ("ci_limit", reference["ci_upper"], ours["ci_upper"], size),
        ("std_all", reference["std_all"], standardized["est"], std_size),
        ("std_all_se", std_se, standardized["se"], std_se.replace(0, 1)),
    ]
    wider = {"std_all_se": UNEVEN_SPREAD_TOLERANCE} if model_id in UNEVEN_SPREAD else {}
    return chain(
        differences(model_id, *part, estimator=estimator, tolerance=wider.get(part[0]))
        for part in parts
    )


def fit_measure_differences(model_id, estimator):
    """Relative differences, a value below .01 taken as .01."""
    reference = of_model("fit_measures.csv", model_id, estimator).set_index("measure")["value"]
    ours = fit(model_id, estimator).fit_measures
    reference = reference.reindex(ours.index)
    if estimator == "MLR" and reference["df"] > 0:
        rmsea_scaled = reference.index.str.match(r"rmsea.*\.scaled")
        if np.isnan(reference["chisq.scaling.factor"]):
            # lavaan gives zero for these without a scaling factor.
            reference[rmsea_scaled] = np.nan
        missing = reference.index[reference.isna()]
        assert ours[missing].isna().all(), (
            f"lavaan has no {list(missing)}, ours are {ours[missing]}"
        )
    limits = reference.index.str.startswith("rmsea.ci")
    return chain(
        differences(
            model_id,
            quantity,
            reference[rows],
            ours[reference.index[rows]],
            np.maximum(reference[rows].abs(), 0.01),
            estimator=estimator,
        )
        for quantity, rows in (("fit_measure", ~limits), ("rmsea_limit", limits))
    )


def r_squared_differences(model_id, estimator):
    reference = of_model("r_squared.csv", model_id, estimator).set_index("variable")["r_squared"]
    ours = fit(model_id, estimator).r_squared
    assert set(ours.index) == set(reference.index)
    return differences(
        model_id, "r_squared", reference, ours[reference.index], 1.0, estimator=estimator
    )


def difference_test_differences(restricted, full, estimator):
    rows = read_table("difference_tests.csv").set_index(["restricted", "full", "estimator"])
    reference = rows.loc[(restricted, full, estimator), ["chisq_diff", "df_diff", "pvalue"]]
    reference = reference.astype(float)
    ours = compare_models(fit(restricted, estimator), fit(full, estimator))[reference.index]
    scale = np.maximum(reference.abs(), 0.01)
    return differences(
        f"{restricted} / {full}", "difference_test", reference, ours, scale, estimator=estimator
    )


@cache
def bootstrap(model_id, ci_level=0.95):
    indices = read_table(f"bootstrap_indices_{model_id}.csv").to_numpy()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*divided by.*", category=RuntimeWarning)
        return bootstrap_path_model(
            read_model(model_id), read_data(model_id), indices=indices, ci_level=ci_level
        )  # fmt: skip


def draw_keys(bootstrapped):
    return list(keyed(bootstrapped.parameters).index)


def draw_differences(model_id):
    """Draw by draw, in SDs of the column where above 1."""
    parts = []
    ours = bootstrap(model_id)
    reference = read_table(f"bootstrap_draws_{model_id}.csv")
    columns = ours.select("parameter").set_axis(draw_keys(ours), axis=1)
    for name in reference:
        scale = max(1.0, reference[name].std())
        parts.append(
            differences(model_id, "draw", reference[name], columns[undirected(name)], scale)
        )
    return chain(parts)


def standardized_draw_differences(model_id):
    """SEs and limits of the standardized solution and of R2, on the scale of 1."""
    reference = read_table(f"bootstrap_standardized_{model_id}.csv")
    ours = bootstrap(model_id)
    outcomes = ours.table("r_squared").set_index("lhs").rename("{}~r2".format)
    table = pd.concat([keyed(ours.table("standardized")), outcomes])
    names = [undirected(name) for name in reference]
    lower, upper = percentile_interval(reference.to_numpy(), ours.ci_level)
    wanted = {"se": reference.std(ddof=0).to_numpy(), "ci_lower": lower, "ci_upper": upper}
    return chain(
        differences(
            model_id, "standardized_draw", pd.Series(values, names), table.loc[names, column], 1.0
        )
        for column, values in wanted.items()
    )


def lavaan_intervals(model_id, ci_type):
    rows = read_table("bootstrap_parameters.csv")
    rows = rows[(rows["model_id"] == model_id) & (rows["ci_type"] == ci_type)]
    return rows.groupby("level")


def bootstrap_table_differences(model_id):
    """lavaan's bootstrap table: SEs and limits in SEs, z relative where above 1."""
    parts = []
    for level, rows in lavaan_intervals(model_id, "perc"):
        rows = keyed(rows)
        ours = keyed(bootstrap(model_id, level).parameters).loc[rows.index]
        se = rows["se"].replace(0, 1)
        scales = {"se": se, "ci_lower": se, "ci_upper": se, "z": np.maximum(rows["z"].abs(), 1)}
        parts += [
            differences(model_id, "bootstrap_table", rows[column], ours[column], scale)
            for column, scale in scales.items()
        ]
    return chain(parts)


def interval_differences(model_id):
    """Our limits of lavaan's own draws against lavaan's limits, percentile and bias-corrected."""
    table = read_table(f"bootstrap_lavaan_draws_{model_id}.csv").rename(columns=undirected)
    draws = table.to_numpy()
    parts = []
    for level, rows in lavaan_intervals(model_id, "perc"):
        ours = percentile_interval(draws, level)
        parts.append(_limits(model_id, keyed(rows).loc[list(table)], ours))
    for level, rows in lavaan_intervals(model_id, "bca.simple"):
        rows = keyed(rows).loc[list(table)]
        no_acceleration = np.repeat([[-1.0], [0.0], [1.0]], draws.shape[1], axis=1)
        ours = bca_interval(draws, rows["est"].to_numpy(), no_acceleration, level)
        parts.append(_limits(model_id, rows, ours))
    return chain(parts)


def _limits(model_id, rows, ours):
    return chain(
        differences(model_id, "interval", rows[column], limit, 1.0)
        for column, limit in zip(("ci_lower", "ci_upper"), ours, strict=True)
    )


def norm_inter_differences():
    draws = read_table("norm_inter_draws.csv").groupby("set")["draw"]
    parts = []
    for name, rows in read_table("norm_inter.csv").groupby("set"):
        finite = draws.get_group(name).to_numpy()
        finite = finite[np.isfinite(finite)]
        rows = rows.set_index("alpha")
        ours = quantile_normal_scale(finite, rows.index.to_numpy())
        parts.append(differences(name, "norm_inter", rows["limit"], ours, 1.0))
    return chain(parts)


def bca_differences():
    """Limits by boot.ci from boot's draws and jackknife influence values."""
    draws = read_table("bootstrap_draws_boot_bca.csv")
    influence = read_table("bca_influence.csv")
    parts = []
    for row in read_table("bca_limits.csv").itertuples():
        drawn = draws[row.name].to_numpy()
        jackknife = row.est - influence[row.name].to_numpy() / (len(influence) - 1)
        ours = [
            *percentile_interval(drawn, row.level),
            *bca_interval(drawn, row.est, jackknife, row.level),
        ]
        names = ["percentile_lower", "percentile_upper", "bca_lower", "bca_upper"]
        reference = pd.Series([getattr(row, name) for name in names], index=names)
        parts.append(differences(f"{row.name} {row.level}", "bca_limit", reference, ours, 1.0))
    return chain(parts)


def bca_bootstrap_differences():
    """The same limits when the engine makes draws and jackknife itself, from boot's cases."""
    parts = []
    for level, rows in read_table("bca_limits.csv").groupby("level"):
        rows = rows.set_index("name")
        ours = bootstrap("boot_bca", level).confint("bca").set_index("label").loc[rows.index]
        parts += [
            differences("boot_bca", "bca_limit", rows[f"bca_{side}"], ours[f"ci_{side}"], 1.0)
            for side in ("lower", "upper")
        ]
    return chain(parts)


@pytest.mark.parametrize("model_id", model_ids())
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fit(model_id, estimator):
    check(
        parameter_differences(model_id, estimator)
        + fit_measure_differences(model_id, estimator)
        + r_squared_differences(model_id, estimator)
    )


@pytest.mark.parametrize(("restricted", "full"), read_table("nested_pairs.csv").to_numpy().tolist())
def test_difference_test(restricted, full):
    for estimator in ESTIMATORS:
        check(difference_test_differences(restricted, full, estimator))


def test_no_difference_test_without_a_scaling_factor():
    strongly, less = fit("misspecified_strongly", "MLR"), fit("misspecified_less", "MLR")
    ours = compare_models(strongly, less)
    assert np.isnan(ours["chisq_diff"])
    assert np.isnan(ours["pvalue"])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_measure_of_the_summary_is_there(estimator):
    wanted = set(FIT_MEASURES.split())
    if estimator == "MLR":
        wanted |= set(SCALED_FIT_MEASURES.split())
    assert wanted <= set(fit("alliance_task_only", estimator).fit_measures.index)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_saturated_model_fits_perfectly(estimator):
    measures = fit("alliance_full", estimator).fit_measures
    suffixes = ("", ".scaled", ".robust") if estimator == "MLR" else ("",)
    for suffix in suffixes:
        assert measures[f"cfi{suffix}"] == 1
        assert measures[f"tli{suffix}"] == 1
        assert measures[f"rmsea{suffix}"] == 0
    assert measures["df"] == 0
    assert measures["srmr"] == 0
    assert measures["chisq"] == 0


def test_absolute_values_have_the_slope_that_lavaan_misses():
    se = fit("definitions_functions", "ML").parameters.set_index("lhs")["se"]
    assert se["size"] == pytest.approx(se["gap"], rel=1e-8)
    assert se["logratio"] == pytest.approx(se["plain_logratio"], rel=1e-8)


@pytest.mark.parametrize("model_id", sorted(UNEVEN_SPREAD))
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_standardized_solution_does_not_depend_on_the_unit(model_id, estimator):
    data = read_data(model_id)
    same_spread = fit_path_model(read_model(model_id), data / data.std(), estimator=estimator)
    ours = fit(model_id, estimator).standardized
    for column in ("est", "se"):
        np.testing.assert_allclose(ours[column], same_spread.standardized[column], rtol=1e-6)


@pytest.mark.parametrize("model_id", BOOTSTRAPPED)
def test_bootstrap_draws(model_id):
    check(draw_differences(model_id))


@pytest.mark.parametrize("model_id", BOOTSTRAPPED)
def test_bootstrap_standardized(model_id):
    check(standardized_draw_differences(model_id))


@pytest.mark.parametrize("model_id", BOOTSTRAPPED)
def test_bootstrap_tables(model_id):
    check(bootstrap_table_differences(model_id))
    check(interval_differences(model_id))


def test_norm_inter():
    check(norm_inter_differences())


def test_bca_limits():
    check(bca_differences())
    check(bca_bootstrap_differences())


def test_comparison_notices_ten_tolerances():
    reference = pd.Series([1.0, -2.0], index=["a", "b"])
    for quantity, tolerance in TOLERANCE.items():
        check(differences("m", quantity, reference, reference, 1.0))
        for moved in (reference + 10 * tolerance, reference * np.nan):
            with pytest.raises(AssertionError):
                check(differences("m", quantity, reference, moved, 1.0))


def test_reference_is_converged():
    rows = read_table("convergence.csv")
    assert rows["converged"].all()
    assert rows["newton_step_in_se"].max() < 1e-10
