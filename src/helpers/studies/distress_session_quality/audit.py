"""Stefana (2026): which checks apply to which printed numbers."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from scipy import stats

from helpers.audit.agreement_in_print import check_same_number, record_reading
from helpers.audit.causes import under
from helpers.audit.descriptives import (
    check_counts,
    check_item_points,
    check_mean_of_integers,
    check_overlapping_shares,
    check_percentage,
    check_sd_of_integers,
    check_sd_range,
)
from helpers.audit.effects import check_effects, check_largest, check_se_of_sum
from helpers.audit.findings import CONSISTENT, EXCLUDED, NOT_DECIDED, POSSIBLE_ONLY_IF, Finding
from helpers.audit.fit import check_p_of_chisq, check_rmsea
from helpers.audit.relations import (
    check_relation,
    finding_of_missing,
    join_notes,
    relate,
    show_printed,
)
from helpers.audit.significance import check_interval, check_p_of_estimate
from helpers.audit.systems import System
from helpers.printed.cells import PrintedCount, cells_of, count, rows_of
from helpers.printed.numbers import PrintedNumber
from helpers.printed.rounding import Bounds, as_printed, parse_formula
from helpers.studies.distress_session_quality import causes
from helpers.studies.distress_session_quality.model import EFFECTS, LABELS, PATH_LABELS

# Given the two components of the route through task, the Task-only model leaves no freedom: they
# share its one path from task to session quality.
TASK_ONLY_SHARES = {
    "share_task_serial": "share_task_direct * rri_on_distress*task_on_rri / task_on_distress",
    "share_task": "share_task_direct + share_task_serial",
    "share_rr": "1 - share_task",
}
# OLS decomposes one and the same total effect in both models, as no equation of either leaves out
# a predictor of the mediators.
TASK_ONLY_PATHS = {
    "task_only_task": "share_task_direct*proportion_mediated*total / task_on_distress",
    "task_only_rri": "share_rr*proportion_mediated*total / rri_on_distress",
}
CONTRASTS = {
    "task_minus_goal": ("ind_task_total", "ind_goal_total"),
    "task_minus_bond": ("ind_task_total", "ind_bond_total"),
    "goal_minus_bond": ("ind_goal_total", "ind_bond_total"),
}
SUMS = {
    **{f"ind_{a}_total": (f"ind_{a}_direct", f"ind_{a}_serial") for a in ("task", "goal", "bond")},
    "ind_total": ("ind_rr", "ind_task_total", "ind_goal_total", "ind_bond_total"),
    **CONTRASTS,
}
OTHER_P = {
    ("distress", "goal"): "results_distress_goal_p",
    ("distress", "bond"): "results_distress_bond_p",
    ("goal", "ses"): "results_goal_ses_p",
    ("distress", "ses"): "results_distress_ses_p",
}
OTHER_SE = "the text's p rests on another SE of the same coefficient than the table's"
RELIABLE_BY_INTERVAL = "reliable means that the bootstrap interval excludes zero, not that p < .05"
MOST = "abstract, most of the distress-quality link through task"
MOST_OF_INDIRECT = f"{MOST}, of the indirect effect"
MOST_IN_TASK_ONLY = f"{MOST}, of the total effect in the Task-only model"
_LEVEL = 0.05
_MODELS = {"task_only": "Task-only model", "equal_alliance": "Equal-alliance model"}
MOST_OF_WHAT = "the link is the indirect effect, or the total effect is that of the Task-only model"

Tables = Mapping[str, pd.DataFrame]


def collect_findings(tables: Tables) -> list[Finding]:
    """Return all findings of the study: the headline claim, then in the order of the tables.

    Parameters
    ----------
    tables : mapping from str to pandas.DataFrame
        The printed tables by name, each number with its address, as
        `helpers.printed.cells.address_table` returns them.
    """
    return [
        *_judge_headline(tables),
        *_check_sample(tables),
        *_check_paths(tables),
        *_check_effects(tables),
        *_check_shares(tables),
        *_check_comparisons(tables),
        *_check_text_against_tables(tables),
        *_check_text_p_values(tables),
        *_check_claims(tables),
        *_record_readings(tables),
    ]


def _check_sample(tables: Tables) -> list[Finding]:
    sample, n = tables["sample"]["printed"], _n(tables)
    rows = tables["sample"]
    shares = rows[rows["quantity"].str.startswith("share")]
    findings = [
        check_percentage(row["printed"], n=n, location=f"sample, {name}")
        for name, row in rows_of(shares)
    ]
    groups = {
        "age": (["18_29", "30_39", "40_49", "50_or_older"], "age_group_", True),
        "treatment length": (["over_24", "0_3", "4_6", "7_12", "13_24"], "treatment_length_", True),
        "treatment frequency": (["weekly", "2_3"], "treatment_frequency_", False),
    }
    findings += [
        check_counts(
            {name: sample[f"{prefix}{name}"] for name in names},
            n=n,
            location=f"sample, {group}",
            exhaustive=exhaustive,
        )
        for group, (names, prefix, exhaustive) in groups.items()
    ]
    findings.append(
        check_overlapping_shares(
            sample["diagnosis_at_least_one"],
            {"anxiety": sample["diagnosis_anxiety"], "depression": sample["diagnosis_depression"]},
            location="sample, diagnosis",
            note="whether the two shares are of all or of the diagnosed is not said; both fit",
        )
    )
    for scale in ("gad7", "phq9"):
        mean, sd = sample[f"{scale}_mean"], sample[f"{scale}_sd"]
        items = count(sample[f"{scale}_items"])
        low, high = (items * count(sample[f"{scale}_item_{end}imum"]) for end in ("min", "max"))
        place = f"sample, {scale}"
        findings += [
            check_mean_of_integers(mean, n=n, location=place),
            check_sd_of_integers(mean, sd, n=n, location=place),
            check_sd_range(mean, sd, low, high, n=n, attained=False, location=place),
        ]
    for name, points in {
        "gad7": "gad7_points",
        "wai": "wai_points",
        "rri": "rri_points",
        "ses": "ses_points",
    }.items():
        findings.append(
            check_item_points(
                count(sample[points]),
                count(sample[f"{name}_item_minimum"]),
                count(sample[f"{name}_item_maximum"]),
                location=f"measures, {name}",
            )
        )
    findings.append(
        check_relation(
            f"items = {count(sample['wai_subscales'])}*items_per_subscale",
            {
                "items": count(sample["wai_items"]),
                "items_per_subscale": count(sample["wai_items_per_subscale"]),
            },
            location="measures, wai",
        ).also_from(sample["wai_subscales"])
    )
    return findings


def _check_paths(tables: Tables) -> list[Finding]:
    return [
        check_p_of_estimate(row["beta"], row["se"], row["p"], location=f"Table 1, {_arrow(key)}")
        for key, row in rows_of(tables["table_1"])
    ]


def _check_effects(tables: Tables) -> list[Finding]:
    printed = _printed_estimates(tables)
    findings = check_effects(
        EFFECTS,
        printed,
        location="Table 2",
        locations={name: f"Table 3, {name}" for name in CONTRASTS},
    )
    system = System(EFFECTS, printed)
    errors, p_values = _printed_errors(tables), _printed_p(tables)
    for name, number in printed.items():
        if name not in EFFECTS:
            continue
        place = f"{_table_of(name)}, {name}"
        findings.append(
            check_p_of_estimate(
                _narrowed(number, *system.bounds_of(name)),
                errors[name],
                p_values[name],
                location=place,
                note="estimate narrowed to what all paths and effects allow",
            ).also_from(printed)
        )
    table = tables["table_2"]
    for name, row in rows_of(table):
        finding = check_interval(
            row["beta"],
            row["ci_lower"],
            row["ci_upper"],
            se=row["se"],
            location=f"Table 2, {name}",
        )
        crosses = as_printed(row["ci_lower"]).value <= 0 <= as_printed(row["ci_upper"]).value
        p = as_printed(row["p"])
        if crosses != (p.relation == "=" and p.value > 0.05):
            finding = replace(
                finding,
                note="the interval excludes zero while p is above .05: percentiles of the draws "
                "against estimate / SE",
            )
        findings.append(finding)
    for name, parts in SUMS.items():
        findings.append(
            check_se_of_sum(
                errors[name],
                {part: errors[part] for part in parts},
                location=f"{_table_of(name)}, SE of {name}",
            )
        )
    findings.append(
        check_se_of_sum(
            errors["total"],
            {"ind_total": errors["ind_total"], "ses_on_distress": errors["ses_on_distress"]},
            location="Table 2, SE of total",
        )
    )
    return findings


def _check_shares(tables: Tables) -> list[Finding]:
    shares = tables["table_4"]["value"].to_dict()
    printed = _printed_estimates(tables) | shares
    findings = check_effects(TASK_ONLY_SHARES, printed, location="Table 4")[:-1]
    definitions = EFFECTS | TASK_ONLY_SHARES
    system = System(definitions | TASK_ONLY_PATHS, printed)
    joint = check_effects(definitions, printed, location="Tables 1 to 4")[-1]
    findings.append(
        replace(
            joint,
            relation="one set of unrounded paths gives the effects of the full model and, with one "
            "path from task and one from real relationship to session quality, the shares of the "
            "Task-only model",
        )
    )
    for name, words in (
        ("task_only_task", "from task to session quality"),
        ("task_only_rri", "from real relationship to session quality"),
    ):
        low, high = system.bounds_of(name)
        findings.append(
            Finding(
                location=f"Table 4, Task-only path {words}",
                relation=f"path = {TASK_ONLY_PATHS[name]}",
                printed=show_printed({k: shares[k] for k in shares}),
                verdict=NOT_DECIDED,
                implied_lower=low,
                implied_upper=high,
                method="enclosure",
                check="path that is not printed",
                note=f"the shares and the total effect imply {low:.3f} to {high:.3f}, if the total "
                "effect is the same in both models",
                cells=cells_of(shares, printed),
            )
        )
    return findings


def _check_comparisons(tables: Tables) -> list[Finding]:
    table = tables["table_5"]
    findings = []
    for name, row in rows_of(table):
        place = f"Table 5, {_MODELS[name]}"
        df = count(row["df_diff"])
        findings += [
            check_p_of_chisq(row["chisq_diff"], df, row["p"], location=place),
            check_rmsea(
                row["delta_rmsea"],
                row["chisq_diff"],
                df,
                n=_n(tables),
                location=place,
                note="against a saturated model the change is the scaled RMSEA itself",
            ),
        ]
        for column, missing in (
            ("delta_cfi", "scaled chi-square of the baseline model"),
            ("delta_srmr", "residual correlations of the constrained model"),
        ):
            findings.append(
                finding_of_missing(
                    place,
                    f"{column} = change against the saturated model",
                    {column: row[column], missing: None},
                )
            )
    task_only, equal = table.loc["task_only"], table.loc["equal_alliance"]
    findings.append(
        check_relation(
            "cfi_equal = cfi_task * (chisq_equal - 2) / (chisq_task - 2)",
            {
                "cfi_equal": equal["delta_cfi"],
                "cfi_task": task_only["delta_cfi"],
                "chisq_equal": equal["chisq_diff"],
                "chisq_task": task_only["chisq_diff"],
            },
            location="Table 5, both changes of CFI",
            note="one baseline model serves both",
        )
    )
    return findings


def _check_text_against_tables(tables: Tables) -> list[Finding]:
    text = tables["text"]
    twice = []
    for _, row in rows_of(text[text["same_as"] != ""]):
        table, key, column = row["same_as"].split("/")
        cells = tables[table]
        index = tuple(key.split(" -> ")) if cells.index.nlevels > 1 else key
        twice.append(
            check_same_number(
                row["printed"],
                cells.loc[index, column],
                location=f"text against {_title(table)}, {key} ({column})",
            )
        )
    findings = under(causes.P_VALUES, twice)
    shares = tables["table_4"]["value"]
    percents = {
        "results_proportion_mediated_percent": "proportion_mediated",
        "results_share_task_percent": "share_task",
        "results_share_task_direct_percent": "share_task_direct",
        "results_share_task_serial_percent": "share_task_serial",
        "results_share_remaining_percent": "share_rr",
    }
    findings += [
        check_same_number(
            text.loc[name, "printed"],
            shares[share],
            scale=100,
            location=f"text against Table 4, {share} in per cent",
        )
        for name, share in percents.items()
    ]
    findings += [
        check_same_number(
            text.loc["results_r2_ses_percent", "printed"],
            text.loc["results_r2_ses", "printed"],
            scale=100,
            names=("per cent", "R2"),
            location="text, R2 of session quality",
        ),
        check_same_number(
            text.loc["abstract_n", "printed"],
            text.loc["results_n", "printed"],
            names=("abstract", "results"),
            location="text, sample size",
        ),
    ]
    outcomes = ("rri", "task", "goal", "bond", "ses")
    findings += [
        finding_of_missing(
            f"text, R² of {LABELS[outcome].lower()}",
            "R2 = b' R b over all predictors",
            {
                "R2": text.loc[f"results_r2_{outcome}", "printed"],
                "coefficients of the covariates and correlations of the predictors": None,
            },
        )
        for outcome in outcomes
    ]
    return findings


def _check_text_p_values(tables: Tables) -> list[Finding]:
    """Ask which SEs the text's four p values belong to."""
    table = tables["table_1"]
    text = tables["text"]["printed"]
    findings = []
    for key, name in OTHER_P.items():
        row = table.loc[key]
        finding = check_p_of_estimate(
            row["beta"], row["se"], text[name], location=f"text, p of {_arrow(key)}"
        )
        low, high = _ratio_of_errors(text[name], row["p"])
        remark = (
            f"the table's SE is {low:.3f} to {high:.3f} times the one behind the text's p, "
            "whatever the coefficient"
        )
        if finding.verdict != CONSISTENT:
            finding = replace(finding, verdict=POSSIBLE_ONLY_IF, reading=OTHER_SE)
        findings.append(replace(finding, note=join_notes(finding.note, remark)))
    return [*under(causes.P_VALUES, findings), _check_homoscedastic(tables)]


