# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Abbasi et al. (2021): what forms a working alliance, and would other coders see it?

# %% tags=["parameters"]
data_path: str = ""  # your own codings (video, segment, coder, code, or a column a coder); empty: the demonstration codings
mapping_path: str = ""  # a YAML file that says which of your columns is which; empty: they have our names
codebook_path: str = ""  # a CSV with a codebook of your own for your codings, or file: codes as they stand in the file; empty: the printed one
scale: str = "nominal"  # {"nominal", "ordinal", "interval", "ratio"} what your file holds: codes, or ratings on one of the other scales
coders: list[str] = []  # of your file, those to compare; []: all
videos: list[str] = []  # of your file, those to compare; []: all
codes: list[str] = []  # of any level, those to compare, every other counting as no code; []: all
uncoded: str = "count"  # {"count", "leave out"} segments to which no coder gave a code
coder_names: bool = False  # whether the coders of your file are shown by name
list_segments: bool = False  # whether the segments of your file on which coders differ are listed, with the videos' names
smallest_cell: int = 5  # [1, inf) pairs of codes of your file that meet in fewer places are withheld
n_boot: int = 5000  # [2, 1000000] bootstrap draws of whole videos
n_orders: int = 2000  # [1, 1000000] random orders of the videos behind the saturation band
min_coders: int = 2  # [1, inf) coders who must give a segment a code for it to count as found there
window: int = 3  # [1, inf) consecutive segments within which two codes count as together
ci_level: float = 0.95  # (0, 1) level of every interval and band
seed: int = 2026  # [0, inf) seed of every random draw
output_dir: str = ""  # where tables and figures go; empty: runs/

# %% tags=["form"]
from helpers.report.form import show_form

show_form("04_working_alliance_grounded_theory")  # in JupyterLab, run this cell to choose the parameters in a form

# %%
import matplotlib.pyplot as plt
from IPython.display import display

from helpers.models.coding.agreement import (
    KRIPPENDORFF_LIMITS,
    compare_codes,
    count_confusions,
    list_disagreements,
)
from helpers.models.coding.ratings import fit_rating_agreement
from helpers.models.coding.recovery import recover_agreement
from helpers.models.coding.saturation import (
    compare_stopping_rules,
    estimate_unseen,
    find_presence,
    fit_cooccurrence,
    fit_saturation,
)
from helpers.models.coding.sets import compare_code_sets
from helpers.notebook import start_run
from helpers.report.audit_list import count_causes, count_checks, list_undecided, print_causes
from helpers.report.code_tree import code_tree_size, plot_code_tree
from helpers.report.coding_plots import (
    code_rows_size,
    plot_agreement,
    plot_cooccurrence,
    plot_kept,
    plot_saturation,
)
from helpers.report.numbers import format_percent
from helpers.report.output import Markdown, fill_figure, save_table, show_figure
from helpers.report.paradigm_diagram import PARADIGM_SIZE, plot_paradigm_model
from helpers.report.provenance import PACKAGES, describe_provenance
from helpers.report.references import cite_in_full, list_references
from helpers.report.tables import Column, fold_tables, print_table
from helpers.report.theme import ORANGE, use_theme
from helpers.report.wording import format_level, of_these_data, stamp_data, state_rows
from helpers.studies.one_coding import results as coded
from helpers.studies.one_coding import words as said
from helpers.studies.one_coding.pairs import (
    describe_pairs,
    find_drawn,
    note_drawn,
    note_withheld,
    state_pair,
    withhold_few,
)
from helpers.studies.one_coding.stretches import compare_marks, find_marks, print_marks
from helpers.studies.registry import audit_study, list_causes
from helpers.studies.working_alliance_theory import model as study
from helpers.studies.working_alliance_theory import results, words

