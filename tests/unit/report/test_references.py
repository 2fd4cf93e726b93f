"""One bibliography: every citation and every DOI is in it, and nothing in it is idle."""

import re

import pytest
import yaml
from pybtex.database import parse_string
from pybtex.plugin import find_plugin

from helpers.paths import ROOT, list_notebooks, list_studies
from helpers.report.references import (
    CITATION,
    cite,
    cite_in_brackets,
    cite_in_full,
    find_cited,
    format_reference,
    list_references,
    load_references,
    reference_key,
    write_bibtex,
)

REFERENCES = load_references()
NOTEBOOKS = [ROOT / "notebooks" / f"{name}.py" for name in list_notebooks()]
PAGES = sorted((ROOT / "docs").glob("*.md"))
MODULES = sorted((ROOT / "src" / "helpers").rglob("*.py"))
OTHERS = [ROOT / "README.md", *sorted((ROOT / "benchmarks").glob("*.py"))]
DOI = re.compile(r"(?:doi\.org/|doi:)(10\.\d{4,}/[^\s,;>\]\"'`{}]+)")


def _read(path):
    return path.read_text(encoding="utf-8")


def _dois(text):
    found = {doi.rstrip(".:") for doi in DOI.findall(text)}
    return {doi if doi.count("(") == doi.count(")") else doi.rstrip(")") for doi in found}


def _plain(entry):
    return format_reference(entry).render(find_plugin("pybtex.backends", "plaintext")())


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.name)
def test_a_citation_says_what_it_leads_to(path):
    text = re.sub(r"\n(?:# *)? *", " ", _read(path))
    links = re.findall(r"\]\(#ref-([^)]*)\)", text)
    cited = list(CITATION.finditer(text))
    assert len(cited) == len(links)
    for found in cited:
        entry = REFERENCES[found["key"]]
        assert found["text"] in (cite(entry), cite_in_brackets(entry))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.name)
def test_no_reference_is_typed(path):
    assert not _dois(_read(path))


def test_every_notebook_that_cites_lists_what_it_cites():
    for path in NOTEBOOKS:
        cited = find_cited([_read(path)], REFERENCES)
        assert ("list_references(run.notebook)" in _read(path)) is bool(cited)
        listed = re.findall(r'<a id="ref-(\w+)"></a>', list_references(path.stem).data)
        assert set(cited) <= set(listed)


def test_every_doi_is_in_the_bibliography():
    known = {entry.fields["doi"] for entry in REFERENCES.values() if "doi" in entry.fields}
    for path in [*MODULES, *OTHERS]:
        missing = _dois(_read(path)) - known
        assert not missing, f"{path.name}: enter {missing} in docs/references.bib"


def test_no_entry_is_idle():
    texts = [re.sub(r"\s+", " ", _read(path)) for path in [*NOTEBOOKS, *PAGES, *MODULES]]
    used, said = {*find_cited(texts, REFERENCES), *_study_keys()}, " ".join(texts)
    for key, entry in REFERENCES.items():
        person = entry.persons["author"][0]
        name = re.escape(" ".join([*person.prelast_names, *person.last_names]))
        near = rf"{name}\b.{{0,150}}?\b{entry.fields['year']}"
        if entry.fields.get("doi", "-") in said or re.search(near, said):
            used.add(key)
    assert sorted(set(REFERENCES) - used) == []


def _study_keys():
    sources = [yaml.safe_load(_read(ROOT / "data" / s / "source.yml")) for s in list_studies()]
    given = [source["citation"] for source in sources]
    return {reference_key(each["authors"][0].split(",")[0], each["year"]) for each in given}


def test_entries_are_in_order_and_their_keys_say_who_and_when():
    keys = re.findall(r"^@\w+\{(\w+),$", _read(ROOT / "docs" / "references.bib"), flags=re.M)
    assert keys == sorted(keys)
    assert not set(keys) & _study_keys()
    for key in keys:
        person, year = REFERENCES[key].persons["author"][0], REFERENCES[key].fields["year"]
        plain = " ".join([*person.prelast_names, *person.last_names])
        plain = plain.translate(str.maketrans("öäü", "oau"))
        assert key.rstrip("abc") == reference_key(plain, year)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (
            "shmueli2019",
            "Shmueli, G., Sarstedt, M., Hair, J. F., Cheah, J.-H., Ting, H., Vaithilingam, S., & "
            "Ringle, C. M. (2019). Predictive model assessment in PLS-SEM: Guidelines for using "
            "PLSpredict. European Journal of Marketing, 53(11), 2322–2347. "
            "https://doi.org/10.1108/EJM-02-2019-0189",
        ),
        (
            "cohen1988",
            "Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.). "
            "Routledge. https://doi.org/10.4324/9780203771587",
        ),
        (
            "dijkstra2017",
            "Dijkstra, T. K. (2017). A perfect match between a model and a mode. In H. Latan & R. "
            "Noonan (Eds.), Partial least squares path modeling (pp. 55–80). Springer. "
            "https://doi.org/10.1007/978-3-319-64069-3_4",
        ),
        (
            "krippendorff2011",
            "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. "
            "https://repository.upenn.edu/asc_papers/43",
        ),
    ],
)
def test_references_are_set_in_apa_style(key, text):
    assert _plain(REFERENCES[key]) == text


def test_titles_and_volumes_are_in_italics_and_a_question_takes_no_full_stop():
    full = cite_in_full("distress_session_quality")
    assert "*Psychology and Psychotherapy: Theory, Research and Practice, 99*, 751–764." in full
    entry = parse_string(
        "@article{a1,author={Ask, A.},year=2000,title={Why?},journal={J \\& K},volume=3}", "bibtex"
    ).entries["a1"]
    assert _plain(entry) == "Ask, A. (2000). Why? J & K, 3."


@pytest.mark.parametrize("key", REFERENCES)
def test_what_is_written_as_bibtex_is_read_back(key):
    again = parse_string(write_bibtex(REFERENCES[key]), "bibtex").entries[key]
    assert _plain(again) == _plain(REFERENCES[key])


def test_the_list_is_in_the_order_of_its_names():
    listed = re.findall(
        r'<a id="ref-(\w+)"></a>(\S+)', list_references("01_coping_adherence_pls").data
    )
    assert len(listed) > 8
    assert [name for _, name in listed] == sorted(name for _, name in listed)


def test_the_citation_file_cites_the_study_as_the_data_do():
    cited = yaml.safe_load(_read(ROOT / "CITATION.cff"))["references"]
    entries = {entry.fields.get("doi"): entry for entry in REFERENCES.values()}
    for each in cited:
        entry = entries[each["doi"]]
        assert (each["title"], str(each["year"])) == (entry.fields["title"], entry.fields["year"])
        assert each["journal"] == entry.fields["journal"]