def _check_homoscedastic(tables: Tables) -> Finding:
    """Whether normal-theory SEs of one fit can give the text's p values.

    Such an SE is sqrt((1 − R²) / (n T)), T the share of the predictor's variance that the others
    leave. T of distress is the same in the equations of goal and of bond and cannot be larger in
    that of session quality, which has more predictors.
    """
    table, text = tables["table_1"], tables["text"]["printed"]
    tolerance = parse_formula("(1 - r2) * z**2 / (n * beta**2)")
    bounds: dict[str, Bounds] = {}
    n = _n(tables)
    r2 = {y: text[f"results_r2_{y}"] for y in ("goal", "bond", "ses")}
    beta = {y: table.loc[("distress", y), "beta"] for y in r2}
    for outcome in r2:
        p = as_printed(text[OTHER_P["distress", outcome]])
        z = tuple(float(stats.norm.isf(end / 2)) for end in (p.upper, p.lower))
        bounds[outcome] = tolerance.bounds(
            {"r2": r2[outcome], "z": z, "n": n, "beta": beta[outcome]}
        )
    most = min(bounds["goal"].upper, bounds["bond"].upper)
    least = bounds["ses"].lower
    shown = {f"p of distress -> {y}": text[OTHER_P["distress", y]] for y in bounds}
    ranges = "; ".join(f"{y} {b.lower:.3f} to {b.upper:.3f}" for y, b in bounds.items())
    return Finding(
        location="text, p values of distress -> goal, bond and ses together",
        relation="normal-theory SE = sqrt((1 - R2) / (n T)), T of distress no larger with more "
        "predictors",
        printed=show_printed(shown),
        verdict=EXCLUDED if least > most else CONSISTENT,
        implied_lower=bounds["ses"].lower,
        implied_upper=bounds["ses"].upper,
        reading="not the normal-theory SEs of this model; robust or other SEs, which are not named",
        method="monotone",
        note=f"T implied by p in the equation of {ranges}",
        cells=cells_of(shown, r2, beta, n),
    )


