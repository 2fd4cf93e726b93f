from helpers.studies.overview import MATCHES, load_crosswalk, load_themes, match_themes

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
    from helpers.studies.working_alliance_theory import count_codebook, load_codebook

    coded = load_crosswalk().query("instrument == 'open codes'")
    assert sorted(coded["items"]) == sorted(count_codebook(load_codebook())["n_open"])


def test_matches_take_the_closest_counterpart():
    matched = match_themes(load_themes(), studies=STUDIES).set_index("theme")
    assert matched.loc["Real relationship", list(STUDIES)].tolist() == [
        "none", "direct", "none", "none",
    ]  # fmt: skip
    assert matched.loc["Real relationship", "best"] == "direct"
    assert matched.loc["Trust and safety", "best"] == "partial"
    assert matched.loc["The frame", "best"] == "none"
    assert matched.loc["Confrontation", "best"] == "none"
    rank = {match: k for k, match in enumerate(MATCHES)}
    closest = matched[list(STUDIES)].map(rank.get).min(axis=1)
    assert (closest == matched["best"].map(rank)).all()
