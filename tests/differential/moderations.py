"""Random moderated regressions with data, one a seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class ModerationCase:
    """Which column is what in a moderated regression, and data."""

    name: str
    covariates: tuple[str, ...]
    center: str
    data: pd.DataFrame


def draw_moderation_case(seed: int) -> ModerationCase:
    """Draw columns y, x, w and 0 to 6 covariates; w, x or both may have two levels."""
    rng = np.random.default_rng([103, seed])
    n = int(rng.choice([30, 60, 81, 150, 400]))
    x, shared = rng.standard_normal((2, n))
    w = rng.uniform(-0.6, 0.6) * x + rng.standard_normal(n)
    kind = str(rng.choice(["normal", "t3", "skewed", "heteroscedastic"]))
    errors = {
        "normal": rng.standard_normal(n),
        "t3": rng.standard_t(3, n),
        "skewed": rng.exponential(size=n) - 1,
        "heteroscedastic": rng.standard_normal(n) * np.exp(0.5 * x),
    }[kind]
    two_levels = rng.random(2) < (0.1, 0.3)
    x, w = ((v > np.median(v)).astype(float) if two else v
            for v, two in zip((x, w), two_levels, strict=True))  # fmt: skip
    y = rng.uniform(-0.6, 0.6, 3) @ [x, w, x * w] + errors
    columns = {}
    for k in range(1, rng.integers(0, 7) + 1):
        name = f"c{k}"
        if rng.random() < 0.3:
            columns[name] = rng.choice(["never", "often", "once"], size=n)
            y = y + 0.4 * (columns[name] == "often")
        else:
            columns[name] = np.round(0.4 * shared + rng.standard_normal(n), 4)
            y = y + rng.uniform(-0.4, 0.4) * columns[name]
    if rng.random() < 0.4:  # scores far from zero, as sums of items are
        x, w = (v if two else 10 * v + offset
                for v, two, offset in zip((x, w), two_levels, (50, 120), strict=True))  # fmt: skip
    columns = {"y": np.round(y, 4), "x": np.round(x, 4), "w": np.round(w, 4)} | columns
    if two_levels[1] and rng.random() < 0.5:
        columns["w"] = np.where(columns["w"] > 0, "yes", "no")
    return ModerationCase(
        name=f"moderations_{seed:04d}",
        covariates=tuple(name for name in columns if name.startswith("c")),
        center=str(rng.choice(["mean", "mean", "none", "zscore"])),
        data=pd.DataFrame(columns),
    )
