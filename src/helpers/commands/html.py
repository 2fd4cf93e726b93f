"""Turn executed notebooks into pages that open with a double click.

The command builds ``reports/site/`` from all executed notebooks. The pages need no server and no
network.
"""

import helpers.commands.quick_imports  # noqa: F401, I001  (first: it halves what follows)

import argparse
import io
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup

from helpers.commands.api_pages import api_pages
from helpers.files import list_files, partial_folder, read_yaml, replace_folder
from helpers.commands.citations import Citation, cite_collection, cite_study, list_citations
from helpers.commands.dependencies import cited_studies, finish_step
from helpers.commands.downloads import ReportFiles
from helpers.commands.environment import reproducible_environment
from helpers.commands.run_pages import own_data_page
from helpers.commands.pages import (
    cite_by_roles,
    cover_page,
    notebook_page,
    read_section,
    read_title,
)
from helpers.notebook import read_parameters
from helpers.paths import ROOT, list_notebooks, list_studies, source_path
from helpers.commands.progress import report_done, report_start
from helpers.data.schemas import load_schema
from helpers.report.references import load_references, study_entry, write_bibtex

__all__ = ["build_pages", "build_site", "run"]

PRINTS = {"PDF": "pdf", "Word": "docx"}
PLAIN = ("audit.md", "files.md", "glossary.md")
"""Pages that are shown as they are written."""
SITE_ONLY = ("index.md", "own_data.md", "validation.md", *PLAIN, "report.typ", "__pycache__")
LEFT_OUT = (".buildinfo", ".buildinfo.bak", "objects.inv")


def build_pages(
    sources: Mapping[str, str],
    out: Path,
    *,
    scratch: Path,
    root: Path = ROOT,
    settings: Mapping[str, object] | None = None,
) -> str:
    """Render pages with the project's theme.

    Parameters
    ----------
    sources : mapping of str to str
        File name of each page (``index.md``, ``notebooks/02_….ipynb``) and its text; one of them
        is called ``index``.
    out : pathlib.Path
        The folder to make; it must not exist.
    scratch : pathlib.Path
        A folder for Sphinx's own files.
    root : pathlib.Path
        The project, for ``docs/``.
    settings : mapping, optional
        What differs from ``docs/conf.py``.

    Returns
    -------
    str
        What Sphinx warned of; empty for a clean build.
    """
    # imported here: reading this module's needs is cheap, starting Sphinx is not
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    source_folder = scratch / "source"
    shutil.copytree(
        root / "docs", source_folder, ignore=lambda folder, names: set(SITE_ONLY) & set(names)
    )
    studies = (study_entry(source_path(study, root=root)) for study in list_studies(root=root))
    (source_folder / "studies.bib").write_text(
        "\n\n".join(map(write_bibtex, studies)), encoding="utf-8"
    )
    for name, text in sources.items():
        page = source_folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    mathjax = source_folder / "_static" / "mathjax"
    mathjax.mkdir(parents=True)
    shutil.copy(_mathjax_script(), mathjax)

    rendered = scratch / "html"
    warnings = io.StringIO()
    with patch_docutils(source_folder), docutils_namespace():
        app = Sphinx(
            srcdir=source_folder,
            confdir=source_folder,
            outdir=rendered,
            doctreedir=scratch / "doctrees",
            buildername="html",
            confoverrides={**_foot(root), **(settings or {})},
            freshenv=True,
            status=None,
            warning=warnings,
        )
        app.build(force_all=True)
    for name in LEFT_OUT:
        (rendered / name).unlink(missing_ok=True)
    shutil.rmtree(rendered / "_sources", ignore_errors=True)
    shutil.move(rendered, out)
    return warnings.getvalue().replace(str(source_folder) + "/", "")


def _foot(root: Path) -> dict[str, str]:
    entry = read_yaml(root / "CITATION.cff")
    foot = f"{entry['title']}, version {entry['version']}, {entry['date-released']}"
    return {"html_context.collection": foot}


