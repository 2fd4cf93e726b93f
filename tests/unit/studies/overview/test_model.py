"""The sources side by side: themes, constructs, and the state of each printed number."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.paths import list_notebooks, list_studies
from helpers.printed.numbers import load_source, melt_published
from helpers.report import theme
from helpers.report.output import fill_figure
from helpers.report.overview_plots import (
    crosswalk_size,
    plot_crosswalk,
    plot_states,
    plot_themes,
    states_size,
)
from helpers.studies.overview import words
from helpers.studies.overview.model import (
    MATCHES,
    STATES,
    count_states,
    load_crosswalk,
    load_reports,
    load_sources,
    load_themes,
    match_constructs,
    match_themes,
    name_notebooks,
    summarize_sources,
    trace_numbers,
)
from helpers.studies.registry import audit_study, describe_twin

STUDIES = (
    "coping_adherence",
    "distress_session_quality",
    "intersession_alliance",
    "working_alliance_theory",
)


def test_a_counterpart_of_a_theme_is_a_row_of_the_crosswalk():
    crosswalk, themes = load_crosswalk(), load_themes()
    known = set(zip(crosswalk["study"], crosswalk["construct"], strict=True))
    paired = themes[themes["study"] != ""]
    assert set(zip(paired["study"], paired["construct"], strict=True)) <= known
    assert set(themes["instrument"]) - {""} <= set(crosswalk["instrument"].dropna())
    assert set(crosswalk["study"]) == {*STUDIES, "clinical_essay"}


def test_a_theme_has_counterparts_or_says_none():
    themes = load_themes()
    assert set(themes["match"]) == set(MATCHES)
    without = themes[themes["match"] == "none"]
    assert (without[["study", "construct", "instrument"]] == "").all(axis=None)
    assert not without["theme_id"].isin(themes.loc[themes["match"] != "none", "theme_id"]).any()


def test_open_code_counts_of_the_crosswalk_are_those_of_the_codebook():
    from helpers.studies.working_alliance_theory.model import count_codebook, load_codebook

    coded = load_crosswalk().query("instrument == 'open codes'")
    assert sorted(coded["items"]) == sorted(count_codebook(load_codebook())["n_open"])


def test_matches_take_the_closest_counterpart():
    matched = match_themes(load_themes(), studies=STUDIES).set_index("theme")
    assert matched.loc["Real relationship", list(STUDIES)].tolist() == [
        "none", "direct", "none", "none",
    ]  # fmt: skip
    assert matched.loc["Real relationship", "best"] == "direct"
    assert matched.loc["Trust and safety", "best"] == "partial"
    assert matched.loc["The frame", "best"] == "partial"
    assert matched.loc["Corrective experience", "best"] == "none"
    assert matched.loc["Not an adviser", "best"] == "opposite"
    assert matched.loc["Freedom from demand", "best"] == "partial"
    assert matched.loc["Confrontation", "best"] == "none"
    rank = {match: k for k, match in enumerate(MATCHES)}
    closest = matched[list(STUDIES)].map(rank.get).min(axis=1)
    assert (closest == matched["best"].map(rank)).all()


# ---------------------------------------------------------------- sources and constructs


def test_the_sources_are_those_of_the_crosswalk_and_are_cited():
    sources = load_sources()
    assert set(sources["study"]) == set(load_crosswalk()["study"])
    assert (sources.drop(columns=["notebook", "doi", "url"]) != "").all(axis=None)
    for row in sources.itertuples():
        year = load_source(row.study)["citation"]["year"]
        assert row.source.endswith(f"({year})")


def test_every_notebook_of_a_study_is_named_once():
    named = name_notebooks(load_sources())
    assert set(named.values()) == {
        name for name in list_notebooks() if not name.startswith(("00_", "05_"))
    }
    assert set(named) <= set(list_studies())


def test_parts_of_a_construct_are_one_construct_and_shared_ones_come_first():
    table = match_constructs(load_crosswalk(), studies=tuple(load_sources()["study"]))
    alliance = table[table["construct"] == "alliance"].set_index("study")
    assert len(alliance) == 5
    assert alliance.loc["distress_session_quality", "parts"] == "task, goal, bond"
    assert alliance["how"].to_dict() == {
        "coping_adherence": "client",
        "distress_session_quality": "client",
        "intersession_alliance": "client",
        "working_alliance_theory": "observer",
        "clinical_essay": "described",
    }
    spread = table.groupby("construct", sort=False).size()
    assert spread.is_monotonic_decreasing
    assert not table.duplicated(["construct", "study"]).any()


# ---------------------------------------------------------------- the state of each number


PATH = "distress_session_quality"


def findings(*rows):
    return pd.DataFrame(rows, columns=["location", "verdict", "cells"])


def traced(audit, compared=None):
    tables = {"audit": audit}
    if compared is not None:
        tables["published_vs_reproduced"] = compared
    numbers = trace_numbers((PATH,), {PATH: tables})
    return numbers.set_index(["table", "row", "column"])


def test_every_printed_number_is_traced_once_and_carried_without_a_report():
    numbers = trace_numbers(STUDIES, {})
    assert len(numbers) == sum(len(melt_published(study)) for study in STUDIES)
    assert (numbers["state"] == "carried").all()
    assert not numbers["contradicted"].any()
    counts = count_states(numbers)
    assert counts["study"].tolist() == list(STUDIES)
    assert (counts[list(STATES)].sum(axis=1) == counts["n"]).all()


BETA, SE = "table_1/distress -> rri/beta", "table_1/distress -> rri/se"
P, TEXT_P = "table_1/goal -> ses/p", "text/results_goal_ses_p/printed"


def test_a_check_marks_the_numbers_that_it_names_and_no_other():
    numbers = traced(
        findings(
            ("Table 1, distress -> rri", "consistent", f"{BETA}; {SE}"),
            ("text against Table 1, goal -> ses (p)", "impossible", f"{TEXT_P}; {P}"),
            ("text, p of goal -> ses", "impossible", TEXT_P),
            ("methods", "not decided", "sample/phq9_omega/printed"),
        )
    )
    fits = numbers[numbers["state"] == "fits"]
    assert set(fits.index) == {tuple(BETA.split("/")), tuple(SE.split("/"))}
    assert set(fits["state_by"]) == {"Table 1, distress -> rri"}
    wrong = numbers[numbers["contradicted"]]["contradicted_by"]
    assert wrong.to_dict() == {
        tuple(P.split("/")): "text against Table 1, goal -> ses (p)",
        tuple(TEXT_P.split("/")): "text against Table 1, goal -> ses (p) | text, p of goal -> ses",
    }
    lacking = numbers.loc[("sample", "phq9_omega", "printed")]
    assert (lacking["state"], lacking["state_by"]) == ("unverifiable", "methods")
    rest = numbers[~numbers["contradicted"] & (numbers["state"] == "carried")]
    assert rest[["state_by", "contradicted_by"]].eq("").all(axis=None)


def test_a_check_of_a_number_that_is_not_printed_is_refused():
    with pytest.raises(InputError, match="table_1/goal -> ses/q, which is not printed"):
        traced(findings(("Table 1", "consistent", "table_1/goal -> ses/q")))


def test_the_same_digits_elsewhere_mark_nothing():
    """Marks that came from equal digits: the abstract's 261, and three coders who agreed."""
    studies = ("coping_adherence", PATH, "working_alliance_theory")
    reports = {study: {"audit": audit_study(study)} for study in studies}
    numbers = trace_numbers(studies, reports).set_index(["study", "table", "row", "column"])
    by = numbers["contradicted_by"]
    recruited = by["coping_adherence", "text", "abstract_n_recruited", "printed"]
    assert recruited == "sample, clients recruited and analyzed"
    assert by["working_alliance_theory", "text", "abstract_stages", "printed"] == ""
    assert by["working_alliance_theory", "text", "open_coders_agreeing", "printed"] == ""
    assert by[PATH, "text", "results_total_beta", "printed"] == ""
    assert "largest" not in by[PATH, "table_2", "total", "beta"]
    assert by["coping_adherence", "table_4", "avoidant -> adherence", "t"].startswith("Table 4")


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ("agrees to the printed digits", "reproduced"),
        ("differs in the last digit", "other_digits"),
        ("differs", "other_digits"),
        ("not reproduced", "unverifiable"),
    ],
)
def test_what_was_computed_decides_before_any_check(verdict, state):
    cell = ("table_1", "distress -> rri", "beta")
    compared = pd.DataFrame([(*cell, verdict)], columns=["table", "row", "column", "verdict"])
    numbers = traced(findings(), compared)
    assert numbers.loc[cell, "state"] == state
    fitting = traced(findings(("Table 1, distress -> rri", "consistent", "/".join(cell))), compared)
    assert fitting.loc[cell, "state"] == (state if state != "unverifiable" else "fits")


