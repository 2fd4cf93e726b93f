"""The planner's notebook: grids chosen, sizes read off, sentences and figures that say so."""

import shutil
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.errors import InputError
from helpers.paths import ROOT
from helpers.report import theme
from helpers.report.power_plots import plot_coverage, plot_power, plot_width, share_legend
from helpers.studies.replication_planner import results, words
from helpers.studies.replication_planner.model import change_design, list_values
from helpers.studies.replications import list_replications, load_replication

STUDIES = list_replications()
REPLICATIONS = {study: load_replication(study) for study in STUDIES}

OPTIONS = {
    "targets": [],
    "own_values": [],
    "grid": "short",
    "sizes": [60, 120, 240],
    "effects": [0.6, 1.0],
    "planned": 1.0,
    "wanted": 0.8,
    "n_replications": 100,
    "reliability": 1.0,
    "attrition": 0.0,
    "interval": "monte_carlo",
    "largest": 1000,
    "n_draws": 200,
    "seed": 1,
    "n_jobs": 1,
}


@pytest.fixture(scope="module")
def plans():
    return results.plan_studies(STUDIES, **OPTIONS)


@pytest.fixture(scope="module")
def smallest(plans):
    return results.tabulate_smallest(plans)


# Grids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_both_grids_hold_the_published_study(study):
    replication = load_replication(study)
    for grid in (replication.full, replication.brief):
        assert replication.published_n in grid.sizes
        assert replication.published_effect in grid.effects
    assert replication.main_target in replication.design.targets
    assert replication.main_target in replication.names


def test_a_grid_can_be_replaced_and_always_holds_the_planned_effect():
    options = {"grid": "short", "sizes": [], "effects": [], "n_replications": 0}
    replication = load_replication("intersession_alliance")
    cells, samples = results.choose_grid(replication, planned=0.8, **options)
    assert cells["sizes"] == replication.brief.sizes
    assert cells["effects"] == (0.135, 0.2025, 0.216, 0.27)
    assert samples == results.REPLICATIONS["short"]
    own = {"grid": "full", "sizes": [90, 50, 90], "effects": [0.5], "n_replications": 30}
    cells, samples = results.choose_grid(replication, planned=1.0, **own)
    assert cells == {"sizes": (50, 90), "effects": (0.135, 0.27)}
    assert samples == 30


def test_own_values_replace_published_ones():
    design = load_replication("distress_session_quality").design
    changed = change_design(design, {"task_on_rri": 0.3})
    assert (design.paths["task_on_rri"], changed.paths["task_on_rri"]) == (0.478, 0.3)
    assert list_values(changed).keys() == list_values(design).keys()
    with pytest.raises(InputError, match="Did you mean 'task_on_rri'"):
        change_design(design, {"task_on_rr": 0.3})


@pytest.mark.parametrize("text", ["task_on_rri", "=0.3", "a=b", "a=nan", "a=0.1=0.2"])
def test_own_values_that_are_none(text):
    with pytest.raises(InputError, match=r"is not of the form name=0\.4"):
        results.read_values([text])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": ["prodct"]}, "is no target of .* Did you mean 'product'"),
        ({"targets": ["product", "pattern"]}, "names two of intersession_alliance; give one"),
        ({"own_values": ["r_outcome=1"]}, "is no value of intersession_alliance"),
        ({"own_values": ["r_predictor_outcome=1"]}, "is not between -1 and 1"),
        ({"sizes": [4]}, "too few"),
    ],
)
def test_what_cannot_be_planned(changes, message):
    with pytest.raises(InputError, match=message):
        results.plan_studies(["intersession_alliance"], **{**OPTIONS, **changes})
    with pytest.raises(InputError, match="Did you mean 'coping_adherence'"):
        results.plan_studies(["coping_adherance"], **OPTIONS)


