"""What no module may do: execute text, load objects, call a shell, reach for a network, glue HTML.

HTML is made by putting text into `Markup`, which escapes it; ruff's S704 asks that only a literal
be called one. A text with elements in it that is glued of parts, and escapes none, is found here.
"""

import ast
import re

import pytest

from helpers.paths import ROOT

MODULES = sorted((ROOT / "src" / "helpers").rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "notebooks").glob("*.py")), *(ROOT / "docs").glob("*.py")]
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "unsafe_load"}
FORBIDDEN_MODULES = {
    *("socket", "ssl", "http", "urllib", "requests", "httpx", "aiohttp", "ftplib", "smtplib"),
    *("pickle", "marshal", "shelve", "dill", "cloudpickle", "webbrowser"),
}
HARMLESS = {"urllib.parse", "re.compile", "typst.compile"}
SAFE_LOADERS = {"loader", "_TextLoader"}


def _name(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""


def _dangers(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            modules = []
        found += [m for m in modules if m.split(".")[0] in FORBIDDEN_MODULES and m not in HARMLESS]
        if isinstance(node, ast.Call):
            called = _name(node.func)
            if called.split(".")[-1] in FORBIDDEN_CALLS and called not in HARMLESS:
                found.append(called)
            keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if keywords.get("shell") == "True" or keywords.get("allow_pickle") == "True":
                found.append(called)
            if called == "yaml.load" and keywords.get("Loader") not in SAFE_LOADERS:
                found.append(called)
    return found


def test_no_module_executes_text_loads_objects_or_reaches_for_a_network():
    found = {path.name: _dangers(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: dangers for name, dangers in found.items() if dangers} == {}


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "import pickle",
        "from urllib.request import urlopen",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "yaml.load(text, Loader=yaml.Loader)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_a_danger_is_seen(source):
    assert _dangers(source)


GLUED_HTML = re.compile(r"(?<!\\g)<[a-z][a-z0-9]*[ >]")
INLINE = re.compile(r"</?(?:b|code|i|sub|sup)>")
COLUMN = re.compile(r"[^:]+: [\w\0]+")


def _glued(source: str) -> list[str]:
    """Return what is glued of parts and is read as HTML, or as the column of a printed table."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            text = _filled(node)
            # what has only elements of a caption is read strictly, wherever it came from
            if GLUED_HTML.search(INLINE.sub("", text)) and "(?P<" not in text:
                found.append(text)
        if isinstance(node, ast.Dict | ast.DictComp):
            values = node.values if isinstance(node, ast.Dict) else [node.value]
            found += [
                _filled(value)
                for value in values
                if isinstance(value, ast.JoinedStr) and COLUMN.fullmatch(_filled(value))
            ]
    return found


def _filled(text: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in text.values)


def test_no_module_glues_html_or_columns_of_a_table():
    found = {path.name: _glued(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: glued for name, glued in found.items() if glued} == {}


@pytest.mark.parametrize(
    "source",
    [
        "f'<p>{name}</p>'",
        "f'<a href={x}>b</a>'",
        "{head: f'{name}: text'}",
        "{x: f'{x}: p' for x in y}",
        "{'A': f'low, high: {shape}'}",
    ],
)
def test_what_is_glued_is_seen(source):
    assert _glued(source)


def test_captions_of_strictly_read_elements_are_not():
    assert not _glued("f'<b>{title}</b>, <i>n</i> = {n}'")
