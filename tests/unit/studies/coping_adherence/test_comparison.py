"""The coping study's printed numbers beside the computed ones."""

import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.printed.ledger import compare_quantities, load_ledger, name_kinds, name_places
from helpers.printed.numbers import melt_published
from helpers.report.compared import find_basis
from helpers.studies.coping_adherence import (
    comparison,
    structure,
)
from helpers.studies.coping_adherence.model import STUDY
from helpers.studies.coping_adherence.twin_provenance import describe_provenance


def test_every_printed_result_has_a_computed_one(compared):
    long = melt_published(STUDY, ["table_1", "table_2", "table_3", "table_4", "table_5"])
    assert (compared["table"] != "text").sum() == len(long)
    assert compared["row"].str.startswith("abstract_").sum() == 7
    withheld = compared[compared["verdict"] == "not reproduced"]
    assert set(withheld["column"]) == {"vaf"}
    assert withheld["reason"].str.startswith("no share: ").all()
    assert not any(kind != kind for kind in name_kinds(compared, STUDY))
    assert len(set(name_kinds(compared, STUDY))) == 12
    assert not any(group != group for group in name_places(compared, STUDY))


def test_every_printed_result_has_its_reason_on_the_twin(compared):
    basis = find_basis(compared, describe_provenance(), what=name_kinds(compared, STUDY))
    assert all(basis.values())
    assert basis["Correlations (Table 3)"] == "contradicted by other printed numbers"


def test_t_is_compared_by_size_and_r_squared_once(compared, study):
    paths = structure.tabulate_paths(study).set_index(["rhs", "lhs"])
    cells = compared[compared["table"] == "table_4"].set_index(["row", "column"])["reproduced"]
    for (start, end), row in paths.iterrows():
        assert cells[f"{start} -> {end}", "t"] == pytest.approx(abs(row["t"]))
        assert cells[f"{start} -> {end}", "beta"] == row["est"]
    explained = study.fit.r_squared
    assert cells["avoidant -> adherence", "r_squared"] == explained["adherence"]


def test_reasons_come_from_the_audit(study):
    cells = ["table_4/avoidant -> adherence/t", "text/findings_gof/printed"]
    cells.append("table_3/avoidant/alliance; table_3/avoidant/avoidant; table_4/x/beta")
    audit = pd.DataFrame({"location": list("abc"), "cells": cells})
    audit["verdict"] = ["impossible", "impossible", "consistent"]
    reasons = comparison.compare_with_paper(study, audit).set_index(["row", "column"])["reason"]
    assert "standard error" in reasons["avoidant -> adherence", "t"]
    assert reasons["avoidant -> alliance", "t"] == ""
    assert "AVE" in reasons["findings_gof", "printed"]
    assert reasons["avoidant", "alliance"] == ""
    both = audit.assign(verdict="impossible")
    reasons = comparison.compare_with_paper(study, both).set_index(["row", "column"])["reason"]
    assert "Table 3" in reasons["avoidant", "alliance"]
    assert reasons["emotion_focused", "adherence"] == ""
    assert reasons["avoidant", "avoidant"] == ""


def test_the_ledger_names_quantities_that_are_computed_and_all_of_them_are_named(study):
    ledger = load_ledger(STUDY)
    computed = comparison.compute_quantities(study)["quantity"]
    named = set(ledger["quantity"]) - {""}
    assert named <= set(computed)
    # each correlation is computed both ways round and printed one way
    unnamed = set(computed) - named
    assert len(unnamed) == 10
    assert all(name.startswith("r(") for name in unnamed)
    with pytest.raises(InputError, match=r"names 'gog', which is not computed\. Did you mean"):
        compare_quantities(
            STUDY,
            ledger.replace({"quantity": {"gof": "gog"}}),
            comparison.compute_quantities(study),
        )


def test_given_items_are_held_against_paths_r_squared_and_reliabilities(data):
    compared = comparison.compare_exact_items(data)
    assert compared.groupby("table").size().to_dict() == {"table_2": 15, "table_4": 9}
    assert compared["reproduced"].notna().all()