# ---------------------------------------------------------------- reports that are there or not


@pytest.fixture
def reports(tmp_path):
    tables = tmp_path / "02_a" / "tables"
    tables.mkdir(parents=True)
    audit = findings(("Abstract", "possible only if", ""), ("Table 2", "impossible", ""))
    audit.assign(reading=["so", ""], note="").to_csv(tables / "audit.csv", index=False)
    graded = ["a conclusion depends on it", "editorial", "editorial"]
    pd.DataFrame({"severity": graded}).to_csv(tables / "causes.csv", index=False)
    return load_reports(tmp_path, {PATH: "02_a", "coping_adherence": "01_b"})


def test_a_summary_counts_what_a_report_finds_and_leaves_out_what_is_not_there(reports):
    assert list(reports) == [PATH]
    summary = summarize_sources(load_sources(), load_crosswalk(), reports).set_index("study")
    mine = summary.loc[PATH]
    assert (mine["n_checks"], mine["n_causes"], mine["n_grave"]) == (2, 3, 1)
    assert (mine["headline"], mine["headline_reading"]) == ("possible only if", "so")
    assert pd.isna(mine["n_compared"])
    other = summary.loc["coping_adherence"]
    assert not other["built"]
    assert other[["n_causes", "n_checks", "n_compared", "headline"]].isna().all()
    assert mine["n"] == load_source(PATH)["n"]


