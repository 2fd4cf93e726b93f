"""Continuous items on which the coping study's composites have the printed numbers exactly.

The certificate of the integer twin, and its start: the seven paths, both R2 and the fifteen
reliabilities hold to machine precision, and the first-order standard errors of the paths are the
printed ones. How the items are made:

1. Construct scores with exact correlations, from the printed paths and the exogenous correlations
   nearest to those of Table 3.
2. Items as loading times score plus error, the loadings from the printed composite reliability and
   AVE: some strong items and some weak ones, since no set of like loadings has both numbers.
3. The least moves of the cells, in short Newton steps, that bring alpha and the standard errors to
   their targets and leave the others at theirs.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.data.schemas import load_schema
from helpers.models.pls.kernel import PLSStructure, compile_structure
from helpers.printed.numbers import PrintedNumber, load_published, parse_printed
from helpers.studies.coping_adherence.model import (
    CONSTRUCTS,
    MEDIATOR,
    OUTCOME,
    PATHS,
    STRATEGIES,
    STUDY,
    write_model,
)
from helpers.studies.coping_adherence.twin_statistics import (
    compute_composite_statistics,
    statistic_sections,
)
from helpers.twins.exact_moments import exact_normals, project_off, standardize, with_correlation
from helpers.twins.short_steps import step_to_targets

__all__ = ["STEADIED", "compile_study", "read_targets", "simulate_exact_items"]

Floats = NDArray[np.float64]

STEADIED = "problem_focused"
"""The construct whose weights would hang on single answers: its printed paths leave it next to
nothing to do with either consequent."""

SEED = 213

EXOGENOUS = {
    ("avoidant", "problem_focused"): -0.064,
    ("avoidant", "emotion_focused"): 0.476,
    ("problem_focused", "emotion_focused"): 0.122,
}
"""Correlations of the strategies at the start. The printed paths and R2 leave one of the three
free; these are the ones nearest to Table 3."""

STRONG_ITEMS = {
    "avoidant": 4,
    "problem_focused": 3,
    "emotion_focused": 11,
    "alliance": 15,
    "adherence": 12,
}
"""Assumed number of items with strong loadings, which come first."""

WEAK_COMMON = 0.3
"""Assumed share of the weak items' errors that they have in common."""

LONGEST, N_STEPS = 0.08, 30
"""Root mean square of a Newton step at most, in SD of the items, and steps at most."""


def compile_study() -> PLSStructure:
    """Return the paper's model of the twin's items, to be solved to the last digits."""
    columns = [
        f"{name}_{number + 1}"
        for name in CONSTRUCTS
        for number in range(load_schema(STUDY).column(name).twin_items)
    ]
    return compile_structure(write_model(columns), tolerance=1e-13, max_iter=5000)


def read_targets(structure: PLSStructure) -> Floats:
    """Choose unrounded values inside the printed rounding intervals.

    A path, R2, composite reliability or alpha is the printed number itself. An AVE lies in the
    middle of what prints as the AVE of Table 2 and, as its root, on the diagonal of Table 3. A
    standard error is what the printed t makes of the path, where that prints as the standard
    error; else the printed one.

    Returns
    -------
    ndarray, shape (34,)
        In the order of `statistic_sections`; zero for the steadying numbers.
    """
    paths = load_published(STUDY, "table_4")
    measures = load_published(STUDY, "table_2").loc[list(CONSTRUCTS)]
    roots = load_published(STUDY, "table_3")
    chosen = {kind: [parse_printed(v).value for v in measures[kind]] for kind in ("rho_c", "alpha")}
    chosen["path"] = [parse_printed(paths.loc[path, "beta"]).value for path in PATHS]
    chosen["r_squared"] = [
        next(parse_printed(v).value for v in paths.xs(end, level="to")["r_squared"] if v)
        for end in (MEDIATOR, OUTCOME)
    ]
    chosen["ave"] = [
        _middle_of_both(parse_printed(measures.loc[c, "ave"]), parse_printed(roots.loc[c, c]))
        for c in CONSTRUCTS
    ]
    chosen["se"] = [
        _choose_se(parse_printed(paths.loc[path, "se"]), beta, parse_printed(paths.loc[path, "t"]))
        for path, beta in zip(PATHS, chosen["path"], strict=True)
    ]
    sections = statistic_sections(structure, steadied=STEADIED)
    targets = np.zeros(sections["se"].stop)
    for kind, values in chosen.items():
        targets[sections[kind]] = values
    return targets


def _choose_se(printed: PrintedNumber, beta: float, t: PrintedNumber) -> float:
    implied = abs(beta) / abs(t.value)
    return implied if printed.agrees(implied) else printed.value


