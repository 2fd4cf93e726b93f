"""Synthetic twin of the coping study: 213 questionnaires on which its analysis gives its numbers.

No raw data were published. The twin shows that the printed numbers can be true together, under
the assumptions named here; nothing about the real data follows from it.

How it is made:

1. Continuous items on which paths, R2 and reliabilities are exact (`coping_adherence_exact`).
2. Sum scores with Table 1's means, SDs, ranges and Shapiro-Wilk W (`choose_scores`).
3. The items bent into the range of their answers, the two scales that enter the model whole so
   that each person's answers add up to a sum score, and short Newton steps back to the targets.
4. Rounding to whole answers, the sums held, and about four hundred single swaps of points, chosen
   by their predicted effects, that bring all statistics back at once. A bootstrap on the way says
   what the first-order standard errors must be for the bootstrap to give the printed ones.
5. The items that stay out of the model, whose answers fill up the sum scores of the other scales.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from helpers.data.schemas import load_schema
from helpers.files import write_text_atomic
from helpers.models.pls.bootstrap import bootstrap_pls
from helpers.models.pls.kernel import PLSStructure
from helpers.paths import twin_path
from helpers.printed.numbers import load_published
from helpers.studies.coping_adherence.model import CONSTRUCTS, STRATEGIES, STUDY
from helpers.studies.coping_adherence.twin_exact import (
    STEADIED,
    compile_study,
    read_targets,
    simulate_exact_items,
)
from helpers.studies.coping_adherence.twin_statistics import (
    compute_composite_statistics,
    statistic_sections,
)
from helpers.twins.answer_swaps import propose_swaps, settle_by_swaps
from helpers.twins.exact_moments import standardize
from helpers.twins.scale_scores import choose_scores, place_rows, round_rows
from helpers.twins.short_steps import step_to_targets

__all__ = ["simulate_coping_adherence"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SEED = 3
"""Of the seeds 1 to 39, one with bootstrap standard errors near the printed ones."""

STRATEGY_ITEMS = 16
"""Assumed items of each coping scale. Their answers run from 1 to 5, as sums of 18 to 73 cannot
come from items of 1 to 4."""

GROUPS = {
    "avoidant": (0.6, -0.56, 1.14, 0.57, 1.14),
    "problem_focused": (0.75, -0.38, 1.10, 0.68, 1.02),
    "emotion_focused": (0.8, -0.48, 1.61, 0.63, 1.26),
    "alliance": (0.5, -0.83, 0.97, 0.65, 0.65),
    "adherence": (0.55, -0.88, 1.04, 0.33, 0.33),
}
"""Assumed shapes of the sum scores: two overlapping groups of clients, as `choose_scores` takes
them; found by least squares on Table 1's mean, SD and Shapiro-Wilk W for the chosen shares."""

ITEM_SLOPES = {
    "avoidant": 1.1,
    "problem_focused": 1.15,
    "emotion_focused": 1.2,
    "alliance": 1.05,
    "adherence": 1.5,
}
"""Assumed logits a standard deviation of an item is worth: what makes the printed SDs."""

LOCATION_SPREAD = 0.3
"""Assumed SD of the items' locations, in logits."""

EXTRA_ITEMS = {"avoidant": (0.5, 0.7), "problem_focused": (0.5, 0.5), "alliance": (0.65, 0.85)}
"""Assumed loading of the items that stay out of the model on what they share, and its correlation
with the items of the model."""

FIRST_SE_RATIO = np.array([1.0, 1.1, 1.0, 1.05, 1.6, 1.0, 1.2])
"""Bootstrap over first-order standard errors of the seven paths, found on twins of other seeds;
calibrated on the twin itself on the way."""

LONGEST, N_STEPS, NEAR = 0.05, 25, 1e-3
"""Root mean square of a Newton step at most, in logits; steps at most; how near before rounding."""

N_BOOT, N_SWAPS = 4000, 2500
LOOSE_ROUNDS, CALIBRATED_ROUNDS = (1.0,) * 16, (1.0,) * 10
FINE_ROUNDS = tuple(np.repeat([0.5, 0.25, 0.12, 0.06, 0.03], 3))
ESTIMATE_TOLERANCE, SE_TOLERANCE, STEADYING_TOLERANCE = 2e-5, 1.5e-4, 5e-3


@dataclass(frozen=True)
class _Scale:
    """One scale of answers: its place among the model's items, its range and its printed sums."""

    name: str
    columns: slice
    n_items: int
    minimum: int
    maximum: int
    scores: Integers

    @property
    def n_model(self) -> int:
        return self.columns.stop - self.columns.start

    @property
    def is_closed(self) -> bool:
        """Whether all items enter the model."""
        return self.n_model == self.n_items

    @property
    def ends(self) -> dict[str, float]:
        """The range, half a point wider, that rounds to whole answers."""
        return {"minimum": self.minimum - 0.5, "maximum": self.maximum + 0.5}


