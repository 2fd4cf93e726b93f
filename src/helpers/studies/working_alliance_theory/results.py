"""Abbasi et al. (2021): what is computed from codings with its codebook."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.audit.findings import NOT_DECIDED
from helpers.models.coding.agreement import count_codes, select_consensus
from helpers.models.coding.chance import krippendorff_alpha
from helpers.models.coding.codings import as_codings
from helpers.models.coding.saturation import compare_stopping_rules, estimate_unseen, find_presence
from helpers.studies.working_alliance_theory.audit import UNSUPPORTED
from helpers.studies.working_alliance_theory.model import NO_CODE

LEADING_AWAY = ("Action/Interaction Strategies", "Consequences")
"""Elements all of whose open codes name, in our reading, a way of leading away from the work."""

IN_TABLE = "in the coding table"
NOT_IN_TABLE = "not in the coding table"


def judge_claims(codebook: pd.DataFrame, audit: pd.DataFrame) -> pd.DataFrame:
    """Say of each main statement of the paper what its print shows.

    Parameters
    ----------
    codebook : DataFrame
        From `helpers.studies.working_alliance_theory.model.load_codebook`.
    audit : DataFrame
        From `helpers.studies.registry.audit_study`.

    Returns
    -------
    DataFrame
        claim, holds (True, False, or missing where print cannot tell), verdict ("in the coding
        table", "not in the coding table", "not decided"), because.
    """
    coded = codebook.groupby("element", sort=False).size()
    away = codebook[codebook["element"].isin(LEADING_AWAY)]
    rows = [
        (
            "Each element of the model was seen in the sessions",
            bool((coded > 0).all()),
            IN_TABLE,
            f"{coded.min()} to {coded.max()} open codes for each",
        ),
        (
            "Engagement in learning leads to an alliance that is formed or disrupted",
            False,
            NOT_IN_TABLE,
            f"The {len(away)} open codes of the two name ways of leading away from the work; none "
            "names an alliance that has formed (our reading)",
        ),
    ]
    unchecked = audit[audit["verdict"] == NOT_DECIDED].set_index("relation")["note"]
    for claim in [*UNSUPPORTED.values(), "the core category integrates all categories"]:
        if claim in unchecked.index:
            rows.append((_sentence(claim), pd.NA, NOT_DECIDED, _sentence(unchecked[claim])))
    table = pd.DataFrame(rows, columns=["claim", "holds", "verdict", "because"])
    return table.astype({"holds": "boolean"})


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def describe_coders(codings: pd.DataFrame) -> pd.DataFrame:
    """How each coder used the codebook.

    Parameters
    ----------
    codings : DataFrame
        video, segment, coder, code and axial, from `load_codings`.

    Returns
    -------
    DataFrame
        One row a coder: coder, n_videos, n_segments, n_codes (different codes given), share_none
        (of segments to which the coder gave no code).
    """
    coded = codings[codings["code"] != NO_CODE]
    by_coder = codings.groupby("coder")
    return pd.DataFrame(
        {
            "n_videos": by_coder["video"].nunique(),
            "n_segments": by_coder.size(),
            "n_codes": coded.groupby("coder")["code"].nunique(),
            "share_none": by_coder["code"].apply(lambda codes: (codes == NO_CODE).mean()),
        }
    ).reset_index()


def share_by_coder(codings: pd.DataFrame, *, level: str, order: Sequence[str]) -> pd.DataFrame:
    """Share of each coder's codings that each label takes.

    Parameters
    ----------
    codings : DataFrame
        From `load_codings`.
    level : str
        Column with the labels.
    order : sequence of str
        Labels in the order wanted; no code comes last.

    Returns
    -------
    DataFrame
        label, for each coder a column `coder <name>`, spread (largest less smallest share).
    """
    shares = pd.crosstab(codings[level], codings["coder"], normalize="columns")
    shares = shares.reindex([*order, NO_CODE], fill_value=0.0).rename_axis("label")
    shares = shares.add_prefix("coder ")
    shares.columns.name = None
    return shares.assign(spread=shares.max(axis=1) - shares.min(axis=1)).reset_index()


def compare_selection(codings: pd.DataFrame, *, level: str = "open", by: str) -> pd.DataFrame:
    """What is left when only the segments are kept on which all coders agree.

    Parameters
    ----------
    codings : DataFrame
        From `load_codings`.
    level : str
        Level at which all have to agree.
    by : str
        Level whose labels make the rows.

    Returns
    -------
    DataFrame
        One row a label, the least kept first: label, n_codings, n_kept, kept (share), share_before
        and share_after (of all codings).
    """
    kept = select_consensus(codings, level=level)
    before = codings[by].value_counts().rename("n_codings")
    after = kept[by].value_counts().reindex(before.index, fill_value=0).rename("n_kept")
    table = pd.concat([before, after], axis=1).rename_axis("label").reset_index()
    return table.assign(
        kept=table["n_kept"] / table["n_codings"],
        share_before=table["n_codings"] / len(codings),
        share_after=table["n_kept"] / max(len(kept), 1),
    ).sort_values(["kept", "label"], ignore_index=True)


def count_selection(codings: pd.DataFrame, *, level: str = "open") -> pd.DataFrame:
    """Count segments and codes before and after the selection by full agreement.

    Returns
    -------
    DataFrame
        Rows segments, codes (different ones of `level`, without no code): what, before, after,
        kept (share).
    """
    kept = select_consensus(codings, level=level)
    rows = []
    for what, columns, without in (
        ("segments", ["video", "segment"], ()),
        ("codes", [level], (NO_CODE,)),
    ):
        before, after = (
            len(frame.loc[~frame[level].isin(without), columns].drop_duplicates())
            for frame in (codings, kept)
        )
        rows.append((what, before, after, after / before))
    return pd.DataFrame(rows, columns=["what", "before", "after", "kept"])


def vary_agreement(codings: pd.DataFrame, *, levels: Sequence[str]) -> pd.DataFrame:
    """Krippendorff's alpha under other choices of segments, videos and coders.

    Parameters
    ----------
    codings : DataFrame
        From `load_codings`.
    levels : sequence of str

    Returns
    -------
    DataFrame
        analysis, n_units (the fewest, where an analysis stands for several), one column a level.
        All segments; only segments to which every coder gave a code, where there are some; the
        smallest and the largest alpha with one video left out; without each coder (of three or
        more).
    """
    coders = sorted(codings["coder"].unique())
    all_coded = codings.groupby(["video", "segment"])["code"].transform(
        lambda codes: (codes != NO_CODE).all()
    )
    sets = {
        "All segments": codings,
        "Segments to which every coder gave a code": codings[all_coded],
    }
    if len(coders) > 2:
        sets |= {f"Without coder {one}": codings[codings["coder"] != one] for one in coders}
    sets = {name: frame for name, frame in sets.items() if len(frame)}
    rows = [_alphas(frame, levels) | {"analysis": name} for name, frame in sets.items()]
    one_less = pd.DataFrame(
        [_alphas(codings[codings["video"] != one], levels) for one in codings["video"].unique()]
    )
    for name, extreme in (("smallest", one_less.min()), ("largest", one_less.max())):
        rows.append({**extreme, "analysis": f"One video left out, {name}"})
    return pd.DataFrame(rows)[["analysis", "n_units", *levels]].astype({"n_units": int})


def _alphas(codings: pd.DataFrame, levels: Sequence[str]) -> dict[str, float]:
    units = as_codings(codings).all_units(levels, complete=False)
    alphas = {level: krippendorff_alpha(count_codes(table)) for level, table in units.items()}
    return alphas | {"n_units": len(units[levels[0]])}


def vary_min_coders(codings: pd.DataFrame, *, level: str, n_orders: int, seed: int) -> pd.DataFrame:
    """Saturation when a code counts as found by one coder, by two, … by all.

    Parameters
    ----------
    codings : DataFrame
        From `load_codings`.
    level : str
    n_orders, seed
        As in `helpers.models.coding.saturation.compare_stopping_rules`.

    Returns
    -------
    DataFrame
        One row a number of coders: min_coders, n_codes, n_once, coverage, chao2, n_rules,
        n_stopped (rules that stop in the coding order), first_stop, last_stop (videos coded when
        the first and the last of these stop; missing when none does), mean_share_stopped (of the
        random orders, mean over the rules).
    """
    rows = []
    for k in range(1, codings["coder"].nunique() + 1):
        presence = find_presence(codings, code=level, min_coders=k)
        rules = compare_stopping_rules(presence, n_orders=n_orders, seed=seed)
        unseen = estimate_unseen(presence).iloc[0]
        rows.append(
            {
                "min_coders": k,
                "n_codes": presence.shape[1],
                "n_once": unseen["n_once"],
                "coverage": unseen["coverage"],
                "chao2": unseen["chao2"],
                "n_rules": len(rules),
                "n_stopped": rules["stop_at"].notna().sum(),
                "first_stop": rules["stop_at"].min(),
                "last_stop": rules["stop_at"].max(),
                "mean_share_stopped": rules["share_stopped"].mean(),
            }
        )
    return pd.DataFrame(rows).astype({"n_once": int, "first_stop": "Int64", "last_stop": "Int64"})