# %%
run = start_run("04_working_alliance_grounded_theory", globals())
use_theme()
codebook, model, audit = study.load_codebook(), study.load_paradigm_model(), audit_study(study.STUDY)
codings = study.load_codings(
    run.data_path, codebook_path=codebook_path, scale=scale, mapping=run.mapping_path, coder_names=coder_names,
    video_names=list_segments, coders=coders, videos=videos, codes=codes, uncoded=uncoded,
)
own, levels = codings.codebook, codings.levels
counted, claims = study.count_codebook(codebook), results.judge_claims(codebook, audit)
status, stamp = said.name_codings(codings), stamp_data(codings.dataset)
level, size = format_level(ci_level), said.state_basis(codings)
basis = said.state_basis(codings, ci_level=ci_level, n_boot=n_boot)

# %% tags=["scale=nominal"]
agreement = coded.measure_agreement(codings, n_boot=n_boot, ci_level=ci_level, seed=seed)
alpha = agreement.table.query("statistic == 'krippendorff_alpha'").set_index("level")
selection = coded.count_selection(codings.frame)
kept = selection.set_index("what")["kept"]
presence = find_presence(codings.frame, code="code", min_coders=min_coders)
rules = compare_stopping_rules(presence, n_orders=n_orders, level=ci_level, seed=seed)

# %% tags=["verdict"]
total = counted.sum(numeric_only=True)
Markdown(words.give_verdict(audit, n_open=total.n_open))

# %%
Markdown(f"{cite_in_full(study.STUDY)}\n\n{words.state_codings(codings)}")

# %% [markdown]
# ## The paper's statements and its own text

# %%
save_table(claims, name="claims", folder=run.tables)
print_table(
    claims,
    {"Statement of the paper": "claim: words", "Verdict": "verdict: text", "Because": "because: words"},
    caption="<b>The paper's statements and its own text</b>",
    note="Verdicts are based on the paper's text alone. A statement that is not decided need not be wrong.",
)

# %%
outside = model.nodes.loc[~model.nodes["in_table"], "label"].str.lower()
fig, ax = fill_figure(PARADIGM_SIZE)
plot_paradigm_model(model.nodes, model.edges, ax=ax)
show_figure(
    fig, name="paradigm_model", folder=run.figures, stamp="", alt=words.describe_model(model),
    caption=f"**No open code covers these concepts of the model: {' and '.join(outside)}.** "
    "Drawn from the text of the paper.",
)

# %% [markdown]
# ## What the conclusion rests on
#
# - **Agreement of three coders.** Codes were kept where all coders agreed, and no agreement statistic is reported. Among
#   the codes that were kept, agreement is complete, whatever it was before.
# - **Saturation.** Coding went on until no further data were needed; no stopping rule is reported.
# - **A codebook of disruption.** The open codes under engagement in learning and under the consequence describe ways of
#   leading away from the work; none describes an alliance that has formed.

# %% [markdown]
# ## Limits
#
# - The theory is claimed for any approach. Neither the approaches nor the numbers of clients, therapists and segments
#   are reported, so the reach of the claim cannot be judged.
# - The paper does not say whether a code was kept because the coders agreed on it in one segment or wherever it was
#   used, how sessions were divided into segments, or whether a segment could have several codes. One code per segment is
#   a choice of the demonstration.
# - Primary codes are the printed groups: labels that share open codes without a dividing line are treated as one code.
# - There are no *p* values: agreement above chance is not a finding, and overlapping windows are not independent.

# %% [markdown]
# ## The published codebook
#
# The three coders of [Abbasi et al. (2021)](#ref-abbasi2021) watched fifteen recorded sessions and coded what clients and therapists did that affected their
# alliance. The authors sorted these open codes into a paradigm model: the causes of the alliance, its context, what
# intervenes, the strategies of the two, and the consequences. This notebook shows the codebook and the model, compares
# passages of the paper with each other, and computes from codings with this codebook what the paper does not report: how
# far coders agree, what is lost when only agreed codes are kept, when coding may stop, and which codes occur together.

# %% tags=["finding"]
Markdown(
    f"{total.n_open} open codes ({total.n_distinct} distinct wordings) are listed under {total.n_primary} primary labels in "
    f"{total.n_groups} groups and {len(counted)} elements."
)