def simulate_coping_adherence(*, seed: int = SEED) -> pd.DataFrame:
    """Return questionnaires on which the paper's analysis gives the printed numbers.

    Parameters
    ----------
    seed : int
        Another seed gives another twin; not every seed reaches the targets.

    Returns
    -------
    DataFrame, shape (213, 99)
        Whole answers, `avoidant_1` to `adherence_15`. The first items of each scale, as many as
        the data dictionary's `twin_items`, enter the model; sums of all items are Table 1's.

    Raises
    ------
    ValueError
        When the search ends farther from the printed estimates than rounding allows.
    """
    structure = compile_study()
    scales = _read_scales(structure)
    search = _Search(structure, scales, np.random.default_rng([seed, 1]))
    exact = simulate_exact_items(seed=seed).to_numpy()
    logits, totals = search.bend(exact)
    answers = search.round(search.approach(logits), totals)
    answers = search.settle(answers)
    return search.complete(answers)


def _read_scales(structure: PLSStructure) -> list[_Scale]:
    schema, printed = load_schema(STUDY), load_published(STUDY, "table_1")
    scales = []
    for k, name in enumerate(CONSTRUCTS):
        column, row = schema.column(name), printed.loc[name]
        scores = choose_scores(
            schema.n_twin,
            mean=float(row["mean"]),
            sd=float(row["sd"]),
            minimum=int(row["minimum"]),
            maximum=int(row["maximum"]),
            shapiro_w=float(row["shapiro_wilk"]),
            groups=GROUPS[name],
        )
        scales.append(
            _Scale(
                name=name,
                columns=slice(structure.starts[k], structure.starts[k + 1]),
                n_items=STRATEGY_ITEMS if name in STRATEGIES else column.items,
                minimum=int(column.item_minimum),
                maximum=int(column.item_maximum),
                scores=scores,
            )
        )
    return scales