def _check_claims(tables: Tables) -> list[Finding]:
    printed = _printed_estimates(tables)
    table = tables["table_1"]
    text = tables["text"]["printed"]
    paths = {
        PATH_LABELS["ses", x]: PATH_LABELS["ses", x]
        for x in ("task", "goal", "bond", "rri", "distress")
    }
    routes = {
        name: name for name in ("ind_task_total", "ind_goal_total", "ind_bond_total", "ind_rr")
    }
    return [
        check_largest(
            paths,
            {name: printed[name] for name in paths},
            claimed="ses_on_task",
            location="abstract, largest unique association with session quality",
        ),
        check_largest(
            routes | {"ses_on_distress": "ses_on_distress"},
            {name: printed[name] for name in (*routes, "ses_on_distress")},
            claimed="ind_task_total",
            location="discussion, largest share of the association",
        ),
        *under(causes.ESPECIALLY_TASKS, [_check_especially_tasks(tables)]),
        *under(causes.RELIABLE_GOAL, [_check_reliable_goal(tables)]),
        check_p_of_estimate(
            table.loc[("distress", "goal"), "beta"],
            table.loc[("distress", "goal"), "se"],
            "> .05",
            location="abstract, distress not associated with goal",
        ),
        check_p_of_estimate(
            table.loc[("distress", "bond"), "beta"],
            table.loc[("distress", "bond"), "se"],
            "> .05",
            location="abstract, distress not associated with bond",
        ),
        check_relation(
            "remaining = 100 * (1 - share_task)",
            {
                "remaining": text["results_share_remaining_percent"],
                "share_task": tables["table_4"].loc["share_task", "value"],
            },
            location="text, remaining share in per cent",
        ),
    ]