# %%
save_table(codebook, name="codebook", folder=run.tables)
save_table(counted, name="codebook_counts", folder=run.tables)
print_table(
    counted,
    {
        "Element": "element: text", "Axial code": "axial_code: text", "Labels": "n_primary: integer",
        "Groups": "n_groups: integer", "Open codes": "n_open: integer", "Wordings": "n_distinct: integer",
    },
    caption="<b>The coding table, counted</b>",
    note="Labels: primary codes. Labels whose open codes are not separated by a line form one group. Each element has one "
    "axial code, so both levels divide the open codes in the same way.",
)

# %%
fig, ax = fill_figure(code_tree_size(codebook))
plot_code_tree(codebook, ax=ax)
tree = "; ".join(f"{x.axial_code}: {x.n_open} open codes in {x.n_groups} groups" for x in counted.itertuples())
show_figure(
    fig, name="code_tree", folder=run.figures, stamp="", alt=tree,
    caption=f"**{total.n_open} open codes in {len(counted)} elements, as printed.** The height of a block shows its number "
    "of open codes. Wording and slips are the paper's.",
)

# %%
fold_tables(
    words.fold_codebook(codebook),
    caption="<b>Every open code, as printed</b>",
    note="Code numbers are ours, in printed order. Remarks point out slips and doubts; nothing is corrected.",
)

# %% [markdown]
# ## The paradigm model
#
# The drawing of the paper's Figure 1 was not available. The diagram shows the relations that the text states: in black
# those stated together with that figure, in gray those that appear in other sections only.

# %% tags=["finding"]
Markdown(f"No open code covers these concepts of the model: {' and '.join(outside)}.")

# %%
relations = words.arrange_relations(model)
save_table(model.nodes, name="paradigm_concepts", folder=run.tables)
save_table(model.edges, name="paradigm_relations", folder=run.tables)
print_table(
    relations,
    {"Relation": "relation: words", "Stated in": "stated_in: words", "Remark": "note: words"},
    group="group",
    caption="<b>The relations of the model and where they are stated</b>",
    note="Relations of the core category, which integrates all others, are left out.",
)

# %%
away = codebook[codebook["element"].isin(results.LEADING_AWAY)]
Markdown(f"""The table differs from the model in two ways.

- **The table codes the disruption of the alliance, not its formation.** In our reading, all {len(away)} open codes under
  engagement in learning and under the consequence ({away.code_id.iloc[0]} to {away.code_id.iloc[-1]}) describe ways of
  leading away from the work, such as “{away.open_code.iloc[6].lower()}”. None describes an alliance that has formed or
  learning that takes place, although the model has both.
- **The five elements are not the same.** The coding table counts the consequences among them; the discussion counts
  attachment instead, which has no open code.""")

# %% [markdown]
# ## Internal consistency of the paper
#
# The paper reports words where other papers report numbers, so there is little to recompute. Instead, passages that
# describe the same thing are compared. This uses the paper alone and does not depend on codings.

# %% tags=["finding"]
reasons = list_causes(study.STUDY, audit)
Markdown(count_causes(reasons, audit))

# %%
save_table(reasons, name="causes", folder=run.tables)
print_causes(reasons)

# %%
save_table(audit, name="audit", folder=run.tables)
Markdown(count_checks(audit))

# %% [markdown]
# What cannot be checked, and why:

# %%
Markdown(list_undecided(audit))

# %%
wording = words.arrange_wording()
save_table(wording, name="wording", folder=run.tables)
save_table(words.list_unprinted(), name="not_printed", folder=run.tables)
print_table(
    wording,
    {
        "Where": "location: text", "Printed": "printed: text", "Elsewhere, or read as": "compare: text",
        "Remark": "note: words",
    },
    group="kind",
    caption="<b>Slips and inconsistent names, as printed</b>",
)

# %% [markdown]
# ## The codings
#
# A coding file has a row for each code that a coder gave a segment of a video, or a column for each coder. The code is
# its number or its wording, `none` where no code applies; a segment that a coder did not code has no row, or an empty
# cell. A file of your own is checked against the codebook before anything is computed. The open code that the paper
# lists twice is one code here.

