"""Charts: precision against recall, by threshold, calibration, by group, a link's waterfall.

Belongs here: drawing given numbers, and writing figures to files.
Not here: the numbers (curves.py, matching/evaluation.py).

Figures are made without pyplot: they need no display, and none stays open.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from capstone_assets.matching.evaluation import Evaluation, Label, Link, Quality, Share
from capstone_assets.matching.scorecard import PRIOR, Evidence
from capstone_assets.matching.tiers import TierSettings
from capstone_assets.percent import percent
from capstone_assets.report.curves import (
    Bin,
    Point,
    at_threshold,
    best_point,
    calibration,
    calibration_error,
    curve,
)

# The colors of Okabe and Ito, which color-blind readers can distinguish.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, GRAY, GRID = "#CC79A7", "#666666", "#E5E5E5"
_PEERS = (ORANGE, GREEN, VERMILION, PURPLE)
_MARKERS = "osD^v"
_DPI = 150
_PERCENT = PercentFormatter(xmax=1)
_FEWEST_FOR_A_GROUP = 5
TIERS_FROM = {
    "probable": TierSettings().probable_score,
    "strong": TierSettings().strong_score,
}


class Explained(Protocol):
    """The data of a waterfall: a film with its evidence, from matching/explanation.py."""

    @property
    def title(self) -> str:
        """The film's title."""

    @property
    def film_year(self) -> int | None:
        """The film's year."""

    @property
    def tier(self) -> str:
        """strong, probable, review or rejected."""

    @property
    def score(self) -> float:
        """Probability, 0 to 1."""

    @property
    def match_weight(self) -> float:
        """The evidence's weights added up, in natural log odds."""

    @property
    def evidence(self) -> Sequence[Evidence]:
        """The evidence for the film and against it."""


def png(figure: Figure) -> bytes:
    """The figure as a PNG file's bytes; equal figures give equal bytes."""
    written = BytesIO()
    figure.savefig(written, format="png", dpi=_DPI, metadata={"Software": None})
    return written.getvalue()


def data_url(figure: Figure) -> str:
    """Return the figure as a PNG image in a data URL, for a page without files beside it."""
    return f"data:image/png;base64,{b64encode(png(figure)).decode()}"


