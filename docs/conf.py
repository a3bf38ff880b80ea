"""How the site is built: read by Sphinx; `make docs` and tests/unit/test_site.py call it through docs/generate."""

from __future__ import annotations

from refugia import __version__

project, author, version, release = "refugia", "The refugia founders", __version__, __version__
copyright = "The refugia founders; Apache License 2.0"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4
nitpicky = True
templates_path: list[str] = []

html_theme = "furo"  # its styles, scripts and icons lie in its wheel: an opened page asks the network for nothing
html_title = "refugia"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_baseurl = ""
html_theme_options = {"navigation_with_keys": True}
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
suppress_warnings = ["misc.highlighting_failure"]  # an output that looks like no language is shown as it is
