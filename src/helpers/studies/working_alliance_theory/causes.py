"""Abbasi et al. (2021): where the paper says different things in two places, and what of it."""

from helpers.audit.causes import Cause
from helpers.audit.findings import CONCLUSION, EDITORIAL, NUMBER

INFLUENCE = Cause(
    "influence",
    "Abstract and discussion; results, selective coding",
    "The elements have a direct influence on the working alliance.",
    "The section on selective coding says direct or not direct.",
    "Which relations are direct is not settled in the paper.",
    CONCLUSION,
)
ATTACHMENT = Cause(
    "attachment",
    "Results, axial and selective coding",
    "The section on axial coding has engagement in learning or reflective functioning before the "
    "consequence.",
    "The section on selective coding puts patterns of attachment before the consequence.",
    "The place of attachment in the model depends on the section, and no open code leads to it.",
    CONCLUSION,
)
CONSEQUENCE = Cause(
    "consequence",
    "Results, axial and selective coding",
    "The consequence is the working alliance or behavior change.",
    "The section on selective coding has the formation or disruption of the working alliance.",
    "The second is wider and fits the core category.",
    CONCLUSION,
)
ELEMENTS = Cause(
    "elements",
    "Discussion; Table 1",
    "The model has {p[text/discussion_elements/printed]} elements.",
    "The discussion counts attachment and leaves out the consequences; Table 1 has the reverse.",
    "The number is the same; the elements are not.",
    NUMBER,
)
CONSENSUS = Cause(
    "consensus",
    "Results, open coding",
    "“{p[text/open_coders_consensus/printed]} coders” had consensus on the open codes.",
    "{p[sample/coders/printed]} coders are reported everywhere else.",
    "A slip; three.",
    EDITORIAL,
)
REPEATED = Cause(
    "repeated",
    "Table 1, open codes",
    "Each row is an open code.",
    "{n[Table 1, open codes][0]}.",
    "One wording appears twice.",
    EDITORIAL,
)
CAUSES = (INFLUENCE, ATTACHMENT, CONSEQUENCE, ELEMENTS, CONSENSUS, REPEATED)
"""In the order in which they are shown, the claim of the abstract first."""
