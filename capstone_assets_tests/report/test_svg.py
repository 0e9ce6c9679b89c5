"""A figure in a page: its colors are the page's, its text is text, its size is the page's."""

import re
import xml.etree.ElementTree as ET

from matplotlib.figure import Figure

from capstone_assets.report.plots import BLUE, ORANGE
from capstone_assets.report.svg import inline_svg


def drawn(name: str = "films") -> str:
    figure = Figure(figsize=(6, 3))
    axes = figure.subplots()
    axes.bar(["1980s", "1990s"], [3, 5], color=[BLUE, ORANGE])
    axes.set_title("Films & albums")
    return inline_svg(figure, name, 'Films by decade: "most" in the 1990s')


def test_a_figure_is_one_element_that_says_what_it_shows():
    svg = drawn()
    root = ET.fromstring(svg)  # noqa: S314

    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Films by decade: "most" in the 1990s'
    assert "Films & albums" in "".join(root.itertext())


def test_the_colors_are_those_of_the_page():
    svg = drawn()

    assert "var(--blue)" in svg
    assert "var(--orange)" in svg
    assert not re.search(r"#000000|" + BLUE + "|" + ORANGE, svg, re.IGNORECASE)


def test_it_is_as_wide_as_it_was_drawn_and_narrower_where_the_page_is():
    root = ET.fromstring(drawn())  # noqa: S314

    assert root.get("style") == "width: 576px"  # Six inches at 96 pixels.
    assert (root.get("width"), root.get("height")) == (None, None)
    assert root.get("viewBox") == "0 0 432 216"


def test_the_same_figure_is_the_same_text_and_two_figures_share_no_id():
    assert drawn() == drawn()
    ids = [set(re.findall(r' id="([^"]+)"', drawn(name))) for name in ("films", "albums")]
    assert ids[0]
    assert not ids[0] & ids[1]