def test_finished_cells_are_kept_apart_from_those_of_other_simulations(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.pyc"))
    store = results.find_store(root=tmp_path)
    assert store.parent == tmp_path / "build" / "planner"
    helpers = tmp_path / "src" / "helpers"
    words = ("report/tables.py", "studies/replication_planner/words.py", "models/power/search.py")
    for file in words:
        append_comment(helpers / file)
    assert results.find_store(root=tmp_path) == store
    found = {store}
    for file in ("power/simulation.py", "pls/kernel.py"):
        append_comment(helpers / "models" / file)
        found.add(results.find_store(root=tmp_path))
    assert len(found) == 3


def append_comment(file):
    file.write_text(file.read_text("utf-8") + "# another\n", "utf-8")


# Tables -----------------------------------------------------------------------------------------


def test_every_target_has_a_smallest_size_at_every_effect(plans, smallest):
    for study, plan in plans.items():
        mine = smallest[smallest["study"] == study]
        assert len(mine) == 2 * len(plan.power.design.targets)
        assert mine["main"].sum() == 2
        assert mine["planned"].sum() == len(mine) / 2
        assert not mine["label"].isna().any()
    assert smallest["power_published"].isna().all()  # not on this grid


def test_a_reading_at_the_published_size_is_that_of_the_grid(plans):
    options = {**OPTIONS, "sizes": [60, 81, 240], "effects": [1.0]}
    plan = results.plan_studies(["intersession_alliance"], **options)
    table = results.tabulate_smallest(plan)
    row = table[table["main"]].iloc[0]
    power = plan["intersession_alliance"].power.table
    at_n = power[(power["n"] == 81) & (power["target"] == "product")]["power"].iloc[0]
    assert row["power_published"] == at_n


def test_the_plans_stand_in_one_order_with_their_units(plans):
    table = results.tabulate_plans(plans)
    assert table["item"].is_unique
    items = table["item"].tolist()
    assert items[:4] == ["design", "target", "effect size", "unit of the effect size"]
    units = table.set_index("item").loc["unit of the effect size"]
    assert units["intersession_alliance"] == "product slope"
    assert not table.isna().to_numpy()[:4].any()


def test_less_reliable_measures_take_more_clients(plans):
    plan = {"intersession_alliance": plans["intersession_alliance"]}
    table = results.compare_reliability(plan, reliabilities=[1.0, 0.8])
    own = results.tabulate_smallest(plan)
    own = own[own["main"] & own["planned"]]["n_smallest"].iloc[0]
    assert table["n_smallest"].iloc[0] == own
    assert table["n_smallest"].iloc[1] > own


def test_checks_count_every_cell_once(plans):
    checks = results.check_formulas(plans)
    cells = checks.groupby("study")["cells"].sum()
    grid = plans["distress_session_quality"].power.table
    assert cells["distress_session_quality"] == grid["analytic_power"].notna().sum() >= 15 * 6
    assert (checks["largest_difference"].abs() >= checks["mean_difference"].abs()).all()
    coverage = results.check_coverage(plans)
    assert (coverage["lowest"] <= coverage["coverage"]).all()
    assert (coverage["coverage"] <= coverage["highest"]).all()
    assert "pattern" not in coverage["target"].tolist()


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "shown"), [(165.0, "165"), (60.0, "≤ 60"), (np.nan, "> 1,200"), (1100.0, "1,100")]
)
def test_sizes_beyond_the_grid_say_so(n, shown):
    assert words.format_size(n, 60, 1200) == shown


def test_effects_are_named_beside_the_published_one(plans):
    coping, moderation = plans["coping_adherence"], plans["intersession_alliance"]
    assert words.name_effect(coping, 1.0) == "as published"
    assert words.name_effect(coping, 0.75) == "0.75 × published"
    assert words.name_effect(moderation, 0.27) == "slope 0.27, as assumed"
    assert words.name_effect(moderation, 0.216) == "slope 0.216"
    own = replace(coping, own_values={"adherence_on_alliance": 0.5})
    assert words.name_effect(own, 1.0) == "as given"
    assert words.name_effect(own, 0.75) == "0.75 × given"