def _judge_headline(tables: Tables) -> list[Finding]:
    """Whether the route through task is most of the link, under each reading of the link."""
    printed, shares = _printed_estimates(tables), tables["table_4"]["value"].to_dict()
    claim = {"share": "> 0.5"}

    def judge(formula: str, location: str) -> Finding:
        names = parse_formula(formula).names
        entered = {name: (printed | shares)[name] for name in names}
        finding = relate(
            f"share = {formula}", claim | entered, location=location, look_for_slips=False
        )
        return replace(finding, printed=show_printed(entered))

    total = judge("ind_task_total / total", MOST).only_if(MOST_OF_WHAT)
    indirect = judge("ind_task_total / ind_total", MOST_OF_INDIRECT)
    low, high = System(EFFECTS | {"share": "ind_task_total / ind_total"}, printed).bounds_of(
        "share"
    )
    indirect = replace(
        indirect,
        implied_lower=low,
        implied_upper=high,
        method="enclosure",
        note="narrowed to what all paths and effects allow",
    ).also_from(printed)
    task_only = judge("proportion_mediated * share_task", MOST_IN_TASK_ONLY)
    return [*under(causes.HEADLINE, [total]), indirect, task_only]


def _check_especially_tasks(tables: Tables) -> Finding:
    paths = tables["table_1"]["beta"]
    printed = {name: paths["rri", name] for name in ("task", "goal", "bond")}
    return check_largest(
        {name: name for name in printed},
        printed,
        claimed="task",
        location="conclusion, real relationship and task",
        relation="real relationship has its largest path to task, of task, goal and bond",
        note="not larger; the difference from the others is about as large as their SEs",
    )


