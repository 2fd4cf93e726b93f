"""Sphinx settings of the report pages; `helpers.build.html` lays out the folder and calls Sphinx.

Nothing here may reach for the network: fonts, maths and scripts are local files.
"""

project = "Therapeutic alliance"

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinxcontrib.bibtex"]
exclude_patterns = ["_build"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_output_stderr = "show"
nb_mime_priority_overrides = [("html", "image/svg+xml", 5)]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
suppress_warnings = ["mystnb.unknown_mime_type"]

bibtex_bibfiles = []
mathjax_path = "mathjax/tex-svg-full.js"

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["report.css"]
html_js_files = ["scroll_boxes.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_search_summary = False  # it would fetch pages, which a browser refuses from the disk
html_last_updated_fmt = None
html_permalinks_icon = "#"
templates_path = ["_templates"]
html_sidebars = {"**": ["notebooks"]}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "footer_start": ["licence"],
    "footer_end": [],
    "navbar_align": "left",
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "back_to_top_button": False,
}
