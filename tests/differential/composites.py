"""Random composite models with data, one a seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.models.pls.specification import PLSModel


@dataclass(frozen=True)
class CompositeCase:
    """An acyclic composite model, options of its fit, and data."""

    name: str
    model: PLSModel
    weighting: str
    mode: dict[str, str]
    data: pd.DataFrame


def draw_composite_case(seed: int) -> CompositeCase:
    """Draw a model of 2 to 6 constructs with 1 to 12 items each, with data."""
    rng = np.random.default_rng([102, seed])
    count = int(rng.integers(2, 7))
    names = [f"c{k}" for k in range(count)]
    paths = []
    for k in range(1, count):
        for j in rng.choice(k, size=rng.integers(1, k + 1), replace=False):
            paths.append((names[j], names[k]))
    sizes = [1 if rng.random() < 0.2 else int(rng.integers(2, 13)) for _ in names]
    blocks = {
        name: [f"{name}_{i}" for i in range(1, size + 1)]
        for name, size in zip(names, sizes, strict=True)
    }
    n = int(rng.integers(60, 250))
    radius = np.sqrt(3 / rng.chisquare(5, n)) if rng.random() < 0.3 else np.ones(n)
    scores = {}
    for name in names:
        scores[name] = rng.standard_normal(n) * radius
        for start, end in paths:
            if end == name:
                scores[name] = scores[name] + rng.uniform(-0.3, 0.8) * scores[start]
    answers = rng.random() < 0.4
    columns = {}
    for name in names:
        for item in blocks[name]:
            values = rng.uniform(0.5, 1.2) * scores[name] + radius * rng.standard_normal(n)
            columns[item] = np.clip(np.rint(4 + values), 1, 7) if answers else values
    modes = rng.choice(["A", "A", "A", "B", "unit"], size=count)
    return CompositeCase(
        name=f"composites_{seed:04d}",
        model=PLSModel(blocks, paths),
        weighting=str(rng.choice(["path", "factor"])),
        mode=dict(zip(names, map(str, modes), strict=True)),
        data=pd.DataFrame(columns).round(4),
    )
