import importlib.util
import json
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.inference.intervals import percentile_limits
from helpers.models.moderation.correlations import compare_correlations
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes
from helpers.models.pls.kernel import solve_pls
from helpers.models.power.analytic import (
    power_correlation,
    power_f2,
    power_normal,
    power_t,
)
from helpers.models.power.composite import CompositeDesign, _correlation_covariance
from helpers.models.power.design import Analysis, check_reliability
from helpers.models.power.moderation import ModerationDesign, design_from_fit
from helpers.models.power.path import PathDesign, sample_covariances
from helpers.models.power.search import find_smallest_n
from helpers.models.power.simulation import COLUMNS, simulate_power
from helpers.models.sem.likelihood import implied_moments
from helpers.models.sem.model import fit_path_covariance

MEDIATION = "m ~ a*x\ny ~ b*m + c*x\nind := a*b\ntotal := ind + c"
ONES = {"predictor": 1.0, "moderator": 1.0, "outcome": 1.0}


def make_path_design(**change):
    return PathDesign(**({"model": MEDIATION, "paths": {"a": 0.4, "b": 0.35, "c": 0.1}} | change))


def make_composite_design(**change):
    given = {
        "model": MEDIATION,
        "paths": {"a": 0.4, "b": 0.35, "c": 0.1},
        "items": {"x": 4, "m": 5, "y": 1},
        "loadings": {"x": 0.75, "m": 0.8, "y": 1.0},
    }
    return CompositeDesign(**(given | change))


DESIGNS = {
    "moderation": (ModerationDesign(), 0.27, "product"),
    "path": (make_path_design(), 1.0, "ind"),
    "composite": (make_composite_design(), 1.0, "ind"),
}


@pytest.fixture(params=DESIGNS)
def planned(request):
    return DESIGNS[request.param]


def simulate(design, sizes, effects, **change):
    settings = {"n_replications": 300, "seed": 3, "n_jobs": 1, "n_draws": 200} | change
    return simulate_power(design, sizes=sizes, effects=effects, **settings)


class TestGrid:
    def test_table(self, planned):
        design, effect, _ = planned
        study = simulate(design, [60, 90], [effect / 2, effect], n_replications=20)
        table = study.table
        assert tuple(table.columns) == COLUMNS
        assert len(table) == 2 * 2 * len(design.targets)
        assert (
            (table["power_lower"] <= table["power"]) & (table["power"] <= table["power_upper"])
        ).all()
        assert study.n_resumed == 0

    def test_a_cell_depends_on_nothing_but_its_seed_size_and_effect(self, planned):
        design, effect, _ = planned
        wide = simulate(design, [60, 80, 100], [effect / 2, effect], n_replications=40).table
        alone = simulate(design, [80], [effect], n_replications=40).table
        cell = wide[(wide["n"] == 80) & (wide["effect"] == effect)].reset_index(drop=True)
        pd.testing.assert_frame_equal(cell, alone)
        other = simulate(design, [80], [effect], n_replications=40, seed=4).table
        assert not other["mean_est"].equals(alone["mean_est"])

    def test_replications_are_added_in_blocks(self, planned):
        design, effect, _ = planned
        first = simulate(design, [60], [effect], n_replications=250).table
        both = simulate(design, [60], [effect], n_replications=500).table
        np.testing.assert_allclose(first["power"] * 250 % 1, 0, atol=1e-9)
        assert (both["power"] * 500 >= first["power"] * 250 - 1e-9).all()

    def test_type_1_error_power_and_coverage(self, planned):
        design, effect, target = planned
        table = simulate(design, [150], [0.0, effect], n_replications=1000, n_draws=400).table.loc[
            lambda table: table["target"] == target
        ]
        null, real = table["power"]
        assert null < 0.075  # an indirect effect of two zero paths is almost never significant
        assert real > 0.9
        low = 0.9 if design.name == "composite model" else 0.925
        assert low < table["coverage"].iloc[1] < 0.975

    def test_mean_estimate_approaches_the_estimand(self, planned):
        design, effect, target = planned
        reliability = dict.fromkeys(design.measures, 0.8)
        row = (
            simulate(design, [600], [effect], reliability=reliability)
            .table.loc[lambda table: table["target"] == target]
            .iloc[0]
        )
        error = row["sd_est"] / np.sqrt(300)
        assert abs(row["mean_est"] - row["estimand"]) < 4 * error
        assert abs(row["mean_est"] - row["truth"]) > 4 * error
        assert row["coverage_truth"] < row["coverage"]

    def test_all_of_several_targets_are_found_less_often_than_each(self):
        design = make_path_design(targets=("a", "b", "ind"))
        table = simulate(design, [70], [1.0], joint=[("a", "b")]).table.set_index("target")
        both = table.loc["a and b"]
        assert both["power"] <= table.loc[["a", "b"], "power"].min()
        # estimates of the two paths are independent, so that their powers multiply
        product = table.loc["a", "power"] * table.loc["b", "power"]
        assert both["power"] == pytest.approx(product, abs=4 * np.sqrt(0.25 / 300))
        assert np.isnan(both["coverage"])

    def test_bootstrap_and_monte_carlo_intervals_agree_roughly(self, planned):
        design, effect, target = planned
        size = 40 if design.name == "composite model" else 100
        widths = [
            simulate(design, [200], [effect], interval=interval, n_boot=250, n_replications=size)
            .table.set_index("target")
            .loc[target, "width"]
            for interval in ("monte_carlo", "bootstrap")
        ]
        assert widths[0] == pytest.approx(widths[1], rel=0.12)

    def test_designs_can_be_sent_and_described(self, planned):
        design, _, _ = planned
        again = pickle.loads(pickle.dumps(design))
        assert again.describe() == design.describe()
        json.dumps(design.describe())


