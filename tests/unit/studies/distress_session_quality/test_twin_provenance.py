"""Every printed result of the path study has a reason on the twin."""

from helpers.studies.distress_session_quality.twin_provenance import describe_provenance


def test_the_printed_results_are_counted_as_deterministic_and_bootstrapped():
    table = describe_provenance()
    assert not table.duplicated(["table", "row", "column"]).any()
    # 125 statistics and the two differences in df; 78 of them come from a bootstrap.
    bootstrapped = table["how"].str.contains("bootstrap")
    assert len(table) == 127
    assert bootstrapped.sum() == 78
    assert set(table.loc[~bootstrapped & table["table"].ne("table_5"), "status"]) == {
        "by construction"
    }
