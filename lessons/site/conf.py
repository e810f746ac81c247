"""Sphinx reads this: the notebooks come executed, and nothing is loaded from elsewhere."""

import re
from html import unescape
from pathlib import Path
from typing import Any

project = "trigrad"
author = "the trigrad authors"
html_title = "trigrad"
html_theme = "sphinx_book_theme"
html_static_path = ["static"]
html_css_files = ["trigrad.css"]
html_logo = html_favicon = "static/logo.svg"
html_copy_source = True
html_sourcelink_suffix = ""  # what is downloaded is the notebook, under its own name
html_show_copyright = html_show_sphinx = False
html_theme_options: dict[str, Any] = {
    "logo": {"text": "trigrad", "alt_text": ""},
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "use_download_button": True,
    "show_prev_next": True,
    "search_bar_text": "Search the lessons",
    "footer_content_items": [],
}

html_context = {"default_mode": "auto"}

extensions = ["myst_nb"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # build.py has executed them, with a kernel that it chose
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default is a script on another server
nb_merge_streams = True
nb_render_markdown_format = "myst"  # outputs may hold tables and mathematics
mathjax_path = "mathjax/startup.js"  # below the static files, where build.py lays it
mathjax3_config = {"loader": {"load": ["input/tex", "output/chtml", "a11y/assistive-mml"]}}


def name_figures(app: Any, doctree: Any) -> None:
    """Give every figure the words that its SVG carries, for those who cannot see it."""
    for node in doctree.findall(lambda node: node.tagname == "image"):
        path = Path(app.srcdir, node["uri"])
        if path.suffix == ".svg" and path.is_file():
            label = re.search(r'<svg[^>]*\baria-label="([^"]*)"', path.read_text(encoding="utf-8"))
            if label is not None:
                node["alt"] = unescape(label[1])


def setup(app: Any) -> None:
    """Sphinx calls this before it builds."""
    app.connect("doctree-read", name_figures)
