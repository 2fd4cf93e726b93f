"""Sphinx settings of the pages; `helpers.commands.html` lays out the folder and calls Sphinx.

Nothing here may reach for the network: fonts, maths and scripts are local files.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from pybtex.plugin import register_plugin as register_format
from pybtex.style.template import Node
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin as register_citations
from sphinxcontrib.bibtex.style.referencing import (
    BracketStyle,
    GroupReferenceStyle,
    PersonStyle,
)
from sphinxcontrib.bibtex.style.referencing.basic_author_year import (
    BasicAuthorYearParentheticalReferenceStyle,
    BasicAuthorYearTextualReferenceStyle,
)
from sphinxcontrib.bibtex.style.template import join, reference, year

from helpers.report.references import ApaStyle

project = "Therapeutic alliance"
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinxcontrib.bibtex"]
exclude_patterns = ["_build"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"  # seen as one sign beside its cell: report.css
nb_code_prompt_hide = "Hide the code"
nb_output_stderr = "show"
nb_mime_priority_overrides = [("html", "image/svg+xml", 5)]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
# a name in backticks is mostly an argument, and two classes may have an attribute of that name
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]


@dataclass
class Narrative(BasicAuthorYearTextualReferenceStyle):
    """Rosseel (2012), all of it a link."""

    def inner(self, role_name: str) -> Node:
        """Return authors and year."""
        authors = self.person.author_or_editor_or_title(full="s" in role_name)
        return reference[join[authors, " (", year, ")"]]


@dataclass
class ApaCitations(GroupReferenceStyle):
    """Citations as `helpers.report.references` writes them."""

    person: PersonStyle = field(default_factory=PersonStyle)

    def __post_init__(self) -> None:
        """Set the two ways to cite."""
        brackets = BracketStyle(left="(", right=")")
        self.styles += [
            Narrative(brackets, PersonStyle(other=" et al.")),
            BasicAuthorYearParentheticalReferenceStyle(
                brackets, PersonStyle(sep2=" & ", other=" et al.")
            ),
        ]
        super().__post_init__()


register_format("pybtex.style.formatting", "apa", ApaStyle)
register_citations("sphinxcontrib.bibtex.style.referencing", "apa", ApaCitations)

bibtex_bibfiles = ["references.bib", "studies.bib"]  # the studies' is made by helpers.commands.html
bibtex_default_style = "apa"
bibtex_reference_style = "apa"
bibtex_cite_id = "ref-{key}"
suppress_warnings += ["bibtex.duplicate_label"]  # no label is shown
bibtex_tooltips = False  # the titles would be read out after each citation
mathjax_path = "mathjax/tex-svg-full.js"

default_role = "literal"
add_module_names = False
python_maximum_signature_line_length = 100
toc_object_entries = False  # each page would carry the table of all functions

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["report.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_domain_indices = False
html_show_search_summary = False  # it fetches pages, which a browser forbids to a file
html_js_files = ["report.js"]
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_permalinks_icon = "#"
templates_path = ["_templates"]
html_sidebars = {"**": ["notebooks"]}
# what the foot of a page says; helpers.commands.html fills it in
html_context = {"default_mode": "auto", "collection": project, "own_data": False}
html_theme_options = {
    "footer_start": ["license"],
    "footer_end": [],
    "navbar_align": "left",
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "back_to_top_button": False,
}


def _drop_publishing_roles(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object
) -> None:
    """Take out roles of digital publishing, which ARIA gave up or does not allow on a link."""
    if "body" in context:
        body = re.sub(r' role="doc-[a-z]+"', "", context["body"])
        # without its entries' role the list of citations is none to a screen reader
        context["body"] = body.replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def _fold_parts(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fold the parts of a report that follow its story.

    The first of them is the first second-level section with a cell tagged ``finding``; what such
    a cell says stands beside the heading of its part, and is read while the part is closed.
    """
    title = next(iter(doctree.findall(nodes.section)), None)
    parts = [] if title is None else [one for one in title if isinstance(one, nodes.section)]
    found = [next(iter(part.findall(_is_finding)), None) for part in parts]
    first = next((k for k, one in enumerate(found) if one is not None), len(parts))
    for part, finding in zip(parts[first:], found[first:], strict=True):
        says = []
        if finding is not None:
            paragraph = next(iter(finding.findall(nodes.paragraph)))
            paragraph.parent.remove(paragraph)
            says = [nodes.inline("", "", *paragraph.children, classes=["finding"])]
        part[:] = [
            _html('<details class="part"><summary>'),
            part[0],
            *says,
            _html("</summary>"),
            *part[1:],
            _html("</details>"),
        ]


def _is_finding(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "tag_finding" in node.get("classes", ())


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> None:
    """Have each page written without those roles, and its parts folded."""
    app.connect("html-page-context", _drop_publishing_roles)
    app.connect("doctree-resolved", _fold_parts)
