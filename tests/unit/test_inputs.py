"""One rule, in every family, for which columns a model can use."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.inputs import as_numbers
from helpers.models.inference.clusters import intraclass_correlations
from helpers.models.moderation.model import fit_moderation
from helpers.models.pls.model import fit_pls
from helpers.models.pls.specification import PLSModel
from helpers.models.sem.general import fit_sem
from helpers.models.sem.model import fit_path_model


def _fits(data):
    yield lambda: fit_path_model("y ~ x", data)
    yield lambda: fit_sem("y ~ x", data)
    yield lambda: fit_pls(data, model=PLSModel({"X": ["x"], "Y": ["y"]}, [("X", "Y")]))
    yield lambda: fit_moderation(data, outcome="y", predictor="z", moderator="x")
    yield lambda: intraclass_correlations(data, variables=["x"], cluster="g")


@pytest.fixture
def data():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["x", "y", "z"])
    return frame.assign(g=np.repeat(range(10), 4))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: np.full(len(x), 4.0), "is constant (4 in every row); nothing can be estimated"),
        (lambda x: 1e9 + x * 1e-8, "is constant (1e+09 in every row)"),
        (lambda x: np.where(np.arange(len(x)) == 6, np.inf, x), "1 infinite value(s), in data row"),
    ],
)
def test_every_family_refuses_the_same_columns_in_the_same_words(data, spoil, message):
    spoiled = data.assign(x=spoil(data["x"].to_numpy()))
    for fit in _fits(spoiled):
        with pytest.raises(InputError) as error:
            fit()
        assert message in str(error.value)
        assert "'x'" in str(error.value)


def test_nullable_and_object_columns_of_numbers_are_numbers():
    kept = as_numbers(pd.Series([1, None, 3], dtype="Int64"), "x", gaps=True)
    np.testing.assert_array_equal(kept, [1, np.nan, 3])
    np.testing.assert_array_equal(as_numbers(pd.Series([1, 2.5], dtype=object), "x"), [1, 2.5])


def test_a_complex_number_is_no_number_to_fit():
    with pytest.raises(InputError, match="x holds"):
        as_numbers(pd.Series([1 + 2j, 3]), "x")
