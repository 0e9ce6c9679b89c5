"""The report of a run: one HTML file that needs nothing else.

Belongs here: putting figures and charts into the page, and writing it to the lake.
Not here: the figures (run_figures.py), the charts (run_plots.py), how it looks (run_report.jinja).
"""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from capstone_assets.audit.records import report_path
from capstone_assets.ingest.progress import in_words
from capstone_assets.inspection.stored_run import StoredRun
from capstone_assets.lake.attribution import ATTRIBUTION
from capstone_assets.lake.files import write_whole
from capstone_assets.matching.evaluation import Label, Share
from capstone_assets.percent import percent
from capstone_assets.report.plots import precision_recall_plot, waterfall_plot
from capstone_assets.report.run_figures import RunFigures, count_run
from capstone_assets.report.run_plots import (
    WIDTH,
    decades_plot,
    evidence_plot,
    music_plot,
    scores_plot,
    timings_plot,
)
from capstone_assets.report.svg import inline_svg


def write_report(run: StoredRun, labels: Sequence[Label] = ()) -> str:
    """Write the report of a run to `metrics/report_<run_id>.html`; return where.

    Raises:
        LookupError: the run left no record.
        NotMaterializedError: a table of gold was never written.
    """
    page = render_report(count_run(run, labels))
    path = report_path(run.lakehouse, run.run_id)
    write_whole(run.lakehouse.filesystem, path, page)
    return path


def render_report(figures: RunFigures) -> str:
    """Return the page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "count": lambda value: "" if value is None else f"{value:,}",
        "percent": percent,
        "signed": lambda value: "" if value is None else f"{value:+,}" if value else "same",
        "seconds": lambda value: f"{value:,.1f}",
        "duration": in_words,
        "share": _share,
    }
    source = files(__package__).joinpath("run_report.jinja").read_text("utf-8")
    template = environment.from_string(source)
    return template.render(figures=figures, charts=_charts(figures), attribution=ATTRIBUTION)


def _charts(figures: RunFigures) -> dict[str, str]:
    rate = figures.match_rate
    charts = {
        "decades": inline_svg(
            decades_plot(figures.by_decade),
            "decades",
            f"Films by decade: {figures.films_with_soundtrack:,} of {figures.films:,} have a "
            "soundtrack. The table below has the numbers.",
        ),
        "scores": inline_svg(
            scores_plot(figures.scores_by_tier),
            "scores",
            f"Pairs by score: {rate.strong:,} strong, {rate.probable:,} probable, "
            f"{figures.to_review:,} to review, each of a release and a film.",
        ),
        "evidence": inline_svg(
            evidence_plot(figures.weight_by_comparison),
            "evidence",
            "Mean weight of each comparison in a link: "
            + "; ".join(
                f"{name.replace('_', ' ')} {up:+.1f} for, {down:+.1f} against"
                for name, (up, down) in figures.weight_by_comparison.items()
            ),
        ),
        "timings": inline_svg(
            timings_plot(figures.tables), "timings", "When each step ran; the table has the numbers"
        ),
    }
    for measure in ("popularity", "rating"):
        charts[measure] = inline_svg(
            music_plot(figures.music, measure),
            measure,
            f"Median {measure} of films by music genre; the table below has the numbers.",
        )
    for number, (release, explained) in enumerate(figures.closest):
        charts[f"waterfall_{number}"] = inline_svg(
            waterfall_plot(explained, release),
            f"waterfall_{number}",
            f"Evidence for {release} as {explained.title}: "
            + "; ".join(f"{e.comparison} {e.weight:+.2f}" for e in explained.evidence)
            + f"; together {explained.match_weight:+.2f}.",
        )
    if figures.points:
        plot = precision_recall_plot({"links of this run": figures.points}, title="")
        # Smaller than what `make evaluate` draws: its labels would be cut.
        plot.set_size_inches(WIDTH, 4)
        plot.axes[0].set(xlabel="recall", ylabel="precision")
        charts["precision_recall"] = inline_svg(
            plot,
            "precision_recall",
            "Precision against recall of this run's links on the labels of its source.",
        )
    return charts


def _share(found: Share) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "nothing judged"
    return (
        f"{percent(found.value)}, {found.hits:,} of {found.total:,} "
        f"(95% interval {percent(found.low)} to {percent(found.high)})"
    )
