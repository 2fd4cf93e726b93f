"""The pages of the functions, from the signatures and docstrings in the source.

The source is read and not imported: nothing runs, and the pages cost next to no time.
"""

import ast
import copy
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from helpers import MODULES
from helpers.paths import ROOT

__all__ = ["api_pages", "document_module"]

ROOMS = {
    "data": "Data: published numbers, data dictionaries, a reader's file",
    "models": "Models: estimators",
    "audit": "Audit: checks of printed numbers",
    "report": "Report: tables, figures, wording",
    "errors": "Errors: how bad input is answered",
}
INTRO = """\
The notebooks call the package ``helpers``, which can be used without them. Names in tables follow
one pattern: ``lhs op rhs label est se z pvalue ci_lower ci_upper``, unrounded. What serves a single
paper, in ``helpers.studies`` and ``helpers.twins``, is not listed here.
"""


def api_pages(root: Path = ROOT) -> dict[str, str]:
    """Return the page of each room, and a first one that leads to them, as reStructuredText.

    Returns
    -------
    dict of str to str
        By file name, ``api/index.rst`` first.
    """
    package = root / "src" / "helpers"
    pages = {}
    for room, title in ROOMS.items():
        sections = []
        for path in sorted((package / room).rglob("*.py")) or [package / f"{room}.py"]:
            module = ".".join(path.relative_to(root / "src").with_suffix("").parts)
            tree = ast.parse(path.read_text(encoding="utf-8"))
            sections += document_module(module, tree)
        pages[f"api/{room}.rst"] = "\n".join([*_heading(title, "="), *sections])
    wanted = [f"* :py:obj:`{name} <{module}.{name}>`" for name, module in sorted(MODULES.items())]
    first = [
        *_heading("The functions", "="), INTRO,
        *_heading("Most often wanted", "-"), "``from helpers import …`` gives:", "", *wanted, "",
        *_heading("By room", "-"), ".. toctree::", "   :maxdepth: 1", "",
        *(f"   {room}" for room in ROOMS), "", "All names: :ref:`genindex`.",
    ]  # fmt: skip
    return {"api/index.rst": "\n".join(first) + "\n", **pages}


def public_definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """Return the documented functions and classes that a module offers.

    Those of ``__all__``, or without one those whose names begin with no underscore.
    """
    offered = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        for name in ast.literal_eval(node.value)
    }
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and (node.name in offered if offered else not node.name.startswith("_"))
        and ast.get_docstring(node)
    ]


def document_module(module: str, tree: ast.Module) -> list[str]:
    """Return the section of a module as lines of reStructuredText; none if it offers nothing."""
    definitions = public_definitions(tree)
    if not definitions:
        return []
    lines = [*_heading(module.removeprefix("helpers."), "-"), f".. py:module:: {module}", ""]
    lines += [ast.get_docstring(tree) or "", ""]
    for node in definitions:
        lines += _document(node)
    return lines


def _document(node: ast.FunctionDef | ast.ClassDef, kind: str = "function") -> Iterator[str]:
    """Yield a definition with its docstring and, of a class, its public methods."""
    if isinstance(node, ast.ClassDef):
        kind, signature = "class", node.name
    else:
        signature = node.name if kind == "property" else _signature(node, method=kind == "method")
    yield f".. py:{kind}:: {signature}"
    yield ""
    yield textwrap.indent("\n".join(_read_docstring(node, kind)), "   ")
    yield ""
    if isinstance(node, ast.ClassDef):
        for member in node.body:
            if (
                isinstance(member, ast.FunctionDef)
                and not member.name.startswith("_")
                and ast.get_docstring(member)
            ):
                decorated = {getattr(each, "id", "") for each in member.decorator_list}
                is_property = bool(decorated & {"property", "cached_property"})
                inside = "\n".join(_document(member, "property" if is_property else "method"))
                yield textwrap.indent(inside, "   ")


def _signature(node: ast.FunctionDef, *, method: bool) -> str:
    """Return name and arguments with their defaults; the types stand in the docstring."""
    arguments = copy.deepcopy(node.args)
    if method and arguments.args:
        arguments.args = arguments.args[1:]
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"{node.name}({ast.unparse(arguments)})"


def _read_docstring(node: ast.FunctionDef | ast.ClassDef, kind: str) -> list[str]:
    from sphinx.ext.napoleon import Config
    from sphinx.ext.napoleon.docstring import NumpyDocstring

    config = Config(napoleon_use_ivar=True, napoleon_use_param=False, napoleon_use_rtype=False)
    text = _escape(ast.get_docstring(node))
    return NumpyDocstring(text, config, what=kind).lines()


def _escape(text: str) -> str:
    """Make plain text of signs that reStructuredText would read as its own: |x|, a lone *."""
    parts = re.split(r"(``[^`]+``|^ *>>>.*$)", text, flags=re.MULTILINE)
    for number in range(0, len(parts), 2):
        words = re.split(r"((?<![\w*])\*(?=[^\s*])[^*]*[^\s*]\*(?!\w))", parts[number])
        words[::2] = [plain.replace("|", "\\|").replace("*", "\\*") for plain in words[::2]]
        # an emphasized volume stands before its issue in brackets
        words[1::2] = [f"{word}\\ " for word in words[1::2]]
        parts[number] = "".join(words)
    return "".join(parts)


def _heading(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]