class TestStore:
    def test_a_second_run_takes_what_is_there_and_gives_the_same(self, tmp_path):
        design = make_path_design()
        first = simulate(design, [60, 80], [1.0], n_replications=20, store=tmp_path)
        assert len(list(tmp_path.iterdir())) == 2
        more = simulate(design, [60, 80, 100], [1.0], n_replications=20, store=tmp_path)
        assert more.n_resumed == 2
        fresh = simulate(design, [60, 80, 100], [1.0], n_replications=20)
        pd.testing.assert_frame_equal(more.table, fresh.table)
        pd.testing.assert_frame_equal(
            more.table[more.table["n"] < 100].reset_index(drop=True), first.table
        )

    def test_an_interrupted_run_continues(self, tmp_path, monkeypatch):
        from helpers.models.inference import backends

        design, done = make_path_design(), []
        work = backends._work

        def stop_after_two(cell):
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(cell)
            return work(cell)

        monkeypatch.setattr(backends, "_work", stop_after_two)
        with pytest.raises(KeyboardInterrupt):
            simulate(design, [60, 80, 100], [1.0], n_replications=10, store=tmp_path)
        monkeypatch.undo()
        # a file is written when its result arrives; the last may still be on its way
        assert 1 <= len(list(tmp_path.iterdir())) <= 2
        resumed = simulate(design, [60, 80, 100], [1.0], n_replications=10, store=tmp_path)
        assert resumed.n_resumed >= 1
        fresh = simulate(design, [60, 80, 100], [1.0], n_replications=10)
        pd.testing.assert_frame_equal(resumed.table, fresh.table)

    def test_a_torn_or_foreign_file_is_not_used(self, tmp_path):
        design = make_path_design()
        first = simulate(design, [60], [1.0], n_replications=10, store=tmp_path)
        (file,) = tmp_path.iterdir()
        for text in (file.read_text()[:-40], "[]", "{}", '{"content": 1, "key": 2, "rows": 3}'):
            file.write_text(text)
            again = simulate(design, [60], [1.0], n_replications=10, store=tmp_path)
            assert again.n_resumed == 0
            pd.testing.assert_frame_equal(again.table, first.table)

    @pytest.mark.parametrize(
        "change",
        [
            {"seed": 4},
            {"n_replications": 11},
            {"n_draws": 150},
            {"ci_level": 0.9},
            {"joint": [("ind", "total")]},
            {"reliability": 0.9},
            {"interval": "bootstrap"},
        ],
    )
    def test_another_plan_is_not_taken_for_this_one(self, tmp_path, change):
        simulate(make_path_design(), [60], [1.0], n_replications=10, store=tmp_path)
        settings = {"n_replications": 10, "n_boot": 50} | change
        other = simulate(make_path_design(), [60], [1.0], store=tmp_path, **settings)
        assert other.n_resumed == 0

    def test_nor_is_another_design(self, tmp_path):
        simulate(make_path_design(), [60], [1.0], n_replications=10, store=tmp_path)
        values = {"a": 0.4, "b": 0.35, "c": 0.11}
        other = simulate(
            make_path_design(paths=values), [60], [1.0], n_replications=10, store=tmp_path
        )
        assert other.n_resumed == 0