def _middle_of_both(ave: PrintedNumber, root: PrintedNumber) -> float:
    return (max(ave.lower, root.lower**2) + min(ave.upper, root.upper**2)) / 2


def simulate_exact_items(*, seed: int = SEED) -> pd.DataFrame:
    """Return continuous items with the printed paths, R2 and reliabilities to machine precision.

    Parameters
    ----------
    seed : int
        Another seed gives other items with the same 24 numbers.

    Returns
    -------
    DataFrame, shape (213, 61)
        Standardized items, `avoidant_1` and so on, of the five constructs. Estimate with a strict
        tolerance: at the engine's default the outer weights themselves stop at 1e-7.

    Raises
    ------
    ValueError
        When the search ends without meeting the numbers.

    Examples
    --------
    >>> from helpers.models.pls.model import fit_pls
    >>> items = simulate_exact_items()
    >>> fit = fit_pls(items, model=write_model(items.columns), tolerance=1e-13)
    >>> bool(abs(fit.paths["est"][0] - 0.521) < 1e-10)
    True
    """
    structure = compile_study()
    targets = read_targets(structure)
    items = _first_items(structure, targets, np.random.default_rng(seed))

    def deviations(cells):
        found = compute_composite_statistics(
            cells.reshape(items.shape), structure, steadied=STEADIED
        )
        return found.reached - targets, found.gradients.reshape(len(targets), -1)

    cells = step_to_targets(items.ravel(), deviations, longest=LONGEST, near=1e-13, n_steps=N_STEPS)
    missed = np.abs(deviations(cells)[0]).max()
    if missed > 1e-11:
        raise ValueError(f"the exact items miss a target by {missed:.1e}")
    return pd.DataFrame(standardize(cells.reshape(items.shape)), columns=structure.model.items)


def _first_items(structure, targets, rng):
    """Items that nearly have the targets, but for alpha and the standard errors."""
    n = load_schema(STUDY).n_twin
    targets = {k: targets[v] for k, v in statistic_sections(structure, steadied=STEADIED).items()}
    correlation = _construct_correlation(targets["path"])
    scores = with_correlation(exact_normals(rng, n, len(CONSTRUCTS)), correlation)
    blocks = []
    for k, (name, items) in enumerate(structure.model.constructs.items()):
        loadings = _choose_loadings(
            len(items),
            STRONG_ITEMS[name],
            rho_c=targets["rho_c"][k],
            ave=targets["ave"][k],
        )
        noise = rng.standard_normal((n, len(items)))
        common = rng.standard_normal((n, 1))
        weak = noise[:, STRONG_ITEMS[name] :]
        weak[:] = np.sqrt(1 - WEAK_COMMON) * weak + np.sqrt(WEAK_COMMON) * common
        errors = project_off(noise, scores) * np.sqrt(1 - loadings**2)
        # Errors that cancel in the weighted sum, taken off where they are largest.
        share = loadings * (1 - loadings**2)
        errors -= np.outer(errors @ loadings, share / (share @ loadings))
        errors *= np.sqrt(1 - loadings**2) / errors.std(axis=0, ddof=1)
        blocks.append(scores[:, [k]] * loadings + errors)
    return np.hstack(blocks)


def _construct_correlation(paths):
    """Correlations of the five constructs that the paths and `EXOGENOUS` imply."""
    place = {name: k for k, name in enumerate(CONSTRUCTS)}
    matrix = np.eye(len(CONSTRUCTS))
    for (a, b), r in EXOGENOUS.items():
        matrix[place[a], place[b]] = matrix[place[b], place[a]] = r
    slopes = dict(zip(PATHS, paths, strict=True))
    for end, sources in ((MEDIATOR, STRATEGIES), (OUTCOME, (*STRATEGIES, MEDIATOR))):
        known = [place[name] for name in sources]
        r = matrix[np.ix_(known, known)] @ [slopes[name, end] for name in sources]
        matrix[known, place[end]] = matrix[place[end], known] = r
    return matrix


def _choose_loadings(n_items, n_strong, *, rho_c, ave):
    """Loadings, strong ones first, that have the composite reliability and AVE exactly.

    The two numbers fix the loadings' mean and mean square; the rest is a chosen pattern.
    """
    mean = np.sqrt(rho_c * n_items * (1 - ave) / (1 - rho_c)) / n_items
    n_weak = n_items - n_strong
    pattern = np.concatenate(
        [
            1 + np.linspace(0.25, -0.25, n_strong),
            -n_strong / n_weak + (np.linspace(0.3, -0.3, n_weak) if n_weak > 1 else np.zeros(1)),
        ]
    )
    pattern -= pattern.mean()
    return mean + np.sqrt((ave - mean**2) / (pattern**2).mean()) * pattern