def _mathjax_script() -> Path:
    package = find_spec("mathjax")  # installed by django-static-mathjax; needs no Django
    if package is None or package.origin is None:
        raise RuntimeError("the package django-static-mathjax is not installed")
    return Path(package.origin).parent / "static" / "mathjax" / "es5" / "tex-svg-full.js"


def build_single(notebook: Path, out: Path, *, scratch: Path, root: Path = ROOT) -> str:
    """Render one executed notebook as ``out/index.html``; returns Sphinx's warnings.

    The page shows the figures and links the tables that stand beside `out`.
    """
    files = ReportFiles(notebook.parent, address="..", printed_address="printed")
    page = notebook_page(
        notebook,
        files=files,
        citations=_citations(notebook.stem, root),
        references=load_references(root=root),
    )
    warnings = build_pages(
        {"index.ipynb": page},
        out,
        scratch=scratch,
        root=root,
        settings={
            "html_sidebars": {"**": []},
            "html_use_index": False,
            # the text of a page about a reader's data is theirs
            "html_context.own_data": True,
        },
    )
    _write_printed(files, out / "printed")
    return warnings


def build_site(*, root: Path = ROOT) -> Path:
    """Render all executed notebooks, with a cover and the functions, as ``reports/site``.

    Returns
    -------
    pathlib.Path
        The cover page.
    """
    started_ns = time.time_ns()
    names = list_notebooks(root)
    report_start("site", f"{len(names)} notebooks")
    site = root / "reports" / "site"
    with partial_folder(site) as partial, reproducible_environment():
        offered = partial / "files"
        pages = {**_report_pages(names, offered, root), **own_data_pages(names, root)}
        pages |= {"index.ipynb": _cover(names, offered, root), **api_pages(root)}
        pages |= {name: (root / "docs" / name).read_text(encoding="utf-8") for name in PLAIN}
        validation = (root / "docs" / "validation.md").read_text(encoding="utf-8")
        references = load_references(root=root)
        pages["validation.md"] = cite_by_roles(validation, references, prefix="validation-")
        warnings = build_pages(pages, partial / "site", scratch=partial, root=root)
        shutil.move(offered, partial / "site" / "files")
        # all that stands there was made; a page that is no more would be found by no link
        replace_folder(partial / "site", site, made=lambda former, _: list_files(former))
    if warnings:
        print(warnings, file=sys.stderr, end="")
    finish_step(
        root / "build" / "site.done",
        inputs=_site_inputs(names, root),
        outputs=[site / "index.html"],
        started_ns=started_ns,
        root=root,
    )
    report_done("site", f"{len(names)} notebooks", started_ns, "reports/site/index.html")
    return site / "index.html"


def _report_pages(names: Sequence[str], offered: Path, root: Path) -> dict[str, str]:
    """Return the pages of the reports, and copy their files to the folder `offered`."""
    pages, references = {}, load_references(root=root)
    for name in names:
        report = root / "reports" / name
        for kind in ("tables", "figures"):
            shutil.copytree(report / kind, offered / name / kind)
        address = f"../files/{name}"
        source = Path(shutil.copy(root / "notebooks" / f"{name}.py", offered / name))
        files = ReportFiles(
            report, address=address, printed_address=f"{address}/printed", source=source
        )
        pages[f"notebooks/{name}.ipynb"] = notebook_page(
            root / "notebooks" / f"{name}.ipynb",
            files=files,
            citations=_citations(name, root),
            references=references,
            own_data=f"../own_data/{name}.html",
            prints=_offer_prints(name, offered / name, address, root),
        )
        _write_printed(files, offered / name / "printed")
    return pages


def _offer_prints(name: str, folder: Path, address: str, root: Path) -> dict[str, str]:
    """Copy the whole report as PDF and Word, and return their addresses by name."""
    for kind in PRINTS.values():
        shutil.copy(root / "reports" / "pdf" / f"{name}.{kind}", folder)
    return {title: f"{address}/{name}.{kind}" for title, kind in PRINTS.items()}