@pytest.mark.slow
class TestBackends:
    def test_two_processes_give_the_same_numbers(self):
        kwargs = {"sizes": [60, 90], "effects": [1.0], "n_replications": 20}
        one = simulate(make_path_design(), **kwargs)
        two = simulate(make_path_design(), **kwargs, n_jobs=2)
        pd.testing.assert_frame_equal(one.table, two.table)

    @pytest.mark.usefixtures("_global_generator_of_dask")
    def test_the_example_on_a_cluster_gives_the_same_numbers(self, monkeypatch):
        pytest.importorskip("distributed")
        path = Path(__file__).parents[4] / "examples" / "power_on_a_cluster.py"
        spec = importlib.util.spec_from_file_location("power_on_a_cluster", path)
        example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(example)
        grid = {"sizes": [100, 150], "effects": [1.0], "n_replications": 20}
        monkeypatch.delenv("ALLIANCE_SCHEDULER", raising=False)
        here = example.plan(scheduler=None, **grid, n_jobs=1)
        with example.start_cluster(
            n_workers=1, threads_per_worker=1, processes=False, silence_logs=50
        ) as cluster:
            address = cluster.scheduler_address
            assert address.startswith("tcp://")
            by_argument = example.plan(scheduler=address, **grid)
            monkeypatch.setenv("ALLIANCE_SCHEDULER", address)
            by_environment = example.plan(scheduler=None, **grid)
        pd.testing.assert_frame_equal(here.table, by_argument.table)
        pd.testing.assert_frame_equal(here.table, by_environment.table)

    @pytest.mark.usefixtures("_global_generator_of_dask")
    def test_a_scheduler_that_is_lost_is_said_at_once_with_what_is_kept(self, tmp_path):
        pytest.importorskip("distributed")
        start = (
            "import time; from distributed import LocalCluster; c = LocalCluster(n_workers=1,"
            " threads_per_worker=1, processes=False, dashboard_address=None, protocol='tcp://',"
            " host='127.0.0.1'); print(c.scheduler_address, flush=True); time.sleep(120)"
        )
        with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE) as process:
            address, killed = process.stdout.readline().decode().strip(), []

            def kill_after_the_first():
                while process.poll() is None and not any(tmp_path.iterdir()):
                    time.sleep(0.02)
                process.kill()
                killed.append(time.monotonic())

            thread = threading.Thread(target=kill_after_the_first)
            thread.start()
            sizes, said = (
                list(range(100, 1300, 20)),
                r"is lost; \d+ of 60 cells were finished and are kept in ",
            )
            grid = {"n_replications": 60, "n_boot": 200, "interval": "bootstrap"}
            grid["store"] = tmp_path
            with pytest.raises(InputError, match=said):
                simulate(make_path_design(), sizes, [1.0], scheduler=address, **grid)
            assert time.monotonic() - killed[0] < 15
            thread.join()
        kept = len(list(tmp_path.iterdir()))
        few = simulate(make_path_design(), [1280], [1.0], scheduler="", **grid)
        assert kept >= 1
        assert few.n_resumed == 1  # the largest first

    def test_a_scheduler_that_is_not_one(self):
        with pytest.raises(InputError, match=r"scheduler='nonsense' does not answer"):
            simulate(make_path_design(), [60], [1.0], n_replications=2, scheduler="nonsense")

    def test_only_our_own_variable_names_a_scheduler(self, monkeypatch):
        grid = {"sizes": [60], "effects": [1.0], "n_replications": 2}
        monkeypatch.setenv("SCHEDULER", "slurm")
        here = simulate(make_path_design(), **grid)
        monkeypatch.setenv("ALLIANCE_SCHEDULER", "slurm")
        with pytest.raises(InputError, match="leave ALLIANCE_SCHEDULER unset"):
            simulate(make_path_design(), **grid)
        told = simulate(make_path_design(), **grid, scheduler="")
        pd.testing.assert_frame_equal(here.table, told.table)

    def test_progress_goes_to_stderr_when_asked(self, capfd):
        simulate(make_path_design(), [60], [1.0], n_replications=2, progress=True)
        out, err = capfd.readouterr()
        assert out == ""
        assert "path model, n = 60: 100%" in err
        simulate(make_path_design(), [60], [1.0], n_replications=2, progress=False)
        assert capfd.readouterr() == ("", "")


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"sizes": []}, "sizes=[] is not a list of different finite numbers"),
            ({"sizes": [60, 60]}, "sizes=[60, 60] is not a list of different"),
            ({"sizes": [60.5]}, "sizes: 60.5 is not a whole number"),
            ({"sizes": [4]}, "n=4 analyzed cases are too few for 3 variables; use 5 or more"),
            ({"effects": ["a"]}, "effects=['a'] is not a list"),
            ({"effects": [3.0]}, "effect=3: the paths explain 144% of the variance of m"),
            ({"joint": [("ind", "totl")]}, "joint: 'totl' is no target"),
            ({"joint": [("ind", "ind")]}, "is not two different targets"),
            ({"reliability": {"z": 0.9}}, "reliability: 'z' is not a measure"),
            ({"reliability": 1.2}, "reliability=1.2 of m is not above 0 and at most 1"),
            ({"interval": "bootstap"}, "Did you mean 'bootstrap'?"),
            ({"n_draws": 1}, "n_draws=1 is not a number of draws"),
            ({"n_replications": 0}, "n_replications: 0.0 is not a whole number"),
            ({"seed": -1}, "seed=-1 is not a seed"),
            ({"n_jobs": 0}, "n_jobs=0 is not a number of workers"),
            ({"ci_level": 95}, "ci_level=95 is not a confidence level"),
        ],
    )
    def test_grid(self, change, message):
        given = {"sizes": [60], "effects": [1.0], "n_replications": 2, "n_jobs": 1} | change
        with pytest.raises(InputError) as error:
            simulate_power(make_path_design(), **given)
        assert message in str(error.value)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"model": "m ~ x"}, "give every path a label of its own"),
            ({"paths": {"a": 0.4, "b": 0.3}}, "paths: 'c' has no value"),
            ({"paths": {"a": 0.4, "b": 0.3, "d": 0.1}}, "paths: 'd' is not one of a, b, c."),
            ({"paths": {"a": 0.4, "b": np.nan, "c": 0.1}}, "paths['b']=nan is not a finite"),
            ({"targets": ("indd",)}, "Did you mean 'ind'?"),
            ({"scaled": ("ind",)}, "scaled: 'ind' is not one of a, b, c."),
            ({"residual_correlation": {("m", "y"): 0.2}}, "m and y is not a pair here"),
            ({"exogenous_correlation": {("x", "m"): 0.2}}, "there is no pair"),
        ],
    )
    def test_path_design(self, change, message):
        with pytest.raises(InputError) as error:
            make_path_design(**change)
        assert message in str(error.value)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"items": {"x": 4, "m": 5}}, "items: 'y' has no value"),
            ({"items": {"x": 0, "m": 5, "y": 1}}, "items['x']=0 is not a number of items"),
            ({"loadings": {"x": 0.4, "m": 0.8, "y": 1}}, "is not between 1 / sqrt(4) = 0.500"),
        ],
    )
    def test_composite_design(self, change, message):
        with pytest.raises(InputError) as error:
            make_composite_design(**change)
        assert message in str(error.value)

    def test_moderation_design(self):
        with pytest.raises(InputError, match="r_predictor_outcome=1 is not between"):
            ModerationDesign(r_predictor_outcome=1)
        with pytest.raises(InputError, match=r"explains 1.21 of the outcome's variance"):
            ModerationDesign().population(1.0, ONES)

    def test_formulas(self):
        with pytest.raises(InputError, match=r"f2=-0\.1 is negative"):
            power_f2(-0.1, n=50, n_predictors=3)


