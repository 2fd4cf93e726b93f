"""Mohebbi Sheikhlari et al. (2026): the checks of its sample, scales and reliabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import pandas as pd

from helpers.audit.agreement_in_print import check_same_number, record_reading
from helpers.audit.causes import under
from helpers.audit.descriptives import (
    check_item_points,
    check_mean_of_integers,
    check_percentage,
    check_scale_range,
    check_sd_of_integers,
    check_sd_range,
    check_shapiro_wilk,
    name_sizes,
    sizes_of_percentage,
)
from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, Finding
from helpers.audit.fit import cfa_degrees_of_freedom, check_agfi, check_nfi, check_tli_against_cfi
from helpers.audit.relations import check_relation, finding_of_missing, join_notes, show_printed
from helpers.audit.reliability import (
    check_item_count,
    item_counts,
)
from helpers.printed.cells import PrintedCount, cells_of, count, rows_of
from helpers.printed.rounding import as_printed
from helpers.studies.coping_adherence import causes

FACTOR_MODEL_PLACE = "measures, fit of the adherence scale"
COPING = ("avoidant", "problem_focused", "emotion_focused")
CONSTRUCTS = ("adherence", "alliance", *COPING)
# What the three strategies would be scored with in the questionnaire's own form.
ORIGINAL_COPING_SCALE = (0, 3)

Tables = Mapping[str, pd.DataFrame]


def check_measures(tables: Tables) -> list[Finding]:
    """Return the findings on the sample, the scales and their reliabilities."""
    return [
        *_check_sample(tables),
        *_check_adherence_scale(tables),
        *_check_descriptives(tables),
        *_check_reliabilities(tables),
    ]


def _check_sample(tables: Tables) -> list[Finding]:
    rows = tables["sample"]
    shares = [
        _check_share(name, row["printed"], tables)
        for name, row in rows_of(rows[rows["quantity"] == "share"])
    ]
    findings = under(causes.AGE, shares)
    text = tables["text"]["printed"]
    of_sample = [
        check_same_number(
            text["methods_n"],
            text["findings_n"],
            names=("methods", "findings"),
            location="sample, clients analyzed",
            note="the abstract has the larger number as recruited, the smaller as analyzed",
        ),
        check_same_number(
            text["abstract_n"],
            text["findings_n"],
            names=("abstract", "findings"),
            location="sample, clients analyzed",
        ),
        record_reading(
            "clients were excluded, so fewer are analyzed than were recruited",
            holds=count(text["methods_n"]) < count(text["abstract_n_recruited"]),
            location="sample, clients recruited and analyzed",
            entered=(text["methods_n"], text["abstract_n_recruited"], text["abstract_n"]),
            printed=show_printed(
                {
                    "analyzed, methods": text["methods_n"],
                    "recruited, abstract": text["abstract_n_recruited"],
                    "analyzed, abstract": text["abstract_n"],
                }
            ),
            reading="the recruited clients, before the exclusion",
            note="the methods count after the exclusion, the abstract before and after it",
        ),
    ]
    findings += under(causes.SAMPLE, of_sample)
    counts, scales = item_counts_described(tables), item_scales(tables)
    printed = tables["sample"]["printed"]
    findings += [
        record_reading(
            "the subscales are parts of the questionnaire",
            holds=counts["problem_focused"] + counts["emotion_focused"]
            <= count(printed["coping_items"]),
            location="measures, items of the coping questionnaire",
            entered=(
                printed["coping_items"],
                counts["problem_focused"],
                counts["emotion_focused"],
            ),
            printed=show_printed(
                {
                    "all": printed["coping_items"],
                    "problem-focused": counts["problem_focused"],
                    "emotion-focused": counts["emotion_focused"],
                }
            ),
            note="the items that belong to no subscale are not mentioned",
        ),
        check_item_points(
            count(printed["coping_points"]), *scales["avoidant"], location="measures, coping"
        ),
        check_relation(
            f"items = {count(printed['alliance_subscales'])}*of_subscale",
            {
                "items": count(printed["alliance_items"]),
                "of_subscale": count(printed["alliance_items_per_subscale"]),
            },
            location="measures, alliance",
        ).also_from(printed["alliance_subscales"]),
    ]
    return findings


def _check_share(name: str, share: str, tables: Tables) -> Finding:
    """Check a share of the clients analyzed, and where none has it, of those recruited."""
    n, recruited = n_analyzed(tables), tables["text"].loc["abstract_n_recruited", "printed"]
    finding = check_percentage(share, n=n, location=f"sample, {name}")
    beyond = [size for size in sizes_of_percentage(share, count(recruited)) if size > n]
    if finding.verdict == CONSISTENT or not beyond:
        return finding
    remark = f"of the {recruited} recruited, {name_sizes(beyond)} valid answers fit as well"
    return replace(finding, note=join_notes(remark, finding.note)).also_from(recruited)


def _check_adherence_scale(tables: Tables) -> list[Finding]:
    printed = tables["sample"]["printed"]
    kept = count(printed["adherence_items_kept"])
    low, high = item_scales(tables)["adherence"]
    removed = [printed[f"adherence_removed_{k}"] for k in ("attendance", "expected")]
    rmsea = printed["adherence_rmsea"]
    parts = {
        name: count(printed[f"adherence_items_{name}"])
        for name in ("attendance", "expected", "homework")
    }
    return [
        check_relation(
            "items = attendance + expected + homework",
            {"items": count(printed["adherence_items"])} | parts,
            location="measures, adherence",
        ),
        check_relation(
            f"kept = items - {sum(map(count, removed))}",
            {"kept": kept, "items": count(printed["adherence_items"])},
            location="measures, adherence",
            note=f"{removed[0]} item and {removed[1]} items were removed",
        ).also_from(removed),
        check_relation(
            f"minimum = kept*{low}",
            {"minimum": count(printed["adherence_minimum"]), "kept": kept},
            location="measures, adherence",
        ).also_from(low),
        check_relation(
            f"maximum = kept*{high}",
            {"maximum": count(printed["adherence_maximum"]), "kept": kept},
            location="measures, adherence",
        ).also_from(high),
        *under(causes.FACTOR_MODEL, _check_factor_model(tables)),
        finding_of_missing(
            FACTOR_MODEL_PLACE,
            "rmsea = sqrt((chisq - df) / (df (n - 1)))",
            {"rmsea": rmsea, "chi-square of the factor model": None},
        ),
        check_item_count(
            printed["adherence_ave"],
            printed["adherence_rho_c"],
            printed["adherence_alpha"],
            n_items=kept,
            min_loading=as_printed(printed["adherence_removed_loading"]).value,
            location="measures, reliability of the adherence scale",
        ).also_from(printed["adherence_removed_loading"]),
    ]


def _check_factor_model(tables: Tables) -> list[Finding]:
    printed = tables["sample"]["printed"]
    kept, n_factors = (count(printed[f"adherence_{k}"]) for k in ("items_kept", "factors"))
    df, df_baseline = cfa_degrees_of_freedom(kept, n_factors)
    fit = {name: printed[f"adherence_{name}"] for name in ("agfi", "gfi", "cfi", "tli", "nfi")}
    rmsea = printed["adherence_rmsea"]
    place, model = FACTOR_MODEL_PLACE, f"{kept} items on three correlated factors have {df} df"
    sizes = (n_analyzed(tables), count(tables["text"].loc["methods_n", "printed"]))
    with_df = {"location": place, "note": model, "df_assumed": True}
    with_both = with_df | {"df_baseline": df_baseline}
    agfi = check_agfi(fit["agfi"], fit["gfi"], df=df, n_variables=kept, **with_df)
    tli = check_tli_against_cfi(fit["tli"], fit["cfi"], df=df, **with_both)
    nfi = [
        check_nfi(
            fit["nfi"],
            fit["cfi"],
            rmsea,
            df=df,
            n=n,
            **with_both | {"location": f"{place}, N = {n}"},
        ).also_from(kept, n_factors)
        for n in sizes
    ]
    findings = [agfi.also_from(n_factors), tli.also_from(kept, n_factors), *nfi]
    return [*findings, _check_one_df(fit, rmsea, kept, df_baseline, sizes)]


def _check_one_df(
    fit: Mapping[str, str], rmsea: str, kept: int, df_baseline: int, sizes: Sequence[int]
) -> Finding:
    """Whether any degrees of freedom let AGFI fit GFI and NFI fit CFI and RMSEA."""
    entered = {"agfi": fit["agfi"], "gfi": fit["gfi"], "nfi": fit["nfi"], "cfi": fit["cfi"]}
    entered |= {"rmsea": rmsea, "items": kept}
    given = (*(fit[name] for name in ("agfi", "gfi", "nfi", "cfi")), rmsea, kept, df_baseline)
    found = [df for df in range(1, df_baseline + 1) if _fit_together(df, *given, tuple(sizes))]
    return Finding(
        location=f"{FACTOR_MODEL_PLACE}, all indices",
        relation="one number of degrees of freedom for AGFI and GFI, and for NFI, CFI and RMSEA",
        printed=show_printed(entered),
        verdict=CONSISTENT if found else IMPOSSIBLE,
        method="integer count",
        note=f"degrees of freedom from 1 to {df_baseline} tried, samples of "
        f"{' and '.join(map(str, sizes))}",
        cells=cells_of(entered, sizes),
    )


@cache
def _fit_together(
    df: int,
    agfi: str,
    gfi: str,
    nfi: str,
    cfi: str,
    rmsea: str,
    kept: int,
    df_baseline: int,
    sizes: tuple[int, ...],
) -> bool:
    """Whether one number of degrees of freedom does; dear, and asked for the same numbers again."""
    fits_gfi = check_agfi(agfi, gfi, df=df, n_variables=kept, location="").verdict != IMPOSSIBLE
    return fits_gfi and any(
        check_nfi(nfi, cfi, rmsea, df=df, df_baseline=df_baseline, n=n, location="").verdict
        != IMPOSSIBLE
        for n in sizes
    )


def _check_descriptives(tables: Tables) -> list[Finding]:
    findings = []
    counts, scales = item_counts_described(tables), item_scales(tables)
    analyzed = tables["text"].loc["findings_n", "printed"]
    for name, row in rows_of(tables["table_1"]):
        place = f"Table 1, {name}"
        n = count(row["n"])
        findings += [
            check_mean_of_integers(row["mean"], n=n, location=place),
            check_sd_of_integers(row["mean"], row["sd"], n=n, location=place),
            check_sd_range(
                row["mean"],
                row["sd"],
                count(row["minimum"]),
                count(row["maximum"]),
                n=n,
                location=place,
            ),
            check_shapiro_wilk(row["shapiro_wilk"], row["p"], n=n, location=place),
        ]
        low, high = scales[name]
        of_range = [
            check_scale_range(
                row["minimum"],
                row["maximum"],
                item_minimum=low,
                item_maximum=high,
                location=f"{place}, range",
            )
        ]
        if name in counts:
            finding = check_scale_range(
                row["minimum"],
                row["maximum"],
                item_minimum=low,
                item_maximum=high,
                n_items=counts[name],
                location=f"{place}, range of the scale described",
            )
            of_range.append(_with_original_scale(finding, row, counts[name], name))
        cause = causes.SCORING if name in COPING else causes.ITEMS
        findings += under(cause, of_range)
        findings.append(
            check_same_number(
                row["n"], analyzed, names=("table", "findings"), location=f"{place}, N"
            )
        )
    return findings


def _with_original_scale(
    finding: Finding, row: Mapping[str, str], n_items: int, name: str
) -> Finding:
    """Name the scoring 0 to 3 where the described scoring fails and it does not."""
    if finding.verdict == CONSISTENT or name not in COPING:
        return finding
    low, high = ORIGINAL_COPING_SCALE
    other = check_scale_range(
        row["minimum"],
        row["maximum"],
        item_minimum=low,
        item_maximum=high,
        n_items=n_items,
        location=finding.location,
    )
    if other.verdict != CONSISTENT:
        return finding
    return replace(finding, reading=f"{n_items} items scored {low} to {high}")


def _check_reliabilities(tables: Tables) -> list[Finding]:
    findings = []
    counts = item_counts_described(tables)
    text = tables["text"]["printed"]
    least = as_printed(text["findings_loadings"]).value
    limit = f"loadings above {least:g}, as the paper says".replace("0.", ".")
    claims = {
        "alpha": text["findings_reliabilities"],
        "rho_c": text["findings_reliabilities"],
        "ave": text["findings_aves"],
    }
    for name, row in rows_of(tables["table_2"]):
        place = f"Table 2, {name}"
        options = {"min_loading": least, "note": limit}
        printed = row["ave"], row["rho_c"], row["alpha"]
        of_items = [check_item_count(*printed, location=place, **options)]
        if name in counts:
            described = check_item_count(
                *printed,
                n_items=counts[name],
                location=f"{place}, the scale described",
                **options,
            )
            of_items.append(_as_kept(described, counts[name], name))
        of_items = [finding.also_from(text["findings_loadings"]) for finding in of_items]
        cause = {"adherence": causes.ITEMS, "problem_focused": causes.PROBLEM_FOCUSED}
        findings += under(cause.get(name, causes.MODEL_ITEMS), of_items)
        of_both = {"emotion_focused": causes.SCORING, "problem_focused": causes.PROBLEM_FOCUSED}
        findings += under(
            of_both.get(name, causes.MODEL_ITEMS), [_check_one_item_count(name, tables)]
        )
        findings += [
            check_same_number(
                row[column], claim, names=(column, "claim"), location=f"{place}, claim of {column}"
            )
            for column, claim in claims.items()
        ]
    return findings


def _as_kept(finding: Finding, described: int, name: str) -> Finding:
    """Read a count that fewer items than those described explain as that of the items kept.

    Adherence is left as it is: how many of its items were kept is printed.
    """
    if name == "adherence" or not finding.reading.endswith("items"):
        return finding
    if finding.verdict != IMPOSSIBLE or finding.reading.startswith("no "):
        return finding
    kept = finding.reading.removesuffix(" items")
    return finding.only_if(f"the model keeps {kept} of the {described} items")


def _check_one_item_count(name: str, tables: Tables) -> Finding:
    """Whether one number of items fits both the range of the sums and the reliabilities."""
    reliability, sums = tables["table_2"].loc[name], tables["table_1"].loc[name]
    low, high = item_scales(tables)[name]
    by_range = range(-(-count(sums["maximum"]) // high), count(sums["minimum"]) // low + 1)
    loading = tables["text"].loc["findings_loadings", "printed"]
    fits = item_counts(
        reliability["ave"], reliability["rho_c"], min_loading=as_printed(loading).value
    )
    entered = {
        "min": sums["minimum"],
        "max": sums["maximum"],
        "AVE": reliability["ave"],
        "CR": reliability["rho_c"],
    }
    both = [k for k in fits.by_reliability if k in by_range]
    fewer = fits.by_reliability and by_range and fits.by_reliability[-1] < by_range[0]
    words = f"{by_range[0]} to {by_range[-1]}" if by_range else "none"
    finding = Finding(
        location=f"Tables 1 and 2, {name}",
        relation="one number of items for the range of the sums and for AVE and CR",
        printed=show_printed(entered),
        verdict=CONSISTENT if both else IMPOSSIBLE,
        method="integer count",
        note=f"items by the range {words}, by AVE and CR "
        f"{' or '.join(map(str, fits.by_reliability)) or 'none'}",
        cells=cells_of(entered, low, high, loading),
    )
    return finding.only_if("Table 2 is of fewer items than Table 1") if fewer else finding


def n_analyzed(tables: Tables) -> PrintedCount:
    """Clients analyzed."""
    return count(tables["sample"].loc["n", "printed"])


def item_scales(tables: Tables) -> dict[str, tuple[PrintedCount, PrintedCount]]:
    """Lowest and highest response to an item of each construct."""
    printed = tables["sample"]["printed"]
    return {
        name: tuple(
            count(printed[f"{'coping' if name in COPING else name}_item_{end}"])
            for end in ("minimum", "maximum")
        )
        for name in CONSTRUCTS
    }


def item_counts_described(tables: Tables) -> dict[str, PrintedCount]:
    """Numbers of items of the scales as described."""
    rows, printed = tables["sample"], tables["sample"]["printed"]
    counts = {
        "adherence": count(printed["adherence_items_kept"]),
        "alliance": count(printed["alliance_items"]),
    }
    for name in ("problem_focused", "emotion_focused"):
        parts = rows[(rows["variable"] == name) & (rows["quantity"] == "items")]["printed"]
        counts[name] = sum(count(part) for part in parts)
    return counts
