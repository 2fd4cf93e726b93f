"""What no module may do: execute text, load objects, call a shell, reach for a network."""

import ast

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