class TestModeration:
    def test_population_is_what_a_huge_sample_shows(self):
        design = ModerationDesign(0.5, 0.4, 0.3)
        reliability = {"predictor": 0.8, "moderator": 0.7, "outcome": 0.9}
        population = design.population(0.27, reliability)
        x, w, y = design._draw(population, 400_000, 1, np.random.default_rng(1))
        columns = np.column_stack([np.ones(400_000), x[0], w[0], x[0] * w[0]])
        b, rss, *_ = np.linalg.lstsq(columns, y[0], rcond=None)
        np.testing.assert_allclose(b[1:], population.slopes, atol=0.008)
        assert 1 - rss[0] / 400_000 / y[0].var() == pytest.approx(population.r_squared, abs=0.008)
        assert np.corrcoef(x[0], w[0])[0, 1] == pytest.approx(population.r, abs=0.008)
        np.testing.assert_allclose([x.var(), w.var(), y.var()], 1, atol=0.02)

    def test_reliability_needed_for_a_given_power(self):
        # with predictor and moderator at .8, the true f2 must be about .155 for an observed .0994
        design = ModerationDesign()
        seen = {"predictor": 0.8, "moderator": 0.8, "outcome": 1.0}
        effects = np.linspace(0.25, 0.4, 301)
        observed = np.array([design.population(e, seen).f2 for e in effects])
        true = design.population(effects[np.abs(observed - 0.0994).argmin()], ONES).f2
        assert true == pytest.approx(0.155, abs=0.005)

    def test_attenuation_of_the_product_is_its_reliability(self):
        design = ModerationDesign()
        seen = design.population(0.27, {"predictor": 0.8, "moderator": 0.7, "outcome": 1.0})
        share = seen.slopes[2] ** 2 * (1 + seen.r**2)
        # Busemeyer & Jones (1983), https://doi.org/10.1037/0033-2909.93.3.549
        reliability = (0.8 * 0.7 + seen.r**2) / (1 + seen.r**2)
        assert share / 0.27**2 == pytest.approx(reliability, rel=1e-12)

    @pytest.mark.parametrize("se_type", ["classical", "hc3"])
    def test_each_replication_is_the_regression_of_its_sample(self, se_type):
        design = ModerationDesign(se_type=se_type)
        population = design.population(0.27, ONES)
        x, w, y = design._draw(population, 60, 3, np.random.default_rng(5))
        found = design.replicate(population, 60, 3, np.random.default_rng(5), Analysis())
        for k in range(3):
            frame = pd.DataFrame({"x": x[k], "w": w[k], "y": y[k]})
            fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
            slopes = probe_simple_slopes(fit, se_type=se_type)
            assert found.est[k, 0] == pytest.approx(fit.table["est"].iloc[3], rel=1e-9)
            for column, place in ((1, 2), (2, 0)):
                row = slopes.iloc[place]
                assert found.est[k, column] == pytest.approx(row["est"], rel=1e-9)
                assert found.lower[k, column] == pytest.approx(row["ci_lower"], rel=1e-9)
                assert found.upper[k, column] == pytest.approx(row["ci_upper"], rel=1e-9)
            r = compare_correlations(frame, variables=["x", "y"]).iloc[0]
            assert found.lower[k, 3] == pytest.approx(r["ci_lower"], rel=1e-9)
        pattern = (found.lower[:, 0] > 0) & (found.lower[:, 1] > 0)
        pattern &= (found.lower[:, 2] < 0) & (found.upper[:, 2] > 0)
        np.testing.assert_array_equal(found.significant[:, 5], pattern)

    def test_a_sample_gives_its_own_design(self):
        frame = pd.DataFrame(
            np.random.default_rng(1).standard_normal((50, 3)), columns=["x", "w", "y"]
        )
        fit = fit_moderation(frame, outcome="y", predictor="x", moderator="w")
        design = design_from_fit(fit)
        r = frame.corr()
        assert design.r_predictor_moderator == pytest.approx(r.loc["x", "w"])
        assert design.r_predictor_outcome == pytest.approx(r.loc["x", "y"])
        assert design.r_moderator_outcome == pytest.approx(r.loc["w", "y"])

    def test_fixed_predictor_formula_promises_too_much(self):
        table = simulate(ModerationDesign(), [81], [0.27], n_replications=2000).table
        product = table.set_index("target").loc["product"]
        assert product["analytic_power"] == pytest.approx(
            power_f2(0.27**2 / (1 - 0.32 / 1.5 - 0.27**2), n=81, n_predictors=3), rel=1e-9
        )
        assert 0.03 < product["analytic_power"] - product["power"] < 0.12


