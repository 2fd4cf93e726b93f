"""Printed numbers: what is carried, how it is read, how computed numbers are compared."""

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest

from helpers.data.schemas import load_schema
from helpers.errors import InputError
from helpers.paths import list_studies, printed_dir
from helpers.printed.numbers import (
    compare_published,
    load_published,
    load_source,
    melt_published,
    parse_printed,
    reading_as,
)

STUDIES = list_studies()
TABLES = [(study, table) for study in STUDIES for table in load_source(study)["tables"]]
PATH_STUDY = "distress_session_quality"
PLS_STUDY = "coping_adherence"


@pytest.mark.parametrize(
    ("text", "value", "decimals", "relation", "lower", "upper"),
    [
        (".047", 0.047, 3, "=", 0.0465, 0.0475),
        ("-0.195", -0.195, 3, "=", -0.1955, -0.1945),
        ("−0.195", -0.195, 3, "=", -0.1955, -0.1945),
        ("0.110", 0.110, 3, "=", 0.1095, 0.1105),
        ("< .001", 0.001, 3, "<", -math.inf, 0.001),
        ("< 0.01", 0.01, 2, "<", -math.inf, 0.01),
        ("> 2", 2.0, 0, ">", 2.0, math.inf),
        (">= .60", 0.6, 2, ">=", 0.6, math.inf),
        ("≤ 5", 5.0, 0, "<=", -math.inf, 5.0),
        ("74%", 74.0, 0, "=", 73.5, 74.5),
        ("~83.2%", 83.2, 1, "=", 83.15, 83.25),
        ("5.967**", 5.967, 3, "=", 5.9665, 5.9675),
        ("2.184*", 2.184, 3, "=", 2.1835, 2.1845),
        ("1,158,000", 1158000.0, 0, "=", 1157999.5, 1158000.5),
        ("1175", 1175.0, 0, "=", 1174.5, 1175.5),
        ("30.513", 30.513, 3, "=", 30.5125, 30.5135),
        ("1.2e-5", 1.2e-5, 6, "=", 1.15e-5, 1.25e-5),
        ("-0.000", 0.0, 3, "=", -0.0005, 0.0005),
    ],
)
def test_parse_printed(text, value, decimals, relation, lower, upper):
    number = parse_printed(text)
    assert number.text == text
    assert (number.value, number.decimals, number.relation) == (value, decimals, relation)
    assert (number.lower, number.upper) == (lower, upper)


@pytest.mark.parametrize("text", ["", "two", "4.5.1", "0.6-19", "1,17", "0.1 (2)", "--1", "NaN"])
def test_what_is_no_printed_number_is_refused(text):
    with pytest.raises(InputError, match="is not a printed number"):
        parse_printed(text)


@pytest.mark.parametrize(
    ("printed", "reproduced", "verdict", "difference"),
    [
        ("0.832", 0.8321, "agrees to the printed digits", 0.0001),
        ("0.832", 0.8325, "agrees to the printed digits", 0.0005),
        ("0.833", 0.8325, "agrees to the printed digits", -0.0005),
        ("0.832", 0.83251, "differs in the last digit", 0.00051),
        ("0.832", 0.8335, "differs in the last digit", 0.0015),
        ("0.832", 0.83351, "differs", 0.00151),
        ("-0.195", 0.195, "differs", 0.39),
        ("-0.000", 0.0004, "agrees to the printed digits", 0.0004),
        ("76.8%", 76.84, "agrees to the printed digits", 0.04),
        ("< .001", 0.00099, "agrees to the printed digits", math.nan),
        ("< .001", 0.0, "agrees to the printed digits", math.nan),
        ("< .001", 0.001, "differs in the last digit", math.nan),
        ("< .001", 0.0016, "differs", math.nan),
        ("> 2", 2.4, "agrees to the printed digits", math.nan),
        (">= .60", 0.6, "agrees to the printed digits", math.nan),
        ("0.832", math.nan, "not reproduced", math.nan),
    ],
)
def test_verdicts(printed, reproduced, verdict, difference):
    compared = compare_published(
        _long(printed), _long(printed)[["table", "row", "column"]].assign(reproduced=reproduced)
    )
    assert compared.loc[0, "verdict"] == verdict
    assert compared.loc[0, "difference"] == pytest.approx(difference, abs=1e-12, nan_ok=True)