def test_what_is_assumed_follows_the_values_given():
    given = {**OPTIONS, "own_values": ["r_predictor_moderator=0.3"], "effects": [1.0]}
    plan = results.plan_studies(["intersession_alliance"], **given)["intersession_alliance"]
    text = words.state_assumptions(plan)
    assert "The alliances correlate .30" in text
    assert ".50" not in text
    assert "would have found what the abstract reports" not in text
    changed = change_design(
        load_replication("coping_adherence").design, {"avoidant~~problem_focused": 0.3}
    )
    assert changed.exogenous_correlation["avoidant", "problem_focused"] == 0.3


@pytest.mark.parametrize("study", STUDIES)
def test_every_assumed_value_is_filled_in(plans, study):
    text = words.state_assumptions(plans[study])
    assert "{" not in text
    assert REPLICATIONS[study].origin in text


def test_a_size_raised_for_coverage_says_from_which_size_the_power_is_there(plans, smallest):
    rows = smallest[smallest["planned"]]
    raised = rows.assign(raised=rows["main"], undercovers=False, n_power=50.0, n_smallest=80.0)
    shown = words.arrange_smallest(raised[raised["main"]])
    assert set(shown["shown"]) == {"80"}
    assert set(shown["band"]) == {"power from 50"}
    assert words.POWER_FROM in words.explain_coverage_at_n(raised)
    plan = plans["distress_session_quality"]
    text = words.write_preregistration(plan, raised)
    assert "to analyze 80." in text
    assert "power from 50, but there the intervals undercover" in text


def test_the_two_values_of_a_product_slope_are_explained(plans):
    plan = plans["intersession_alliance"]
    truth = plan.planned.query("target == 'product'")["truth"].iloc[0]
    text = words.explain_units(plans)
    assert f"{plan.effect:.3g} per standard deviation of the product is {truth:.3f}" in text
    assert words.explain_units({"path": plans["distress_session_quality"]}) == ""


def test_other_targets_are_searched_for_to_a_limit_that_is_said(plans, smallest):
    for study, plan in plans.items():
        rows = smallest[(smallest["study"] == study) & smallest["planned"]]
        missed = rows[rows["status"] == "not reached on the grid"]
        assert (missed["grid_highest"] == plan.search_limit).all()
        assert plan.search_limit == min(OPTIONS["largest"], plan.replication.search_limit)
        assert not set(plan.beyond["n"]) & set(plan.planned["n"])
        assert plan.target not in set(plan.beyond["target"])
    assert "1,000" in words.explain_limits(plans)


def test_those_who_are_lost_are_recruited_once():
    given = {**OPTIONS, "attrition": 0.2, "sizes": [81, 160], "effects": [1.0]}
    lost = results.plan_studies(["intersession_alliance"], **given)
    none = results.plan_studies(["intersession_alliance"], **{**given, "attrition": 0.0})
    tables = [results.tabulate_smallest(plan).query("main") for plan in (lost, none)]
    here, there = (table.iloc[0] for table in tables)
    # 81 were analyzed in the published study, whoever will be lost in the new one
    assert here["power_published"] == there["power_published"]
    assert here["n_smallest"] == there["n_smallest"]
    assert here["n_recruit"] == np.ceil(here["n_smallest"] / 0.8 - 1e-9)
    assert there["n_recruit"] == there["n_smallest"]
    again = results.compare_reliability(lost, reliabilities=[1.0])
    fifth = words.arrange_reliability(again, attrition=0.2)["lost"].iloc[0]
    assert fifth == f"{here['n_recruit']:.0f}"
    said = f"Quirk, Smith and Owen (2018), {here['n_smallest']:.0f} clients"
    assert words.describe_reliability(again, 1.0) == said
    text = words.write_preregistration(next(iter(lost.values())), tables[0])
    assert f"recruit {here['n_recruit']:.0f} clients, of whom we expect 20% to be lost" in text