class TestPath:
    def test_population_has_the_wanted_paths_residuals_and_unit_variances(self):
        design = PathDesign(
            model="m1 ~ a1*x + a3*z\nm2 ~ a2*x + a4*z\nm1 ~~ m2\ny ~ b1*m1 + b2*m2 + c*x + d*z\n"
            "v ~ e*y + f*m1\nind := a1*b1*e",
            paths={
                "a1": 0.4, "a2": -0.3, "a3": 0.1, "a4": 0.2,
                "b1": 0.3, "b2": 0.25, "c": 0.1, "d": -0.2, "e": 0.5, "f": 0.1,
            },
            exogenous_correlation={("x", "z"): 0.3},
            residual_correlation={("m1", "m2"): 0.4},
        )  # fmt: skip
        population = design.population(1.0, dict.fromkeys(design.measures, 1.0))
        np.testing.assert_allclose(np.diag(population.correlation), 1)
        found = population.theta[design.structure.coefficient_parameter]
        np.testing.assert_allclose(found, [design.paths[k] for k in design.path_labels], atol=1e-12)
        # the model holds in its own population
        implied = implied_moments(design.structure, population.theta, population.correlation)
        np.testing.assert_allclose(implied, population.correlation, atol=1e-12)
        _, psi = design.structure.matrices(population.theta)
        i, j = (design.structure.endogenous.index(name) for name in ("m1", "m2"))
        assert psi[i, j] / np.sqrt(psi[i, i] * psi[j, j]) == pytest.approx(0.4)

    def test_analytic_standard_error_is_sobels(self):
        design = make_path_design(paths={"a": 0.4, "b": 0.35, "c": 0.0})
        population = design.population(1.0, {"x": 1.0, "m": 1.0, "y": 1.0})
        power, names = design.analytic(population, 100, 0.95)
        var_a = (1 - 0.4**2) / 100
        var_b = (1 - 0.35**2) / (1 - 0.4**2) / 100
        sobel = np.sqrt(0.35**2 * var_a + 0.4**2 * var_b)
        assert power[0] == pytest.approx(power_normal(0.14, se=sobel), rel=1e-7)
        assert names[0].startswith("Sobel")

    def test_only_scaled_paths_are_multiplied(self):
        design = make_path_design(scaled=("a",), targets=("a", "b", "ind"))
        np.testing.assert_allclose(design.truth(0.5), [0.2, 0.35, 0.07])

    def test_each_replication_is_the_ml_fit_of_its_sample(self):
        design = make_path_design(targets=("a", "b", "c"))
        population = design.population(1.0, {"x": 1.0, "m": 1.0, "y": 1.0})
        found = design.replicate(population, 80, 3, np.random.default_rng(2), Analysis())
        moments = sample_covariances(population.correlation, 80, 3, np.random.default_rng(2))
        for k in range(3):
            names = list(design.structure.variables)
            frame = pd.DataFrame(moments[k], index=names, columns=names)
            fit = fit_path_covariance(MEDIATION, frame, n=80)
            table = fit.parameters.set_index("label").loc[["a", "b", "c"]]
            np.testing.assert_allclose(found.est[k], table["est"], rtol=1e-9)
            np.testing.assert_allclose(found.lower[k], table["ci_lower"], rtol=1e-8)
            np.testing.assert_allclose(found.upper[k], table["ci_upper"], rtol=1e-8)

    def test_monte_carlo_limits_are_those_of_the_product(self):
        # the exact limits of a product of two independent normals, by convolution on a fine grid
        from scipy import integrate, optimize, stats

        mean_a, se_a, mean_b, se_b = 0.4, 0.1, 0.3, 0.12

        def below(limit):
            def slice_at(a):
                inside = (limit / a - mean_b) / se_b
                share = stats.norm.cdf(inside) if a > 0 else stats.norm.sf(inside)
                return stats.norm.pdf(a, mean_a, se_a) * share

            return sum(
                integrate.quad(slice_at, *ends, epsabs=1e-11)[0]
                for ends in ((-0.6, -1e-12), (1e-12, 1.4))
            )

        exact = [optimize.brentq(lambda x, p=p: below(x) - p, -1, 1) for p in (0.025, 0.975)]
        rng = np.random.default_rng(1)
        draws = rng.normal(mean_a, se_a, 200_000) * rng.normal(mean_b, se_b, 200_000)
        np.testing.assert_allclose(percentile_limits(draws, 0.95, axis=0), exact, atol=0.002)


