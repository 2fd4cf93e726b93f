"""The pages that say how to run a notebook on other data and with other parameters."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from helpers.commands.pages import read_title
from helpers.commands.parameters import ARGUMENTS
from helpers.data.schemas import Schema
from helpers.notebook import Parameter, read_parameters

__all__ = ["describe_parameters", "own_data_page"]

TYPES = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true or false",
    list: "list",
}
READS_NONE = """\
This notebook reads no data: it uses published numbers and the other reports.
"""
DATA = """\
This writes an empty file with the right header, a codebook and an example mapping:

```
make template STUDY={study} OUT=my.csv
```

This checks whether your file fits. It runs no analysis, prints no row, and lists every problem with
its remedy. If your columns, labels or codes have other names, a mapping file says which, and your
file can stay as it is (`MAP=my.map.yml`, here and below):

```
make check DATA=my.csv STUDY={study}
```

This makes the report on your data:

```
make run NOTEBOOK={number} DATA=my.csv OUT=runs/mine
```
"""


def own_data_page(template: str, *, source: Path, schema: Schema | None) -> str:
    """Return the page for one notebook.

    Parameters
    ----------
    template : str
        Markdown with names in square brackets where the texts go.
    source : pathlib.Path
        The notebook, percent format.
    schema : Schema or None
        The data dictionary of its study; None for a notebook that reads no data.
    """
    number, title = source.stem.split("_")[0], read_title(source)
    parameters = read_parameters(source)
    texts = {
        "data": DATA.format(study=schema.study, number=number) if schema else READS_NONE,
        "columns": _describe_columns(schema) if schema else "",
        "parameters": describe_parameters(parameters),
        "example": _example(parameters),
        "short": title.partition(":")[0],
        "title": title,
        "notebook": source.stem,
        "number": number,
    }
    for name, text in texts.items():
        template = template.replace(f"[{name}]", text)
    return template


def _describe_columns(schema: Schema) -> str:
    """Return the codebook as a section of a page."""
    from helpers.data.codebook import write_codebook

    codebook = re.sub(r"^## ", "### ", write_codebook(schema), flags=re.MULTILINE)
    return codebook.replace(f"# Codebook: {schema.title}", "## The columns of your file")


def describe_parameters(parameters: Sequence[Parameter]) -> str:
    """Return the parameters of a notebook, with defaults and what is allowed, as Markdown."""
    rows = [(f"`{p.name}`", _default(p.default), _may_be(p), _sentence(p.help)) for p in parameters]
    return _table(("Parameter", "Default", "Allowed", "What it is"), rows)


def _may_be(parameter: Parameter) -> str:
    if parameter.name in ARGUMENTS:
        return f"given as `{ARGUMENTS[parameter.name]}=…`"
    kind = TYPES[parameter.type]
    if parameter.choices:
        each = "any of " if parameter.type is list else ""
        return each + ", ".join(_code(choice) for choice in parameter.choices)
    return f"{kind} in {parameter.interval}" if parameter.interval else kind


def _example(parameters: Sequence[Parameter]) -> str:
    """Return parameters with values that are allowed, the way a reader writes them."""
    numbers = [p for p in parameters if p.type in (int, float)] or [
        p for p in parameters if p.name not in ARGUMENTS
    ]
    return " ".join(f"{p.name}={_code(p.default).strip('`')}" for p in numbers[:2])


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _default(value: object) -> str:
    return ", ".join(map(_code, value)) if isinstance(value, list) and value else _code(value)


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    safe = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return tabulate(safe, headers=heads, tablefmt="pipe", disable_numparse=True)
