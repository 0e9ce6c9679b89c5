"""A figure as SVG that stands in a page of ours: its colors follow the page, its text stays text.

Belongs here: what becomes of a figure in HTML. Not here: drawing (plots.py, run_plots.py).
"""

import re
from html import escape
from io import StringIO

import matplotlib as mpl
from matplotlib.figure import Figure

from capstone_assets.report.plots import BLUE, GRAY, GREEN, GRID, ORANGE, PURPLE, VERMILION

# What the page calls the colors that figures are drawn with: it has them for light and for dark.
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


def inline_svg(figure: Figure, name: str, told: str) -> str:
    """Return a figure as an `<svg>` element.

    `name` keeps its inner ids apart from those of the page's other figures; `told` is what someone
    who does not see it is told.
    """
    written = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The groups' names are the same in every figure, and nothing refers to them.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    for color, variable in _VARIABLES.items():
        svg = re.sub(re.escape(color), f"var({variable})", svg, flags=re.IGNORECASE)
    # The size in points is what it is drawn for; the page makes it narrower where it must.
    width = re.search(r'width="([\d.]+)pt"', svg)
    size = f' style="width: {float(width[1]) * 4 / 3:.0f}px"' if width else ""
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+pt" height="[\d.]+pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[\d.]+pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+pt"', r"\1", svg, count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(told)}"{size}', 1)