class TestComposite:
    def test_algorithm_finds_the_given_paths_in_the_population(self):
        design = make_composite_design()
        population = design.population(1.0, {"x": 0.9, "m": 0.8, "y": 1.0})
        assert np.linalg.eigvalsh(population.item_correlation)[0] > -1e-12
        found = solve_pls(population.item_correlation[None], design.pls_structure)
        np.testing.assert_allclose(
            found.construct_correlation[0], population.correlation, atol=1e-7
        )
        whole = design.population(1.0, {"x": 1.0, "m": 1.0, "y": 1.0})
        np.testing.assert_allclose(design.estimand(whole), design.truth(1.0), atol=1e-12)

    def test_covariance_of_correlations_is_the_asymptotic_one(self):
        r = np.array([[1, 0.5, 0.2], [0.5, 1, -0.3], [0.2, -0.3, 1]])
        found = _correlation_covariance(r[None])[0]
        np.testing.assert_allclose(np.diag(found), (1 - r[np.triu_indices(3, 1)] ** 2) ** 2)
        drawn = sample_covariances(r, 800, 20_000, np.random.default_rng(3))
        sd = np.sqrt(np.einsum("bii->bi", drawn))
        drawn = (drawn / (sd[:, :, None] * sd[:, None, :]))[:, *np.triu_indices(3, 1)]
        np.testing.assert_allclose(np.cov(drawn.T) * 800, found, atol=0.03)

    def test_more_items_than_cases_still_give_samples(self):
        design = make_composite_design(
            items={"x": 20, "m": 20, "y": 20}, loadings={"x": 0.7, "m": 0.7, "y": 0.7}
        )
        table = simulate(design, [40], [1.0], n_replications=30).table
        assert table["n_failed"].iloc[0] == 0
        assert np.isfinite(table["mean_est"]).all()

    def test_samples_too_small_for_the_items_fail_and_stop_nothing(self):
        items = {"items": {"x": 12, "m": 12, "y": 1}}
        study = simulate(
            make_composite_design(**items), [7], [1.0], n_replications=20, interval="bootstrap",
            n_boot=60,
        )  # fmt: skip
        assert study.table["n_failed"].iloc[0] <= 20


