"""Random models with missing values, clusters or latent variables, with data, one a seed.

Each is one that lavaan can fit in most draws; what it cannot fit is a case too.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from differential.path_models import (
    ERRORS,
    Term,
    draw_constraints,
    draw_definitions,
    draw_errors,
    draw_paths,
    draw_residuals,
    write_model,
)


@dataclass(frozen=True)
class SemCase:
    """A model in lavaan's syntax, how it is fitted, and data."""

    name: str
    model: str
    missing: str  # "fiml" or "error"
    cluster: str  # the column, or ""
    auxiliary: tuple[str, ...]
    std_lv: bool
    data: pd.DataFrame


def draw_missing_case(seed: int) -> SemCase:
    """Draw an observed or a latent model whose data have missing values."""
    rng = np.random.default_rng([104, seed])
    terms, definitions, data = _draw_observed(rng) if rng.random() < 0.65 else _draw_latent(rng)
    auxiliary = ()
    if rng.random() < 0.15:
        auxiliary = ("aux1", "aux2")[: rng.integers(1, 3)]
        data = data.assign(**{name: _near(rng, data) for name in auxiliary})
    data = _lose(rng, data, terms)
    text = _text(rng, terms, definitions)
    return SemCase(f"missing_{seed:04d}", text, "fiml", "", auxiliary, False, data)


def draw_clustered_case(seed: int) -> SemCase:
    """Draw an observed or a latent model whose cases are nested, some with missing values."""
    rng = np.random.default_rng([105, seed])
    terms, definitions, data = _draw_observed(rng) if rng.random() < 0.65 else _draw_latent(rng)
    count = int(rng.integers(8, 81))
    shares = rng.dirichlet(np.full(count, rng.choice([0.8, 3, 50])))
    belongs = rng.choice(count, size=len(data), p=shares)
    belongs[:count] = np.arange(count) if count < len(data) else belongs[:count]
    between = rng.uniform(0, 0.8)
    for name in data:
        if rng.random() < 0.15 and data[name].nunique() > 20:
            data[name] = rng.standard_normal(count)[belongs]  # a variable of the cluster
        elif data[name].nunique() > 2:
            effect = rng.standard_normal(count) * between * data[name].std()
            data[name] = data[name] + effect[belongs]
    data = data.round(4)
    fiml = rng.random() < 0.35
    if fiml:
        data = _lose(rng, data, terms)
    label = str(rng.choice(["", "t"]))
    data["therapist"] = [f"{label}{k + 1}" if label else k + 1 for k in belongs]
    missing = "fiml" if fiml else "error"
    text = _text(rng, terms, definitions)
    return SemCase(f"clustered_{seed:04d}", text, missing, "therapist", (), False, data)


def draw_latent_case(seed: int) -> SemCase:
    """Draw a model of 1 to 4 factors with covariates and observed outcomes, with data."""
    rng = np.random.default_rng([106, seed])
    terms, definitions, data = _draw_latent(rng)
    std_lv = all(t.modifier == "" for t in terms if t.op == "=~") and rng.random() < 0.25
    text = _text(rng, terms, definitions)
    return SemCase(f"latent_{seed:04d}", text, "error", "", (), bool(std_lv), data)


def _draw_observed(rng):
    outcomes = [f"y{k}" for k in rng.permutation(rng.integers(2, 6)) + 1]
    predictors = [f"x{k}" for k in range(1, rng.integers(2, 5))]
    covariates = [f"c{k}" for k in range(1, rng.integers(1, 5))] if rng.random() < 0.4 else []
    paths = draw_paths(rng, outcomes, predictors, covariates)
    terms = [Term(y, "~", x) for y, x in paths] + draw_residuals(rng, outcomes, paths)
    terms = draw_constraints(rng, terms)
    definitions = draw_definitions(rng, terms)
    n = int(rng.choice([60, 100, 200, 400]))
    kind = str(rng.choice(ERRORS))
    columns = _exogenous(rng, n, predictors, covariates)
    for y in outcomes:
        columns[y] = draw_errors(rng, kind, n, columns[predictors[0]])
        for x in [t.rhs for t in terms if t.op == "~" and t.lhs == y]:
            columns[y] = columns[y] + rng.uniform(-0.5, 0.6) * columns[x]
        if rng.random() < 0.2:  # a path the model does not have
            columns[y] = columns[y] + 0.3 * columns[str(rng.choice(predictors))]
    return terms, definitions, _frame(rng, columns, outcomes, kind)