def _long(*printed: str) -> pd.DataFrame:
    numbers = [parse_printed(text) for text in printed]
    return pd.DataFrame(
        {
            "table": "table_1",
            "row": [f"row {i}" for i in range(len(printed))],
            "column": "beta",
            "printed": printed,
            "value": [n.value for n in numbers],
            "decimals": [n.decimals for n in numbers],
            "lower": [n.lower for n in numbers],
            "upper": [n.upper for n in numbers],
            "relation": [n.relation for n in numbers],
        }
    )


def test_every_value_that_rounds_to_the_print_agrees_and_no_other_does():
    rng = np.random.default_rng(20260101)
    for value in rng.uniform(-2, 2, 500):
        own, next_one = f"{value:.3f}", f"{value + 0.001:.3f}"
        assert parse_printed(own).agrees(value)
        assert not parse_printed(next_one).agrees(value)


def test_numbers_that_were_not_computed_say_why_and_keep_their_place():
    long = melt_published(PATH_STUDY, ["table_3"])
    computed = pd.DataFrame(
        {
            "table": "table_3",
            "row": ["goal_minus_bond", "task_minus_goal"],
            "column": ["estimate", "estimate"],
            "reproduced": [0.0093, np.nan],
            "reason": [None, "left out of this run"],
        }
    )
    compared = compare_published(long, computed)
    assert compared.columns.tolist() == [
        *("table", "row", "column", "printed"),
        *("reproduced", "difference", "verdict", "reason"),
    ]
    assert compared["printed"].tolist() == long["printed"].tolist()
    by_cell = compared.set_index(["row", "column"])
    assert by_cell.loc[("goal_minus_bond", "estimate"), "verdict"] == "agrees to the printed digits"
    assert by_cell.loc[("goal_minus_bond", "estimate"), "reason"] == ""
    assert by_cell.loc[("task_minus_goal", "estimate"), "reason"] == "left out of this run"
    assert by_cell.loc[("task_minus_bond", "p"), "reason"] == "no value was computed"
    assert (compared["verdict"] == "not reproduced").sum() == len(long) - 1


def test_a_computed_number_that_is_not_printed_is_refused():
    long = melt_published(PATH_STUDY, ["table_3"])
    computed = long[["table", "row", "column"]].head(1).assign(reproduced=1.0)
    with pytest.raises(
        InputError,
        match=r"computed has table_3, row 'task_minus_gaol', column 'estimate', which is not among "
        r"the printed numbers. Did you mean 'table_3, row 'task_minus_goal', column 'estimate''\?",
    ):
        compare_published(long, computed.assign(row="task_minus_gaol"))
    with pytest.raises(InputError, match="twice; keep one"):
        compare_published(long, pd.concat([computed, computed]))
    with pytest.raises(InputError, match="computed has no column 'reproduced'"):
        compare_published(long, computed.drop(columns="reproduced"))


def test_unknown_studies_and_tables_are_named():
    with pytest.raises(InputError, match=r"Did you mean 'distress_session_quality'\?"):
        load_source("distress_session_qualty")
    with pytest.raises(InputError, match=r"table='table_6' is not recorded .* Did you mean"):
        load_published(PATH_STUDY, "table_6")
    with pytest.raises(InputError, match="is not recorded"):
        melt_published(PATH_STUDY, ["appendix"])


# What is carried -------------------------------------------------------------------------------


@pytest.mark.parametrize(("study", "table"), TABLES)
def test_every_cell_is_a_printed_number_or_declared_as_words(study, table):
    long = melt_published(study, [table])
    words = long[long["relation"] == "text"]
    if table in ("text", "sample"):
        notes = load_published(study, table).loc[words["row"]]
        assert (notes["note"].str.contains("word") | (notes["unit"] == "version")).all() or (
            notes["note"].ne("").all()
        )
    else:
        assert words.empty, words["printed"].tolist()


@pytest.mark.parametrize(("study", "table"), TABLES)
def test_prints_are_kept_in_one_spelling(study, table):
    raw = (printed_dir(study) / f"{table}.csv").read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    for printed in melt_published(study, [table])["printed"]:
        assert printed == printed.strip()
        assert not set(printed) & set("−–"), f"{printed!r} is written with a dash"


@pytest.mark.parametrize("study", STUDIES)
def test_every_file_is_declared_and_every_declared_file_exists(study):
    files = {path.stem for path in printed_dir(study).glob("*.csv")}
    assert files == set(load_source(study)["tables"])


@pytest.mark.parametrize("study", STUDIES)
def test_the_source_is_cited_in_full(study):
    citation = load_source(study)["citation"]
    for field in ("authors", "year", "title", "data_availability"):
        assert citation[field], field
    assert citation["doi"] or citation.get("url"), "nothing leads to the source"
    assert all(isinstance(remark, str) for remark in load_source(study)["remarks"])


