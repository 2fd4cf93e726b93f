"""Each public function of the models shows a call and what it prints, and prints just that."""

import doctest
import inspect
import pkgutil
import re
from importlib import import_module

import pytest

import helpers.models
from helpers import MODULES
from helpers.paths import ROOT

NAMES = [
    module.name
    for module in pkgutil.walk_packages(helpers.models.__path__, "helpers.models.")
    if not module.ispkg
]


def public_functions():
    """Functions that a module of the models offers, or the package by its name."""
    found = {
        (name, function)
        for name in NAMES
        for function in getattr(import_module(name), "__all__", ())
    }
    found |= {(home, function) for function, home in MODULES.items() if home in NAMES}
    return sorted(
        (home, name)
        for home, name in found
        if inspect.isfunction(getattr(import_module(home), name))
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of bootstraps, which the examples show
@pytest.mark.parametrize("name", NAMES)
def test_examples_print_what_they_show(name):
    report = []
    finder = doctest.DocTestFinder()
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    module = import_module(name)
    for test in finder.find(module, name):
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize(("home", "name"), public_functions())
def test_each_public_function_has_an_example_with_its_output(home, name):
    function = getattr(import_module(home), name)
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(function) or "")
    calls = [example for example in examples if re.search(rf"\b{name}\(", example.source)]
    assert calls, f"{home}.{name} has no example that calls it"
    assert any(example.want.strip() for example in examples), f"{home}.{name} shows no output"


def test_readme_ends_its_example_with_what_it_prints(capsys):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code, printed), *others = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.S)
    assert not others
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == printed