def test_no_size_is_printed_where_intervals_cover_too_little(plans, smallest):
    plan = plans["coping_adherence"]
    rows = results.tabulate_smallest({"coping_adherence": plan})
    bad = rows.assign(undercovers=rows["main"], coverage=0.86, n_coverage=120)
    shown = words.arrange_smallest(bad).set_index("main")
    assert set(shown.loc[True, "shown"]) == {"withheld"}
    assert set(shown.loc[True, "recruit"]) == {"–"}
    assert "withheld" not in set(shown.loc[False, "shown"])
    assert "86.0% at 120" in words.explain_coverage_at_n(bad)
    fine = rows.assign(undercovers=False, raised=False)
    assert words.explain_coverage_at_n(fine) == ""
    assert "gets no size" in words.describe_main(plan, bad)
    both = words.describe_curves(plan, bad.assign(undercovers=bad["main"] & bad["planned"]))
    assert both.endswith("80%; no size as published, because the intervals undercover")
    assert "withheld" not in both
    none = words.describe_curves(plan, bad)
    assert none.split(": ")[1].startswith("no size as published, 0.6 × published, because")
    assert "coping" in none.casefold()
    text = words.write_preregistration(plan, bad)
    assert "No size is given" in text
    assert "recruit" not in text


def test_correlations_of_the_exogenous_variables_are_varied(plans):
    coping = {"coping_adherence": plans["coping_adherence"]}
    table = results.vary_correlations(coping, floors=[0.0, 0.4])
    wide = words.arrange_correlations(table).set_index("label")
    row = wide.loc[REPLICATIONS["coping_adherence"].names["adherence_on_problem_focused"]]
    assert row["0.4"] > row["0"]
    assert set(table["n"]) == {213}
    nothing = {"intersession_alliance": plans["intersession_alliance"]}
    assert results.vary_correlations(nothing, floors=[0.0]).empty


def test_a_preregistration_holds_its_numbers_or_says_that_there_are_none(plans, smallest):
    plan = plans["intersession_alliance"]
    text = words.write_preregistration(plan, smallest)
    row = smallest[
        (smallest["study"] == plan.replication.study) & smallest["main"] & smallest["planned"]
    ]
    assert f"recruit {row['n_smallest'].iloc[0]:.0f} clients, and to analyze" in text
    assert "two-sided α of .05" in text
    assert f"The analysis is {plan.replication.analysis}" in text
    assert f"100 simulated samples at each of {plan.planned['n'].nunique()} sizes from 60" in text
    never = smallest.assign(status="not reached on the grid")
    assert "No size up to 240 gives a power of" in words.write_preregistration(plan, never)


def test_the_criterion_is_that_of_the_notebook():
    given = {**OPTIONS, "interval": "as_judged", "effects": [1.0], "sizes": [60], "n_boot": 20}
    given |= {"n_replications": 5, "largest": 60}
    kinds = {
        ("distress_session_quality", "task_on_rri"): "its bootstrap standard error is below .05",
        ("distress_session_quality", "ind_total"): "interval (percentile bootstrap) excludes zero",
        ("intersession_alliance", "product"): "interval (t) excludes zero",
    }
    for (study, target), said in kinds.items():
        plan = results.plan_studies([study], **given)[study]
        assert said in words.state_criterion(replace(plan, target=target))


def test_coverage_in_words():
    labels = ["a → b", "c → d", "e → f"]
    rows = {"study": "coping_adherence", "label": labels, "coverage": [0.85, 0.94, 0.99]}
    table = pd.DataFrame(rows)
    assert words.describe_coverage(table, 0.95) == ("Intervals undercover for a → b (85.0%)")
    assert words.describe_coverage(table[1:], 0.95).endswith(
        "contain the true value in 94.0% (c → d) to 99.0% (e → f) of samples"
    )


def test_own_values_are_in_the_banner():
    assert "of your own" not in words.state_populations([])
    assert words.state_populations(["a=0.3", "b=1"]).endswith("your own: `a=0.3`, `b=1`.")