def test_what_a_twin_was_built_to_give_is_told_apart(tmp_path):
    tables = tmp_path / "02_a" / "tables"
    tables.mkdir(parents=True)
    made = describe_twin(PATH)
    chosen = made[made["status"] == "by construction"].head(3)
    computed = made[made["status"] == "computed"].head(2)
    compared = pd.concat([chosen, computed])[["table", "row", "column"]]
    compared["verdict"] = (
        ["agrees to the printed digits"] * 2 + ["differs"] + ["agrees to the printed digits"] * 2
    )
    compared.to_csv(tables / "published_vs_reproduced.csv", index=False)
    found = load_reports(tmp_path, {PATH: "02_a"})
    mine = summarize_sources(load_sources(), load_crosswalk(), found).set_index("study").loc[PATH]
    assert (mine["n_compared"], mine["n_agree"], mine["n_built_in"]) == (5, 4, 2)


def test_the_three_questions_are_answered_from_print_alone(reports):
    summary = summarize_sources(load_sources(), load_crosswalk(), reports)
    numbers = trace_numbers((PATH,), reports)
    shown = words.arrange_side_by_side(summary, count_states(numbers)).set_index("study")
    mine = shown.loc[PATH]
    assert mine["consistent"] == "3 causes of contradiction, 1 affecting a conclusion"
    assert mine["follows"] == "only if so"
    assert mine["checkable"] == f"0 of {len(numbers)}"
    assert shown.loc["clinical_essay", "checkable"] == "no numbers"
    assert shown.loc["coping_adherence", "consistent"] == "–"