class _Search:
    """From exact continuous items to whole answers."""

    def __init__(self, structure, scales, rng):
        self.structure, self.scales, self.rng = structure, scales, rng
        self.owner = structure.owner
        self.targets = read_targets(structure)
        self.sections = statistic_sections(structure, steadied=STEADIED)
        self.printed_se = self.targets[self.sections["se"]].copy()
        self.targets[self.sections["se"]] /= FIRST_SE_RATIO
        self.minimum, self.maximum = (
            np.array([getattr(scales[k], end) for k in self.owner])
            for end in ("minimum", "maximum")
        )

    def _measure(self, items):
        found = compute_composite_statistics(items, self.structure, steadied=STEADIED)
        return found.reached - self.targets, found

    def _values(self, logits):
        return self.minimum - 0.5 + (self.maximum - self.minimum + 1) * expit(logits)

    def bend(self, items: Floats) -> tuple[Floats, dict[str, Integers]]:
        """Return logits of the answers' places in their range, and the sums of closed scales."""
        logits, totals = np.empty_like(items), {}
        for scale in self.scales:
            own = items[:, scale.columns]
            start = self._locate(scale, scale.scores.mean() / scale.n_items, scale.n_model)
            logits[:, scale.columns] = start + ITEM_SLOPES[scale.name] * own
            if scale.is_closed:
                correlation = np.corrcoef(own, rowvar=False)
                share = correlation.mean(axis=0) / correlation.mean()
                totals[scale.name] = _hand_out(scale.scores, own @ share)
                logits[:, scale.columns] = place_rows(
                    logits[:, scale.columns], totals[scale.name], share=share, **scale.ends
                )
        return logits, totals

    def _locate(self, scale, mean, n_items):
        """Logits of items whose means lie about a given one."""
        low, high = scale.ends.values()
        spread = self.rng.normal(0, LOCATION_SPREAD, n_items)
        return logit((mean - low) / (high - low)) + spread - spread.mean()

    def approach(self, logits: Floats) -> Floats:
        """Step the places until the continuous answers are near the targets; return these."""

        def evaluate(cells):
            places = cells.reshape(logits.shape)
            deviations, found = self._measure(self._values(places))
            pace = (self.maximum - self.minimum + 1) * expit(places) * expit(-places)
            gradients = found.gradients * pace
            for scale in self.scales:
                if scale.is_closed:  # steps that leave the sum of a person's answers
                    own, width = gradients[:, :, scale.columns], pace[:, scale.columns]
                    along = (own * width).sum(axis=2) / (width**2).sum(axis=1)
                    own -= along[:, :, None] * width
            return deviations, gradients.reshape(len(deviations), -1)

        cells = step_to_targets(
            logits.ravel(), evaluate, longest=LONGEST, near=NEAR, n_steps=N_STEPS
        )
        return self._values(cells.reshape(logits.shape))

    def round(self, values: Floats, totals: dict[str, Integers]) -> Integers:
        """Return whole answers, those of closed scales with the sums of `totals`."""
        answers = np.clip(np.rint(np.round(values, 8)), self.minimum, self.maximum).astype(np.int64)
        for scale in self.scales:
            if scale.is_closed:
                answers[:, scale.columns] = round_rows(
                    values[:, scale.columns],
                    totals[scale.name],
                    minimum=scale.minimum,
                    maximum=scale.maximum,
                )
        return answers

    def settle(self, answers: Integers) -> Integers:
        """Swap points until all statistics have their targets, the bootstrap's included."""
        answers = self._swap(answers, LOOSE_ROUNDS)
        for rounds in (CALIBRATED_ROUNDS, CALIBRATED_ROUNDS):
            self._calibrate(answers)
            answers = self._swap(answers, rounds)
        answers = self._swap(answers, FINE_ROUNDS)
        estimates = slice(0, self.sections["alpha"].stop)
        missed = np.abs(self._measure(answers)[0][estimates]).max()
        if missed > 4e-4:
            raise ValueError(f"seed: the search ended {missed:.4f} from a printed estimate")
        return answers

    def _swap(self, answers, rounds):
        tolerances = np.full(len(self.targets), ESTIMATE_TOLERANCE)
        tolerances[self.sections["se"]] = SE_TOLERANCE
        tolerances[self.sections["steadying"]] = STEADYING_TOLERANCE

        def measure(tried):
            deviations, found = self._measure(tried.astype(float))
            return deviations, lambda swaps: found.swap_effects(swaps.cases, swaps.up, swaps.down)

        def propose(present):
            return propose_swaps(
                present,
                self.rng,
                scale=self.owner,
                closed=[k for k, scale in enumerate(self.scales) if scale.is_closed],
                minimum=self.minimum,
                maximum=self.maximum,
                n_swaps=N_SWAPS,
            )

        return settle_by_swaps(
            answers, measure, propose, tolerances=tolerances, strictness=rounds, scale=self.owner
        )

    def _calibrate(self, answers):
        """Aim the first-order standard errors where the bootstrap gives the printed ones."""
        frame = pd.DataFrame(answers, columns=self.structure.model.items)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*have no solution", RuntimeWarning)
            boot = bootstrap_pls(frame, model=self.structure.model, n_boot=N_BOOT, seed=SEED)
        excess = boot.table("path")["se"].to_numpy() - self.printed_se
        section = self.sections["se"]
        present = self._measure(answers.astype(float))[0][section] + self.targets[section]
        # Rounded, so that a last digit of the bootstrap decides nothing.
        self.targets[section] = np.round(np.maximum(present - excess, 0.8 * present), 5)

    def complete(self, answers: Integers) -> pd.DataFrame:
        """Add the items that stay out of the model; sums of all items are the printed ones."""
        columns = {}
        for scale in self.scales:
            own = self.rng.permutation(answers[:, scale.columns], axis=1)
            if not scale.is_closed:
                own = np.hstack([own, self._draw_extra_items(scale, own.sum(axis=1))])
            columns |= {f"{scale.name}_{k}": answer for k, answer in enumerate(own.T, start=1)}
        return pd.DataFrame(columns)

    def _draw_extra_items(self, scale, sums):
        n, n_items = len(sums), scale.n_items - scale.n_model
        loading, with_model = EXTRA_ITEMS[scale.name]
        own = self.rng.standard_normal((n, n_items + 1))
        shared = with_model * standardize(sums) + np.sqrt(1 - with_model**2) * own[:, 0]
        latent = loading * shared[:, None] + np.sqrt(1 - loading**2) * own[:, 1:]
        mean = (scale.scores.mean() - sums.mean()) / n_items
        logits = self._locate(scale, mean, n_items) + ITEM_SLOPES[scale.name] * latent
        low, high = scale.ends.values()
        expected = low + (high - low) * expit(logits)
        left = _hand_out(scale.scores, sums + expected.sum(axis=1)) - sums
        logits = place_rows(logits, left, share=np.ones(n_items), **scale.ends)
        values = low + (high - low) * expit(logits)
        return round_rows(values, left, minimum=scale.minimum, maximum=scale.maximum)


def _hand_out(scores: Integers, order: Floats) -> Integers:
    """Give ascending scores to persons in the order of a column."""
    given = np.empty_like(scores)
    given[np.argsort(np.round(order, 9), kind="stable")] = scores
    return given


def main() -> None:
    """Write ``data/coping_adherence/synthetic.csv``."""
    table = simulate_coping_adherence()
    write_text_atomic(twin_path(STUDY), table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()