def _places(study):
    for disagreement in load_source(study)["disagreements"]:
        for place in disagreement["places"]:
            yield disagreement["id"], place


@pytest.mark.parametrize("study", STUDIES)
def test_disagreements_quote_what_is_carried(study):
    for name, place in _places(study):
        frame = load_published(study, place["table"])
        key = tuple(place["row"].split(" -> "))
        row = frame.loc[key if isinstance(frame.index, pd.MultiIndex) else place["row"]]
        assert row[place.get("column", "printed")] == place["printed"], name


@pytest.mark.parametrize("study", [PATH_STUDY, PLS_STUDY])
def test_text_repeats_the_tables_but_where_a_disagreement_is_declared(study):
    long = melt_published(study).set_index(["table", "row", "column"])["printed"].sort_index()
    text = load_published(study, "text")
    repeated = text[text["same_as"] != ""]
    assert len(repeated)
    differing = {
        name
        for name, row in repeated.iterrows()
        if not _same_number(row["printed"], long.loc[tuple(row["same_as"].split("/"))])
    }
    declared = {place["row"] for _, place in _places(study) if place["table"] == "text"} & set(
        repeated.index
    )
    assert differing == declared


def _same_number(one: str, other: str) -> bool:
    a, b = parse_printed(one), parse_printed(other)
    return (a.relation, a.value) == (b.relation, b.value)