class TestSmallestN:
    def make_curve(self, n, power, effect=1.0, coverage=0.95):
        return pd.DataFrame(
            {
                "design": "d",
                "n": n,
                "effect": effect,
                "target": "t",
                "power": power,
                "power_lower": np.array(power) - 0.02,
                "power_upper": np.array(power) + 0.02,
                "analytic_power": power,
                "coverage": coverage,
                "n_replications": 500,
            }
        )

    def test_finds_the_n_of_a_known_curve(self):
        n = np.arange(40, 400, 40)
        curve = power_f2(0.05, n=n, n_predictors=3)
        found = find_smallest_n(self.make_curve(n, curve)).iloc[0]
        around = found["n_smallest"] + np.array([-1, 1])
        assert power_f2(0.05, n=around, n_predictors=3)[0] < 0.8
        assert power_f2(0.05, n=around, n_predictors=3)[1] > 0.8
        assert found["n_lower"] < found["n_smallest"] < found["n_upper"]
        assert found["status"] == "found"

    def test_noise_that_turns_the_curve_back_is_smoothed(self):
        found = find_smallest_n(self.make_curve([50, 60, 70, 80], [0.7, 0.82, 0.76, 0.9])).iloc[0]
        assert 70 < found["n_smallest"] <= 80

    def test_ends_of_the_grid(self):
        low = find_smallest_n(self.make_curve([50, 60], [0.85, 0.9])).iloc[0]
        assert (low["n_smallest"], low["status"]) == (50, "below the grid")
        high = find_smallest_n(self.make_curve([50, 60], [0.3, 0.4])).iloc[0]
        assert np.isnan(high["n_smallest"])
        assert high["status"] == "not reached on the grid"

    def test_intervals_that_cover_too_little_are_named(self):
        # one binomial standard error of 500 samples is .0097
        for coverage, too_low in ((0.86, True), (0.92, True), (0.935, False), (0.97, False)):
            curve = self.make_curve([50, 60], [0.7, 0.9], coverage=coverage)
            found = find_smallest_n(curve).iloc[0]
            assert found["undercovers"] == too_low
            assert (found["coverage"], found["n_coverage"]) == (coverage, 60)
        curve = self.make_curve([50, 60, 70], [0.7, 0.9, 0.95], coverage=[0.8, 0.95, 0.8])
        assert not find_smallest_n(curve)["undercovers"].iloc[0]
        assert not find_smallest_n(curve.assign(coverage=np.nan))["undercovers"].iloc[0]

    def test_the_size_to_rely_on_is_one_at_which_intervals_cover(self):
        sizes, power = [50, 60, 70, 80], [0.7, 0.9, 0.95, 0.97]
        curve = self.make_curve(sizes, power, coverage=[0.95, 0.9, 0.91, 0.95])
        assert find_smallest_n(curve)["n_covered"].iloc[0] == 80
        curve = self.make_curve(sizes, power, coverage=[0.95, 0.9, 0.9, 0.9])
        assert np.isnan(find_smallest_n(curve)["n_covered"].iloc[0])
        found = find_smallest_n(self.make_curve(sizes, power, coverage=0.95)).iloc[0]
        assert found["n_covered"] == found["n_smallest"]

    def test_targets_without_a_formula(self):
        curve = self.make_curve([50, 60], [0.7, 0.9]).assign(analytic_power=np.nan)
        assert np.isnan(find_smallest_n(curve)["n_analytic"].iloc[0])
        with pytest.raises(InputError, match="target='u' is not in the table"):
            find_smallest_n(curve, target="u")
        with pytest.raises(InputError, match="power=80"):
            find_smallest_n(curve, power=80)