def test_which_interval_decides(plans):
    assert words.name_intervals(plans["intersession_alliance"]) == "t"
    assert words.name_intervals(plans["distress_session_quality"]).startswith("Monte Carlo")


def test_every_item_of_a_plan_is_printed(plans):
    table = results.tabulate_plans(plans)
    folded = words.fold_plans(table, plans, note="")
    assert list(folded.tables) == [words.name_study(study) for study in STUDIES]
    for printed in folded.tables.values():
        cells = printed.cells.set_index("Item")["Value"]
        assert cells["Alpha, two-sided"] == ".05"
        assert cells["Power wanted"] == "80.0%"
        assert cells["Replications a cell"] == "100"
        assert (cells != "").all()


# Figures ----------------------------------------------------------------------------------------


def _gids(ax, start):
    return [a for a in ax.lines if (a.get_gid() or "").startswith(start)]


def test_power_curves_go_through_their_numbers(plans):
    plan = plans["distress_session_quality"]
    table = plan.power.table[plan.power.table["target"] == plan.target]
    _, ax = plt.subplots()
    labels = words.label_effects(plan)
    plot_power(
        table, x="n", by="effect", labels=labels, wanted=0.8, xlabel="n", mark=(100, "here"), ax=ax
    )
    assert len(_gids(ax, "power")) == len(_gids(ax, "formula")) == 2
    for line in _gids(ax, "power"):
        effect = float(line.get_gid().removeprefix("power "))
        expected = table[table["effect"] == effect]["power"]
        assert line.get_ydata().tolist() == expected.tolist()
    assert _gids(ax, "mark")[0].get_xdata()[0] == 100
    shown = [t.get_text() for t in ax.get_legend().get_texts()]
    assert shown == [*labels.values(), "Formula"]


def test_a_target_without_a_formula_promises_none():
    frame = pd.DataFrame({"n": [50, 100], "power": [0.5, 0.9], "analytic_power": np.nan})
    frame = frame.assign(power_lower=frame["power"] - 0.05, power_upper=frame["power"] + 0.05)
    _, ax = plt.subplots()
    plot_power(frame, x="n", wanted=0.8, xlabel="n", ax=ax)
    assert not _gids(ax, "formula")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["Simulated"]


def test_only_too_low_coverage_has_a_color_and_a_name():
    low, fine = [0.80, 0.82, 0.94], [0.95, 0.94, 0.96]
    frame = pd.DataFrame({"n": [50, 100, 200] * 2, "label": ["low"] * 3 + ["fine"] * 3})
    frame["coverage"] = [*low, *fine]
    frame["coverage_lower"] = frame["coverage"] - 0.03
    frame["coverage_upper"] = frame["coverage"] + 0.03
    theme.use_theme()
    fig, ax = plt.subplots()
    plot_coverage(frame, level=0.95, ax=ax)
    share_legend(fig)
    assert [t.get_text() for t in fig.legends[0].get_texts()] == ["low"]
    colors = {a.get_gid(): to_rgb(a.get_color()) for a in _gids(ax, "coverage")}
    assert colors["coverage fine"] == to_rgb(theme.MUTED)
    assert colors["coverage low"] != to_rgb(theme.MUTED)
    fig, ax = plt.subplots()
    plot_coverage(frame[3:], level=0.95, ax=ax)
    share_legend(fig)
    assert not fig.legends


def test_width_is_drawn_beside_the_size_of_the_effect():
    frame = pd.DataFrame({"n": [100, 50], "width": [0.2, 0.3]})
    _, ax = plt.subplots()
    plot_width(frame, truth=-0.25, ax=ax)
    (line,), (truth,) = _gids(ax, "width"), _gids(ax, "truth")
    assert line.get_xdata().tolist() == [50, 100]
    assert truth.get_ydata()[0] == 0.25
    assert ax.get_ylim()[0] == 0