# %% tags=["scale=nominal"]
users = coded.describe_coders(codings.frame)
save_table(users, name="coders", folder=run.tables)
print_table(
    users,
    {
        "Coder": "coder: text", "Videos": "n_videos: integer", "Segments": "n_segments: integer",
        "Different open codes": "n_codes: integer", "No code": "share_none: percent",
    },
    caption="<b>What was coded</b>",
    note=size,
)

# %% tags=["scale=nominal"]
usage = coded.share_by_coder(codings.frame, level="axial", order=own["axial_code"].unique())
save_table(usage, name="shares_by_coder", folder=run.tables)
shown, by_coder = said.show_shares(usage)
print_table(
    shown, {"Axial code": "name: text"} | by_coder | {"Spread": "spread: percent"},
    caption="<b>How often each coder uses each code</b> (share of the coder's segments)",
    note="Spread: largest minus smallest share. A coder who uses a code more often than the others must disagree with them "
    f"on some segments. {size}",
)

# %% [markdown] tags=["scale=nominal"]
# ### Does the estimator find a known truth?
#
# The simulated coders recognize the code of a segment or, if they do not, write one drawn from the overall
# shares. If a coder recognizes codes with probability $a_v$ in video $v$, then kappa and alpha equal $E(a_v^2)$ at every
# level of the codebook; percent agreement is higher, and rises as codes are merged.

# %%
effort = {"n_replications": 100, "n_boot": 500}
recovery = recover_agreement(codings.frame, levels=list(dict.fromkeys(["open", said.find_coarse(levels)])), ci_level=ci_level, seed=seed, **effort)
save_table(recovery, name="recovery", folder=run.tables)
print_table(
    said.name_recovery(recovery),
    {
        "Statistic": "what: text", "Truth": "truth: bounded", "Mean estimate": "mean: bounded",
        "MC error": "mc_error: bounded", "<i>SD</i>": "sd: bounded", "Mean <i>SE</i>": "se: bounded",
        "Coverage": "coverage: percent",
    },
    group="name",
    caption="<b>Simulated codings of known agreement</b>",
    note="{n_replications} simulated sets of codings with the same videos, coders and shares. Coverage: share of intervals "
    "that contain the true value; {n_boot} draws of videos each.".format(**effort),
)

# %% tags=["finding"]
Markdown(f"{said.count_codings(codings)}, {status}.")

# %% [markdown] tags=["scale=nominal"]
# ## Agreement
#
# With $n_{uc}$ of $m$ coders giving segment $u$ the code $c$, **percent agreement** is the share of agreeing
# pairs of coders, $\bar A = \tfrac1N\sum_u \sum_c n_{uc}(n_{uc}-1)/(m(m-1))$.
# **Fleiss' kappa** ([Fleiss, 1971](#ref-fleiss1971)) and
# **Krippendorff's alpha** ([Krippendorff, 2011](#ref-krippendorff2011)) correct it for chance, $(\bar A - \bar E)/(1 - \bar E)$, where
# $\bar E$ is the agreement of codes drawn at random from all that were given. **All agree** is the share of
# segments on which every coder gave the same code, the paper's rule. Several codes that a coder gave
# count as one combination. Segments of one video resemble each other,
# so intervals come from drawing whole videos, and are widened because there are few
# ([Hesterberg, 2015](#ref-hesterberg2015)). Pairs of coders are compared by Cohen's kappa
# ([Cohen, 1960](#ref-cohen1960)).
#
# ### How far do the coders agree at each level?

# %%
save_table(agreement.table, name="agreement", folder=run.tables)
save_table(agreement.pairs, name="agreement_of_pairs", folder=run.tables)
print_table(
    said.arrange_agreement(agreement.table),
    {
        "Level": "name: text", "Codes used": "n_categories: integer", "All agree": "unanimous: percent",
        "Pairs that agree": "percent_agreement: percent", "Fleiss' κ": "fleiss_kappa: bounded",
        "Krippendorff's α": "krippendorff_alpha: bounded", f"{level} CI of α": "ci_lower, ci_upper: bounded",
        "Gwet's AC1": "gwet_ac1: bounded",
    },
    caption="<b>Agreement at each level of the codebook</b>",
    note=f"“No code” counts as a code. {words.note_levels(own)}{said.note_agreement(agreement)}{basis}",
)