@pytest.mark.parametrize(
    ("study", "table", "numbers"),
    [
        (PATH_STUDY, "table_1", 12 * 3),
        (PATH_STUDY, "table_2", 12 * 5),
        (PATH_STUDY, "table_3", 3 * 3),
        (PATH_STUDY, "table_4", 5),
        (PATH_STUDY, "table_5", 2 * 6),
        (PATH_STUDY, "text", 106),
        (PATH_STUDY, "sample", 60),
        (PLS_STUDY, "table_1", 5 * 7),
        (PLS_STUDY, "table_2", 5 * 3),
        (PLS_STUDY, "table_3", 5 * 6 // 2),
        (PLS_STUDY, "table_4", 7 * 3 + 2),
        (PLS_STUDY, "table_5", 3 * 2),
        (PLS_STUDY, "text", 50),
        (PLS_STUDY, "sample", 58),
    ],
)
def test_every_printed_number_is_carried(study, table, numbers):
    assert len(melt_published(study, [table])) == numbers


def test_path_study_statistics_by_kind():
    long = melt_published(PATH_STUDY)
    tables = long[long["table"].str.startswith("table_")]
    r2 = long[long["row"].str.fullmatch(r"results_r2_\w+") & ~long["row"].str.endswith("percent")]
    statistics = pd.concat([tables[tables["column"] != "df_diff"], r2])
    sampled = statistics["column"].isin(["se", "ci_lower", "ci_upper"]) | (
        (statistics["column"] == "p") & (statistics["table"] != "table_5")
    )
    assert (len(statistics), (~sampled).sum(), sampled.sum()) == (125, 47, 78)
    p_values = statistics[sampled & (statistics["column"] == "p")]
    assert (p_values["relation"] == "<").sum() == 16
    assert (p_values["relation"] == "=").sum() == 11


def test_printed_products_and_sums_hold_within_rounding():
    """A slip of a digit in the effects would break their arithmetic."""
    paths = load_published(PATH_STUDY, "table_1")["beta"].map(parse_printed)
    effects = load_published(PATH_STUDY, "table_2")["beta"].map(parse_printed)
    contrasts = load_published(PATH_STUDY, "table_3")["estimate"].map(parse_printed)

    def spans(*links):
        ends = np.array([1.0])
        for link in links:
            ends = np.outer(ends, [paths[link].lower, paths[link].upper]).ravel()
        return ends.min(), ends.max()

    def meet(span, printed):
        return span[0] <= printed.upper and printed.lower <= span[1]

    distress_rri = ("distress", "rri")
    assert meet(spans(distress_rri, ("rri", "ses")), effects["ind_rr"])
    for mediator in ("task", "goal", "bond"):
        out = (mediator, "ses")
        assert meet(spans(("distress", mediator), out), effects[f"ind_{mediator}_direct"])
        assert meet(spans(distress_rri, ("rri", mediator), out), effects[f"ind_{mediator}_serial"])
        assert _adds_up(
            effects[f"ind_{mediator}_total"],
            [effects[f"ind_{mediator}_direct"], effects[f"ind_{mediator}_serial"]],
        )
    totals = [effects[f"ind_{mediator}_total"] for mediator in ("task", "goal", "bond")]
    assert _adds_up(effects["ind_total"], [effects["ind_rr"], *totals])
    assert _adds_up(effects["total"], [effects["ind_total"], paths[("distress", "ses")]])
    for label, contrast in contrasts.items():
        plus, minus = (effects[f"ind_{name}_total"] for name in label.split("_minus_"))
        assert contrast.lower <= plus.upper - minus.lower
        assert contrast.upper >= plus.lower - minus.upper


def _adds_up(whole, parts) -> bool:
    low, high = sum(p.lower for p in parts), sum(p.upper for p in parts)
    return low <= whole.upper and whole.lower <= high


def test_printed_p_values_follow_from_estimate_and_se_within_rounding():
    from scipy.stats import norm

    for table, estimate in (("table_1", "beta"), ("table_2", "beta"), ("table_3", "estimate")):
        for key, row in load_published(PATH_STUDY, table).iterrows():
            est, se, p = (parse_printed(row[c]) for c in (estimate, "se", "p"))
            smallest, largest = sorted([abs(est.lower), abs(est.upper)])
            smallest = 0.0 if est.lower < 0 < est.upper else smallest
            p_low, p_high = 2 * norm.sf(largest / se.lower), 2 * norm.sf(smallest / se.upper)
            assert p_low <= p.upper, (table, key)
            assert p.lower <= p_high, (table, key)


def test_intervals_hold_their_estimate():
    for label, row in load_published(PATH_STUDY, "table_2").iterrows():
        lower, estimate, upper = (parse_printed(row[c]) for c in ("ci_lower", "beta", "ci_upper"))
        assert lower.value < estimate.value < upper.value, label


def test_the_twin_s_counts_round_to_the_printed_shares():
    schema = load_schema(PATH_STUDY)
    sample = load_published(PATH_STUDY, "sample")
    shares = sample[(sample["quantity"] == "share") & (sample["category"] != "")]
    printed = {(r["variable"], r["category"]): r["printed"] for _, r in shares.iterrows()}
    assert len(printed) == 14
    for column in schema.covariates:
        for label, count, source in zip(column.labels, column.counts, column.source, strict=True):
            number = printed.pop((column.name, label), None)
            if number is not None:
                assert source == "printed"
                assert parse_printed(number).agrees(100 * count / schema.n_twin), label
            elif source == "printed":
                assert column.name == "diagnosis", f"{label} is not printed"
    assert not printed, "a printed share has no category in the dictionary"


def test_the_dictionary_s_scales_are_the_printed_ones():
    sample = load_published(PATH_STUDY, "sample")["printed"]
    schema = load_schema(PATH_STUDY)
    for name, prefix in {
        **{"phq9": "phq9", "gad7": "gad7", "rri": "rri", "ses": "ses"},
        **dict.fromkeys(["wai_task", "wai_goal", "wai_bond"], "wai"),
    }.items():
        column = schema.column(name)
        low, high = float(sample[f"{prefix}_item_minimum"]), float(sample[f"{prefix}_item_maximum"])
        assert (column.item_minimum, column.item_maximum) == (low, high)
        k = column.items if column.scoring.startswith("sum") else 1
        assert (column.minimum, column.maximum) == (k * low, k * high)


def test_pls_study_prints_that_belong_together():
    """Relations that a slip of a digit would break; those the print itself breaks are left out."""
    ave = load_published(PLS_STUDY, "table_2")["ave"].map(parse_printed)
    table_3 = load_published(PLS_STUDY, "table_3")
    assert [bool(cell) for cell in table_3.to_numpy().ravel()] == np.tri(
        5, dtype=bool
    ).ravel().tolist()
    assert table_3.index.tolist() == table_3.columns.tolist()
    for name in table_3.index:
        root = parse_printed(table_3.loc[name, name])
        assert root.lower <= math.sqrt(ave[name].upper), name
        assert math.sqrt(ave[name].lower) <= root.upper, name
    paths = load_published(PLS_STUDY, "table_4")
    broken = []
    for key, row in paths.iterrows():
        beta, se, t = (parse_printed(row[column]) for column in ("beta", "se", "t"))
        low, high = sorted([abs(beta.lower), abs(beta.upper)])
        if not (low / se.upper <= t.upper and t.lower <= high / se.lower):
            broken.append(key)
    assert broken == [("avoidant", "adherence"), ("alliance", "adherence")]
    indirect = load_published(PLS_STUDY, "table_5")
    for (start, through, end), row in indirect.iterrows():
        a, b, direct = (
            abs(parse_printed(paths.loc[link, "beta"]).value)
            for link in ((start, through), (through, end), (start, end))
        )
        assert parse_printed(row["vaf"]).value == pytest.approx(a * b / (a * b + direct), abs=0.004)


def test_pls_study_scales_are_the_printed_ones_but_for_the_coping_items():
    sample = load_published(PLS_STUDY, "sample")["printed"]
    schema = load_schema(PLS_STUDY)
    for name in ("alliance", "adherence"):
        column = schema.column(name)
        assert str(column.items) == sample[f"{name}_items"]
        assert f"{column.minimum:g}" == sample[f"{name}_item_minimum"]
        assert f"{column.maximum:g}" == sample[f"{name}_item_maximum"]
    assert sample["coping_item_maximum"] == "4"
    coping = [schema.column(name) for name in ("avoidant", "problem_focused", "emotion_focused")]
    assert [(column.minimum, column.maximum) for column in coping] == [(1, 5)] * 3


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("0,521", 0.521, 3),
        ("0,45", 0.45, 2),
        (",047", 0.047, 3),
        ("− 0.13", -0.13, 2),
        ("–0,13", -0.13, 2),
        ("0.05†", 0.05, 2),
        ("(0.03)", 0.03, 2),
        ("(−0.03)*", -0.03, 2),
        ("1,158,000", 1158000, 0),
        ("1,234.5", 1234.5, 1),
    ],
)
def test_numbers_as_pasted_are_read_for_what_they_are(text, value, decimals):
    number = parse_printed(text)
    assert (number.value, number.decimals) == (value, decimals)


