"""Mohebbi Sheikhlari et al. (2026): whether its findings hold, by what each rests on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import t as student

from helpers.models.inference.draws import LARGEST_SHARE_FAILED, Bootstrap
from helpers.models.inference.intervals import percentile_interval
from helpers.models.pls.assessment import (
    compare_fornell_larcker,
    model_quality,
)
from helpers.printed.claims import ABSENT, CLAIM_COLUMNS, judge_sign
from helpers.studies.coping_adherence.model import (
    LABELS,
    MEDIATOR,
    PATHS,
    STRATEGIES,
    describe_scores,
)
from helpers.studies.coping_adherence.results import CRITERIA, StudyFit
from helpers.studies.coping_adherence.structure import tabulate_effects


def judge_claims(study: StudyFit) -> pd.DataFrame:
    """Whether the paper's findings hold on these data, each by what the paper rests it on.

    Returns
    -------
    DataFrame
        `claim`, `statistic` (what was computed), `est`, `pvalue`, `ci_lower`, `ci_upper`, NaN where
        there are none, `rule` (when it holds) and `holds`.

    Notes
    -----
    One criterion for each kind of effect, the same in every report and in the plan of a
    replication: a path rests on t, its estimate over the bootstrap standard error, and has the
    limits that go with it; an indirect effect, whose draws are skewed, rests on its percentile
    interval. That there is no relation holds when none is found, which is weak evidence of absence.
    """
    rows = [*_claim_effects(study), *_claim_measurement(study), *_claim_model(study)]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS)).astype({"holds": "boolean"})


_UNRELATED = ("problem_focused", MEDIATOR)
"""The one path that the paper takes for zero, and the effect that goes with it."""


def _claim_effects(study):
    boot = study.bootstrap
    level = boot.ci_level
    paths = boot.table("path", kind="normal").set_index(["rhs", "lhs"])
    effects = tabulate_effects(study).set_index("rhs").assign(pvalue=np.nan)
    rows = []
    for start, end in PATHS:
        absent = (start, end) == _UNRELATED
        verb = "is not related to" if absent else "is associated with more"
        claim = f"{LABELS[start]} {verb} {LABELS[end].lower()}"
        rows.append(_by_test(claim, "path", paths.loc[(start, end)], level, absent=absent))
    for strategy in STRATEGIES:
        absent = (strategy, MEDIATOR) == _UNRELATED
        verb = "does not mediate" if absent else "mediates"
        claim = f"Therapeutic alliance {verb} {LABELS[strategy].lower()}"
        rows.append(
            _by_test(
                claim, "indirect effect", effects.loc[strategy], level, absent=absent, by="interval"
            )
        )
    others = [name for name in STRATEGIES if name != "emotion_focused"]
    gap = _contrast(
        boot, "indirect", lambda d: d["emotion_focused"] - d[others].max(axis=1), by="rhs"
    )
    rows.append(
        (
            "Emotion-focused coping has the greatest effect through therapeutic alliance",
            "its indirect effect less the largest other",
            gap["est"],
            np.nan,
            gap["ci_lower"],
            gap["ci_upper"],
            "interval above 0",
            bool(gap["ci_lower"] > 0) if np.isfinite(gap["ci_lower"]) else None,
        )
    )
    return rows


def _claim_measurement(study):
    boot = study.bootstrap
    everything = {}
    for kind in ("loading", "alpha", "rho_c", "ave"):
        everything[kind] = _contrast(boot, kind, lambda d: d.min(axis=1))
    reliabilities = min(("alpha", "rho_c"), key=lambda kind: everything[kind]["est"])
    rows = [
        _by_criterion(
            "All loadings exceed .50", "smallest loading", everything["loading"], "loading"
        ),
        _by_criterion(
            "All alphas and composite reliabilities exceed .70",
            "smallest of them",
            everything[reliabilities],
            "reliability",
        ),
        _by_criterion("Every AVE exceeds .50", "smallest AVE", everything["ave"], "ave"),
    ]
    distinct = compare_fornell_larcker(study.fit)
    margin = (distinct["root_ave"] - distinct["largest_correlation"]).min()
    limits = _margin_limits(boot)
    rows.append(
        (
            "√AVE exceeds every correlation of its construct",
            "smallest root AVE less largest correlation",
            margin,
            np.nan,
            *limits,
            "above 0",
            bool(margin > 0),
        )
    )
    return rows


def _claim_model(study):
    boot = study.bootstrap
    n = boot.n
    correlations = boot.table("correlation")
    r = correlations["est"].abs().min()
    p = 2 * student.sf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    if study.cluster:  # Student's test takes clients for independent
        p = correlations["pvalue"].max()
    normality = describe_scores(study.data)["shapiro_p"].max()
    gof = model_quality(study.fit).set_index("measure")["value"]["gof"]
    nothing = (np.nan, np.nan)
    return [
        (
            "All correlations are significant at 1%",
            "largest p of a correlation",
            np.nan,
            p,
            *nothing,
            "below .01",
            bool(p < 0.01),
        ),
        (
            "No scale is normally distributed",
            "largest p of Shapiro–Wilk",
            np.nan,
            normality,
            *nothing,
            "below .05",
            bool(normality < 0.05),
        ),
        (
            "The model's adequacy is strong",
            "GoF",
            gof,
            np.nan,
            *nothing,
            "above .36",
            bool(gof > 0.36),
        ),
    ]


def _by_test(claim, statistic, row, level, *, absent, by="p"):
    asked = ABSENT if absent else "positive"
    return (claim, statistic, *judge_sign(asked, row, ci_level=level, by=by).values())


def _by_criterion(claim, statistic, row, criterion):
    limit = CRITERIA[criterion]
    rule = f"above {limit:.2f}".replace("0.", ".")
    return (
        claim,
        statistic,
        row["est"],
        np.nan,
        row["ci_lower"],
        row["ci_upper"],
        rule,
        bool(row["est"] > limit),
    )


def _contrast(
    boot: Bootstrap, kind: str, function: Callable[[pd.DataFrame], pd.Series], by: str = "label"
) -> dict[str, float]:
    """Estimate and percentile limits of a function of several statistics of one kind."""
    chosen = (boot.keys["quantity"] == kind).to_numpy()
    names = boot.keys.loc[chosen, by].tolist()
    est = function(pd.DataFrame(boot.estimates[chosen][None], columns=names)).iloc[0]
    draws = function(pd.DataFrame(boot.draws[:, chosen], columns=names)).to_numpy()
    low, high = _limits_of(draws, boot)
    return {"est": float(est), "ci_lower": float(low), "ci_upper": float(high)}


def _limits_of(draws: np.ndarray, boot: Bootstrap) -> tuple[float, float]:
    """Percentile limits, withheld as the bootstrap withholds its own."""
    if boot.n_failed > LARGEST_SHARE_FAILED * boot.n_boot:
        return np.nan, np.nan
    return percentile_interval(draws[np.isfinite(draws)], boot.ci_level)


def _margin_limits(boot):
    """Percentile limits of the smallest gap between a root AVE and a correlation."""
    root = np.sqrt(boot.select("ave"))
    pairs = boot.keys[boot.keys["quantity"] == "correlation"]
    correlations = boot.select("correlation").abs()
    gaps = [
        root[[row.lhs, row.rhs]].min(axis=1) - correlations[row.label] for row in pairs.itertuples()
    ]
    smallest = pd.concat(gaps, axis=1).min(axis=1).to_numpy()
    return _limits_of(smallest, boot)
