"""Answer questions about what is stored.

Belongs here: the commands explain, trace and inventory: arguments, exit codes, printing.
Not here: the work (each command's own module).
"""

from typing import cast

import click

from capstone_assets.commands.common import CommandError
from capstone_assets.environment import read_settings


@click.command()
@click.option("--release", type=int, help="Discogs id of a release.")
@click.option("--film", type=int, help="TMDB id of a film.")
def explain(release: int | None, film: int | None) -> None:
    """Show why a release or a film is linked as it is: evidence, weights, near misses.

    \b
    Example: capstone explain --release 8353709
    Exit codes: 0 shown, 1 it is not in the lake, 2 the arguments cannot be used.
    """
    from capstone_assets.inspection.explained_links import (
        UnknownIdError,
        explain_stored_film,
        explain_stored_release,
    )
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.overrides import read_overrides

    if (release is None) == (film is None):
        raise click.UsageError("Give --release or --film, one of them.")
    settings = read_settings()
    lakehouse = Lakehouse(settings.lake)
    try:
        overrides = read_overrides(settings.overrides) if settings.overrides else ()
        if release is not None:
            told = explain_stored_release(lakehouse, release, overrides)
        else:
            told = explain_stored_film(lakehouse, cast(int, film), overrides)
    except (UnknownIdError, LakehouseError, MatchingError) as error:
        raise CommandError(str(error)) from None
    click.echo(told)
    click.echo(ATTRIBUTION, err=True)


@click.command()
@click.option("--film", type=int, required=True, help="TMDB id of a film.")
def trace(film: int) -> None:
    """Follow a film's gold rows back to the raw pages, requests and runs they came from.

    \b
    Example: capstone trace --film 27205
    Exit codes: 0 shown, 1 it is not in the lake, 2 the arguments cannot be used.
    """
    from capstone_assets.inspection.explained_links import UnknownIdError
    from capstone_assets.inspection.film_trace import trace_film
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    try:
        click.echo(trace_film(Lakehouse(read_settings().lake), film).render())
    except (UnknownIdError, LakehouseError) as error:
        raise CommandError(str(error)) from None
    click.echo(ATTRIBUTION, err=True)


@click.command()
@click.option("--movie-ids", help="TMDB's daily movie_ids_MM_DD_YYYY.json.gz, a path or a URL.")
def inventory(movie_ids: str | None) -> None:
    """List every table and partition: files, bytes, rows, last write.

    With TMDB's daily export of ids, also what of all films there are is stored.

    \b
    Example: CAPSTONE_LAKE=data/lake capstone inventory
    Exit codes: 0 listed, 1 nothing is stored, or the export cannot be read.
    """
    from capstone_assets.ingest.dump.movie_ids import compare_with_stored, read_movie_ids
    from capstone_assets.ingest.errors import IngestError
    from capstone_assets.lake.bronze import TMDB_MOVIES
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    lakehouse = Lakehouse(read_settings().lake)
    stored = list(lakehouse.inventory())
    if not stored:
        raise CommandError(f"Nothing is stored in {lakehouse.root}. Run `make run` first.")
    click.echo(f"{'table':26} {'partition':9} {'files':>5} {'bytes':>12} {'rows':>9}  last write")
    for part in stored:
        click.echo(
            f"{part.table:26} {part.partition:9} {part.files:5,} {part.bytes:12,} {part.rows:9,}  "
            f"{part.last_write:%Y-%m-%d %H:%M:%S}"
        )
    total = sum(part.bytes for part in stored)
    click.echo(f"{len(stored):,} partitions, {total:,} bytes")
    if movie_ids:
        try:
            films = frozenset(lakehouse.scan(TMDB_MOVIES, ["id"])["id"].to_pylist())
            click.echo(compare_with_stored(read_movie_ids(movie_ids), films).render())
        except (IngestError, LakehouseError) as error:
            raise CommandError(str(error)) from None
