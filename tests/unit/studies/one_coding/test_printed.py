"""Printed agreement beside that of codings: levels and codes, shares and percents, refusals."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers.data.code_system import LEVELS, gather_codes
from helpers.errors import InputError
from helpers.models.coding.agreement import fit_agreement
from helpers.models.coding.chance import cohen_kappa, fleiss_kappa, krippendorff_alpha
from helpers.models.coding.codings import Codings
from helpers.models.example import simulate_codings
from helpers.studies.one_coding import printed
from helpers.studies.one_coding.model import CodingStudy

STUDY = SimpleNamespace(study="made_up", load_codebook=lambda: gather_codes([*CODES, "unused"]))
CODES = sorted(simulate_codings()["code"].unique())


def as_codings(frame, *, synthetic=False):
    frame = frame.assign(**dict.fromkeys(LEVELS, frame["code"]))
    return SimpleNamespace(
        frame=frame, levels=("open",), dataset=SimpleNamespace(synthetic=synthetic)
    )


def compare(monkeypatch, *cells, synthetic=False, coders="ABC"):
    from helpers.printed.numbers import _LONG, _columns_of

    rows = [("agreement", *cell, *_columns_of(cell[-1])) for cell in cells]
    long = pd.DataFrame(rows, columns=_LONG).astype({"decimals": "Int64"})
    monkeypatch.setattr(printed, "melt_published", lambda study, tables: long)
    monkeypatch.setattr(printed, "load_source", lambda study: {"tables": {"agreement": {}}})
    frame = simulate_codings()
    codings = as_codings(frame[frame["coder"].isin(list(coders))], synthetic=synthetic)
    agreement = fit_agreement(codings.frame, levels=codings.levels, n_boot=2)
    return printed.compare_with_paper(STUDY, codings, agreement)


def test_levels_and_codes_stand_beside_what_is_printed_as_share_or_percent(monkeypatch):
    frame = simulate_codings()
    units = Codings(frame).units("code")
    counts = units.apply(pd.Series.value_counts, axis=1).fillna(0).to_numpy(int)
    goal = (units == "goal").sum(axis=1).to_numpy()
    agree = (counts * (counts - 1)).sum() / (len(units) * 6)
    compared = compare(
        monkeypatch,
        ("open", "n_coders", "3"),
        ("open", "n_segments", str(len(units))),
        ("open", "percent_agreement", f"{100 * agree:.1f}"),
        ("goal", "n_segments", "13"),
        ("open", "fleiss_kappa", f"{fleiss_kappa(counts):.2f}"),
        ("goal", "krippendorff_alpha", f"{krippendorff_alpha([[g, 3 - g] for g in goal]):.3f}"),
        ("goal", "percent_agreement", ".12"),
        ("unused", "gwet_ac1", ".80"),
    )
    assert compared["verdict"].tolist() == ["agrees to the printed digits"] * 6 + [
        "differs",
        "not reproduced",
    ]
    assert compared["reproduced"][2] == pytest.approx(100 * agree)
    assert compared["reproduced"][6] < 1
    shown = printed.arrange_comparison(compared)
    assert shown["here"].tolist()[:3] == ["3", str(len(units)), f"{100 * agree:.2f}"]
    assert shown["words"].tolist()[0] == "Open codes"


def test_kappa_is_cohens_for_two_coders(monkeypatch):
    units = Codings(simulate_codings()).units("code")
    kappa = cohen_kappa(pd.crosstab(units["A"], units["B"]))
    goal = cohen_kappa(pd.crosstab(units["A"] == "goal", units["B"] == "goal"))
    compared = compare(
        monkeypatch,
        ("open", "cohen_kappa", f"{kappa:.3f}"),
        ("goal", "cohen_kappa", f"{goal:.3f}"),
        coders="AB",
    )
    assert compared["verdict"].eq("agrees to the printed digits").all()


def test_nothing_is_compared_with_synthetic_codings_but_rows_are_checked(monkeypatch):
    assert compare(monkeypatch, ("open", "gwet_ac1", ".80"), synthetic=True).empty
    with pytest.raises(
        InputError, match=r"'gaol' is not a level or a code of the codebook; .*'goal'"
    ):
        compare(monkeypatch, ("gaol", "gwet_ac1", ".80"), synthetic=True)
    with pytest.raises(InputError, match="'kappa' is not a statistic of agreement; there are"):
        compare(monkeypatch, ("open", "kappa", ".80"))


def test_a_study_that_prints_no_agreement_has_nothing_beside_it():
    study = CodingStudy("working_alliance_theory")
    codings = study.load_codings()
    agreement = fit_agreement(codings.frame, levels=codings.levels, n_boot=2)
    assert printed.compare_with_paper(study, codings, agreement).empty
