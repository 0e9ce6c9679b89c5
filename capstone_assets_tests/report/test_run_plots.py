"""The plots of a run, also of one that has nothing to show."""

from io import BytesIO

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from capstone_assets.report.run_plots import music_plot, scores_plot, timings_plot


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_scores_are_counted_in_tenths_by_tier():
    figure = scores_plot({"strong": [0.99, 0.98, 0.91], "review": [0.2]})

    [axes] = figure.axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle) and bar.get_height()]
    assert sorted(bar.get_height() for bar in bars) == [1, 3]
    assert labels(figure) == ["strong", "review"]


def test_a_run_without_links_music_or_steps_has_plots_too():
    for figure in (
        scores_plot({}),
        scores_plot({"strong": []}),
        music_plot([], "rating"),
        timings_plot([]),
    ):
        drawn = BytesIO()
        figure.savefig(drawn, format="svg")
        assert b"<svg" in drawn.getvalue()
        assert labels(figure) == []
