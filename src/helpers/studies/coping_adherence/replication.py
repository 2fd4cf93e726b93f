"""Mohebbi Sheikhlari et al. (2026) as the design of a new study, and beside a repetition of it."""

import numpy as np
import pandas as pd

from helpers.models.inference.draws import Bootstrap
from helpers.models.power.composite import CompositeDesign
from helpers.models.power.replicated import compare_replication, compute_power
from helpers.models.power.replication import Grid, Replication
from helpers.printed.numbers import PrintedNumber, load_published, load_source, parse_printed
from helpers.studies.coping_adherence.model import (
    LABELS,
    MEDIATOR,
    MODEL,
    OUTCOME,
    PATHS,
    STRATEGIES,
    STUDY,
)

PATH_LABELS = {(end, start): f"{end}_on_{start}" for start, end in PATHS}
ANALYSIS = "partial least squares with mode A and path weighting, 5000 bootstrap draws of clients"
ASSUMPTIONS = (
    "The coping strategies correlate {avoidant~~problem_focused} (avoidant, problem-focused),"
    " {avoidant~~emotion_focused} (avoidant, emotion-focused) and"
    " {problem_focused~~emotion_focused} (problem-focused, emotion-focused). Item counts are those"
    " that fit the printed reliabilities. Loadings are the roots of the printed AVE."
)
ORIGIN = (
    "The printed correlations cannot be those of the composites, so these are chosen nearest to the"
    " printed ones that give both printed R²."
)
EXOGENOUS = {
    ("avoidant", "problem_focused"): -0.064,
    ("avoidant", "emotion_focused"): 0.476,
    ("problem_focused", "emotion_focused"): 0.122,
}
ITEMS = {
    "avoidant": 6,
    "problem_focused": 4,
    "emotion_focused": 16,
    "alliance": 20,
    "adherence": 15,
}


def load_replication() -> Replication:
    """Return the composite model with the printed paths, loadings from the printed AVE."""
    n = int(load_source(STUDY)["n"])
    beta = load_published(STUDY, "table_4")["beta"]
    ave = load_published(STUDY, "table_2")["ave"]
    indirect = {f"ind_{name}": (name, MEDIATOR, OUTCOME) for name in STRATEGIES}
    chains = {label: (start, end) for (end, start), label in PATH_LABELS.items()} | indirect
    return Replication(
        study=STUDY,
        source="Mohebbi Sheikhlari et al. (2026)",
        short="Coping",
        method="PLS path model of composites",
        analysis=ANALYSIS,
        criterion="bootstrap",
        assumptions=ASSUMPTIONS,
        origin=ORIGIN,
        design=CompositeDesign(
            model=MODEL,
            paths={
                label: parse_printed(beta[start, end]).value
                for (end, start), label in PATH_LABELS.items()
            },
            exogenous_correlation=EXOGENOUS,
            targets=tuple(chains),
            items=ITEMS,
            loadings={name: float(np.sqrt(parse_printed(ave[name]).value)) for name in ITEMS},
        ),
        names={
            label: " → ".join(LABELS[name] for name in chain) for label, chain in chains.items()
        },
        main_target="ind_emotion_focused",
        published_effect=1.0,
        published_n=n,
        search_limit=2_000,
        full=Grid(
            sizes=(50, 75, 100, 130, 165, n, 260, 320, 400, 500),
            effects=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0),
        ),
        brief=Grid(sizes=(40, 80, 130, n), effects=(0.5, 0.75, 1.0)),
    )


_MEASURES = {"alpha": "Cronbach's α", "rho_c": "Composite reliability", "ave": "AVE"}


def load_printed_sizes() -> pd.DataFrame:
    """Return the printed paths, indirect effects, reliabilities and R2, in the paper's order.

    Returns
    -------
    DataFrame
        `kind of finding`, then `published lower upper se_published found` as `compare_replication`
        takes them. `of` is a path's or an effect's start and end, or a construct. A standard error
        is the printed one, or what the printed estimate and test give where that is larger; of an
        indirect effect, the product of its printed paths by the printed z. Of reliabilities and R2
        none is printed.
    """
    paths, effects = load_published(STUDY, "table_4"), load_published(STUDY, "table_5")
    beta = {key: parse_printed(text) for key, text in paths["beta"].items()}
    rows = []
    for (start, end), number in beta.items():
        se, t = (parse_printed(paths.loc[(start, end), name]).value for name in ("se", "t"))
        se = max(se, abs(number.value / t))
        finding = f"{LABELS[start]} → {LABELS[end]}"
        rows.append(_row("path", (start, end), finding, number, se, found=abs(t) > 1.96))
    for (start, through, end), z in effects["z"].map(parse_printed).items():
        first, second = beta[start, through], beta[through, end]
        ends = [a * b for a in (first.lower, first.upper) for b in (second.lower, second.upper)]
        value = first.value * second.value
        number = PrintedNumber("", value, 3, "=", min(ends), max(ends))
        finding = " → ".join(LABELS[name] for name in (start, through, end))
        se, found = abs(value / z.value), abs(z.value) > 1.96
        rows.append(_row("indirect", (start, end), finding, number, se, found=found))
    for kind, words in _MEASURES.items():
        for name, text in load_published(STUDY, "table_2")[kind].items():
            finding = f"{words}: {LABELS[name]}"
            rows.append(_row(kind, name, finding, parse_printed(text), np.nan, found=pd.NA))
    for (_, end), text in paths["r_squared"][paths["r_squared"] != ""].items():
        number = parse_printed(text)
        rows.append(_row("r_squared", end, f"R²: {LABELS[end]}", number, np.nan, found=pd.NA))
    return pd.DataFrame(rows)


def _row(
    kind: str, of: object, finding: str, number: PrintedNumber, se: float, *, found: object
) -> dict:
    return {
        "kind": kind,
        "of": of,
        "finding": finding,
        "published": number.value,
        "lower": number.lower,
        "upper": number.upper,
        "se_published": se,
        "found": found,
    }


def compare_findings(boot: Bootstrap) -> pd.DataFrame:
    """Set a study's own estimates beside the printed ones.

    Parameters
    ----------
    boot : Bootstrap
        Of the paper's model on the study's data.

    Returns
    -------
    DataFrame
        `kind finding`, and the columns of `helpers.models.power.replicated.compare_replication`.
    """
    sizes = load_printed_sizes()
    own = []
    for kind, names in sizes.groupby("kind", sort=False)["of"]:
        keys = ["rhs", "lhs"] if kind in ("path", "indirect") else "lhs"
        own.append(boot.table(kind, kind="percentile").set_index(keys).loc[names.tolist()])
    estimates = pd.concat(own, ignore_index=True)[["est", "se", "ci_lower", "ci_upper"]]
    return compare_replication(
        sizes.drop(columns="of").join(estimates),
        n_published=int(load_source(STUDY)["n"]),
        n=boot.n,
        ci_level=boot.ci_level,
    )


def find_power(n: int) -> np.ndarray:
    """Return the power of `n` rows to find each effect that the paper found."""
    sizes = load_printed_sizes()
    found = sizes[sizes["found"].eq(True)]
    return compute_power(found, n_published=int(load_source(STUDY)["n"]), n=n)