# %%
fig, ax = plt.subplots(figsize=(7.0, 3.7))
plot_agreement(agreement.table, names=said.LEVEL_NAMES, limits=KRIPPENDORFF_LIMITS, ax=ax)
show_figure(
    fig, name="agreement", folder=run.figures, stamp=stamp, alt=said.describe_agreement(agreement.table),
    caption=f"**{said.grade_levels(alpha.est)}** {said.note_limits(agreement.table, level)} {basis}",
)

# %%
differing = list_disagreements(codings.frame, levels=levels)
confusions = count_confusions(codings.frame, level="primary")
confused = withhold_few(confusions, codings, smallest_cell=smallest_cell)
listed = codings.dataset.synthetic or list_segments
if listed:
    save_table(differing, name="disagreements", folder=run.tables)
save_table(confused, name="confusions", folder=run.tables)
Markdown(said.read_levels(agreement.table, differing))

# %%
pairs, which = said.list_pairs(said.arrange_pairs(agreement.pairs))
print_table(
    pairs,
    {"Coders": "coders: text"} | {said.LEVEL_NAMES[x]: Column(x, "bounded") for x in levels},
    caption="<b>Cohen's kappa of pairs of coders</b>",
    note=f"{which}Intervals are in <code>agreement_of_pairs.csv</code>. {size}",
)

# %% [markdown] tags=["own-data"]
# ### Where a coder gave a segment several codes
#
# Above, coders agree where they gave all the same codes. A distance of sets gives credit for those in common: one less
# the share of common codes (Jaccard), and that of [Passonneau (2006)](#ref-passonneau2006), which also counts whether
# one set holds the other (MASI). Alpha is one less the mean distance within segments by that between sets drawn from all.

# %% tags=["own-data"]
if codings.n_several:
    sets = coded.compare_sets(codings.frame, levels=levels, n_boot=n_boot, ci_level=ci_level, seed=seed)
    save_table(sets, name="agreement_of_sets", folder=run.tables)
    by_sets = print_table(
        said.arrange_sets(sets),
        {
            "Level": "name: text", "Distance": "what: text", "Segments": "n_units: integer",
            "Krippendorff's α": "est: bounded", f"{level} CI": "ci_lower, ci_upper: bounded",
        },
        caption="<b>Agreement of the sets of codes</b>", note=basis,
    )
if not codings.dataset.synthetic:
    display(by_sets if codings.n_several else Markdown("No coder gave a segment several codes."))

# %% tags=["own-data"]
if codings.n_several:
    given = compare_code_sets(codings.frame, level="primary")
    save_table(given, name="agreement_on_being_given", folder=run.tables)
    by_given = print_table(
        given.assign(name=said.name_labels(given["code"])),
        {
            "Primary code": "name: words", "Segments": "n_segments: integer", "Pairs that agree": "percent_agreement: percent",
            "Krippendorff's α": "krippendorff_alpha: bounded", "Gwet's AC1": "gwet_ac1: bounded",
        },
        caption="<b>Whether each code was given</b>", note=f"Each code against its absence. {size}",
    )
    display(by_given)

# %% [markdown] tags=["own-data"]
# ### Where coders chose the stretches themselves
#
# In a project of a coding program coders mark what they want. Cut into segments, a long stretch counts as a short one.
# **Krippendorff's alpha for unitizing** ([Krippendorff et al., 2016](#ref-krippendorff2016)) compares the
# whole texts, marked and unmarked, point by point; two points of one stretch do not count as agreement by chance.

# %% tags=["own-data"]
marked = compare_marks(codings)
if not codings.dataset.synthetic:
    save_table(marked, name="agreement_on_stretches", folder=run.tables)
    display(print_marks(marked, codings, level="primary"))

# %% [markdown]
# ### On which codes?