def _exogenous(rng, n, predictors, covariates):
    shared = rng.standard_normal(n)
    columns = {name: 0.4 * shared + rng.standard_normal(n) for name in predictors}
    for name in covariates:
        level = rng.random(n) < rng.uniform(0.25, 0.6)
        columns[name] = level.astype(float) if rng.random() < 0.6 else rng.standard_normal(n)
    return columns


def _frame(rng, columns, endogenous, kind):
    if kind == "discrete":
        columns |= {y: np.rint(2 * columns[y] / columns[y].std()) for y in endogenous}
    if rng.random() < 0.3:
        columns |= {y: columns[y] * 10 ** rng.uniform(-0.5, 0.5) for y in endogenous}
    frame = pd.DataFrame(columns).round(4)
    return frame[[str(name) for name in rng.permutation(list(frame))]]


def _draw_latent(rng):
    factors = [f"f{k}" for k in range(1, rng.integers(1, 4) + 1)]
    sizes = [int(rng.integers(3, 6)) for _ in factors]
    items = {
        f: [f"{f}i{k}" for k in range(1, size + 1)] for f, size in zip(factors, sizes, strict=True)
    }
    outcomes = [f"y{k}" for k in range(1, rng.integers(0, 3) + 1)]
    predictors = [f"x{k}" for k in range(1, rng.integers(0, 3) + 1)]
    terms = _measurement(rng, items)
    structural = _structure(rng, factors, outcomes, predictors)
    if structural:
        structural = _labels(rng, structural)
    definitions = draw_definitions(rng, structural)
    terms = terms + structural
    used = {t.rhs for t in structural}
    n = int(rng.choice([120, 200, 350, 600]))
    kind = str(rng.choice(ERRORS))
    columns = _exogenous(rng, n, [x for x in predictors if x in used], [])
    first = next(iter(columns.values()), rng.standard_normal(n))
    scores = dict(columns)
    for name in (*factors, *[y for y in outcomes if y in {t.lhs for t in structural}]):
        scores[name] = draw_errors(rng, kind, n, first)
        for x in [t.rhs for t in structural if t.op == "~" and t.lhs == name]:
            scores[name] = scores[name] + rng.uniform(-0.4, 0.6) * scores[x]
        if name in factors:
            method = rng.standard_normal(n) * (0.3 if rng.random() < 0.2 else 0)
            for item in items[name]:
                error = draw_errors(rng, kind, n, first)
                columns[item] = rng.uniform(0.7, 1.2) * scores[name] + 0.8 * error + method
        else:
            columns[name] = scores[name]
    return (
        terms,
        definitions,
        _frame(rng, columns, [c for c in columns if c not in predictors], kind),
    )


def _measurement(rng, items):
    """Loadings: markers or free with unit variance, some equal; a residual covariance or two."""
    terms, covariances = [], []
    for factor, own in items.items():
        style = rng.choice(["marker", "marker", "other", "free", "equal"])
        for k, item in enumerate(own):
            modifier = ""
            if style == "free" and k == 0:
                modifier = "NA"
            elif style == "other" and k < 2:
                modifier = ("NA", "1")[k]
            elif style == "equal" and k > 0:
                modifier = f"l{factor}"
            terms.append(Term(factor, "=~", item, modifier))
        if style == "free":
            covariances.append(Term(factor, "~~", factor, "1"))
        if len(own) > 3 and rng.random() < 0.25:
            covariances.append(Term(own[1], "~~", own[2]))
        if rng.random() < 0.1:
            covariances.append(Term(own[0], "~~", own[0], f"v{factor}"))
            covariances.append(Term(own[1], "~~", own[1], f"v{factor}"))
    for (_, a), (_, b) in combinations(items.items(), 2):
        if rng.random() < 0.15:
            covariances.append(Term(a[0], "~~", b[0]))
    return terms + covariances


