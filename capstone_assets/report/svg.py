"""A figure as inline SVG: its colors follow the page that it is in, and its text stays text.

Belongs here: turning a figure into HTML.
Not here: drawing (plots.py, run_plots.py).
"""

import re
from html import escape
from io import StringIO

import matplotlib as mpl
from matplotlib.figure import Figure

from capstone_assets.report.plots import BLUE, GRAY, GREEN, GRID, ORANGE, PURPLE, VERMILION

# The CSS variables of the colors that figures are drawn with; the page sets them for light and
# dark.
_VARIABLES = {
    BLUE: "--blue",
    ORANGE: "--orange",
    GREEN: "--green",
    VERMILION: "--vermilion",
    PURPLE: "--purple",
    GRAY: "--muted",
    GRID: "--grid",
    "#000000": "--ink",
}


def inline_svg(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an `<svg>` element.

    `name` makes its ids unique in a page with several figures; `description` is its text for screen
    readers.
    """
    written = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Every figure has groups of the same ids, and nothing refers to them.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    for color, variable in _VARIABLES.items():
        svg = re.sub(re.escape(color), f"var({variable})", svg, flags=re.IGNORECASE)
    # The size in points is the preferred one: a narrow screen shrinks the figure.
    width = re.search(r'width="([\d.]+)pt"', svg)
    size = f' style="width: {float(width[1]) * 4 / 3:.0f}px"' if width else ""
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+pt" height="[\d.]+pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[\d.]+pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+pt"', r"\1", svg, count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"{size}', 1)