# %%
by_code = {x: compare_codes(codings.frame, level=x).assign(level=x) for x in ("primary", "code")}
save_table(by_code["primary"], name="agreement_by_primary_code", folder=run.tables)
save_table(by_code["code"], name="agreement_by_open_code", folder=run.tables)
shown = by_code["primary"].sort_values("specific_agreement")
print_table(
    shown.assign(name=said.name_labels(shown["code"])),
    {
        "Primary code": "name: words", "Segments": "n_segments: integer", "By all coders": "n_unanimous: integer",
        "Specific agreement": "specific_agreement: percent", "κ": "kappa: bounded",
    },
    caption="<b>Agreement on each primary code, lowest first</b>",
    note="Specific agreement: when one coder gave the code, how often another coder did, too. κ corrects this for chance. "
    f"{size}",
)

# %%
fold_tables(
    said.fold_code_agreement(by_code["code"], own),
    caption="<b>Agreement on each open code</b>",
    note=f"Agreement on a code with few segments is imprecise. {size}",
)

# %% [markdown]
# ### Where do they differ?

# %%
print_table(
    confused.head(8).assign(a=said.name_labels(confused["code_a"]), b=said.name_labels(confused["code_b"])),
    {"One coder": "a: words", "Another coder": "b: words", "Segments": "n_segments: integer", "Share": "share: percent"},
    caption="<b>Primary codes most often confused</b>",
    note="Share: of all pairs of coders who differ on the primary code of a segment. "
    f"{note_withheld(len(confusions) - len(confused), smallest_cell=smallest_cell, places='segments')}{size}",
) if len(confused) else Markdown("No two primary codes were confused often enough to be shown.")

# %%
fold_tables(
    said.fold_disagreements(differing),
    caption=f"<b>All {len(differing)} segments on which coders differ</b>",
    note=f"On a higher level they agree as follows: {said.count_returns(differing)}. {size}{state_rows(codings.dataset)}",
) if listed else Markdown(said.state_unlisted(differing))

# %% tags=["finding"]
Markdown(of_these_data(codings.dataset, said.find_alpha(alpha.est) + find_marks(marked)))

# %% [markdown] tags=["own-data", "scale!=nominal"]
# ## Agreement of ratings
#
# **Krippendorff's alpha** ([Krippendorff, 2011](#ref-krippendorff2011)) takes segments with the coders they have. An
# **intraclass correlation** ([Shrout & Fleiss, 1979](#ref-shrout1979)) needs every coder for every segment; which of the six
# applies follows from who rates whom: coders drawn from many, as in most reliability studies, have ICC(2,1) for one
# coder's rating and ICC(2,k) for the mean of all.

# %% tags=["own-data"]
if scale != "nominal":
    raters = coded.describe_raters(codings.frame)
    save_table(raters, name="raters", folder=run.tables)
    by_rater = print_table(
        raters,
        {
            "Coder": "coder: text", "Videos": "n_videos: integer", "Segments": "n_segments: integer",
            "<i>M</i>": "mean: two", "<i>SD</i>": "sd: two", "Lowest": "lowest: two", "Highest": "highest: two",
        },
        caption="<b>How the coders used the scale</b>", note=size,
    )
    display(by_rater)

# %% tags=["own-data"]
if scale != "nominal":
    rated = fit_rating_agreement(codings.frame, level="rating", scale=scale, ci_level=ci_level)
    save_table(rated.table, name="agreement_of_ratings", folder=run.tables)
    by_statistic = print_table(
        said.arrange_ratings(rated),
        {
            "Statistic": "name: text", "Of": "of: words", "Estimate": "est: bounded",
            f"{level} CI": "ci_lower, ci_upper: bounded",
        },
        caption="<b>Agreement of the ratings</b>", note=f"{said.note_ratings(rated, scale=scale)}{size}",
    )
    display(by_statistic)

# %% tags=["own-data", "finding"]
if scale != "nominal":
    display(Markdown(said.find_ratings(rated)))

