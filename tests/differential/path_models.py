"""Random recursive path models with data, one a seed.

Every choice comes from the seed, so a case is named by it and the data need not be stored.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

ERRORS = ("normal", "t3", "t5", "skewed", "heteroscedastic", "elliptical", "discrete")


@dataclass(frozen=True)
class PathCase:
    """A model in lavaan's syntax, one nested in it (or none), and data for both."""

    name: str
    model: str
    restricted: str
    data: pd.DataFrame


@dataclass(frozen=True)
class Term:
    """`lhs op rhs` with what stands before the star, a label or a number."""

    lhs: str
    op: str
    rhs: str
    modifier: str = ""

    def __str__(self):
        return f"{self.modifier}*{self.rhs}" if self.modifier else self.rhs

    @property
    def label(self):
        return "" if not self.modifier or self.modifier[0] in "-0123456789" else self.modifier


def draw_path_case(seed: int) -> PathCase:
    """Draw a model of 2 to 10 outcomes, 1 to 4 predictors and 0 to 20 covariates, with data."""
    rng = np.random.default_rng([101, seed])
    outcomes, predictors, covariates = _draw_names(rng)
    paths = draw_paths(rng, outcomes, predictors, covariates)
    terms = [Term(y, "~", x) for y, x in paths] + draw_residuals(rng, outcomes, paths)
    terms = draw_constraints(rng, terms)
    restricted = _restrict(rng, terms)
    definitions = draw_definitions(rng, terms)
    data = _draw_data(rng, outcomes, predictors, covariates, terms)
    order = rng.permutation(len(outcomes))
    written = [write_model(rng, kind, definitions, outcomes, order) for kind in (terms, restricted)]
    return PathCase(f"path_{seed:04d}", written[0], written[1] if restricted else "", data)


def _draw_names(rng):
    style = rng.choice(["y{}", "score.{}", "Outcome_{}", "w{}_post"])
    numbers = rng.permutation(rng.integers(2, 11)) + 1
    predictors = [f"x{k}" for k in range(1, rng.integers(2, 6))]
    count = 1 + int(20 * rng.random() ** 2) if rng.random() < 0.5 else 0
    return [style.format(k) for k in numbers], predictors, [f"c{k}" for k in range(1, count + 1)]


def draw_paths(rng, outcomes, predictors, covariates):
    density = rng.uniform(0.2, 0.9)
    everywhere = rng.random() < 0.5
    paths = []
    for k, y in enumerate(outcomes):
        chosen = [z for z in (*predictors, *outcomes[:k]) if rng.random() < density]
        chosen = chosen or [str(rng.choice([*predictors, *outcomes[:k]]))]
        chosen += [c for c in covariates if everywhere or rng.random() < 0.3]
        paths += [(y, str(x)) for x in rng.permutation(chosen)]
    return paths


def draw_residuals(rng, outcomes, paths):
    """Residual covariances, mostly between outcomes without a path (which identifies them)."""
    if rng.random() < 0.3:
        return []
    share = rng.uniform(0, 0.5)
    terms = []
    for a, b in combinations(outcomes, 2):
        allowed = share if (b, a) not in paths else 0.01
        if rng.random() < allowed:
            terms.append(Term(a, "~~", b) if rng.random() < 0.5 else Term(b, "~~", a))
    return terms


def draw_constraints(rng, terms):
    """Labels, some of them shared, and fixed values."""
    variances = sorted({t.lhs for t in terms if t.op == "~"})
    if rng.random() < 0.2:
        equal = [str(y) for y in rng.choice(variances, size=2, replace=False)]
        terms = terms + [Term(y, "~~", y, "v") for y in equal]
    elif rng.random() < 0.1:
        terms = [*terms, Term(variances[0], "~~", variances[0], "1.5")]
    out = []
    label_share, fixed_share = rng.uniform(0, 0.6), rng.choice([0, 0, 0.1])
    for k, term in enumerate(terms):
        if not term.modifier and rng.random() < label_share:
            term = replace(term, modifier=f"{'b' if term.op == '~' else 'r'}{k}")
        elif not term.modifier and rng.random() < fixed_share:
            value = rng.choice(["0", "0.3", "-.2", "1e-1"]) if term.op == "~" else "0"
            term = replace(term, modifier=str(value))
        out.append(term)
    for op, share in (("~", 0.4), ("~", 0.2), ("~~", 0.15)):
        free = [k for k, t in enumerate(out) if t.op == op and t.lhs != t.rhs and not t.modifier]
        if rng.random() < share and len(free) > 1:
            for k in rng.choice(free, size=min(len(free), rng.integers(2, 4)), replace=False):
                out[k] = replace(out[k], modifier=f"equal{len(free)}")
    if all(t.modifier and not t.label for t in out if t.op == "~"):
        out[0] = replace(out[0], modifier="")
    return out


