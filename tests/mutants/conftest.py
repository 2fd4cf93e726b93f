"""How many mutants are tried, and how long one may take.

A few hundred in each run of the suite, the same ones every time; ``make mutants N=5000`` tries
that many of each kind, and with ``SEED=7`` others.
"""

import os
import signal
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

N_MUTANTS = int(os.environ.get("MUTANTS") or 0)
SECONDS_EACH = 20

settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize="MUTANTS_SEED" not in os.environ,  # else the seed of the command line holds
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


@pytest.fixture(scope="session")
def in_time():
    """Return a context manager that ends what hangs."""

    @contextmanager
    def limit(seconds: float = SECONDS_EACH):
        def stop(signal_number, frame):
            raise TimeoutError(f"no answer within {seconds} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return limit


@pytest.fixture(scope="session")
def n_mutants():
    """Return how many mutants a test tries: as many as were asked for, or what it usually tries."""
    return lambda usual: N_MUTANTS or usual


@pytest.fixture(scope="session")
def mutants(n_mutants):
    """Return the settings of a test that tries `usual` mutants, or as many as were asked for."""
    profile = settings.get_profile("mutants")
    return lambda usual: settings(profile, max_examples=n_mutants(usual))