# %% [markdown] tags=["scale=nominal"]
# ## What selection by full agreement hides
#
# The paper kept the codes on which all three coders agreed. Among the codes that were kept, agreement is complete,
# whatever it was before. So the paper cannot show whether its coders agreed on nearly everything or on half of it.
# With the codings of every coder the rule can be applied, and what it discards can be counted.

# %%
save_table(selection, name="selection", folder=run.tables)
print_table(
    selection.assign(what=selection["what"].map({"segments": "Segments", "codes": "Different open codes"})),
    {"": "what: text", "Coded": "before: integer", "All coders agree": "after: integer", "Kept": "kept: percent"},
    caption="<b>What is left when only full agreement is kept</b>",
    note=f"Segments to which all coders gave no code count as agreed. {size}",
)

# %%
by_primary = coded.compare_selection(codings.frame, by="primary")
save_table(by_primary, name="selection_by_primary_code", folder=run.tables)
by_primary["label"] = said.name_labels(by_primary["label"])
low, high = by_primary.iloc[0], by_primary.iloc[-1]
frequent = said.keep_frequent(by_primary)
fig, ax = plt.subplots(figsize=code_rows_size(len(frequent)))
plot_kept(frequent, overall=kept.segments, ax=ax)
show_figure(
    fig, name="selection", folder=run.figures, stamp=stamp,
    alt=f"Kept: from {format_percent(low.kept, 0)} of {low.label} to {format_percent(high.kept, 0)} of {high.label}.",
    caption=f"**Selection keeps {format_percent(low.kept, 0)} to {format_percent(high.kept, 0)} of the "
    "codings, depending on the primary code.** In brackets: number of codings; agreement is on the open code. Codes that "
    f"are hard to tell apart lose most. {size}",
)

# %% tags=["finding"]
Markdown(of_these_data(codings.dataset, f"All coders agree on {format_percent(kept.segments, 0)} of the segments; the rest would be discarded."))

# %% [markdown] tags=["scale=nominal"]
# ## Saturation
#
# Coding went on until no further data were needed; the paper states no rule. The curve shows how many different codes
# had been found after each video. With a closed codebook it shows how soon known codes appear; it cannot show whether
# new codes would have been needed. The curve is compared with the stopping rules of
# [Guest et al. (2020)](#ref-guest2020) and [Francis et al. (2010)](#ref-francis2010).

# %%
by_level = {x: find_presence(codings.frame, code=x, min_coders=min_coders) for x in ("open", "primary") if x in levels}
found = {x: fit_saturation(table, n_orders=n_orders, level=ci_level, seed=seed) for x, table in by_level.items()}
save_table(found["open"].curve, name="saturation", folder=run.tables)
if "primary" in found:
    save_table(found["primary"].curve, name="saturation_of_primary_codes", folder=run.tables)

# %%
if len(presence) > 1:
    fig, ax = plt.subplots(figsize=(7.0, 4.4))
    plot_saturation(found["open"].curve, label="open codes", stops=said.mark_stops(rules), ax=ax)
    if "primary" in found:
        plot_saturation(found["primary"].curve, label="primary codes", color=ORANGE, ax=ax)
    show_figure(
        fig, name="saturation", folder=run.figures, stamp=stamp, alt=said.describe_saturation(found),
        caption=f"**{said.state_last(found['open'])}** A code counts "
        f"when {min_coders} or more coders give it to a segment. Dots: coding order; dashed: mean of all orders; band: "
        f"{level} of {n_orders} random orders; circles: stopping rules. {size}",
    )

# %%
save_table(rules, name="stopping_rules", folder=run.tables)
print_table(
    said.mark_stops(rules),
    {
        "Rule: base + run": "label: text", "Stops after": "stop_at: integer", "Found by then": "share_found: percent",
        "Median": "stop_median: integer", f"{level} of orders": "stop_lower, stop_upper: integer",
        "Orders that stop": "share_stopped: percent",
    },
    caption="<b>When the usual rules would have stopped the coding</b>",
    note="A rule stops when a run of videos adds at most the given share of the codes in the base. First two columns: the "
    f"order of coding; last three: random orders, of those that stop. {size}",
)

