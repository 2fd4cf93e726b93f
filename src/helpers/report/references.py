"""References: one bibliography, cited by author and year, and listed in APA style.

``docs/references.bib`` holds what the notebooks, pages and docstrings cite; the studies themselves
are cited from their ``source.yml``. A text cites by a link, ``[Rosseel (2012)](#ref-rosseel2012)``
or ``([Rosseel, 2012](#ref-rosseel2012))``, which reads well wherever Markdown is read;
`list_references` makes the list that such links lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from IPython.display import Markdown
from markupsafe import Markup
from pybtex.backends.markdown import Backend as MarkdownBackend
from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import HRef, Tag, Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle

from helpers.files import read_yaml
from helpers.paths import ROOT, find_notebook, list_studies, source_path
from helpers.sources import imported_files

__all__ = [
    "CITATION",
    "ApaStyle",
    "cite",
    "cite_in_brackets",
    "cite_in_full",
    "find_cited",
    "format_reference",
    "list_references",
    "load_references",
    "reference_key",
    "study_entry",
    "write_bibtex",
]

CITATION = re.compile(r"\[(?P<text>[^\[\]]+)\]\(#ref-(?P<key>[a-z]+\d{4}[a-z]?)\)")
"""A citation in Markdown."""

_MARKS = re.compile(r"([\\`*_\[\]<>])")


def load_references(*, root: Path = ROOT) -> dict[str, Entry]:
    """Return what can be cited, by key: ``docs/references.bib`` and the studies.

    Returns
    -------
    dict of str to pybtex.database.Entry
        In the order of the keys.

    Examples
    --------
    >>> load_references()["rosseel2012"].fields["doi"]
    '10.18637/jss.v048.i02'
    """
    entries = dict(parse_file(str(root / "docs" / "references.bib"), "bibtex").entries)
    studies = [study_entry(source_path(study, root=root)) for study in list_studies(root=root)]
    return dict(sorted({**entries, **{entry.key: entry for entry in studies}}.items()))


def study_entry(source: Path) -> Entry:
    """Return a published study as a reference, from its ``source.yml``."""
    given = read_yaml(source)["citation"]
    names = ("journal", "volume", "number", "pages", "doi", "url")
    values = {name: given.get({"number": "issue"}.get(name, name)) for name in names}
    values |= {"title": given["title"].strip(), "year": given["year"]}
    if values["pages"]:
        values["pages"] = str(values["pages"]).replace("-", "--")
    if values["doi"]:
        values["url"] = None
    fields = {name: _escape(str(value)) for name, value in values.items() if value}
    people = [Person(name) for name in given["authors"]]
    entry = Entry("article" if given.get("journal") else "misc", fields, {"author": people})
    entry.key = reference_key(given["authors"][0].split(",")[0], given["year"])
    return entry


def reference_key(name: str, year: object) -> str:
    """Return the key of a reference: the first author's last name and the year.

    Examples
    --------
    >>> reference_key("Mohebbi Sheikhlari", 2026)
    'mohebbisheikhlari2026'
    """
    return re.sub(r"\W+", "", f"{name}{year}".lower())


def _escape(text: str) -> str:
    return re.sub(r"(?<!\\)([&%#$])", r"\\\1", text)


# ---------------------------------------------------------------- in the text


def cite(entry: Entry) -> str:
    """Return a citation that is part of a sentence.

    Examples
    --------
    >>> references = load_references()
    >>> [cite(references[key]) for key in ("rosseel2012", "dijkstra2015", "guest2020")]
    ['Rosseel (2012)', 'Dijkstra and Henseler (2015)', 'Guest et al. (2020)']
    """
    return f"{_short(entry, ' and ')} ({_year(entry)})"


def cite_in_brackets(entry: Entry) -> str:
    """Return a citation that is in brackets, without them.

    Examples
    --------
    >>> cite_in_brackets(load_references()["dijkstra2015"])
    'Dijkstra & Henseler, 2015'
    """
    return f"{_short(entry, ' & ')}, {_year(entry)}"


def _short(entry: Entry, between: str) -> str:
    names = [_last_name(person) for person in entry.persons["author"]]
    return f"{names[0]} et al." if len(names) > 2 else between.join(names)


def _last_name(person: Person) -> str:
    return " ".join([*person.prelast_names, *person.last_names, *person.lineage_names])


def _year(entry: Entry) -> str:
    return entry.fields["year"]


# ---------------------------------------------------------------- in the list


def format_reference(entry: Entry) -> Text:
    """Return a reference after APA 7, as rich text of pybtex, which renders it in any form.

    Articles, books, chapters and works that are neither are known.

    Examples
    --------
    >>> from pybtex.plugin import find_plugin
    >>> plain = find_plugin("pybtex.backends", "plaintext")()
    >>> format_reference(load_references()["satorra2001"]).render(plain)[:68]
    'Satorra, A., & Bentler, P. M. (2001). A scaled difference chi-square'
    """
    title, within = _field(entry, "title"), _within(entry)
    if entry.type in ("book", "misc"):
        title = Tag("em", title)
    if "edition" in entry.fields:
        title = Text(title, " (", _field(entry, "edition"), " ed.)")
    end = "" if str(title).endswith(("?", "!")) else "."
    parts = [f"{_people(entry, 'author')} ({_year(entry)}).", Text(title, end), *within]
    address = _address(entry)
    if address:
        parts.append(HRef(address, address))
    return Text(" ").join(parts)


def _within(entry: Entry) -> list[Text]:
    """Return where a work appeared."""
    found = []
    if "journal" in entry.fields:
        volume = [", ", _field(entry, "volume")] if "volume" in entry.fields else []
        issue = ["(", _field(entry, "number"), ")"] if "number" in entry.fields else []
        pages = [", ", _field(entry, "pages")] if "pages" in entry.fields else []
        found.append(Text(Tag("em", _field(entry, "journal"), *volume), *issue, *pages, "."))
    if "booktitle" in entry.fields:
        editors = [f"{_people(entry, 'editor', first=True)}, "] if "editor" in entry.persons else []
        pages = [" (pp. ", _field(entry, "pages"), ")"] if "pages" in entry.fields else []
        found.append(Text("In ", *editors, Tag("em", _field(entry, "booktitle")), *pages, "."))
    if "publisher" in entry.fields:
        found.append(Text(_field(entry, "publisher"), "."))
    return found


def _field(entry: Entry, name: str) -> Text:
    return Text.from_latex(entry.fields[name])


def _address(entry: Entry) -> str:
    if "doi" in entry.fields:
        return f"https://doi.org/{entry.fields['doi']}"
    return entry.fields["url"].replace("\\", "") if "url" in entry.fields else ""


def _people(entry: Entry, role: str, *, first: bool = False) -> str:
    """Return all names; `first` sets the initials first, as of editors."""
    names = []
    for person in entry.persons[role]:
        last, initials = _last_name(person), " ".join([*person.first_names, *person.middle_names])
        parts = [initials, last] if first else [last, initials]
        names.append((" " if first else ", ").join(filter(None, parts)))
    comma = "" if first and len(names) == 2 else ","
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{comma} & {names[-1]}"
    return f"{joined} ({'Ed.' if len(names) == 1 else 'Eds.'})" if first else joined


class ApaStyle(BaseStyle):
    """APA 7 as a formatting style of pybtex, which Sphinx uses for the pages."""

    default_sorting_style = "author_year_title"

    def format_entry(self, label: str, entry: Entry, bib_data: object = None) -> FormattedEntry:
        """Return an entry as it is in the list."""
        return FormattedEntry(entry.key, format_reference(entry), label)


class _Markdown(MarkdownBackend):
    """Markdown that escapes only what Markdown would read as a mark."""

    def format_str(self, text: str) -> str:
        return _MARKS.sub(r"\\\1", text)

    def format_protected(self, text: str) -> str:
        return text


def cite_in_full(study: str) -> str:
    """Return the reference of a study as Markdown."""
    return format_reference(study_entry(source_path(study))).render(_Markdown())


def find_cited(texts: Iterable[str], references: Mapping[str, Entry]) -> list[str]:
    """Return the keys that texts cite, in the order of the list.

    Examples
    --------
    >>> find_cited(["see [Zou (2007)](#ref-zou2007), [here](#ref-nobody1900)"], load_references())
    ['zou2007']
    """
    cited = {found["key"] for text in texts for found in CITATION.finditer(text)}
    return sorted(cited & set(references), key=lambda key: str(format_reference(references[key])))


def list_references(notebook: str) -> Markdown:
    """Return the list of what a notebook cites, in its own text or its study's sentences.

    Parameters
    ----------
    notebook : str
        Name of the notebook.

    Returns
    -------
    IPython.display.Markdown
        A reference an item, with the anchor that its citations lead to.
    """
    source, references = find_notebook(notebook), load_references()
    room = ROOT / "src" / "helpers" / "studies"
    own = [source, *(path for path in imported_files(source) if room in path.parents)]
    texts = [path.read_text(encoding="utf-8") for path in own]
    anchor = Markup('<a id="ref-{}"></a>')
    return Markdown(
        "\n".join(
            f"- {anchor.format(key)}{format_reference(references[key]).render(_Markdown())}"
            for key in find_cited(texts, references)
        )
    )


def write_bibtex(entry: Entry) -> str:
    """Return an entry in BibTeX; capitals of its title are kept by every style."""
    people = {role: " and ".join(map(str, persons)) for role, persons in entry.persons.items()}
    fields = {**people, **entry.fields, "title": f"{{{entry.fields['title']}}}"}
    order = ("author", "title", "year")
    names = [*order, *(name for name in fields if name not in order)]
    lines = [f"  {name} = {{{fields[name]}}}" for name in names if name in fields]
    return f"@{entry.type}{{{entry.key},\n" + ",\n".join(lines) + "\n}"