def test_a_p_is_read_with_its_letter():
    number = parse_printed("p < .001")
    assert (number.relation, number.value) == ("<", 0.001)
    assert parse_printed("p = .03").upper == pytest.approx(0.035, rel=1e-12)


def test_a_comma_that_can_be_two_things_is_asked_about():
    with pytest.raises(InputError, match=r"1234 if its comma groups thousands and 1\.234 if it is"):
        parse_printed("1,234")
    assert parse_printed("1,234", comma="thousands").value == 1234
    assert parse_printed("1,234", comma="decimal").value == 1.234
    assert parse_printed("1,17", comma="decimal").value == 1.17
    assert parse_printed("158,000", comma="thousands").value == 158000


@pytest.mark.parametrize(
    "text",
    ["ns", "n.s.", "(0.03", "0.03)", "0,521,000", "1.234,5", "12,34,567", "p", "p .03", "— "],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InputError, match="is not a printed number"):
        parse_printed(text)


@pytest.mark.parametrize("text", ["0.521", "-0.521", "-0.00", "0.00", "17"])
def test_truncated_digits_stand_for_all_that_truncates_to_them(text):
    """Each of many numbers lies in the interval of what it truncates to, and neighbors do not."""
    number = parse_printed(text, rounding="truncated")
    unit = 10.0**-number.decimals
    for step in range(-300, 301):
        value = number.value + step * unit / 100 + unit / 1000
        shown = f"{math.trunc(value / unit) * unit:.{number.decimals}f}"
        own = float(shown) == number.value
        if text.startswith("-0.00"):
            own = own and value <= 0
        assert own == (number.lower <= value <= number.upper), value
    with pytest.raises(InputError, match="rounding='up' is not one of any, half, half-even"):
        parse_printed(text, rounding="up")


@pytest.mark.parametrize(
    ("rounding", "mode"), [("half", ROUND_HALF_UP), ("half-even", ROUND_HALF_EVEN)]
)
@pytest.mark.parametrize("text", ["0.52", "-0.52", "0.53", "-0.53", "0.00", "7", "8"])
def test_the_way_of_rounding_a_half_decides_about_the_ends(text, rounding, mode):
    """Of numbers around it and both ends, those are in the interval that decimal rounds to it."""
    number = parse_printed(text, rounding=rounding)
    printed = Decimal(text)
    unit = Decimal(1).scaleb(printed.as_tuple().exponent)
    for share in ("-0.51", "-0.5", "-0.49", "0", "0.49", "0.5", "0.51"):
        value = printed + unit * Decimal(share)
        rounds_to_it = value.quantize(unit, rounding=mode) == printed
        assert rounds_to_it == (number.lower <= float(value) <= number.upper), share


def test_how_numbers_are_read_holds_within_and_ends():
    with reading_as("truncated"):
        assert parse_printed("0.52").upper == 0.53
        assert parse_printed("0.52", rounding="any").upper == 0.525
    assert parse_printed("0.52").upper == 0.525
    with pytest.raises(InputError, match="rounding='up' is not one of"), reading_as("up"):
        pass