def _write_printed(files: ReportFiles, folder: Path) -> None:
    for name, text in files.printed.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _citations(name: str, root: Path) -> list[Citation]:
    """Return the references of a report: the studies it is about, and this collection."""
    source = root / "notebooks" / f"{name}.py"
    studies = cited_studies(source, root=root) if source.is_file() else []
    cited = [cite_study(source_path(study, root=root)) for study in studies]
    return [*cited, cite_collection(root / "CITATION.cff", report=_title(name, root))]


def _title(name: str, root: Path) -> str:
    """Return the title of a report as a sentence."""
    source = root / "notebooks" / f"{name}.py"
    title = read_title(source) if source.is_file() else name
    return title if title.endswith("?") else f"{title}."


def own_data_pages(names: Sequence[str], root: Path) -> dict[str, str]:
    """Return for each notebook the page that says how to run it on other data."""
    template = (root / "docs" / "own_data.md").read_text(encoding="utf-8")
    pages = {}
    for name in names:
        source = root / "notebooks" / f"{name}.py"
        reads = "data_path" in {parameter.name for parameter in read_parameters(source)}
        schema = load_schema(cited_studies(source, root=root)[0]) if reads else None
        pages[f"own_data/{name}.md"] = own_data_page(template, source=source, schema=schema)
    return pages


def _cover(names: Sequence[str], offered: Path, root: Path) -> str:
    """Return the cover: what the README and the overview say, and the ways to everything."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    title = readme.partition("\n")[0].lstrip("# ")
    entries = {
        "notebooks": "\n".join(f"{_short_title(name, root)} <notebooks/{name}>" for name in names),
        "own_data": "\n".join(f"Run {name.split('_')[0]} <own_data/{name}>" for name in names),
    }
    synthetic = "What is synthetic, and why"
    own = (f"[{_short_title(name, root)}](own_data/{name}.md)" for name in names)
    overview = names[0]
    files = ReportFiles(
        root / "reports" / overview,
        address=f"files/{overview}",
        printed_address=f"files/{overview}/printed",
    )
    return cover_page(
        (root / "docs" / "index.md").read_text(encoding="utf-8"),
        overview=root / "notebooks" / f"{overview}.ipynb",
        files=files,
        texts={
            "reports": _cards(names, root),
            "what": read_section(readme, title).partition("\n\n")[0],
            "synthetic": f"## {synthetic}\n\n{read_section(readme, synthetic)}",
            "own": ", ".join(own),
            "cite": list_citations([cite_collection(root / "CITATION.cff")]).source,
            **entries,
        },
    )


def _cards(names: Sequence[str], root: Path) -> str:
    """Return the list that leads to each report."""
    card = Markup('<li><a href="notebooks/{}.html"><b>{}</b> {}</a></li>')
    cards = []
    for name in names:
        about, _, question = read_title(root / "notebooks" / f"{name}.py").partition(": ")
        cards.append(card.format(name, about, question[:1].upper() + question[1:]))
    return Markup('<ul class="cards">{}</ul>').format(Markup("").join(cards))


def _short_title(name: str, root: Path) -> str:
    title = read_title(root / "notebooks" / f"{name}.py").partition(":")[0]
    return f"{name.split('_')[0]} {title}"


def _site_inputs(names: Sequence[str], root: Path) -> list[Path]:
    docs = [path for path in (root / "docs").rglob("*") if "__pycache__" not in path.parts]
    modules = sorted((root / "src" / "helpers").rglob("*.py"))
    data = sorted((root / "data").glob("*/*.yml"))
    steps = ("notebooks", "pdf")
    stamps = [root / "build" / step / f"{name}.done" for step in steps for name in names]
    return [
        *docs, root / "docs", root / "notebooks", *stamps, *modules, *data,
        root / "README.md", root / "CITATION.cff",
    ]  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """Build the pages."""
    build_site()
    return 0
