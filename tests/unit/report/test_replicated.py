"""A reader's study beside the published one: what the sentences, the table and the figure say."""

import numpy as np
import pandas as pd
import pytest

from helpers.models.power.replicated import compare_replication
from helpers.report.replicated import (
    REPLICATION_NOTE,
    arrange_own,
    arrange_published,
    arrange_replication,
    describe_replication,
    replication_columns,
    state_replication,
    summarize_replication,
)
from helpers.report.tables import print_table


def _beside(**changes) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "finding": ["a → b", "b → c", "a → c", "α of a"],
            "published": [0.40, 0.30, 0.02, 0.90],
            "se_published": [0.05, 0.05, 0.05, np.nan],
            "found": [True, True, False, pd.NA],
            "est": [0.35, 0.05, 0.01, 0.88],
            "se": [0.10, 0.10, 0.10, 0.02],
            "ci_lower": [0.15, -0.15, -0.19, 0.84],
            "ci_upper": [0.55, 0.25, 0.21, 0.92],
        }
    )
    table = table.assign(lower=table["published"] - 0.0005, upper=table["published"] + 0.0005)
    return compare_replication(table.assign(**changes), n_published=400, n=100)


def test_the_sentences_count_what_the_table_shows():
    beside = _beside()
    said = state_replication(beside, n=100, n_published=400, ci_level=0.95)
    assert "100 and 400 clients. 2 of 3 estimates lie where" in said
    assert "1 of 3 differ from the published ones (*p* < .05, as 5% of exact" in said
    assert "3 of 4 published values lie within your intervals" in said
    # of the two effects that the paper found: .40 and .30 with an SE of .10
    assert "is 85% to 98%, and below 80% for 0 of 2" in said
    assert "- **Found here too** (1): a → b." in said
    assert "- **Differs** (1): b → c." in said
    assert "- **Also not found** (1): a → c." in said
    assert "α of a" not in said
    assert summarize_replication(beside).startswith("2 of 3 estimates")


def test_another_level_is_said():
    said = state_replication(_beside(), n=100, n_published=400, ci_level=0.9)
    assert "*p* < .10, as 10% of exact" in said
    assert "95" not in said


def test_the_table_has_no_digits_to_agree_and_dashes_where_no_standard_error_is_printed():
    table = print_table(
        arrange_replication(_beside()),
        replication_columns(0.95),
        caption="c",
        note=REPLICATION_NOTE,
    )
    rows = {row[0]: row for row in table.cells.itertuples(index=False)}
    assert rows["a → b"][1:4] == ("0.400 (0.050)", "0.350", "[0.150, 0.550]")
    assert rows["α of a"][1] == "0.900 (–)"
    assert rows["α of a"][5:] == ("–", "–", "–", "")


def test_a_range_is_shown_as_one_and_its_power_as_the_least():
    ranged = _beside(
        published=np.nan, lower=[0.2, 0.2, -0.2, 0.2], upper=[np.inf, np.inf, 0.2, np.inf],
    )  # fmt: skip
    shown = arrange_replication(ranged, leading_zero=False)
    assert shown["printed"].tolist()[:3] == ["≥ .20", "≥ .20", "−.20 to .20"]
    assert shown["power_words"].tolist()[:3] == ["≥ 52%", "≥ 52%", "–"]
    drawn = arrange_published(ranged)
    assert drawn["est"].isna().all()
    assert drawn["ci_lower"].tolist() == [0.2, 0.2, -0.2]


def test_the_figure_shows_both_studies_with_intervals_and_says_so_in_words():
    beside = _beside()
    own, published = arrange_own(beside), arrange_published(beside)
    assert own["label"].tolist() == published["label"].tolist() == ["a → b", "b → c", "a → c"]
    assert published["ci_upper"].iloc[0] == pytest.approx(0.40 + 1.959964 * 0.05)
    assert "a → b: published 0.400, yours 0.350 [0.150, 0.550]" in describe_replication(beside)


def test_a_readers_tables_leave_out_what_is_printed():
    table = pd.DataFrame({"paper": [".3"], "here": [0.31]})
    columns = {"Printed β": "paper: number", "Task-only, printed": "paper: number", "β": "here"}
    shown = print_table(table, columns, caption="c", printed=False)
    assert shown.cells.columns.tolist() == ["β"]
