"""The ledger of printed numbers: a row for each, and nothing else."""

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.paths import ledger_path, list_studies
from helpers.printed import ledger as ledgers
from helpers.printed.ledger import (
    CELL,
    compare_quantities,
    explain_bases,
    list_quantities,
    load_ledger,
    name_kinds,
    name_places,
)
from helpers.printed.numbers import melt_published

STUDY = "distress_session_quality"
WITH_LEDGER = [study for study in list_studies() if ledger_path(study).is_file()]


@pytest.mark.parametrize("study", WITH_LEDGER)
def test_each_printed_number_has_a_row_and_each_row_a_number(study):
    ledger = load_ledger(study)
    pd.testing.assert_frame_equal(ledger[CELL], melt_published(study)[CELL])
    named = ledger["quantity"] != ""
    assert ledger.loc[named, "kind"].ne("").all()
    assert ledger.loc[~named, "kind"].eq("").all()


def test_studies_that_print_numbers_and_compare_them_have_a_ledger():
    assert {"coping_adherence", STUDY, "intersession_alliance", "working_alliance_theory"} <= set(
        WITH_LEDGER
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda table: table.drop(0), "row 'distress -> rri', column 'beta' is missing; add"),
        (lambda table: pd.concat([table, table.head(1)]), "'beta' appears twice; keep one"),
        (lambda table: table.replace("rri -> task", "rri -> tusk"), "'rri -> task', column"),
        (
            lambda table: pd.concat([table, table.head(1).assign(row="x -> y")]),
            "row 'x -> y', column 'beta' is not printed; remove it",
        ),
    ],
)
def test_a_ledger_that_does_not_fit_the_print_is_refused(tmp_path, monkeypatch, damage, message):
    path = tmp_path / "ledger.csv"
    table = pd.read_csv(ledger_path(STUDY), dtype=str, keep_default_na=False)
    damage(table).to_csv(path, index=False)
    monkeypatch.setattr(ledgers, "ledger_path", lambda study: path)
    with pytest.raises(InputError, match=message):
        load_ledger(STUDY)
    path.unlink()
    with pytest.raises(InputError, match="has no ledger"):
        load_ledger(STUDY)


def test_quantities_are_set_beside_the_numbers_that_show_them():
    ledger = load_ledger(STUDY).query("table == 'table_4'")
    rows = pd.DataFrame({"label": ["share_task", "share_rr", "spare"], "est": [0.7681, 0.3, 1.0]})
    quantities = list_quantities(rows, {"est": "est"}, of="label")
    some = ledger[ledger["quantity"].isin(quantities["quantity"])]
    compared = compare_quantities(STUDY, some, quantities)
    assert compared["row"].tolist() == ["share_task", "share_rr"]
    assert compared["verdict"].tolist() == ["agrees to the printed digits", "differs"]
    assert name_kinds(compared, STUDY) == ["Shares", "Shares"]
    assert name_places(compared, STUDY) == ["Table 4: shares"] * 2
    with pytest.raises(InputError, match=r"names 'est\(proportion_mediated\)', which is not"):
        compare_quantities(STUDY, ledger, quantities)
    with pytest.raises(InputError, match=r"has 'est\(share_task\)' twice"):
        compare_quantities(STUDY, some, pd.concat([quantities, quantities]))


def test_a_basis_that_is_not_explained_is_refused():
    with pytest.raises(InputError, match="names the basis 'chosen', which is not explained"):
        explain_bases(STUDY, {"chosem": ("computed", "somehow")})
