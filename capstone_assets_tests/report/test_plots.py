"""Charts show the numbers that they are given."""

from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib.container import BarContainer

from capstone_assets.matching.evaluation import Label, evaluate
from capstone_assets.matching.explanation import ExplainedFilm
from capstone_assets.matching.scorecard import Evidence, match_weight
from capstone_assets.report.curves import calibration, curve
from capstone_assets.report.plots import (
    calibration_plot,
    evaluation_plots,
    groups_plot,
    png,
    precision_recall_plot,
    threshold_plot,
    waterfall_plot,
    write_plots,
)

EVIDENCE = (
    Evidence("prior", "1", -4.0, "a candidate before any evidence"),
    Evidence("title", "same", 5.0, "both are called 'the terminator'"),
    Evidence("kind", "soundtrack", 0.0, "a soundtrack"),
    Evidence("year", "reissue", -0.5, "pressed in 2016, the film is of 1984"),
    Evidence("composer", "same", 4.25, "Brad Fiedel is credited on both"),
)
TERMINATOR = ExplainedFilm(
    218, "The Terminator", 1984, "core_title", "strong", "why", EVIDENCE, match_weight(EVIDENCE)
)


def bars_of(figure):
    [axes] = figure.axes
    steps, total = (each for each in axes.containers if isinstance(each, BarContainer))
    return list(steps), list(total)


def test_a_waterfalls_bars_are_the_weights_and_end_at_the_match_weight():
    steps, [total] = bars_of(waterfall_plot(TERMINATOR, "Brad Fiedel - The Terminator"))

    assert [bar.get_width() for bar in steps] == [-4.0, 5.0, 4.25, -0.5]
    assert sum(bar.get_width() for bar in steps) == total.get_width() == TERMINATOR.match_weight
    assert total.get_x() == 0.0


def test_each_bar_of_a_waterfall_begins_where_the_one_above_ends():
    steps, _ = bars_of(waterfall_plot(TERMINATOR, "Brad Fiedel - The Terminator"))

    starts = [bar.get_x() for bar in steps]
    assert starts == [0.0, -4.0, 1.0, 5.25]


def test_a_waterfall_says_what_each_bar_stands_for_and_leaves_out_what_weighs_nothing():
    [axes] = waterfall_plot(TERMINATOR, "Brad Fiedel - The Terminator").axes

    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[1] == "title: both are called 'the terminator'"
    assert names[-1] == f"match weight: a score of {TERMINATOR.score:.1%}"
    assert not any("kind" in each for each in names)


@dataclass(frozen=True)
class PlainlyExplained:
    title: str
    film_year: int | None
    tier: str
    score: float
    match_weight: float
    evidence: tuple[Evidence, ...]


@pytest.mark.parametrize("evidence", [(), (Evidence("title", "same", 1.0, "100 % $ame_$"),)])
def test_a_waterfall_of_nothing_and_of_a_title_like_a_formula_can_be_drawn(evidence):
    odd = PlainlyExplained("$9.99_^{$", None, "review", 0.5, match_weight(evidence), evidence)

    assert png(waterfall_plot(odd, "Various - $9.99 and $_{")).startswith(b"\x89PNG")


LINKS = [
    {"film_id": n if n % 5 else -1, "release_id": n, "score": 0.5 + n / 100, "tier": "probable"}
    for n in range(1, 41)
]
LABELS = [Label(n, n, True, "odd_one" if n % 2 else "even") for n in range(1, 51)]


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_the_precision_recall_chart_draws_every_point_of_the_curve_and_every_peer():
    points = curve(LINKS, LABELS)
    peer = evaluate(LINKS[:10], LABELS).overall

    [axes] = precision_recall_plot({"ours": points}, {"exact title": peer}).axes

    drawn = lines_of(axes)["ours"]
    assert list(drawn.get_ydata()) == [each.precision.value for each in points]
    assert list(drawn.get_xdata()) == [each.recall.value for each in points]
    names = axes.get_legend_handles_labels()[1]
    assert names == ["ours", "exact title"]


def test_the_threshold_chart_shows_precision_recall_and_f1_above_each_score():
    [axes] = threshold_plot(curve(LINKS, LABELS)).axes

    lines = lines_of(axes)
    assert {"precision", "recall", "F1"} <= set(lines)
    at = dict(zip(*lines["recall"].get_data(), strict=True))
    assert at[0.0] == 32 / 50
    # Scores of .85 and more: releases 35 to 40, two of them wrong.
    assert at[0.85] == 4 / 50


def test_the_calibration_chart_sets_each_tenth_at_its_mean_score():
    bins = calibration(LINKS, LABELS)

    upper, _ = calibration_plot(bins).axes

    marks = [line for line in upper.get_lines() if line.get_marker() == "o"]
    at = list(zip(*np.asarray(marks[0].get_data()).tolist(), strict=True))
    assert at == [(each.mean_score, each.right.value) for each in bins]


def test_groups_of_a_few_releases_are_left_out_and_the_title_mentions_it():
    labels = [*LABELS, Label(99, 99, True, "lone")]
    figure = groups_plot(evaluate(LINKS, labels).by_kind, "kind of label")

    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert shown == ["even", "odd one"]
    assert "left out: 1" in figure.get_suptitle()


def test_a_chart_of_no_links_and_no_labels_can_be_drawn(tmp_path):
    figures = evaluation_plots([], [], evaluate([], []))

    assert all(path.read_bytes().startswith(b"\x89PNG") for path in write_plots(figures, tmp_path))


def test_decades_are_drawn_when_the_films_years_are_known(tmp_path):
    years: dict[int, int | None] = dict.fromkeys(range(1, 51), 1984)

    figures = evaluation_plots(LINKS, LABELS, evaluate(LINKS, LABELS, years))
    write_plots(figures, tmp_path / "made" / "new")

    assert (tmp_path / "made" / "new" / "by_decade.png").is_file()
    assert "by_decade" not in evaluation_plots(LINKS, LABELS, evaluate(LINKS, LABELS))
