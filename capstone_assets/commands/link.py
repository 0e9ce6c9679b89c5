"""Link two files, and measure links against labels.

Belongs here: the commands link and evaluate: arguments, exit codes, printing.
Not here: the work (each command's own module).
"""

import json
from pathlib import Path

import click

from capstone_assets.commands.common import (
    FILE,
    FOLDER,
    CommandError,
    require_replaceable,
    sentence_of,
)


@click.command()
@click.option("--films", type=FILE, required=True, help="Films, .jsonl or .jsonl.gz.")
@click.option("--releases", type=FILE, required=True, help="Releases, .jsonl or .jsonl.gz.")
@click.option("--out", type=FILE, required=True, help="Parquet file to write.")
@click.option("--masters", type=FILE, help="Masters of the releases, .jsonl or .jsonl.gz.")
@click.option("--overrides", type=FILE, help="CSV of a person's decisions.")
def link(
    films: Path, releases: Path, out: Path, masters: Path | None, overrides: Path | None
) -> None:
    """Link the films and releases of two files, with the code that the assets use.

    Every line is a JSON object. A film has id, title, release_date and composers; a release id,
    title ("Artist - Title"), year, genre and style. All fields: docs/sources.md.

    A master holds id, title, year, genre and style; a release names its own by master_id. Its year
    is that of the album's first pressing, which distinguishes a reissue from a new soundtrack.

    \b
    Example: capstone link --films films.jsonl --releases releases.jsonl --out links.parquet

    Exit codes: 0 written, 1 a file cannot be read or written, 2 the arguments cannot be used.
    """
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.linkage import link_files
    from capstone_assets.orchestration.resources.java import JavaNotFoundError
    from capstone_assets.orchestration.resources.local_spark import start_local_spark
    from capstone_assets.terminal import showing_wait

    _check_before_link(out, films, releases, *filter(None, (masters, overrides)))
    try:
        with showing_wait("Linking"):
            spark = start_local_spark(films.stat().st_size + releases.stat().st_size)
            links = link_files(spark, films, releases, overrides, masters).toPandas()
            unfinished = out.with_name(f".{out.name}.unfinished")
            links.to_parquet(unfinished, index=False)
            unfinished.replace(out)
    except (MatchingError, JavaNotFoundError, OSError) as error:
        raise CommandError(sentence_of(error)) from None
    tiers = links["tier"].value_counts()
    counts = ", ".join(f"{count:,} {tier}" for tier, count in tiers.items()) or "no links"
    linked = links.loc[links["tier"] != "review", "release_id"].nunique()
    click.echo(f"{counts} in {out}: {linked:,} releases are linked")


def _check_before_link(out: Path, *inputs: Path) -> None:
    """Find faults at once that would otherwise fail the command after minutes."""
    from capstone_assets.preflight import unwritable_folder

    for path in inputs:
        if not path.is_file():
            raise CommandError(f"There is no file {path}, so nothing was linked.")
    if why := unwritable_folder(out.absolute().parent):
        raise CommandError(
            f"{out} cannot be written: its folder {why}. Nothing was linked. Make the folder, or "
            "give another --out."
        )
    require_replaceable(out, "Parquet", b"PAR1")


@click.command()
@click.option("--links", type=FILE, required=True, help="Parquet file of `capstone link`.")
@click.option("--labels", type=FILE, required=True, help="CSV: film_tmdb_id,release_id,label,kind.")
@click.option("--films", type=FILE, help="The linked films, .jsonl or .jsonl.gz: adds decades.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--plots", type=FOLDER, help="Folder to write charts (PNG) to.")
def evaluate(
    links: Path, labels: Path, films: Path | None, as_json: bool, plots: Path | None
) -> None:
    """Measure precision, recall and F1 of links, with 95% intervals.

    A label of 1 says that the release is the film's, or belongs to no film where the film is
    blank; 0 says that it is not that film's.

    \b
    Example: capstone evaluate --links links.parquet --labels labels.csv --plots charts

    Exit codes: 0 measured, 1 a file cannot be read, 2 the arguments cannot be used.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.evaluation import evaluate as measure
    from capstone_assets.matching.evaluation import read_labels
    from capstone_assets.orchestration.resources.java import JavaNotFoundError

    if not links.is_file():
        raise CommandError(f"There is no file {links}. Write one with `capstone link`.")
    try:
        columns = ["film_id", "release_id", "tier", *(["score"] if plots else [])]
        # Without threads: Arrow's sometimes abort a process that ends with an error.
        found = pq.ParquetFile(links).read(columns, use_threads=False).to_pylist()
        known = read_labels(labels)
        measured = measure(found, known, _film_years(films) if films else None)
        if plots:
            from capstone_assets.report.plots import evaluation_plots, write_plots

            written = write_plots(evaluation_plots(found, known, measured), plots)
            click.echo(f"{len(written)} charts in {plots}", err=True)
    except (MatchingError, JavaNotFoundError, OSError, pa.ArrowException) as error:
        raise CommandError(sentence_of(error)) from None
    click.echo(json.dumps(measured.as_dict(), indent=2) if as_json else measured.render())


def _film_years(films: Path) -> dict[int, int | None]:
    from capstone_assets.matching.files import read_films
    from capstone_assets.matching.text import read_year
    from capstone_assets.orchestration.resources.local_spark import start_local_spark

    movies, _ = read_films(start_local_spark(), films)
    dated = movies.select("id", "release_date").collect()
    return {row.id: read_year(row.release_date) for row in dated}
