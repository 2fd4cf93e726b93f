"""A reader's own study as a design: a model, population values or correlations, and a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from helpers.errors import InputError, did_you_mean
from helpers.models.power.composite import CompositeDesign
from helpers.models.power.incomplete import IncompleteDesign
from helpers.models.power.path import PathDesign
from helpers.models.sem.structure import build_structure
from helpers.models.sem.syntax import parse_model

__all__ = ["OwnPlan", "read_plan"]

DESIGN = ("model", "values", "correlations", "items", "loadings", "caseload", "icc")
GAPS = ("missing", "missing_depends_on", "analysis")
PLAN = ("targets", "joint", "reliability", "power", "attrition", "n")


@dataclass(frozen=True, kw_only=True)
class OwnPlan:
    """What is to be planned.

    Attributes
    ----------
    design : PathDesign, IncompleteDesign or CompositeDesign
    targets : tuple of str
        What is to be found; all at once where `joint`.
    joint : bool
    reliability : float or mapping of str to float
    power : float
    attrition, missing : float
        Shares of the recruited who are lost, and of the rest who leave out an answer and are
        excluded; the latter 0 where the design leaves out values itself.
    n : int or None
        Cases of the design, where the smallest effect that they find is asked for.
    """

    design: PathDesign
    targets: tuple[str, ...]
    joint: bool
    reliability: float | Mapping[str, float]
    power: float
    attrition: float
    missing: float
    n: int | None

    @property
    def kept(self) -> float:
        """Share of the recruited who are cases of the design."""
        return (1 - self.attrition) * (1 - self.missing)


def read_plan(given: Mapping[str, object]) -> OwnPlan:
    r"""Read a plan from a mapping, as a YAML file gives it.

    Parameters
    ----------
    given : mapping
        ``model``, in lavaan syntax with a label for each path, and ``values``, the standardized
        value of each label; or, in place of ``values``, ``correlations`` of all variables, which
        the paths then follow from. A correlation goes by ``one~~other``; with ``values`` those of
        exogenous variables and of residuals that the model names, 0 where not given. ``items`` and
        ``loadings`` by variable make it a study of composites. ``caseload`` and ``icc``: clients of
        one therapist, and how alike they are. ``missing``: the share of clients with an answer
        missing, who are excluded; or by variable the share of its values, with ``analysis`` and
        ``missing_depends_on`` as in `IncompleteDesign`. ``targets`` and ``joint``,
        ``reliability``, ``power``, ``attrition`` and ``n``: see `OwnPlan`.

    Returns
    -------
    OwnPlan

    Raises
    ------
    InputError
        For a key, a label or a pair that is not known, and for values without a population.

    Examples
    --------
    >>> plan = read_plan({
    ...     "model": "alliance ~ a*hope\noutcome ~ b*alliance + c*hope\nindirect := a*b",
    ...     "correlations": {"hope~~alliance": 0.3, "alliance~~outcome": 0.4, "hope~~outcome": 0.2},
    ... })
    >>> {name: round(float(value), 3) for name, value in plan.design.paths.items()}
    {'a': 0.3, 'b': 0.374, 'c': 0.088}
    """
    known = (*DESIGN, *GAPS, *PLAN)
    for name in given:
        if name not in known:
            raise InputError(
                f"{name!r} is not one of {', '.join(known)}.{did_you_mean(name, known)}"
            )
    if not isinstance(given.get("model"), str):
        raise InputError("model: give the paths in lavaan's syntax, such as 'y ~ a*x'.")
    if "=~" in given["model"]:
        raise InputError(
            "model: '=~' makes a latent variable, and a plan takes scores: name the scale and give"
            " its reliability, or items and loadings of a composite."
        )
    structure = build_structure(parse_model(given["model"]))
    for name in structure.variables:
        if ":" in name:
            raise InputError(
                f"model: {name!r} is a product, which is not normal as the variables of a plan are;"
                " notebook 05 plans a moderated regression."
            )
    for name, other in (("caseload", "icc"), ("icc", "caseload")):
        if name in given and other not in given:
            raise InputError(
                f"{name}={given[name]!r} needs {other} beside it: caseload is the number of clients"
                " of one therapist, icc how alike they are, such as 0.05."
            )
    correlations = _read_pairs(given.get("correlations"), structure.variables)
    options = {"model": given["model"], "targets": _texts(given, "targets")}
    if "values" in given:
        options["paths"] = _numbers(given, "values")
        within = set(structure.exogenous)
        split = [{}, {}]
        for pair, value in correlations.items():
            split[0 if set(pair) <= within else 1][pair] = value
        options["exogenous_correlation"], options["residual_correlation"] = split
    else:
        options |= _follow(structure, correlations)
    for name in ("caseload", "icc"):
        if name in given:
            options[name] = given[name]
    kind = PathDesign
    if "items" in given or "loadings" in given:
        kind = CompositeDesign
        options |= {name: _numbers(given, name) for name in ("items", "loadings")}
        options["items"] = {name: int(value) for name, value in options["items"].items()}
    gaps = _read_gaps(given)
    if gaps and kind is CompositeDesign:
        raise InputError(
            "missing by variable is for a model without items; of composites give the share of"
            " clients with an answer missing, who are excluded: missing: 0.1."
        )
    design = IncompleteDesign(**options, **gaps) if gaps else kind(**options)
    joint = given.get("joint", False)
    if not isinstance(joint, bool):
        raise InputError(f"joint={joint!r} is neither true nor false.")
    shares = {
        name: 0.0 if gaps and name == "missing" else _share(given, name)
        for name in ("attrition", "missing")
    }
    n = given.get("n")
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise InputError(f"n={n!r} is not a number of cases from 1 up.")
    return OwnPlan(
        design=design,
        targets=design.targets,
        joint=joint and len(design.targets) > 1,
        reliability=given.get("reliability", 1.0),
        power=_share(given, "power", default=0.8),
        n=n,
        **shares,
    )


def _read_gaps(given: Mapping[str, object]) -> dict[str, object]:
    """What an `IncompleteDesign` takes; empty where the cases with a gap are excluded."""
    if not isinstance(given.get("missing"), Mapping):
        if given.get("analysis", "listwise") != "listwise" or "missing_depends_on" in given:
            raise InputError(
                "missing: give a share by variable, such as {outcome: 0.2}; which ones have gaps"
                " decides what can be made of the answers that are there."
            )
        return {}
    if "analysis" not in given:
        raise InputError(
            "analysis: say fiml (every client, with the answers that are there) or listwise (only"
            " clients without a gap)."
        )
    causes = given.get("missing_depends_on", {})
    if not isinstance(causes, Mapping):
        raise InputError(
            "missing_depends_on: give a variable by name, such as {outcome: distress}."
        )
    return {
        "missing": _numbers(given, "missing"),
        "missing_depends_on": {str(name): str(cause) for name, cause in causes.items()},
        "analysis": given["analysis"],
    }


def _follow(structure, correlations) -> dict[str, Mapping]:
    """Paths and correlations that follow from the correlations of all variables."""
    names = structure.variables
    R = np.eye(len(names))
    for i, one in enumerate(names):
        for j, other in enumerate(names[:i]):
            value = correlations.get((one, other), correlations.get((other, one)))
            if value is None:
                raise InputError(
                    f"correlations: {other}~~{one} is missing; give that of every pair, or the"
                    " paths by values."
                )
            R[i, j] = R[j, i] = value
    if np.linalg.eigvalsh(R)[0] <= 1e-10:
        raise InputError("correlations: no data have them; they are not positive definite.")
    m = len(structure.endogenous)
    rows, columns = (np.array(side) for side in zip(*structure.coefficient_index, strict=True))
    paths, residual = {}, np.eye(len(names))[:m]
    for y in range(m):
        own = columns[rows == y]
        beta = np.linalg.solve(R[np.ix_(own, own)], R[own, y])
        residual[y, own] -= beta
        labels = [t.label for t, row in zip(structure.coefficients, rows, strict=True) if row == y]
        paths |= dict(zip(labels, map(float, beta), strict=True))
    psi = residual @ R @ residual.T
    sd = np.sqrt(np.diag(psi))
    place = {name: k for k, name in enumerate(names)}
    between = {
        (t.lhs, t.rhs): float(
            psi[place[t.lhs], place[t.rhs]] / (sd[place[t.lhs]] * sd[place[t.rhs]])
        )
        for t in structure.covariances
        if t.lhs != t.rhs and place[t.lhs] < m and place[t.rhs] < m
    }
    exogenous = {
        (one, other): float(R[place[one], place[other]])
        for k, one in enumerate(structure.exogenous)
        for other in structure.exogenous[:k]
    }
    return {
        "paths": paths,
        "residual_correlation": between,
        "exogenous_correlation": exogenous,
    }


def _read_pairs(given: object, variables: tuple[str, ...]) -> dict[tuple[str, str], float]:
    if given is None:
        return {}
    pairs = {}
    for text, value in _numbers({"correlations": given}, "correlations").items():
        names = [part.strip() for part in str(text).split("~~")]
        if len(names) != 2:
            raise InputError(f"correlations: {text!r} is not of the form one~~other.")
        for name in names:
            if name not in variables:
                raise InputError(
                    f"correlations: {name!r} is no variable of the model."
                    f"{did_you_mean(name, variables)}"
                )
        pairs[names[0], names[1]] = value
    return pairs


def _numbers(given: Mapping[str, object], name: str) -> dict[str, float]:
    values = given.get(name)
    if not isinstance(values, Mapping):
        raise InputError(f"{name}: give a value by name, such as {{a: 0.3, b: 0.35}}.")
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(
                f"{name}: {key}={value!r} is not a number; one looks like 0.3, with a point and a"
                " space between it and the colon."
            )
    return {str(key): value for key, value in values.items()}


def _texts(given: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = given.get(name, ())
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise InputError(f"{name}: give a list, such as [a, indirect].")
    return tuple(values)


def _share(given: Mapping[str, object], name: str, *, default: float = 0.0) -> float:
    value = given.get(name, default)
    allowed = isinstance(value, int | float) and not isinstance(value, bool)
    if not allowed or not (0 < value < 1 if default else 0 <= value < 1):
        raise InputError(f"{name}={value!r} is not a share below 1; write 0.2 for 20%.")
    return float(value)