def _structure(rng, factors, outcomes, predictors):
    terms = []
    linked = rng.random() < 0.75
    for k, name in enumerate((*factors, *outcomes)):
        earlier = [*predictors, *factors[:k]] if name in factors else [*predictors, *factors]
        chosen = [z for z in earlier if rng.random() < 0.6]
        if name in factors and not linked:
            chosen = [z for z in chosen if z in predictors]
        if name in outcomes and not chosen:
            chosen = [str(rng.choice(factors))]
        terms += [Term(name, "~", str(z)) for z in chosen]
    return terms


def _labels(rng, terms):
    share = rng.uniform(0.2, 0.8)
    terms = [
        replace(t, modifier=f"b{k}") if rng.random() < share else t for k, t in enumerate(terms)
    ]
    if rng.random() < 0.2 and len(terms) > 2:
        for k in rng.choice(len(terms), size=2, replace=False):
            terms[k] = replace(terms[k], modifier="same")
    elif rng.random() < 0.1:
        terms[0] = replace(terms[0], modifier="0.3")
    return terms


def _near(rng, data):
    chosen = data[str(rng.choice([c for c in data if data[c].nunique() > 2]))]
    return (0.7 * chosen / chosen.std() + rng.standard_normal(len(data))).round(4)


def _lose(rng, data, terms):
    """Values lost by chance, by a complete variable, in blocks, or from one occasion on."""
    n = len(data)
    endogenous = [
        c for c in data if any(t.lhs == c or (t.op == "=~" and t.rhs == c) for t in terms)
    ]
    exogenous = [c for c in data if c not in endogenous]
    how = str(rng.choice(["chance", "chance", "by_other", "blocks", "monotone"]))
    share = rng.uniform(0.03, 0.25)
    lost = pd.DataFrame(False, index=data.index, columns=data.columns)
    if how == "monotone":
        last = rng.integers(0, int(len(endogenous) / share) + 1, n)
        for k, name in enumerate(endogenous):
            lost[name] = k > last
    elif how == "blocks":
        forms = rng.integers(0, 4, n)
        for k, name in enumerate(endogenous):
            lost[name] = forms == 1 + k % 3
    else:
        chosen = endogenous + (exogenous if rng.random() < 0.5 else [])
        known = [c for c in data if c not in chosen]
        for name in chosen:
            chance = np.full(n, share)
            if how == "by_other" and known:
                z = data[known[0]].to_numpy()
                chance = 1 / (1 + np.exp(-np.log(share / (1 - share)) - (z - z.mean()) / z.std()))
            lost[name] = rng.random(n) < chance
    if rng.random() < 0.3:
        lost.loc[: max(2, n // 20), endogenous] = True  # nothing but predictors
    return data.mask(lost)


def _text(rng, terms, definitions):
    outcomes = list(dict.fromkeys(t.lhs for t in terms if t.op == "~"))
    factors = dict.fromkeys(t.lhs for t in terms if t.op == "=~")
    lines = [
        f"{factor} =~ " + " + ".join(str(t) for t in terms if t.op == "=~" and t.lhs == factor)
        for factor in factors
    ]
    rest = [t for t in terms if t.op != "=~"]
    written = write_model(rng, rest, definitions, outcomes, rng.permutation(len(outcomes)))
    return "\n".join(lines) + "\n" * bool(lines) + written
