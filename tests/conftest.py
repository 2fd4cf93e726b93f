"""Rules that hold for every test."""

import os
import random

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import numpy as np
import pytest
import semopy  # noqa: F401  (it draws from the global generator when it is imported)

matplotlib.use("Agg")


def _legacy_numpy_state() -> tuple:
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    return name, keys.tobytes(), position, has_gauss, cached


def pytest_collection_modifyitems(items):
    """Run files with slow tests first, so that none of them is left to one worker at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _global_random_state_is_left_alone():
    """Fail a test that draws from, or seeds, a global random generator."""
    before_random, before_numpy = random.getstate(), _legacy_numpy_state()
    yield
    touched = []
    if random.getstate() != before_random:
        touched.append("random")
    if _legacy_numpy_state() != before_numpy:
        touched.append("numpy.random")
    if touched:
        pytest.fail(
            f"this test changed the global state of {' and '.join(touched)}; "
            "use numpy.random.default_rng(seed)"
        )


@pytest.fixture(autouse=True)
def _figures_are_closed():
    """Close the figures a test left open."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def _global_generator_of_dask():
    """Put back Python's global generator, from which dask draws names and waiting times."""
    state = random.getstate()
    yield
    random.setstate(state)
