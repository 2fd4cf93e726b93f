"""Files far larger than any study: read or refused in seconds, within a gigabyte or two."""

import os
import time

import numpy as np
import pandas as pd
import pytest

from helpers.data.datasets import load_dataset
from helpers.errors import InputError

STUDY = "distress_session_quality"
N_ROWS = 1_000_000
SECONDS = 120  # on a busy machine; four to twenty on an idle one

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("TRUST"), reason="takes minutes: make trust"),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"phq9": rng.integers(0, 28, N_ROWS), "gad7": rng.integers(0, 22, N_ROWS)})
    for name in ("rri", "wai_task", "wai_goal", "wai_bond", "ses"):
        frame[name] = rng.integers(4, 20, N_ROWS) / 4
    return frame.assign(gender=rng.choice(["woman", "man"], N_ROWS))


@pytest.fixture
def load(tmp_path):
    def load_in_time(content: bytes | pd.DataFrame) -> pd.DataFrame:
        path = tmp_path / "large.csv"
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False)
        else:
            path.write_bytes(content)
        started = time.monotonic()
        try:
            return load_dataset(path, STUDY, covariates=["gender"]).frame
        finally:
            path.unlink()
            took = time.monotonic() - started
            print(f"{took:.1f} s")
            assert took < SECONDS

    return load_in_time


def test_a_million_rows(frame, load):
    pd.testing.assert_frame_equal(load(frame), frame, check_dtype=False, check_categorical=False)


def test_a_million_rows_with_quoted_remarks_of_two_lines(frame, load):
    assert len(load(frame.assign(remarks='two\nlines, and "so"'))) == N_ROWS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(gender=[f"person {i}" for i in range(N_ROWS)]), "different labels"),
        (lambda f: f.assign(rri=f["rri"].astype(str).str.replace(".", ",")), "decimal comma"),
        (lambda f: b"\n" * 20_000_000, "is empty"),
        (lambda f: b",\n" * 5_000_000, "is empty"),
        (lambda f: b'"' * 5_000_000, "too long to be a name"),
        (lambda f: ",".join(f"c{i // 2}" for i in range(200_000)).encode(), "stands 2 times"),
        (
            lambda f: (
                ",".join(f"c{i}" for i in range(200_000)).encode() + b"\n" + b"1," * 199_999 + b"1"
            ),
            "missing",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_time(frame, load, change, message):
    with pytest.raises(InputError, match=message):
        load(change(frame))
