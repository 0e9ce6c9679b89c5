"""Review the pairs that are too close to call.

Belongs here: the command review: arguments, exit codes, printing.
Not here: the work (review/).
"""

import getpass
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capstone_assets.commands.common import FILE, FOLDER, CommandError, Interruption, print_wrapped
from capstone_assets.environment import Settings, read_api_keys, read_settings

if TYPE_CHECKING:
    from capstone_assets.lake.storage import Lakehouse
    from capstone_assets.review.decisions import DecisionFile


@click.command()
@click.option("--terminal", is_flag=True, help="Review in this terminal, not in a browser.")
@click.option("--who", help="Your name, recorded with each decision. Default: your account.")
@click.option("--decisions", type=FILE, help="CSV of decisions. Default: the one that runs use.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=3100, show_default=True, help="Of 127.0.0.1."
)
@click.option("--evaluate", is_flag=True, help="Only evaluate the links against the decisions.")
@click.option("--plots", type=FOLDER, help="With --evaluate: folder to write charts (PNG) to.")
def review(
    terminal: bool,
    who: str | None,
    decisions: Path | None,
    port: int,
    evaluate: bool,
    plots: Path | None,
) -> None:
    """Decide the pairs in the review queue, the least certain first.

    Accept a pair, reject it, choose another film, skip it, or undo a decision. Decisions are
    written to CAPSTONE_OVERRIDES, or to overrides.csv in the lake; the next run uses them. Several
    people can review at once. --evaluate uses the decisions as labels: precision of each tier, and
    the threshold that they justify.

    \b
    Example: capstone review --terminal --who Ann

    Exit codes: 0 done, 1 there is no review queue or the decisions cannot be written, 2 the
    arguments cannot be used, 130 interrupted.
    """
    from capstone_assets.lake.storage import Lakehouse, LakehouseError
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.review.cases import Review
    from capstone_assets.review.decisions import DecisionError, DecisionFile

    settings = read_settings()
    lakehouse = Lakehouse(settings.lake)
    try:
        file = DecisionFile(decisions or settings.overrides or settings.review_file)
        if evaluate:
            _evaluate(lakehouse, file, plots)
            return
        if not terminal:
            _require_free(port)
        waiting = Review(lakehouse).pairs(file.read())
        name = who or getpass.getuser()
        if terminal:
            _ask_here(lakehouse, file, name)
        else:
            click.echo(f"{len(waiting)} pairs of an album and a film wait for review.", err=True)
            _serve(settings, lakehouse, file, name, port)
    except (LakehouseError, MatchingError, DecisionError) as error:
        raise CommandError(str(error)) from None
    except (KeyboardInterrupt, click.Abort):
        raise Interruption("Interrupted; what was decided is kept.") from None


def _evaluate(lakehouse: "Lakehouse", file: "DecisionFile", plots: Path | None) -> None:
    from capstone_assets.review.cases import Review
    from capstone_assets.review.labels import as_labels, judge_decisions

    made = file.read()
    if not made:
        raise CommandError(f"No decision is in {file.path} yet. Make some with `capstone review`.")
    scored = list(Review(lakehouse).undisturbed(made))
    click.echo(judge_decisions(scored, made).render())
    if plots:
        from capstone_assets.report.curves import curve
        from capstone_assets.report.plots import threshold_plot, write_plots

        chart = threshold_plot(curve(scored, as_labels(made)), title="What the decisions justify")
        [written] = write_plots({"thresholds_by_decisions": chart}, plots)
        click.echo(f"chart: {written}", err=True)


def _require_free(port: int) -> None:
    """Find a taken port before the queue is read."""
    from capstone_assets.emulator.server import ServerError, listen

    try:
        listen(port).close()
    except ServerError as error:
        example = f"For example: capstone review --port {port + 1}"
        raise CommandError(f"{error} {example}") from None


def _ask_here(lakehouse: "Lakehouse", file: "DecisionFile", who: str) -> None:
    from capstone_assets.review.terminal import TerminalReview

    decided = TerminalReview(lakehouse, file, who, _ask, print_wrapped).walk()
    if not decided:
        click.echo("No decision was made.")
        return
    noun = "decision is" if decided == 1 else "decisions are"
    click.echo(f"{decided} {noun} in {file.path}. Run again to use what was decided.")


def _ask(prompt: str) -> str:
    if sys.stdin.isatty():
        # What was typed before the case was shown does not answer it.
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    try:
        return input(prompt)
    except EOFError:
        return "q"


def _serve(
    settings: Settings, lakehouse: "Lakehouse", file: "DecisionFile", who: str, port: int
) -> None:
    import uvicorn

    from capstone_assets.emulator.server import ServerError, listen
    from capstone_assets.review.page import ReviewPage

    is_emulated = read_api_keys() is None and not settings.discogs_dump
    page = ReviewPage(lakehouse, file, who, is_emulated=is_emulated)
    try:
        listener = listen(port)
    except ServerError as error:
        raise CommandError(str(error)) from None
    with listener:
        host, bound = listener.getsockname()[:2]
        click.echo(f"Review at http://{host}:{bound} until Ctrl-C.")
        server = uvicorn.Server(uvicorn.Config(page.app(), log_level="warning"))
        server.run(sockets=[listener])
