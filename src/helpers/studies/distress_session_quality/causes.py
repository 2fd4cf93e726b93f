"""Stefana (2026): why its printed numbers and sentences contradict each other, and what of it.

The places, readings and grades are a person's; every number comes from print or from the audit.
"""

from helpers.audit.causes import Cause
from helpers.audit.findings import CONCLUSION, EDITORIAL, NUMBER

HEADLINE = Cause(
    "headline",
    "Abstract",
    "Indirect associations through task accounted for most of the link between distress and "
    "session quality.",
    "In the full model, {s[abstract, most of the distress-quality link through task]} of the "
    "total association runs through task, and {s[abstract, most of the distress-quality link "
    "through task, of the indirect effect]} of its indirect part; with goal and bond fixed to "
    "zero, {s[abstract, most of the distress-quality link through task, of the total effect in "
    "the Task-only model]} of the total.",
    "Possible only if {r[abstract, most of the distress-quality link through task]}.",
    CONCLUSION,
)
ESPECIALLY_TASKS = Cause(
    "especially_tasks",
    "Conclusion; Table 1",
    "A stronger real relationship was associated with more favorable alliance appraisals, "
    "especially tasks.",
    "Its path to task is {p[table_1/rri -> task/beta]}, to goal {p[table_1/rri -> goal/beta]} "
    "and to bond {p[table_1/rri -> bond/beta]}, with SEs of {p[table_1/rri -> goal/se]} to "
    "{p[table_1/rri -> bond/se]}.",
    "The association with task is not larger than those with goal and bond. What is largest for "
    "task is its own association with session quality.",
    CONCLUSION,
)
RELIABLE_GOAL = Cause(
    "reliable_goal",
    "Discussion; Table 2",
    "Smaller yet reliable indirect pathways via bond and, to a lesser extent, goal.",
    "The total through goal is {p[table_2/ind_goal_total/beta]}, 95% CI "
    "[{p[table_2/ind_goal_total/ci_lower]}, {p[table_2/ind_goal_total/ci_upper]}], p = "
    "{p[table_2/ind_goal_total/p]}; the results call it borderline.",
    "Possible only if {r[discussion, reliable pathway through goal]}.",
    CONCLUSION,
)
RETAINED = Cause(
    "retained",
    "Discussion, model comparisons",
    "The comparisons support retaining the direct path from real relationship to session quality.",
    "Neither constrained model constrains that path.",
    "They support keeping task, goal and bond apart. The path itself is supported by Table 1.",
    EDITORIAL,
)
P_VALUES = Cause(
    "p_values",
    "Results, first paragraph; Table 1",
    "Four paths have p = {p[text/results_distress_goal_p/printed]}, "
    "{p[text/results_distress_bond_p/printed]}, {p[text/results_goal_ses_p/printed]} and "
    "{p[text/results_distress_ses_p/printed]} in the text.",
    "Table 1 has {p[table_1/distress -> goal/p]}, {p[table_1/distress -> bond/p]}, "
    "{p[table_1/goal -> ses/p]} and {p[table_1/distress -> ses/p]} for the same paths, which fit "
    "its SEs.",
    "The text's p values rest on other, smaller SEs. All four stay on the same side of .05.",
    NUMBER,
)
REMAINING = Cause(
    "remaining",
    "Results, Task-only model",
    "The remaining {p[text/results_share_remaining_percent/printed]} reflected other mechanisms "
    "(RR-only, goal, bond).",
    "The Task-only model sets the paths from goal and bond to session quality to zero; Table 4 "
    "gives {p[table_4/share_rr/value]} to RR-only.",
    "The remainder is RR-only alone.",
    NUMBER,
)
TABLE_NUMBERS = Cause(
    "table_numbers",
    "Results, Task-only model",
    "The text refers to Table 3 for the proportion mediated and to Table 4 for key paths of the "
    "Task-only model.",
    "Table 3 has the contrasts. Table 4 has the proportion and the shares, and no paths.",
    "Table 4 is meant for the proportion; the paths are not printed.",
    EDITORIAL,
)
CORRECTION = Cause(
    "correction",
    "Correction note, first page",
    "The corrected title reads “distress session relates to quality”.",
    "The article is titled “distress relates to session quality”.",
    "The note misplaces a word; the title is right.",
    EDITORIAL,
)
CAUSES = (
    HEADLINE,
    ESPECIALLY_TASKS,
    RELIABLE_GOAL,
    P_VALUES,
    REMAINING,
    RETAINED,
    TABLE_NUMBERS,
    CORRECTION,
)
"""In the order in which they are shown, the headline claim first."""
