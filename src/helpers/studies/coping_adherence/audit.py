"""Mohebbi Sheikhlari et al. (2026): which checks apply to which printed numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpers.audit.agreement_in_print import check_same_number, record_reading
from helpers.audit.causes import under
from helpers.audit.correlations import (
    CorrelationTable,
    check_all_significant,
    check_paths_against_correlations,
    check_positive_definite,
    check_r_squared,
)
from helpers.audit.effects import check_largest, check_sobel, check_vaf
from helpers.audit.findings import IMPOSSIBLE, Finding
from helpers.audit.relations import check_relation, finding_of_missing, join_notes, show_printed
from helpers.audit.reliability import (
    check_discriminant_validity,
    check_gof,
    check_root_ave,
)
from helpers.audit.significance import check_p_of_statistic, check_ratio, check_significance_mark
from helpers.printed.cells import PrintedText, count, rows_of
from helpers.printed.rounding import as_printed
from helpers.studies.coping_adherence import causes
from helpers.studies.coping_adherence.audit_measures import (
    CONSTRUCTS,
    COPING,
    Tables,
    check_measures,
    n_analyzed,
)

MEDIATOR = "alliance"
MARKS = {"*": "findings_t_05", "**": "findings_t_01"}
R2_BY_PATHS = "R2 of adherence from all paths and the correlations of the coping strategies"
# Correlations of full-scale sums can be as in Table 3 while those of the composites give Table 4.
OTHER_SCORES = (
    "the paper's Table 3 is of other scores than the composites, such as sums of all items"
)
LARGEST_SHARE = "the greatest is the one with the largest share of its own total effect (VAF)"
OTHER_PROGRAM = "AMOS was used for another analysis, such as the adherence scale's factor model"


def collect_findings(tables: Tables) -> list[Finding]:
    """Return all findings of the study: the headline claim, then in the order of the tables.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        The printed tables by name, each number with its address, as
        `helpers.printed.cells.address_table` returns them.
    """
    findings = [
        *check_measures(tables),
        *_check_correlations(tables),
        *_check_paths(tables),
        *_check_paths_with_correlations(tables),
        *_check_indirect_effects(tables),
        _check_gof(tables),
        *_check_text_against_tables(tables),
        *_record_readings(tables),
    ]
    return [*under(causes.HEADLINE, [_judge_headline(findings, tables)]), *findings]


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
    of_roots = check_discriminant_validity(
        roots,
        pairs,
        location="Table 3",
        reading="true of each column of the printed lower triangle, not of all correlations",
    )
    findings += under(causes.DISCRIMINANT, of_roots)
    findings.append(check_positive_definite(CorrelationTable.from_pairs(pairs), location="Table 3"))
    of_p = check_all_significant(
        pairs,
        n=n_analyzed(tables),
        claim=_level(tables["text"].loc["findings_correlations_level", "printed"]),
        location="Table 3, claim of p < .01",
    )
    return findings + under(causes.ALL_SIGNIFICANT, of_p)


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
        cause = causes.ALLIANCE_SE if key[0] == MEDIATOR else causes.AVOIDANT_SE
        findings += [
            *under(cause, [finding]),
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
    return under(causes.TABLES_3_4, [finding.only_if(OTHER_SCORES) for finding in findings])


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
        of_vaf = check_vaf(
            a["beta"],
            b["beta"],
            direct.loc[(name, outcome), "beta"],
            row["vaf"],
            location=f"{place}, VAF",
        )
        findings += [
            *under(causes.VAF, [of_vaf]),
            check_significance_mark(row["z"], mark, thresholds=limits, location=place).also_from(
                criteria
            ),
        ]
    findings += under(causes.AROIAN, check_sobel(rows, location="Table 5"))
    printed = {f"a_{name}": rows[name]["a"] for name in rows} | {"b": b["beta"]}
    greatest = check_largest(
        {name: f"a_{name}*b" for name in rows},
        printed,
        claimed="emotion_focused",
        location="findings, greatest effect through alliance",
        relation="emotion-focused coping has the largest effect through alliance",
        note="emotion-focused coping has the largest VAF, a share of its own total effect",
    )
    findings += under(causes.GREATEST, [greatest.only_if(LARGEST_SHARE)])
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
    finding = check_gof(
        tables["text"].loc["findings_gof", "printed"],
        list(tables["table_2"]["ave"]),
        r2,
        location="findings, GoF",
    )
    return under(causes.GOF, [finding])[0]


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
    twice = [
        check_same_number(
            sample[f"adherence_{column}"],
            tables["table_2"].loc["adherence", column],
            names=("methods", "Table 2"),
            location=f"methods against Table 2, adherence ({column})",
            note="both are said to be of this study",
        )
        for column in ("alpha", "rho_c", "ave")
    ]
    findings += under(causes.ITEMS, twice)
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


def _judge_headline(findings: Sequence[Finding], tables: Tables) -> Finding:
    """The conclusion of the abstract: what the tables prove of it.

    Both paths of a route must be significant by the criterion of the paper. Where Table 3 rules out
    Table 4 the conclusion needs what the two together need.
    """
    paths, limits = tables["table_4"], _mark_limits(tables)
    entered = {
        f"t of {_arrow((start, end))}": paths.loc[(start, end), "t"]
        for start, end in (
            ("avoidant", MEDIATOR),
            ("emotion_focused", MEDIATOR),
            (MEDIATOR, "adherence"),
        )
    }
    least = limits["**"]
    holds = all(abs(as_printed(t).value) > least for t in entered.values())
    doubted = [finding for finding in findings if finding.cause == causes.TABLES_3_4.key]
    finding = record_reading(
        "the alliance mediates the effects of avoidant and emotion-focused coping on adherence",
        holds=holds and not doubted,
        location="abstract, conclusion",
        entered=[*entered.values(), tables["text"].loc[MARKS["**"], "printed"]],
        printed=show_printed(entered),
        note="Table 4 supports it" if holds else "Table 4 does not support it",
    )
    finding = finding.also_from([one.cells for one in doubted])
    return finding.only_if(doubted[0].reading) if holds and doubted else finding


def _record_readings(tables: Tables) -> list[Finding]:
    strategies = tables["sample"].loc["coping_strategies", "printed"]
    paths, limits = tables["table_4"], _mark_limits(tables)
    avoidant, problem = (
        paths.loc[(name, MEDIATOR), ["beta", "t"]] for name in ("avoidant", "problem_focused")
    )
    least = limits["*"]
    adaptive = as_printed(problem["beta"]).value > 0 and as_printed(problem["t"]).value > least
    maladaptive = as_printed(avoidant["beta"]).value > 0 and as_printed(avoidant["t"]).value > least
    discussion = record_reading(
        "adaptive, problem-focused coping strengthens the alliance, and avoidance is to be reduced",
        holds=adaptive and not maladaptive,
        location="discussion, coping and the alliance",
        entered=[*avoidant, *problem, tables["text"].loc[MARKS["*"], "printed"]],
        printed=show_printed(
            {
                "avoidant -> alliance": avoidant["beta"],
                "problem-focused -> alliance": problem["beta"],
                "t": problem["t"],
            }
        ),
        reading="the advice rests on the literature it cites",
        note="problem-focused -> adherence fits it",
    )
    amos = record_reading(
        "the data were analyzed with AMOS",
        holds=False,
        location="abstract, software",
        entered=(),
        note="AMOS has no partial least squares, which the findings report",
    )
    return [
        *under(causes.DISCUSSION, [discussion]),
        *under(
            causes.NORMALITY,
            [
                record_reading(
                    "the test of normality is Kolmogorov-Smirnov's",
                    holds=False,
                    location="text, Table 1",
                    entered=(),
                    reading="Shapiro-Wilk's, as the table says",
                )
            ],
        ),
        *under(
            causes.TABLE_NUMBER,
            [
                record_reading(
                    "the indirect effects are in Table 6",
                    holds=False,
                    location="text, indirect effects",
                    entered=(),
                    reading="Table 5",
                    note="there are five tables",
                )
            ],
        ),
        *under(causes.SOFTWARE, [amos.only_if(OTHER_PROGRAM)]),
        *under(
            causes.STRATEGIES,
            [
                record_reading(
                    f"the questionnaire measures {strategies} coping strategies",
                    holds=count(strategies) == len(COPING),
                    location="methods, coping",
                    entered=(strategies,),
                    reading="three are analyzed",
                    printed=f"strategies = {strategies}",
                    note="avoidant coping is not described; escape-avoidance counts as "
                    "emotion-focused",
                )
            ],
        ),
        record_reading(
            "columns of Table 4 are standard deviations",
            holds=True,
            location="Table 4, heading",
            entered=(),
            reading="standard errors: t is the coefficient over them",
        ),
    ]


def _level(share: PrintedText) -> PrintedText:
    """A level of significance in per cent as the bound of p that it is."""
    return PrintedText(f"< {as_printed(share).value / 100:.2f}".replace("0.", "."), share.cells)


def _mark_limits(tables: Tables) -> dict[str, float]:
    """For each mark of significance the size of t beyond which the paper gives it."""
    text = tables["text"]["printed"]
    return {mark: as_printed(text[row]).value for mark, row in MARKS.items()}


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
