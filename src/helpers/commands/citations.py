"""How to cite a study and this collection, as text and as BibTeX."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from pybtex.backends.html import Backend as HtmlBackend

from helpers.files import read_yaml
from helpers.report.references import (
    cite,
    format_reference,
    reference_key,
    study_entry,
    write_bibtex,
)

__all__ = ["Citation", "cite_collection", "cite_study", "list_citations"]


ADDRESSES = ("doi", "url", "repository-code")
NO_ADDRESS = Markup(
    "<p>This collection has no published address. Version and date say which text you read; if you "
    "read it on a website, add the address. If you publish it, enter the address as "
    "<code>url</code> in <code>CITATION.cff</code>; it then appears here.</p>\n"
)
"""What follows a reference without an address."""
NO_NOTE = Markup("")


@dataclass(frozen=True)
class Citation:
    """A reference in two forms.

    Attributes
    ----------
    what : str
        What it refers to.
    text : Markup
        After APA 7, with inline HTML.
    bibtex : str
    note : Markup
        What to know before citing it.
    """

    what: str
    text: Markup
    bibtex: str
    note: Markup = NO_NOTE


def cite_study(source: Path) -> Citation:
    """Return the reference of a published study from its ``source.yml``."""
    entry = study_entry(source)
    text = Markup(format_reference(entry).render(HtmlBackend()))  # noqa: S704  (pybtex escapes)
    return Citation(cite(entry), text, write_bibtex(entry))


def cite_collection(cff: Path, *, report: str = "") -> Citation:
    """Return the reference of this collection, or of one report in it, from ``CITATION.cff``.

    Parameters
    ----------
    cff : pathlib.Path
    report : str
        The title of the report; "" for the whole collection.
    """
    entry = read_yaml(cff)
    authors = [author.get("name") or _person(author) for author in entry["authors"]]
    released, version = entry["date-released"], entry["version"]
    date = f"{released:%Y, %B} {released.day}"
    address = next((entry[key] for key in ADDRESSES if entry.get(key)), "")
    text = Markup(
        "{authors} ({date}). {within}<i>{title}</i> (Version {version}) [Computer software].{link}"
    ).format(
        authors=_join(authors),
        date=date,
        within=f"{report} In " if report else "",
        title=entry["title"],
        version=version,
        link=Markup(' <a href="{0}">{0}</a>').format(address) if address else "",
    )
    fields = {
        "author": " and ".join(f"{{{author}}}" for author in authors),
        "title": f"{{{report or entry['title']}}}",
        "booktitle": f"{{{entry['title']}}}" if report else "",
        "version": version,
        "year": str(released.year),
        "date": str(released),
        "url": address,
    }
    key = reference_key(entry["title"].split()[0] + "_notebooks", str(released.year))
    what = "This report" if report else "This collection"
    note = NO_NOTE if address else NO_ADDRESS
    return Citation(what, text, _bibtex("software", key, fields), note)


def list_citations(citations: Iterable[Citation]) -> NotebookNode:
    """Return the cell of a page that says how to cite, each reference with buttons to copy it."""
    parts = ["## How to cite"]
    for number, citation in enumerate(citations, 1):
        name = f"citation-{number}"
        part = Markup(
            '<div class="citation">\n<p><b>{what}</b></p>\n<p id="{name}">{text}</p>\n'
            "{note}<details><summary>BibTeX</summary>\n"
            '<pre id="{name}-bibtex">{bibtex}</pre></details>\n'
            '<p class="copy">{copy_text} {copy_bibtex}</p>\n</div>'
        )
        parts.append(
            part.format(
                what=citation.what,
                name=name,
                text=citation.text,
                note=citation.note,
                bibtex=citation.bibtex,
                copy_text=_button(name, "Copy text", citation.what),
                copy_bibtex=_button(f"{name}-bibtex", "Copy BibTeX", citation.what),
            )
        )
    return new_markdown_cell("\n\n".join(parts))


def _button(target: str, says: str, what: str) -> Markup:
    return Markup(
        '<button type="button" data-copy="{}" aria-label="{says}: {}" hidden>{says}</button>'
    ).format(target, what, says=says)


def _person(author: dict) -> str:
    return f"{author['family-names']}, {author['given-names']}"


def _join(authors: list[str]) -> str:
    return authors[0] if len(authors) == 1 else f"{', '.join(authors[:-1])}, & {authors[-1]}"


def _bibtex(kind: str, key: str, fields: dict) -> str:
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"