def test_what_is_not_built_is_said(reports):
    notebooks = {PATH: "02_a", "coping_adherence": "01_b"}
    assert "`01_b`" in words.name_missing(notebooks, reports)
    assert "02_a" not in words.name_missing(notebooks, reports)
    assert words.name_missing({PATH: "02_a"}, reports) == ""
    sources = load_sources()
    summary = summarize_sources(sources, load_crosswalk(), reports)
    listed = words.list_sources(summary, sources, {PATH: "02_a"})
    assert listed.count("not built yet") == 3
    assert "1 affecting a conclusion; main claim: only if so" in listed
    assert "[Read the report](02_a.ipynb)" in listed
    assert "01_b" not in listed


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a folder; run 'make notebooks' first"):
        load_reports(tmp_path / "none", {})


# ---------------------------------------------------------------- pictures


@pytest.fixture
def _theme():
    with plt.rc_context():
        theme.use_theme()
        yield


def gids(artists, start):
    return [a.get_gid() for a in artists if (a.get_gid() or "").startswith(start)]


@pytest.mark.usefixtures("_theme")
def test_the_crosswalk_has_a_cell_for_each_construct_of_a_source_and_text_that_fits():
    table = words.write_cells(match_constructs(load_crosswalk(), studies=STUDIES))
    columns = dict(zip(STUDIES, "ABCD", strict=True))
    fig, ax = fill_figure(crosswalk_size(table, columns=columns))
    plot_crosswalk(table, columns=columns, names=words.HOW, ax=ax)
    expected = {f"cell {row.construct} {row.study}" for row in table.itertuples()}
    assert set(gids(ax.patches, "cell ")) == expected
    fig.draw_without_rendering()
    cells = {p.get_gid(): p.get_window_extent() for p in ax.patches if p.get_gid()}
    for text in ax.texts:
        box = text.get_window_extent()
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        around = [cell for cell in cells.values() if cell.contains(*middle)]
        assert all(cell.x0 <= box.x0 and box.x1 <= cell.x1 for cell in around), text.get_text()


@pytest.mark.usefixtures("_theme")
def test_themes_have_a_mark_for_each_counterpart():
    matched = match_themes(load_themes(), studies=STUDIES)
    _, ax = plt.subplots()
    plot_themes(matched, columns=dict(zip(STUDIES, "ABCD", strict=True)), ax=ax)
    lines = {line.get_gid(): line for line in ax.get_lines()}
    for kind in ("direct", "partial", "opposite"):
        n = (matched[list(STUDIES)] == kind).to_numpy().sum()
        assert len(lines[f"themes {kind}"].get_xdata()) == n
    bold = [t.get_text() for t in ax.get_yticklabels() if t.get_fontweight() == "bold"]
    assert bold == matched.loc[matched["best"] == "none", "theme"].tolist()


@pytest.mark.usefixtures("_theme")
def test_each_number_is_a_square_in_its_state_and_crossed_where_contradicted():
    audit = findings(
        ("Table 1, distress -> rri", "consistent", f"{BETA}; {SE}"),
        ("text against Table 1, goal -> ses (p)", "impossible", f"{TEXT_P}; {P}"),
    )
    numbers = trace_numbers((PATH,), {PATH: {"audit": audit}})
    _, ax = fill_figure(states_size(numbers))
    plot_states(
        numbers, states=words.STATE_NAMES, sources={}, tables=words.name_tables(numbers), ax=ax
    )
    for state, n in numbers["state"].value_counts().items():
        assert len(gids(ax.patches, f"number {state}")) == n
    (crosses,) = [line for line in ax.get_lines() if line.get_gid() == "contradicted"]
    assert len(crosses.get_xdata()) == 2
    corners = [patch.get_xy() for patch in ax.patches if patch.get_gid()]
    assert len(set(corners)) == len(numbers)
    assert set(words.STATE_NAMES) == set(words.STATE_HEADS) == set(STATES)