def write_plots(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write each figure to `<name>.png` in the folder, which is made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = folder / f"{name}.png"
        path.write_bytes(png(figure))
        paths.append(path)
    return paths


def evaluation_plots(
    links: Sequence[Link], labels: Sequence[Label], evaluation: Evaluation
) -> dict[str, Figure]:
    """Every chart of one set of links (`film_id`, `release_id`, `score`, `tier`) by file name.

    It includes a chart by decade if the evaluation has decades.
    """
    points = curve(links, labels)
    figures = {
        "precision_recall": precision_recall_plot({"links": points}),
        "thresholds": threshold_plot(points),
        "calibration": calibration_plot(calibration(links, labels)),
        "by_kind": groups_plot(evaluation.by_kind, "kind of label"),
    }
    if evaluation.by_decade:
        figures["by_decade"] = groups_plot(evaluation.by_decade, "decade of the film")
    return figures


def precision_recall_plot(
    curves: Mapping[str, Sequence[Point]],
    single: Mapping[str, Quality] | None = None,
    title: str = "Precision against recall",
) -> Figure:
    """Draw a curve for each way to link by score, and a point for each without a score.

    The first curve is ours and is drawn thickest. The axes are limited to the data.
    """
    figure = Figure(figsize=(7.5, 5.5), layout="constrained")
    axes = figure.add_subplot()
    colors = iter(_PEERS)
    shown: list[_At] = []
    for number, (name, points) in enumerate(curves.items()):
        color, width = (BLUE, 2.5) if number == 0 else (next(colors), 1.8)
        shown += _draw_curve(axes, name, points, color, width)
    for marker, (name, quality) in zip(_MARKERS[1:], (single or {}).items(), strict=False):
        shown += _draw_single(axes, name, quality, marker, next(colors))
    axes.set_xlim(_floor(recall for recall, _ in shown), 1.005)
    axes.set_ylim(_floor(precision for _, precision in shown), 1.005)
    axes.set_xlabel("recall: share of the releases with a known film that are linked to it")
    axes.set_ylabel("precision: share of the judged links that are right")
    _finish(axes, title)
    figure.legend(
        loc="outside lower center",
        ncols=4,
        title="dot on a curve: its best F1" + ("; bars: 95% interval" if single else ""),
        frameon=False,
    )
    return figure


# Recall and precision.
_At = tuple[float, float]


def _draw_curve(
    axes: Axes, name: str, points: Sequence[Point], color: str, width: float
) -> list[_At]:
    """Draw a curve; return the values that the axes must show."""
    steps = [(p.recall.value or 0.0, p.precision.value or 0.0) for p in points]
    recalls, precisions = [at[0] for at in steps], [at[1] for at in steps]
    axes.plot(recalls, precisions, color=color, linewidth=width, label=name)
    if best := best_point(points):
        axes.plot(*steps[points.index(best)], "o", color=color, markersize=7)
    return [at for at in steps if at[0] >= 0.5 * recalls[-1]]


def _draw_single(axes: Axes, name: str, quality: Quality, marker: str, color: str) -> list[_At]:
    """Draw a point with its intervals; return the values that the axes must show."""
    at = (quality.recall.value or 0.0, quality.precision.value or 0.0)
    axes.errorbar(
        *at,
        xerr=_reach(quality.recall),
        yerr=_reach(quality.precision),
        fmt=marker,
        color=color,
        markersize=8,
        capsize=3,
        label=name,
    )
    return [at, (quality.recall.low or 0.0, quality.precision.low or 0.0)]


def threshold_plot(
    points: Sequence[Point], tiers: Mapping[str, float] = TIERS_FROM, title: str = ""
) -> Figure:
    """Precision, recall and F1 of the links above a score, with 95% bands; tiers as lines."""
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.add_subplot()
    kept = [(n / 100, found) for n in range(101) if (found := at_threshold(points, n / 100))]
    scores = [score for score, _ in kept]
    shares: tuple[tuple[str, str, list[Share]], ...] = (
        ("precision", BLUE, [point.precision for _, point in kept]),
        ("recall", ORANGE, [point.recall for _, point in kept]),
    )
    lows: list[float] = []
    for name, color, values in shares:
        lows += _draw_share(axes, name, scores, values, color)
    axes.plot(scores, [point.f1 for _, point in kept], color=GREEN, label="F1", lw=2, ls="--")
    floor = _floor(lows)
    for name, score in tiers.items():
        axes.axvline(score, color=GRAY, linewidth=1, linestyle=":")
        axes.text(
            score + 0.006, floor + 0.02 * (1 - floor), f"{name}\nfrom {score:g}", color=GRAY, size=9
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(floor, 1.005)
    axes.set_xlabel("lowest score accepted (probability, 0 to 1)")
    axes.set_ylabel("share, with 95% interval")
    _finish(axes, title or "Quality by threshold", percent_x=False)
    axes.legend(loc="lower left")
    return figure


def _draw_share(
    axes: Axes, name: str, scores: Sequence[float], values: Sequence[Share], color: str
) -> list[float]:
    """Draw a share with its band; return the lower ends of the band."""
    lows = [each.low or 0.0 for each in values]
    axes.plot(scores, [each.value or 0.0 for each in values], color=color, label=name, lw=2)
    highs = [each.high or 0.0 for each in values]
    axes.fill_between(scores, lows, highs, color=color, alpha=0.2, linewidth=0)
    return lows


def _draw_perfect_calibration(axes: Axes) -> None:
    label = "a perfectly calibrated score"
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=1, linestyle="--", label=label)


def calibration_plot(bins: Sequence[Bin], title: str = "Are scores calibrated?") -> Figure:
    """The share of right links against the mean score, by tenth of the score; counts below."""
    figure = Figure(figsize=(6.5, 6.5), layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    _draw_perfect_calibration(axes)
    axes.errorbar(
        [each.mean_score for each in bins],
        [each.right.value or 0.0 for each in bins],
        yerr=[
            [_reach(each.right)[0][0] for each in bins],
            [_reach(each.right)[1][0] for each in bins],
        ],
        fmt="o",
        color=BLUE,
        capsize=3,
        label="judged links, 95% interval",
    )
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share of the links that is right")
    _finish(axes, title)
    axes.legend(loc="lower right")
    width = 0.09
    bars = counts.bar(
        [each.lowest + 0.05 for each in bins],
        [each.right.total for each in bins],
        width,
        color=BLUE,
    )
    counts.bar_label(bars, [f"{each.right.total:,}" for each in bins], size=8, padding=1)
    counts.set_yscale("log")
    counts.set_ylim(0.7, 10 * max((each.right.total for each in bins), default=1))
    counts.set_ylabel("links (log)")
    counts.set_xlabel("score of the link (probability, by tenth)")
    _finish(counts, "", percent_y=False)
    return figure


def reliability_plot(lists: Mapping[str, Sequence[Bin]]) -> Figure:
    """The share of right links against the mean score, by tenth; a line for each film list."""
    figure = Figure(figsize=(6.5, 5.5), layout="constrained")
    axes = figure.subplots()
    _draw_perfect_calibration(axes)
    for marker, (name, bins) in zip("os^Dv", lists.items(), strict=False):
        error = calibration_error(bins)
        measured = "no judged links" if error is None else f"expected error {error:.3f}"
        axes.plot(
            [each.mean_score for each in bins],
            [each.right.value or 0.0 for each in bins],
            marker=marker,
            label=f"{name}: {measured}",
        )
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share of the links that is right")
    axes.set_xlabel("mean score of the links (probability, by tenth)")
    _finish(axes, "Are scores calibrated when films are missing?")
    axes.legend(loc="lower right")
    return figure


def groups_plot(groups: Mapping[str, Quality], name: str, title: str = "") -> Figure:
    """Precision and recall of each group side by side, with 95% intervals and counts.

    Groups of fewer than five releases are left out; the title says how many.
    """
    shown = {
        group: quality
        for group, quality in groups.items()
        if max(quality.precision.total, quality.recall.total) >= _FEWEST_FOR_A_GROUP
    }
    left_out = len(groups) - len(shown)
    figure = Figure(figsize=(9.5, 1.6 + 0.3 * len(shown)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    rows = range(len(shown))
    for axes, of, meaning, color in (
        (left, "precision", "precision: judged links that are right", BLUE),
        (right, "recall", "recall: known films that are found", ORANGE),
    ):
        for row, quality in zip(rows, shown.values(), strict=True):
            found: Share = getattr(quality, of)
            if found.value is not None:
                axes.errorbar(
                    found.value, row, xerr=_reach(found), fmt="o", color=color, capsize=3, ms=5
                )
            counted = f"{found.hits:,} of {found.total:,}" if found.total else "none"
            axes.text(1.03, row, counted, va="center", size=8)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
        axes.set_xlabel(meaning)
        _finish(axes, "", percent_y=False)
    left.set_yticks(list(rows), [group.replace("_", " ") for group in shown])
    heading = title or f"Precision and recall by {name}, 95% intervals"
    figure.suptitle(heading + (f" (groups of under five left out: {left_out})" if left_out else ""))
    return figure


def waterfall_plot(explained: Explained, release_title: str) -> Figure:
    """How a link's evidence adds up: a bar for each weight, from the prior to the match weight.

    Each bar begins where the one above ends, the heaviest first after the prior; the last bar is
    the sum. Weights are natural log odds: +2.3 makes the link ten times as likely.
    """
    prior = [each for each in explained.evidence if each.comparison == PRIOR]
    others = [each for each in explained.evidence if each.comparison != PRIOR and each.weight]
    steps = [*prior, *sorted(others, key=lambda each: (-abs(each.weight), each.comparison))]
    weights = [each.weight for each in steps]
    starts = [0.0, *accumulate(weights)][: len(steps)]
    figure = Figure(figsize=(10, 1.9 + 0.42 * (len(steps) + 1)), layout="constrained")
    axes = figure.add_subplot()
    colors = [GREEN if weight > 0 else VERMILION for weight in weights]
    bars = axes.barh(range(len(steps)), weights, left=starts, color=colors, height=0.62)
    axes.bar_label(bars, [f"{weight:+.2f}" for weight in weights], padding=3, size=9)
    total = axes.barh(len(steps), explained.match_weight, color=BLUE, height=0.62)
    axes.bar_label(total, [f"{explained.match_weight:+.2f}"], padding=3, size=9)
    for row, end in enumerate(accumulate(weights)):
        axes.plot([end, end], [row, row + 1], color=GRAY, linewidth=0.8)
    axes.axvline(0, color="black", linewidth=0.8)
    names = [f"{each.comparison.replace('_', ' ')}: {_short(each.explanation)}" for each in steps]
    axes.set_yticks(
        range(len(steps) + 1), [*names, f"match weight: a score of {percent(explained.score)}"]
    )
    axes.set_ylim(len(steps) + 0.6, -0.6)
    ends = [0.0, explained.match_weight, *starts, *accumulate(weights)]
    # Room for the numbers beside the outermost bars.
    room = 0.1 * (max(ends) - min(ends) or 1.0)
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.set_xlabel("match weight (natural log odds)")
    year = explained.film_year or "year unknown"
    axes.set_title(
        f"{_short(release_title, 70)}\nto {_short(explained.title)} ({year}): {explained.tier}",
        loc="left",
        size=11,
    )
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def _short(text: str, most: int = 60) -> str:
    # Titles may contain dollar signs, which would start a formula.
    text = text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
    return text.replace("$", r"\$")


def _reach(found: Share) -> list[list[float]]:
    """The interval in matplotlib's form: the distances below and above the value."""
    if found.value is None or found.low is None or found.high is None:
        return [[0.0], [0.0]]
    return [[max(0.0, found.value - found.low)], [max(0.0, found.high - found.value)]]


def _floor(values: Any) -> float:
    """The lower end of an axis of shares: a tenth at or below the least value, .9 at most."""
    return max(0.0, min(0.9, (int(min(values, default=0.0) * 10 - 1e-9)) / 10))


def _finish(axes: Axes, title: str, percent_x: bool = True, percent_y: bool = True) -> None:
    for axis, is_percent in ((axes.xaxis, percent_x), (axes.yaxis, percent_y)):
        if is_percent:
            axis.set_major_formatter(_PERCENT)
            # Whole percents: 97.5 would be shown as 98.
            axis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    if title:
        axes.set_title(title, loc="left")
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
