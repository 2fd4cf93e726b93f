"""What is computed from codings with a codebook, or from ratings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from helpers.data.code_system import NO_CODE
from helpers.data.codings import Codings
from helpers.models.coding.agreement import (
    Agreement,
    count_codes,
    fit_agreement,
    select_consensus,
)
from helpers.models.coding.chance import krippendorff_alpha
from helpers.models.coding.codings import as_codings
from helpers.models.coding.saturation import compare_stopping_rules, estimate_unseen, find_presence
from helpers.models.coding.sets import fit_set_agreement


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
    segments = codings.drop_duplicates(["video", "segment", "coder"]).groupby("coder")
    return (
        pd.DataFrame(
            {
                "n_videos": segments["video"].nunique(),
                "n_segments": segments.size(),
                "n_codes": coded.groupby("coder")["code"].nunique(),
                "share_none": segments["code"].apply(lambda codes: (codes == NO_CODE).mean()),
            }
        )
        .fillna({"n_codes": 0})
        .astype({"n_codes": int})
        .reset_index()
    )


def describe_raters(ratings: pd.DataFrame) -> pd.DataFrame:
    """How each coder used a rating scale.

    Parameters
    ----------
    ratings : DataFrame
        video, segment, coder and rating, from `load_codings`.

    Returns
    -------
    DataFrame
        One row a coder: coder, n_videos, n_segments, mean, sd, lowest, highest.
    """
    by_coder = ratings.groupby("coder")
    return pd.DataFrame(
        {
            "n_videos": by_coder["video"].nunique(),
            "n_segments": by_coder.size(),
            "mean": by_coder["rating"].mean(),
            "sd": by_coder["rating"].std(),
            "lowest": by_coder["rating"].min(),
            "highest": by_coder["rating"].max(),
        }
    ).reset_index()


def measure_agreement(codings: Codings, *, ci_level: float, n_boot: int, seed: int) -> Agreement:
    """Agreement of codings at each of their levels; a report shows its notes, not warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return fit_agreement(
            codings.frame, levels=codings.levels, ci_level=ci_level, n_boot=n_boot, seed=seed
        )


def compare_sets(
    codings: pd.DataFrame, *, levels: Sequence[str], ci_level: float, n_boot: int, seed: int
) -> pd.DataFrame:
    """Alpha of sets of codes at each level: level, and what `fit_set_agreement` returns."""
    options = {"ci_level": ci_level, "n_boot": n_boot, "seed": seed}
    tables = [fit_set_agreement(codings, level=x, **options).assign(level=x) for x in levels]
    return pd.concat(tables, ignore_index=True)


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
        All segments; without those to which no coder gave a code; only segments to which every
        coder gave one; the smallest and the largest alpha with one video left out; without each
        coder (of three or more). What would leave nothing to compare is left out.
    """
    coders = sorted(codings["coder"].unique())
    coded = (codings["code"] != NO_CODE).groupby([codings["video"], codings["segment"]])
    sets = {
        "All segments": codings,
        "Without segments to which no coder gave a code": codings[coded.transform("any")],
        "Segments to which every coder gave a code": codings[coded.transform("all")],
    }
    if len(coders) > 2:
        sets |= {f"Without coder {one}": codings[codings["coder"] != one] for one in coders}
    sets = {name: frame for name, frame in sets.items() if len(frame["coder"].unique()) > 1}
    rows = [_alphas(frame, levels) | {"analysis": name} for name, frame in sets.items()]
    less = [codings[codings["video"] != one] for one in codings["video"].unique()]
    less = [_alphas(frame, levels) for frame in less if len(frame["coder"].unique()) > 1]
    if less:
        one_less = pd.DataFrame(less)
        for name, extreme in (("smallest", one_less.min()), ("largest", one_less.max())):
            rows.append({**extreme, "analysis": f"One video left out, {name}"})
    return pd.DataFrame(rows)[["analysis", "n_units", *levels]].astype({"n_units": int})


def _alphas(codings: pd.DataFrame, levels: Sequence[str]) -> dict[str, float]:
    units = as_codings(codings).all_units(levels, complete=False)
    alphas = {level: krippendorff_alpha(count_codes(table)) for level, table in units.items()}
    return alphas | {"n_units": len(units[levels[0]])}


def vary_min_coders(codings: pd.DataFrame, *, level: str, n_orders: int, seed: int) -> pd.DataFrame:
    """Saturation when a code counts as found by one coder, by two, … by as many as agree on one.

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
    coded = codings[codings[level] != NO_CODE].drop_duplicates(["video", "segment", "coder", level])
    for k in range(1, coded.groupby(["video", "segment", level]).size().max() + 1):
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


def find_window(codings: Codings, *, at_most: int) -> int:
    """Return the number of consecutive segments to look at: no more than the longest video has."""
    return min(at_most, int(codings.frame.groupby("video")["segment"].nunique().max()))