def _restrict(rng, terms):
    """The same terms with one or two free coefficients more set to zero or equal."""
    free = [k for k, t in enumerate(terms) if t.op == "~" and not t.modifier]
    if len(free) < 3:
        return []
    modifier = str(rng.choice(["0", "same"]))
    chosen = rng.choice(free, size=2, replace=False)
    return [replace(t, modifier=modifier) if k in chosen else t for k, t in enumerate(terms)]


def draw_definitions(rng, terms):
    labels = sorted({t.label for t in terms if t.label})
    shapes = ["{0}*{1}", "{0} + {1}", "{0} - {1} - {2}", "{0}*{1} + {2}", "{0}*{1}*{2}",
              "sqrt({0}^2 + {1}^2)", "exp({0})", "log({0}^2 + 1)", "-{0}", "2*{0}^2*{1} - .5",
              "({0} + {1})/2", "{0}/({1}^2 + 1)", "{0}*({1} + {2}*{0})"]  # fmt: skip
    definitions = []
    for k in range(rng.integers(0, 5) if labels else 0):
        used = [str(name) for name in rng.choice(labels, size=3)]
        definitions.append((f"effect{k}", str(rng.choice(shapes)).format(*used)))
        labels.append(f"effect{k}")
    return definitions


def _draw_data(rng, outcomes, predictors, covariates, terms):
    free = 2 * len(outcomes) + sum(t.op == "~" or t.lhs != t.rhs for t in terms)
    n = int(min(1200, max(40, free * rng.choice([1.3, 2.5, 6, 12]))))
    kind = str(rng.choice(ERRORS))
    radius = np.sqrt(3 / rng.chisquare(5, n)) if kind == "elliptical" else np.ones(n)
    shared = rng.standard_normal(n)
    columns = {}
    for name in predictors:
        columns[name] = radius * (0.4 * shared + rng.standard_normal(n))
        if rng.random() < 0.2:
            columns[name] = (columns[name] > rng.uniform(-1, 1)).astype(float)
    for name in covariates:
        level = rng.random(n) < rng.uniform(0.1, 0.5)
        level[:3] = True, False, True
        columns[name] = level.astype(float) if rng.random() < 0.7 else rng.standard_normal(n)
    common = rng.standard_normal(n)
    for y in outcomes:
        error = draw_errors(rng, kind, n, columns[predictors[0]])
        columns[y] = radius * (rng.uniform(-0.6, 0.6) * common + error)
        for x in [t.rhs for t in terms if t.op == "~" and t.lhs == y]:
            columns[y] = columns[y] + rng.uniform(-0.5, 0.6) * columns[x]
        if rng.random() < 0.15:  # a path the model does not have
            columns[y] = columns[y] + 0.3 * columns[str(rng.choice(predictors))]
    if kind == "discrete":
        columns |= {y: np.rint(2 * columns[y] / columns[y].std()) for y in outcomes}
    if rng.random() < 0.3:
        columns |= {y: columns[y] * 10 ** rng.uniform(-0.7, 0.7) for y in outcomes}
    frame = pd.DataFrame(columns).round(4)
    return frame[[str(name) for name in rng.permutation(list(frame))]]


def draw_errors(rng, kind, n, x):
    if kind in ("t3", "t5"):
        return rng.standard_t(int(kind[1]), n) / 1.5
    if kind == "skewed":
        return rng.exponential(size=n) - 1
    errors = rng.standard_normal(n)
    return errors * np.exp(0.4 * np.clip(x, -2, 2)) if kind == "heteroscedastic" else errors


def write_model(rng, terms, definitions, outcomes, order):
    """Lay the model out in one of the ways a user might."""
    if not terms:
        return ""
    lines = []
    compact = rng.random() < 0.7
    for k in order:
        mine = [str(t) for t in terms if t.op == "~" and t.lhs == outcomes[k]]
        if compact:
            lines.append(f"{outcomes[k]} ~ " + " + ".join(mine))
        else:
            lines += [f"{outcomes[k]}~{text}" for text in mine]
    lines += [f"{t.lhs} ~~ {t}" for t in terms if t.op == "~~"]
    known = {t.label for t in terms}
    for name, expression in definitions:
        lines.append(f"{name} := {expression}")
        known.add(name)
    if rng.random() < 0.2:
        lines.insert(0, "# residual covariances below")
    return "\n".join(lines) + "\n"