# %%
unseen = estimate_unseen(presence)
save_table(unseen, name="unseen", folder=run.tables)
Markdown(said.describe_unseen(unseen, own))

# %% tags=["finding"]
Markdown(of_these_data(codings.dataset, said.describe_stops(rules)))

# %% [markdown] tags=["scale=nominal"]
# ## Which codes occur together?

# %%
span = coded.find_window(codings, at_most=window)
together = fit_cooccurrence(codings.frame, code="primary", min_coders=min_coders, window=span)
met = withhold_few(together, codings, smallest_cell=smallest_cell, of="n_both")
withheld = note_withheld(len(together) - len(met), smallest_cell=smallest_cell, places="windows")
save_table(met, name="cooccurrence", folder=run.tables)
if met["n_both"].any():
    drawn = find_drawn(together, own)
    fig, ax = plt.subplots(figsize=code_rows_size(len(drawn)))
    plot_cooccurrence(met, order=drawn, ax=ax)
    show_figure(
        fig, name="cooccurrence", folder=run.figures, stamp=stamp, alt=f"Closest: {describe_pairs(met)}.",
        caption=f"**{state_pair(met)}** Of the windows of {span} segments with either "
        f"primary code, the share with both; {met['n_units'].iloc[0]} overlapping windows. "
        f"{note_drawn(together, drawn)}{withheld}{size}",
    )

# %%
shown = met[met["n_both"] >= 3].nlargest(8, "lift")
print_table(
    shown.assign(a=said.name_labels(shown["code_a"]), b=said.name_labels(shown["code_b"])),
    {
        "Primary code": "a: words", "Other primary code": "b: words", "Windows with both": "n_both: integer",
        "Expected": "expected: one", "Lift": "lift: two",
    },
    caption="<b>Pairs that occur together more often than their frequencies suggest</b>",
    note="Lift: observed / expected; pairs in fewer than three windows are left out. In short windows codes exclude each "
    f"other, so lifts should be compared with each other and not with 1. {size}",
) if len(shown) else None

# %% tags=["finding"]
Markdown(of_these_data(codings.dataset, state_pair(met)))

# %% [markdown] tags=["scale=nominal"]
# ## Sensitivity
#
# ### Agreement under other choices

# %%
varied = coded.vary_agreement(codings.frame, levels=levels[:3])
save_table(varied, name="sensitivity_agreement", folder=run.tables)
print_table(
    varied,
    {"Krippendorff's α": "analysis: text", "Segments": "n_units: integer"}
    | {said.LEVEL_NAMES[x]: Column(x, "bounded") for x in levels[:3]},
    caption="<b>Alpha when segments, coders or videos are left out</b>",
    note=size,
)

# %% [markdown]
# ### Saturation by the number of coders required

# %%
counts = coded.vary_min_coders(codings.frame, level="open", n_orders=n_orders, seed=seed)
save_table(counts, name="sensitivity_min_coders", folder=run.tables)
print_table(
    counts,
    {
        "Coders": "min_coders: integer", "Open codes": "n_codes: integer", "In one video": "n_once: integer",
        "Coverage": "coverage: percent", "Chao2": "chao2: one", "Rules that stop": "n_stopped: integer",
        "First stop": "first_stop: integer", "Last stop": "last_stop: integer",
    },
    caption="<b>Saturation by the number of coders who must give a code</b>",
    note=f"The paper's rule is all coders; rows in which no code is found are left out. Stops: of {len(rules)} rules, in the order of coding. {size}",
)

# %% tags=["finding"]
Markdown(of_these_data(codings.dataset, said.read_results(agreement.table, selection, varied)))

# %% [markdown]
# ## References

# %% tags=["references"]
list_references(run.notebook)

# %% [markdown]
# ## Provenance

# %% tags=["provenance"]
print_table(
    describe_provenance(
        run.notebook, data=codings.dataset, parameters=run.parameters, status=status,
        packages=(*PACKAGES, "krippendorff"),
    ),
    {"Item": "item: text", "Value": "value: words"},
    caption="<b>What this report was made from</b>",
)