def _check_reliable_goal(tables: Tables) -> Finding:
    row = tables["table_2"].loc["ind_goal_total"]
    low, high, p = (as_printed(row[name]) for name in ("ci_lower", "ci_upper", "p"))
    excludes_zero = low.value * high.value > 0
    finding = record_reading(
        "the pathway through goal is reliable: p < .05 and an interval that excludes zero",
        holds=excludes_zero and p.value < _LEVEL,
        location="discussion, reliable pathway through goal",
        entered=[row["p"], row["ci_lower"], row["ci_upper"]],
        printed=show_printed({name: row[name] for name in ("p", "ci_lower", "ci_upper")}),
        note="percentiles of the draws, and estimate / SE",
    )
    return finding.only_if(RELIABLE_BY_INTERVAL) if excludes_zero else finding


def _record_readings(tables: Tables) -> list[Finding]:
    shares = tables["table_4"]["value"]
    contrasts = tables["table_3"]["estimate"]
    remaining = tables["text"].loc["results_share_remaining_percent", "printed"]
    remaining_share = record_reading(
        f"the remaining {as_printed(remaining).value:g}% of the Task-only indirect effect are "
        "RR-only, goal and bond",
        holds=False,
        location="text, Task-only model",
        entered=(remaining, shares["share_rr"]),
        printed=show_printed({k: shares[k] for k in ("share_task", "share_rr")}),
        reading="RR-only alone",
        note="the model fixes goal -> ses and bond -> ses to zero, and the table gives the "
        "whole remaining share to RR-only",
    )
    references = [
        record_reading(
            "the proportion mediated and the shares are in Table 3",
            holds=False,
            location="text, Task-only model",
            entered=(),
            reading="Table 4",
        ),
        record_reading(
            "key paths of the Task-only MLR fit are in Table 4",
            holds=False,
            location="text, Task-only model",
            entered=(),
            reading="they are printed nowhere",
            note="Table 4 has shares only",
        ),
    ]
    retained = record_reading(
        "the comparisons speak for retaining the direct path rri -> ses",
        holds=False,
        location="text, model comparisons",
        entered=(),
        reading="they speak for keeping task, goal and bond apart",
        note="neither constrained model constrains that path",
    )
    correction = record_reading(
        "the correction note prints the title of the article",
        holds=False,
        location="first page, correction note",
        entered=(),
        reading="the title of the article",
        note="the note has distress session relates to quality",
    )
    text = tables["text"]["printed"]
    independent = Finding(
        location="methods and results, adults and observations",
        relation="each observation is of another client",
        printed=show_printed({"adults": text["abstract_n"], "observations": text["results_n"]}),
        verdict=NOT_DECIDED,
        method="reading",
        note="the trial adds baselines and follow-ups of its control arm, so clients may appear "
        "twice; the analysis treats all rows as independent",
        cells=cells_of(text["abstract_n"], text["results_n"]),
    )
    return [
        *under(causes.REMAINING, [remaining_share]),
        *under(causes.TABLE_NUMBERS, references),
        *under(causes.RETAINED, [retained]),
        *under(causes.CORRECTION, [correction]),
        independent,
        record_reading(
            "task exceeds goal and bond by the contrasts of Table 3",
            holds=True,
            location="Table 3, contrasts",
            entered=contrasts.tolist(),
            printed=show_printed(contrasts.to_dict()),
            reading="signed differences of negative effects: the larger effect gives the negative "
            "contrast",
        ),
    ]


