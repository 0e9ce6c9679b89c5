"""The charts of a run: links by decade, scores, evidence, music, timings.

Belongs here: drawing what run_figures.py counted, small enough for a phone.
Not here: counting (run_figures.py), charts of how good links are (plots.py).
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from capstone_assets.report.plots import BLUE, GRAY, GREEN, GRID, ORANGE, PURPLE, VERMILION
from capstone_assets.report.run_figures import MusicRow, StepRow

WIDTH = 5.2
TIER_COLORS = {"strong": BLUE, "probable": ORANGE, "review": PURPLE, "none": GRAY}
LAYER_COLORS = {
    "raw": PURPLE,
    "bronze": VERMILION,
    "silver": GRAY,
    "gold": ORANGE,
    "metrics": GREEN,
}
_THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def decades_plot(by_decade: Mapping[str, Mapping[str, int]]) -> Figure:
    """Films of each decade by the tier of their best link; `none` has no soundtrack."""
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    axes = figure.add_subplot()
    decades = list(by_decade)
    floor = [0] * len(decades)
    for tier in ("strong", "probable", "none"):
        counts = [by_decade[decade].get(tier, 0) for decade in decades]
        label = "no soundtrack" if tier == "none" else tier
        axes.bar(decades, counts, bottom=floor, color=TIER_COLORS[tier], label=label, width=0.8)
        floor = [below + count for below, count in zip(floor, counts, strict=True)]
    axes.set_ylabel("films")
    axes.yaxis.set_major_formatter(_THOUSANDS)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xticks(range(len(decades)), decades, rotation=45, ha="right", rotation_mode="anchor")
    _finish(axes, "y")
    figure.legend(loc="outside upper left", ncols=3, frameon=False)
    return figure


def scores_plot(scores_by_tier: Mapping[str, Sequence[float]]) -> Figure:
    """How many pairs got which score, in tenths, by tier side by side; counts on a log scale."""
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    axes = figure.add_subplot()
    tiers = [tier for tier in ("strong", "probable", "review") if scores_by_tier.get(tier)]
    if tiers:  # matplotlib refuses a histogram of nothing.
        axes.hist(
            [list(scores_by_tier[tier]) for tier in tiers],
            bins=[n / 10 for n in range(11)],
            log=True,
            color=[TIER_COLORS[tier] for tier in tiers],
            label=tiers,
            rwidth=0.92,
        )
        figure.legend(loc="outside upper left", ncols=3, frameon=False)
    axes.set_xlim(0, 1)
    axes.set_xlabel("score (probability, judged by the pair alone)")
    axes.set_ylabel("pairs of release and film (log)")
    axes.yaxis.set_major_formatter(_THOUSANDS)
    _finish(axes, "y")
    return figure


def evidence_plot(weight_by_comparison: Mapping[str, tuple[float, float]]) -> Figure:
    """The mean match weight of each comparison: when it spoke for the link, and when against."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.33 * len(weight_by_comparison)), layout="constrained")
    axes = figure.add_subplot()
    names = [name.replace("_", " ") for name in weight_by_comparison]
    for place, color, label in ((0, GREEN, "for"), (1, VERMILION, "against")):
        values = [weights[place] for weights in weight_by_comparison.values()]
        axes.barh(names, values, color=color, height=0.65, label=label)
    axes.axvline(0, color=GRAY, linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xlabel("mean weight in a link (natural log odds)")
    _finish(axes, "x")
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    return figure


def music_plot(rows: Sequence[MusicRow], measure: str) -> Figure:
    """The median popularity or rating of films by their music, with 95% intervals."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.3 * max(len(rows), 1)), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        found = row.rating if measure == "rating" else row.popularity
        if found is None:
            axes.annotate("too few", (0, place), xycoords=("axes fraction", "data"), va="center")
            continue
        axes.plot([found.low, found.high], [place, place], color=BLUE, linewidth=2)
        axes.plot(
            found.median, place, "o", color=BLUE if found.is_significant else GRAY, markersize=6
        )
    axes.set_yticks(range(len(rows)), [f"{row.name} ({row.films:,})" for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel(f"median {measure} of the films, 95% interval")
    _finish(axes, "x")
    return figure


def timings_plot(steps: Sequence[StepRow]) -> Figure:
    """When each step ran, in seconds since the run began."""
    figure = Figure(figsize=(WIDTH, 0.7 + 0.27 * max(len(steps), 1)), layout="constrained")
    axes = figure.add_subplot()
    for place, step in enumerate(steps):
        axes.barh(
            place,
            max(step.seconds, 0.05),
            left=step.began_after,
            color=LAYER_COLORS.get(step.layer, GRAY),
            height=0.7,
        )
    axes.set_yticks(range(len(steps)), [step.name for step in steps])
    axes.invert_yaxis()
    axes.set_xlabel("seconds since the run began")
    _finish(axes, "x")
    return figure


def _finish(axes: Axes, along: str) -> None:
    axes.grid(axis="x" if along == "x" else "y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