def test_reliability_for_all_for_some_and_for_none():
    measures = ("x", "y")
    assert check_reliability(None, measures) == {"x": 1.0, "y": 1.0}
    assert check_reliability(0.8, measures) == {"x": 0.8, "y": 0.8}
    assert check_reliability({"y": 0.9}, measures) == {"x": 1.0, "y": 0.9}


def test_formulas_give_alpha_where_there_is_no_effect():
    for ci_level in (0.9, 0.95):
        alpha = pytest.approx(1 - ci_level, rel=1e-8)
        assert power_normal(0.0, se=0.0, ci_level=ci_level) == alpha
        assert power_normal(0.0, se=2.0, ci_level=ci_level) == alpha
        assert power_f2(0.0, n=50, n_predictors=3, ci_level=ci_level) == alpha
        assert power_t(0.0, df=40, ci_level=ci_level) == alpha
        assert power_correlation(0.0, n=50, ci_level=ci_level) == alpha


def test_designs_without_an_effect_have_a_curve_by_formula():
    for design in (make_path_design(), ModerationDesign()):
        population = design.population(0.0, check_reliability(None, design.measures))
        power, names = design.analytic(population, 200, 0.95)
        named = np.array([bool(name) for name in names])
        assert np.isfinite(power[named]).all()
