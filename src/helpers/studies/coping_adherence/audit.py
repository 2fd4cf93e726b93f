"""Mohebbi Sheikhlari et al. (2026): which checks apply to which printed numbers."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from helpers.audit.agreement_in_print import check_same_number, record_reading
from helpers.audit.correlations import (
    CorrelationTable,
    check_all_significant,
    check_paths_against_correlations,
    check_positive_definite,
    check_r_squared,
)
from helpers.audit.descriptives import (
    check_item_points,
    check_mean_of_integers,
    check_percentage,
    check_scale_range,
    check_sd_of_integers,
    check_sd_range,
    check_shapiro_wilk,
)
from helpers.audit.effects import check_largest, check_sobel, check_vaf
from helpers.audit.findings import CONSISTENT, IMPOSSIBLE, Finding
from helpers.audit.fit import cfa_degrees_of_freedom, check_agfi, check_nfi, check_tli_against_cfi
from helpers.audit.relations import check_relation, finding_of_missing, join_notes, show_printed
from helpers.audit.reliability import (
    check_discriminant_validity,
    check_gof,
    check_item_count,
    check_root_ave,
    item_counts,
)
from helpers.audit.significance import check_p_of_statistic, check_ratio, check_significance_mark
from helpers.printed.cells import PrintedCount, PrintedText, cells_of, count, rows_of
from helpers.printed.rounding import as_printed

COPING = ("avoidant", "problem_focused", "emotion_focused")
CONSTRUCTS = ("adherence", "alliance", *COPING)
MARKS = {"*": "findings_t_05", "**": "findings_t_01"}
R2_BY_PATHS = "R2 of adherence from all paths and the correlations of the coping strategies"
# What the three strategies would be scored with in the questionnaire's own form.
ORIGINAL_COPING_SCALE = (0, 3)
# Correlations of full-scale sums can be as in Table 3 while those of the composites give Table 4.
OTHER_SCORES = "correlations of other scores than the composites, such as sums of all items"

Tables = Mapping[str, pd.DataFrame]


def collect_findings(tables: Tables) -> list[Finding]:
    """Return all findings of the study, in the order of the paper's tables.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        The printed tables by name, each number with its address, as
        `helpers.printed.cells.address_table` returns them.
    """
    return [
        *_check_sample(tables),
        *_check_adherence_scale(tables),
        *_check_descriptives(tables),
        *_check_reliabilities(tables),
        *_check_correlations(tables),
        *_check_paths(tables),
        *_check_paths_with_correlations(tables),
        *_check_indirect_effects(tables),
        _check_gof(tables),
        *_check_text_against_tables(tables),
        *_record_readings(tables),
    ]


def _check_sample(tables: Tables) -> list[Finding]:
    rows = tables["sample"]
    findings = [
        check_percentage(row["printed"], n=_n(tables), location=f"sample, {name}")
        for name, row in rows_of(rows[rows["quantity"] == "share"])
    ]
    text = tables["text"]["printed"]
    findings += [
        check_same_number(
            text["methods_n"],
            text["findings_n"],
            names=("methods", "findings"),
            location="sample, clients analysed",
            note="the abstract has the larger number as recruited, the smaller as analysed",
        ),
        check_same_number(
            text["abstract_n"],
            text["findings_n"],
            names=("abstract", "findings"),
            location="sample, clients analysed",
        ),
        record_reading(
            "clients were excluded, so fewer are analysed than were recruited",
            holds=count(text["methods_n"]) < count(text["abstract_n_recruited"]),
            location="sample, clients recruited and analysed",
            entered=(text["methods_n"], text["abstract_n_recruited"], text["abstract_n"]),
            printed=show_printed(
                {
                    "analysed, methods": text["methods_n"],
                    "recruited, abstract": text["abstract_n_recruited"],
                    "analysed, abstract": text["abstract_n"],
                }
            ),
            reading="the recruited clients, before the exclusion",
            note="the methods count after the exclusion, the abstract before and after it",
        ),
    ]
    counts, scales = _item_counts(tables), _item_scales(tables)
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


def _check_adherence_scale(tables: Tables) -> list[Finding]:
    printed = tables["sample"]["printed"]
    kept, n_factors = (count(printed[f"adherence_{k}"]) for k in ("items_kept", "factors"))
    low, high = _item_scales(tables)["adherence"]
    removed = [printed[f"adherence_removed_{k}"] for k in ("attendance", "expected")]
    df, df_baseline = cfa_degrees_of_freedom(kept, n_factors)
    fit = {name: printed[f"adherence_{name}"] for name in ("agfi", "gfi", "cfi", "tli", "nfi")}
    rmsea = printed["adherence_rmsea"]
    model = f"{kept} items on three correlated factors have {df} df"
    place = "measures, fit of the adherence scale"
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
        check_agfi(
            fit["agfi"],
            fit["gfi"],
            df=df,
            n_variables=kept,
            location=place,
            note=model,
            df_assumed=True,
        ).also_from(n_factors),
        check_tli_against_cfi(
            fit["tli"],
            fit["cfi"],
            df=df,
            df_baseline=df_baseline,
            location=place,
            note=model,
            df_assumed=True,
        ).also_from(kept, n_factors),
        *(
            check_nfi(
                fit["nfi"],
                fit["cfi"],
                rmsea,
                df=df,
                df_baseline=df_baseline,
                n=n,
                location=f"{place}, N = {n}",
                note=model,
                df_assumed=True,
            ).also_from(kept, n_factors)
            for n in (_n(tables), count(tables["text"].loc["methods_n", "printed"]))
        ),
        finding_of_missing(
            place,
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


def _check_descriptives(tables: Tables) -> list[Finding]:
    findings = []
    counts, scales = _item_counts(tables), _item_scales(tables)
    analysed = tables["text"].loc["findings_n", "printed"]
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
        findings.append(
            check_scale_range(
                row["minimum"],
                row["maximum"],
                item_minimum=low,
                item_maximum=high,
                location=f"{place}, range",
            )
        )
        if name in counts:
            finding = check_scale_range(
                row["minimum"],
                row["maximum"],
                item_minimum=low,
                item_maximum=high,
                n_items=counts[name],
                location=f"{place}, range of the scale described",
            )
            findings.append(_with_original_scale(finding, row, counts[name], name))
        findings.append(
            check_same_number(
                row["n"], analysed, names=("table", "findings"), location=f"{place}, N"
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
    counts = _item_counts(tables)
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
        findings.append(
            check_item_count(
                row["ave"],
                row["rho_c"],
                row["alpha"],
                min_loading=least,
                location=place,
                note=limit,
            ).also_from(text["findings_loadings"])
        )
        if name in counts:
            findings.append(
                check_item_count(
                    row["ave"],
                    row["rho_c"],
                    row["alpha"],
                    n_items=counts[name],
                    min_loading=least,
                    location=f"{place}, the scale described",
                    note=limit,
                ).also_from(text["findings_loadings"])
            )
        findings.append(_check_one_item_count(name, tables))
        findings += [
            check_same_number(
                row[column], claim, names=(column, "claim"), location=f"{place}, claim of {column}"
            )
            for column, claim in claims.items()
        ]
    return findings


def _check_one_item_count(name: str, tables: Tables) -> Finding:
    """Whether one number of items fits both the range of the sums and the reliabilities."""
    reliability, sums = tables["table_2"].loc[name], tables["table_1"].loc[name]
    low, high = _item_scales(tables)[name]
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
    words = f"{by_range[0]} to {by_range[-1]}" if by_range else "none"
    return Finding(
        location=f"Tables 1 and 2, {name}",
        relation="one number of items for the range of the sums and for AVE and CR",
        printed=show_printed(entered),
        verdict=CONSISTENT if both else IMPOSSIBLE,
        reading="" if both else "Table 1 sums other items than Table 2 is about",
        method="integer count",
        note=f"items by the range {words}, by AVE and CR "
        f"{' or '.join(map(str, fits.by_reliability)) or 'none'}",
        cells=cells_of(entered, low, high, loading),
    )


def _check_correlations(tables: Tables) -> list[Finding]:
    pairs, roots = _correlations(tables), _roots(tables)
    findings = [
        check_root_ave(
            tables["table_2"].loc[name, "ave"],
            roots[name],
            location=f"Table 3, root of AVE, {name}",
        )
        for name in CONSTRUCTS
    ]
    findings += check_discriminant_validity(
        roots,
        pairs,
        location="Table 3",
        reading="true of each column of the printed lower triangle, not of all correlations",
    )
    findings.append(check_positive_definite(CorrelationTable.from_pairs(pairs), location="Table 3"))
    return findings + check_all_significant(
        pairs,
        n=_n(tables),
        claim=_level(tables["text"].loc["findings_correlations_level", "printed"]),
        location="Table 3, claim of p < .01",
    )


def _check_paths(tables: Tables) -> list[Finding]:
    findings = []
    table, text = tables["table_4"], tables["text"]["printed"]
    errors, criteria = table["se"], text[list(MARKS.values())].tolist()
    limits = _mark_limits(tables)
    for key, row in rows_of(table):
        place = f"Table 4, {_arrow(key)}"
        finding = check_ratio(row["beta"], row["se"], row["t"], location=place)
        twins = [_arrow(other) for other, se in errors.items() if other != key and se == row["se"]]
        if finding.verdict == IMPOSSIBLE and twins:
            finding = replace(
                finding,
                note=join_notes(finding.note, f"the printed SE is also that of {twins[0]}"),
            )
        mark = "*" * row["t"].count("*")
        findings += [
            finding,
            check_significance_mark(row["t"], mark, thresholds=limits, location=place).also_from(
                criteria
            ),
        ]
    for key, name in {
        ("avoidant", "alliance"): "avoidant_alliance",
        ("problem_focused", "alliance"): "problem_alliance",
        ("emotion_focused", "alliance"): "emotion_alliance",
        ("avoidant", "adherence"): "avoidant_adherence",
        ("problem_focused", "adherence"): "problem_adherence",
        ("emotion_focused", "adherence"): "emotion_adherence",
        ("alliance", "adherence"): "alliance_adherence",
    }.items():
        findings.append(
            check_p_of_statistic(
                table.loc[key, "t"],
                text[f"abstract_{name}_p"],
                location=f"abstract, p of {_arrow(key)}",
            )
        )
    return findings


def _check_paths_with_correlations(tables: Tables) -> list[Finding]:
    table = CorrelationTable.from_pairs(_correlations(tables))
    paths = tables["table_4"]
    findings = []
    for outcome in ("alliance", "adherence"):
        own = paths.xs(outcome, level="to")
        betas = own["beta"].to_dict()
        r2 = next(value for value in own["r_squared"] if value)
        findings += check_paths_against_correlations(
            table, betas, outcome=outcome, location="Tables 3 and 4"
        )
        findings += [
            check_r_squared(
                r2,
                betas,
                table,
                outcome=outcome,
                location=f"Tables 3 and 4, R2 of {outcome} from paths and r with it",
            ),
            check_r_squared(
                r2,
                betas,
                table,
                location=f"Tables 3 and 4, R2 of {outcome} from paths and r of predictors",
            ),
        ]
    findings += _check_r2_of_adherence_by_paths(tables)
    return [finding.only_if(OTHER_SCORES) for finding in findings]


def _check_r2_of_adherence_by_paths(tables: Tables) -> list[Finding]:
    """R2 of adherence from the paths and the exogenous correlations alone.

    The correlations of alliance follow from the paths to it, so that only the three correlations
    among the coping strategies are taken from Table 3, with the printed R2 of alliance.
    """
    beta, pairs = tables["table_4"]["beta"], _correlations(tables)
    printed = {
        "r2": next(v for v in tables["table_4"].xs("adherence", level="to")["r_squared"] if v),
        "m": beta["alliance", "adherence"],
    }
    for k, name in enumerate(COPING, start=1):
        printed[f"a{k}"] = beta[name, "alliance"]
        printed[f"c{k}"] = beta[name, "adherence"]
    for k, first in enumerate(COPING, start=1):
        for j, second in enumerate(COPING[: k - 1], start=1):
            printed[f"r{j}{k}"] = _pair(pairs, second, first)
    total = [f"(c{k} + m*a{k})" for k in (1, 2, 3)]
    explained = " + ".join(f"{t}**2" for t in total)
    cross = " + ".join(
        f"2*{total[j - 1]}*{total[k - 1]}*r{j}{k}" for j, k in ((1, 2), (1, 3), (2, 3))
    )
    alliance = "a1**2 + a2**2 + a3**2 + 2*a1*a2*r12 + 2*a1*a3*r13 + 2*a2*a3*r23"
    by_paths = check_relation(
        f"r2 = {explained} + {cross} + m**2*(1 - ({alliance}))",
        printed,
        location="Tables 3 and 4, R2 of adherence by paths",
        look_for_slips=False,
    )
    return [
        replace(
            by_paths,
            relation=R2_BY_PATHS,
            note="the correlations with alliance follow from the paths",
        )
    ]


def _check_indirect_effects(tables: Tables) -> list[Finding]:
    direct, indirect = tables["table_4"], tables["table_5"]
    text = tables["text"]["printed"]
    criteria, limits = text[list(MARKS.values())].tolist(), _mark_limits(tables)
    b = direct.loc["alliance", "adherence"]
    rows = {}
    findings = []
    for name, _, outcome in indirect.index:
        a, row = direct.loc[name, "alliance"], indirect.loc[(name, "alliance", outcome)]
        rows[name] = {
            "a": a["beta"],
            "se_a": a["se"],
            "t_a": a["t"],
            "b": b["beta"],
            "se_b": b["se"],
            "t_b": b["t"],
            "z": row["z"].rstrip("*"),
        }
        place = f"Table 5, {name}"
        mark = "*" * row["z"].count("*")
        findings += [
            check_vaf(
                a["beta"],
                b["beta"],
                direct.loc[(name, outcome), "beta"],
                row["vaf"],
                location=f"{place}, VAF",
            ),
            check_significance_mark(row["z"], mark, thresholds=limits, location=place).also_from(
                criteria
            ),
        ]
    findings += check_sobel(rows, location="Table 5")
    printed = {f"a_{name}": rows[name]["a"] for name in rows} | {"b": b["beta"]}
    findings.append(
        check_largest(
            {name: f"a_{name}*b" for name in rows},
            printed,
            claimed="emotion_focused",
            location="findings, greatest effect through alliance",
            relation="emotion-focused coping has the largest effect through alliance",
            note="it has the largest VAF, a share of its own total effect",
        )
    )
    for name, key in (("avoidant", "avoidant"), ("emotion_focused", "emotion")):
        findings.append(
            check_same_number(
                text[f"findings_vaf_{key}_percent"],
                indirect.loc[(name, "alliance", "adherence"), "vaf"],
                scale=100,
                location=f"text against Table 5, VAF of {name}",
            )
        )
    return findings


def _check_gof(tables: Tables) -> Finding:
    r2 = [value for value in tables["table_4"]["r_squared"] if value]
    return check_gof(
        tables["text"].loc["findings_gof", "printed"],
        list(tables["table_2"]["ave"]),
        r2,
        location="findings, GoF",
    )


def _check_text_against_tables(tables: Tables) -> list[Finding]:
    text, sample = tables["text"], tables["sample"]["printed"]
    findings = []
    for _, row in rows_of(text[text["same_as"] != ""]):
        table, key, column = row["same_as"].split("/")
        cells = tables[table]
        index = tuple(key.split(" -> ")) if cells.index.nlevels > 1 else key
        findings.append(
            check_same_number(
                row["printed"],
                cells.loc[index, column],
                location=f"text against {table.replace('_', ' ').capitalize()}, {key} ({column})",
            )
        )
    r2 = {
        outcome: next(v for v in tables["table_4"].xs(outcome, level="to")["r_squared"] if v)
        for outcome in ("alliance", "adherence")
    }
    findings += [
        check_same_number(
            text.loc[f"{place}_r2_{outcome}_percent", "printed"],
            value,
            scale=100,
            location=f"{place} against Table 4, R2 of {outcome} in per cent",
        )
        for place in ("abstract", "findings")
        for outcome, value in r2.items()
    ]
    findings += [
        check_same_number(
            sample[f"adherence_{column}"],
            tables["table_2"].loc["adherence", column],
            names=("methods", "Table 2"),
            location=f"methods against Table 2, adherence ({column})",
            note="both are said to be of this study",
        )
        for column in ("alpha", "rho_c", "ave")
    ]
    findings.append(
        finding_of_missing(
            "methods against Table 2, alliance (alpha)",
            "methods = Table 2",
            {
                "methods": sample["alliance_alpha"],
                "Table 2": tables["table_2"].loc["alliance", "alpha"],
                "whether the methods' value is of this sample": None,
            },
        )
    )
    findings += [
        check_same_number(
            row["p"],
            text.loc["findings_normality_p", "printed"],
            names=("table", "text"),
            location=f"text against Table 1, normality of {name}",
        )
        for name, row in rows_of(tables["table_1"])
    ]
    return findings


def _record_readings(tables: Tables) -> list[Finding]:
    strategies = tables["sample"].loc["coping_strategies", "printed"]
    return [
        record_reading(
            "the test of normality is Kolmogorov-Smirnov's",
            holds=False,
            location="text, Table 1",
            entered=(),
            reading="Shapiro-Wilk's, as the table says",
        ),
        record_reading(
            "the indirect effects are in Table 6",
            holds=False,
            location="text, indirect effects",
            entered=(),
            reading="Table 5",
            note="there are five tables",
        ),
        record_reading(
            "the data were analysed with AMOS",
            holds=False,
            location="abstract, software",
            entered=(),
            reading="a program for partial least squares",
            note="AMOS has no partial least squares, which the findings report",
        ),
        record_reading(
            f"the questionnaire measures {strategies} coping strategies",
            holds=count(strategies) == len(COPING),
            location="methods, coping",
            entered=(strategies,),
            reading="three are analysed",
            printed="strategies = " + str(len(COPING)),
            note="avoidant coping is not described; escape-avoidance counts as emotion-focused",
        ),
        record_reading(
            "columns of Table 4 are standard deviations",
            holds=True,
            location="Table 4, heading",
            entered=(),
            reading="standard errors: t is the coefficient over them",
        ),
    ]


def _n(tables: Tables) -> PrintedCount:
    """Clients analysed."""
    return count(tables["sample"].loc["n", "printed"])


def _level(share: PrintedText) -> PrintedText:
    """A level of significance in per cent as the bound of p that it is."""
    return PrintedText(f"< {as_printed(share).value / 100:.2f}".replace("0.", "."), share.cells)


def _mark_limits(tables: Tables) -> dict[str, float]:
    """For each mark of significance the size of t beyond which the paper gives it."""
    text = tables["text"]["printed"]
    return {mark: as_printed(text[row]).value for mark, row in MARKS.items()}


def _item_scales(tables: Tables) -> dict[str, tuple[PrintedCount, PrintedCount]]:
    """Lowest and highest response to an item of each construct."""
    printed = tables["sample"]["printed"]
    return {
        name: tuple(
            count(printed[f"{'coping' if name in COPING else name}_item_{end}"])
            for end in ("minimum", "maximum")
        )
        for name in CONSTRUCTS
    }


def _item_counts(tables: Tables) -> dict[str, PrintedCount]:
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


def _correlations(tables: Tables) -> dict[tuple[str, str], str]:
    table = tables["table_3"]
    return {
        (row, column): table.loc[row, column]
        for row in table.index
        for column in table.columns
        if row != column and table.loc[row, column]
    }


def _roots(tables: Tables) -> dict[str, str]:
    return {name: tables["table_3"].loc[name, name] for name in tables["table_3"].index}


def _pair(pairs: Mapping[tuple[str, str], str], first: str, second: str) -> str:
    return pairs[first, second] if (first, second) in pairs else pairs[second, first]


def _arrow(key: tuple[str, str]) -> str:
    return f"{key[0]} -> {key[1]}"
