import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.inference.imputation import _nearest, choose_n_imputations, impute_pmm


def make_frame(n=300, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.standard_normal(n), "c": rng.integers(1, 6, n).astype(float)})
    frame["arm"] = pd.Categorical(rng.choice(["2", "1", "3"], n), categories=["2", "1", "3"])
    frame["y"] = 0.7 * frame["x"] + 0.9 * (frame["arm"] == "3") + rng.standard_normal(n)
    return frame


def with_gaps(frame, columns, share=0.2, seed=2):
    rng = np.random.default_rng(seed)
    gaps = frame.copy()
    for name in columns:
        gaps.loc[rng.random(len(frame)) < share, name] = np.nan
    return gaps


class TestImputation:
    def test_observed_values_stay_and_imputed_ones_occur(self):
        gaps = with_gaps(make_frame(), ["x", "c", "arm", "y"])
        for completed in impute_pmm(gaps, n_imputations=3, seed=1):
            assert not completed.isna().to_numpy().any()
            for name in gaps:
                known = gaps[name].notna()
                assert (completed.loc[known, name] == gaps.loc[known, name]).all()
                assert completed[name].isin(gaps[name].dropna()).all()
            assert list(completed["arm"].cat.categories) == ["2", "1", "3"]
            assert completed.dtypes.equals(gaps.dtypes)

    def test_a_seed_gives_the_same_and_more_imputations_change_none(self):
        gaps = with_gaps(make_frame(), ["x", "y"])
        few, more = (impute_pmm(gaps, n_imputations=m, seed=5) for m in (2, 4))
        for one, same in zip(few, more, strict=False):
            pd.testing.assert_frame_equal(one, same)
        other = impute_pmm(gaps, n_imputations=2, seed=6)[0]
        assert not other.equals(few[0])
        assert not few[0].equals(few[1])

    def test_labels_are_imputed_by_what_goes_with_them(self):
        frame = make_frame(2000)
        frame["y"] = frame["y"] + 6 * (frame["arm"] == "3")
        gaps = with_gaps(frame, ["arm"])
        missing = gaps["arm"].isna()
        completed = impute_pmm(gaps, n_imputations=2, seed=1)[0]
        third = frame.loc[missing, "arm"] == "3"
        found = completed.loc[missing, "arm"] == "3"
        assert found[third].mean() > 0.95
        assert found[~third].mean() < 0.05

    def test_without_gaps_nothing_changes(self):
        frame = make_frame()
        for completed in impute_pmm(frame, n_imputations=2, seed=1):
            pd.testing.assert_frame_equal(completed, frame)

    def test_too_few_values_and_none(self):
        frame = make_frame(40)
        frame.loc[4:, "x"] = np.nan
        with pytest.raises(InputError, match="'x' has 4 observed values, too few"):
            impute_pmm(frame, n_imputations=2, seed=1)
        with pytest.raises(InputError, match="'x' has no observed value"):
            impute_pmm(frame.assign(x=np.nan), n_imputations=2, seed=1)

    def test_one_imputation_for_each_percent(self):
        frame = with_gaps(make_frame(1000), ["x"], share=0.37)
        share = 100 * frame["x"].isna().mean()
        assert choose_n_imputations(frame) == np.ceil(share)
        assert choose_n_imputations(make_frame()) == 20

    @pytest.mark.parametrize("n", [3, 7, 11, 200])
    def test_donors_are_the_nearest(self, n):
        rng = np.random.default_rng(n)
        near, wanted = rng.standard_normal((n, 1)), 1.5 * rng.standard_normal((50, 1))
        count = min(5, n)
        found = _nearest(near, wanted, count)
        brute = np.argsort(np.abs(wanted - near.T), axis=1)[:, :count]
        np.testing.assert_array_equal(np.sort(found), np.sort(brute))
        plane = np.column_stack([near, np.zeros(n)])
        both = _nearest(plane, np.column_stack([wanted, np.zeros(50)]), count)
        np.testing.assert_array_equal(found, both)
