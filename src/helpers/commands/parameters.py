"""Parameters as a command line gives them: ``name=value`` pairs, and what stands before them."""

import math
import re
from collections.abc import Iterable

from helpers.errors import InputError
from helpers.notebook import Parameter, check_parameters, known_parameter, quote_value

__all__ = ["ARGUMENTS", "parse_assignments", "quote_value"]


def parse_assignments(text: str, parameters: Iterable[Parameter]) -> dict[str, object]:
    """Read ``name=value`` pairs, each value by the type of its parameter.

    Parameters
    ----------
    text : str
        Such as ``n_boot=1000 covariates=[gender, age_group] estimator=ML``: separated by
        spaces; a text with a space, and one in a list with a comma or a bracket, is in
        quotation marks.
    parameters : iterable of Parameter
        What the notebook declares.

    Returns
    -------
    dict
        Names and values, checked.

    Raises
    ------
    InputError
        For an unknown name (with a hint), a value of the wrong type or not allowed, a name
        given twice, or a word without ``=``.

    Examples
    --------
    >>> declared = [Parameter("n_boot", int, 5000), Parameter("only", list, [], item=str)]
    >>> parse_assignments("n_boot=1e3 only=[a, b]", declared)
    {'n_boot': 1000, 'only': ['a', 'b']}
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    values: dict[str, object] = {}
    rest = text.strip()
    while rest:
        pair = re.match(
            r"""(?P<name>[^\s=]+)\s*=\s*
                (?P<value>\[(?:"[^"]*"|'[^']*'|[^\]])*\]|"[^"]*"|'[^']*'|[^\s\[]\S*|)(?=\s|$)""",
            rest,
            re.VERBOSE,
        )
        if not pair:
            word = rest.split()[0]
            raise InputError(f"PARAMS: {word!r} is not of the form name=value")
        parameter = known_parameter(pair["name"], by_name)
        if parameter.name in values:
            raise InputError(f"PARAMS: {parameter.name} is given twice")
        values[parameter.name] = _convert(pair["value"], parameter)
        rest = rest[pair.end() :].lstrip()
    check_parameters(values, by_name.values())
    return values


_ELEMENT = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]*?)\s*,""")


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _convert(text: str, parameter: Parameter) -> object:
    """Turn `text` into the parameter's type, or leave it a text for the check to refuse."""
    if parameter.type is not list:
        return _convert_one(_unquoted(text), parameter.type)
    inside = text[1:-1] if text.startswith("[") else _unquoted(text)
    elements = (
        [_unquoted(each) for each in _ELEMENT.findall(f"{inside},")] if inside.strip() else []
    )
    item = parameter.item or str
    return [_convert_one(each, item) for each in elements]


def _convert_one(text: str, kind: type) -> object:
    if kind is str:
        return text
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        number = float(text.replace("_", " "))
    except ValueError:
        return text
    if kind is float:
        return number
    if not math.isfinite(number):
        return text
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    return int(number) if number == int(number) else text


# ---------------------------------------------------------------- inside a notebook


ARGUMENTS = {"data_path": "DATA", "mapping_path": "MAP", "output_dir": "OUT"}
