"""Turn executed notebooks into pages that open with a double click.

``python -m helpers.build.html`` builds ``reports/site/`` from all executed notebooks. The pages
need no server and no network.
"""

import helpers.build.quick_imports  # noqa: F401, I001  (first: it halves what follows)

import argparse
import io
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import nbformat

from helpers.build.atomic import partial_folder, replace_folder
from helpers.build.dependencies import find_imports, finish_step
from helpers.build.environment import reproducible_environment
from helpers.build.paths import ROOT, list_notebooks
from helpers.build.progress import report_done, report_start

__all__ = ["build_pages", "build_site", "main"]

SITE_ONLY = ("index.md", "__pycache__")
LEFT_OUT = (".buildinfo", ".buildinfo.bak", "objects.inv")
# a link in Markdown to a notebook in the same folder; Sphinx resolves those in cells of text only
NOTEBOOK_LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")


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
            confoverrides=dict(settings or {}),
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


def _mathjax_script() -> Path:
    package = find_spec("mathjax")  # installed by django-static-mathjax; needs no Django
    if package is None or package.origin is None:
        raise RuntimeError("the package django-static-mathjax is not installed")
    return Path(package.origin).parent / "static" / "mathjax" / "es5" / "tex-svg-full.js"


def notebook_page(path: Path) -> str:
    """Return an executed notebook as page source.

    Code cells are folded unless their tags say otherwise; an image's plain text, where somebody
    wrote one, becomes its text alternative; a link from an output to another notebook leads to
    its page.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.setdefault("tags", [])
        if not {"show-input", "hide-input", "remove-input", "remove-cell"} & set(tags):
            tags.append("hide-input")
        shown = [output.data for output in cell.outputs if "data" in output]
        texts = [data.get("text/plain", "") for data in shown if "image/png" in data]
        written = [text for text in texts if not text.startswith("<")]
        if written:
            cell.metadata["mystnb"] = {"image": {"alt": " ".join(written)}}
        for data in shown:
            if "text/markdown" in data:
                data["text/markdown"] = NOTEBOOK_LINK.sub(r"](\1.html)", data["text/markdown"])
    return nbformat.writes(notebook, version=4)


def build_single(notebook: Path, out: Path, *, scratch: Path, root: Path = ROOT) -> str:
    """Render one executed notebook as ``out/index.html``; returns Sphinx's warnings."""
    pages = {"index.ipynb": notebook_page(notebook)}
    return build_pages(
        pages, out, scratch=scratch, root=root, settings={"html_sidebars": {"**": []}}
    )


def build_site(*, root: Path = ROOT) -> Path:
    """Render all executed notebooks as ``reports/site``.

    Returns
    -------
    pathlib.Path
        The cover page.
    """
    started_ns = time.time_ns()
    names = list_notebooks(root)
    report_start("site", f"{len(names)} notebooks")
    site = root / "reports" / "site"
    executed = [root / "notebooks" / f"{name}.ipynb" for name in names]
    pages = {f"notebooks/{path.name}": notebook_page(path) for path in executed}
    cover = (root / "docs" / "index.md").read_text(encoding="utf-8")
    listing = "\n".join(f"notebooks/{name}" for name in names)
    pages["index.md"] = cover.replace("[notebooks]", listing)
    with partial_folder(site) as partial, reproducible_environment():
        warnings = build_pages(pages, partial / "site", scratch=partial, root=root)
        replace_folder(partial / "site", site, own=[p.name for p in (partial / "site").iterdir()])
    if warnings:
        print(warnings, file=sys.stderr, end="")
    docs = [path for path in (root / "docs").rglob("*") if "__pycache__" not in path.parts]
    finish_step(
        root / "build" / "site.done",
        inputs=[
            *docs,
            root / "docs",
            root / "notebooks",
            *(root / "build" / "notebooks" / f"{name}.done" for name in names),
            Path(__file__),
            *find_imports([Path(__file__)], root=root),
        ],
        outputs=[site / "index.html"],
        started_ns=started_ns,
        root=root,
    )
    report_done("site", f"{len(names)} notebooks", started_ns, "reports/site/index.html")
    return site / "index.html"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description="Build reports/site from the notebooks.")
    parser.parse_args(argv)
    build_site()
    return 0


if __name__ == "__main__":
    sys.exit(main())