def _n(tables: Tables) -> PrintedCount:
    """Participants."""
    return count(tables["sample"].loc["n", "printed"])


def _printed_estimates(tables: Tables) -> dict[str, str]:
    paths = tables["table_1"]["beta"]
    estimates = {PATH_LABELS[y, x]: beta for (x, y), beta in paths.items()}
    estimates |= tables["table_2"]["beta"].to_dict()
    return estimates | tables["table_3"]["estimate"].to_dict()


def _printed_errors(tables: Tables) -> dict[str, str]:
    paths = tables["table_1"]["se"]
    errors = {PATH_LABELS[y, x]: se for (x, y), se in paths.items()}
    errors |= tables["table_2"]["se"].to_dict()
    return errors | tables["table_3"]["se"].to_dict()


def _printed_p(tables: Tables) -> dict[str, str]:
    return tables["table_2"]["p"].to_dict() | tables["table_3"]["p"].to_dict()


def _ratio_of_errors(first_p: str, second_p: str) -> tuple[float, float]:
    """Bounds of SE behind the second p over SE behind the first, the estimate being the same."""
    first, second = as_printed(first_p), as_printed(second_p)
    z = {
        end: float(stats.norm.isf(end / 2))
        for end in (first.lower, first.upper, second.lower, second.upper)
    }
    return z[first.upper] / z[second.lower], z[first.lower] / z[second.upper]


def _narrowed(number: str, lower: float, upper: float) -> PrintedNumber:
    printed = as_printed(number)
    return replace(printed, lower=max(printed.lower, lower), upper=min(printed.upper, upper))


def _table_of(name: str) -> str:
    return "Table 3" if name in CONTRASTS else "Table 2"


def _arrow(key: tuple[str, str]) -> str:
    return f"{key[0]} -> {key[1]}"


def _title(table: str) -> str:
    return table.replace("_", " ").capitalize()
