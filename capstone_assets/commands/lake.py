"""Inspect what is stored.

Belongs here: the commands explain, trace, search and inventory: arguments, exit codes, printing.
Not here: the work (each command's own module).
"""

from typing import TYPE_CHECKING, Any

import click

from capstone_assets.commands.common import ID, CommandError, print_table, print_wrapped
from capstone_assets.environment import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from capstone_assets.lake.storage import Lakehouse, StoredPartition
    from capstone_assets.lake.tables import Table


@click.command()
@click.argument("title", nargs=-1)
@click.option("--release", type=ID, help="Discogs id of a release.")
@click.option("--film", type=ID, help="TMDB id of a film.")
def explain(title: tuple[str, ...], release: int | None, film: int | None) -> None:
    """Show why a film or a release is linked: the evidence, its weights, films that came close.

    TITLE is the title of a film, with its year if several films share it.

    \b
    Example: capstone explain "Suspiria (2018)"

    Exit codes: 0 shown, 1 it is not in the lake or the title is ambiguous, 2 the arguments cannot
    be used.
    """
    from capstone_assets.inspection.explained_links import (
        UnknownIdError,
        explain_stored_film,
        explain_stored_release,
    )
    from capstone_assets.inspection.search import TitleError, film_called
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.overrides import read_overrides

    words = " ".join(title).strip()
    _require_one(words, film, release)
    settings = read_settings()
    lakehouse = Lakehouse(settings.lake)
    try:
        overrides = read_overrides(settings.decisions) if settings.decisions else ()
        if release is not None:
            shown = explain_stored_release(lakehouse, release, overrides)
        else:
            film_id = film or film_called(lakehouse, words).film_id
            shown = explain_stored_film(lakehouse, film_id, overrides)
    except (UnknownIdError, TitleError, LakehouseError, MatchingError) as error:
        raise CommandError(str(error)) from None
    print_wrapped(shown)
    click.echo(ATTRIBUTION, err=True)


@click.command()
@click.argument("title", nargs=-1)
@click.option("--film", type=ID, help="TMDB id of a film.")
def trace(title: tuple[str, ...], film: int | None) -> None:
    """Follow a film's gold rows back to the raw pages, requests and runs they came from.

    TITLE is the title of a film, with its year if several films share it.

    \b
    Example: capstone trace "Suspiria (2018)"

    Exit codes: 0 shown, 1 it is not in the lake or the title is ambiguous, 2 the arguments cannot
    be used.
    """
    from capstone_assets.inspection.explained_links import UnknownIdError
    from capstone_assets.inspection.film_trace import trace_film
    from capstone_assets.inspection.search import TitleError, film_called
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    words = " ".join(title).strip()
    _require_one(words, film)
    lakehouse = Lakehouse(read_settings().lake)
    try:
        film_id = film or film_called(lakehouse, words).film_id
        print_wrapped(trace_film(lakehouse, film_id).render())
    except (UnknownIdError, TitleError, LakehouseError) as error:
        raise CommandError(str(error)) from None
    click.echo(ATTRIBUTION, err=True)


def _require_one(title: str, *ids: int | None) -> None:
    if sum(bool(given) for given in (title, *ids)) != 1:
        raise click.UsageError("Give a film's title or one id.")


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="The most films, and the most releases, to list.",
)
def search(text: tuple[str, ...], most: int) -> None:
    """Find films and releases whose titles are similar to a text, with their ids.

    \b
    Example: capstone search suspiria

    Exit codes: 0 found, 1 nothing is similar, or nothing is stored.
    """
    from capstone_assets.inspection.search import find_films, find_releases
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    words = " ".join(text).strip()
    if not words:
        raise click.UsageError("Give a title, or words of one.")
    lakehouse = Lakehouse(read_settings().lake)
    try:
        films = find_films(lakehouse, words, most)
        releases = find_releases(lakehouse, words, most)
    except LakehouseError as error:
        raise CommandError(str(error)) from None
    if not films and not releases:
        raise CommandError(f"No stored film or release has a title like {words!r}.")
    if films:
        rows = [(f.film_id, f.title, f.film_year or "?", f.original_title) for f in films]
        print_table(("film", "title", "year", "original title"), rows)
    if films and releases:
        click.echo()
    if releases:
        print_table(
            ("release", "artist and title", "year", "linked to"),
            [(r.release_id, r.title, r.pressing_year or "?", r.linked_to or "") for r in releases],
        )
    click.echo(ATTRIBUTION, err=True)


@click.command()
@click.option("--table", "name", help="Only this table, with a line for each partition.")
@click.option("--movie-ids", help="TMDB's daily movie_ids_MM_DD_YYYY.json.gz, a path or a URL.")
def inventory(name: str | None, movie_ids: str | None) -> None:
    """List every table, or the partitions of one: files, bytes, rows, last write.

    With --movie-ids, also show how many of TMDB's films are stored.

    \b
    Example: capstone inventory --table gold/matches

    Exit codes: 0 listed, 1 nothing is stored, or the export cannot be read, 2 there is no such
    table.
    """
    from capstone_assets.lake.schemas import TABLES
    from capstone_assets.lake.storage import Lakehouse

    if name is not None and name not in TABLES:
        meant = [each for each in TABLES if each.endswith(f"/{name}")]
        if len(meant) == 1:
            raise click.BadParameter(f"{name!r} is {meant[0]}.", param_hint="--table")
        raise click.BadParameter(
            f"{name!r} is not a table. The tables are {', '.join(TABLES)}.", param_hint="--table"
        )
    lakehouse = Lakehouse(read_settings().lake)
    stored = list(lakehouse.inventory([TABLES[name]] if name else TABLES.values()))
    if not stored:
        what = name or "Nothing"
        raise CommandError(
            f"{what} is {'not ' if name else ''}stored in {lakehouse.root}. Run `make run` first."
        )
    compared = _compare_with_tmdb(lakehouse, movie_ids) if movie_ids else None
    if name:
        _print_partitions(stored)
    else:
        _print_tables(stored)
    for line in _unfinished(lakehouse, [TABLES[name]] if name else TABLES.values()):
        click.echo(line)
    if compared:
        click.echo(compared)


def _unfinished(lakehouse: "Lakehouse", tables: "Iterable[Table]") -> "Iterator[str]":
    """Say which partitions have the rows from before a run that was killed."""
    for table in tables:
        if partitions := lakehouse.unfinished_partitions(table):
            yield (
                f"{table.name}: a run was killed while it published. The rows of "
                f"{', '.join(partitions)} are the earlier ones until the next run writes the table."
            )


def _print_partitions(stored: "list[StoredPartition]") -> None:
    rows = [
        (p.partition or "-", f"{p.files:,}", f"{p.bytes:,}", f"{p.rows:,}", _moment(p))
        for p in stored
    ]
    print_table(("partition", "files", "bytes", "rows", "last write"), rows, right=(1, 2, 3))
    click.echo(f"{len(stored):,} partitions, {sum(p.bytes for p in stored):,} bytes")


def _print_tables(stored: "list[StoredPartition]") -> None:
    by_table: dict[str, list[StoredPartition]] = {}
    for part in stored:
        by_table.setdefault(part.table, []).append(part)
    rows = [
        (
            table,
            f"{len(parts):,}",
            f"{sum(p.bytes for p in parts):,}",
            f"{sum(p.rows for p in parts):,}",
            max(map(_moment, parts)),
        )
        for table, parts in by_table.items()
    ]
    print_table(("table", "partitions", "bytes", "rows", "last write"), rows, right=(1, 2, 3))
    click.echo(
        f"{len(by_table):,} tables, {len(stored):,} partitions, "
        f"{sum(p.bytes for p in stored):,} bytes; --table lists the partitions of one"
    )


def _moment(part: "StoredPartition") -> str:
    return f"{part.last_write:%Y-%m-%d %H:%M:%S}"


def _compare_with_tmdb(lakehouse: "Lakehouse", movie_ids: str) -> str:
    from capstone_assets.ingest.dump.movie_ids import compare_with_stored, read_movie_ids
    from capstone_assets.ingest.errors import IngestError
    from capstone_assets.lake.bronze import TMDB_MOVIES
    from capstone_assets.lake.storage import LakehouseError

    faults: list[str] = []
    try:
        films = frozenset(lakehouse.scan(TMDB_MOVIES, ["id"])["id"].to_pylist())
        compared = compare_with_stored(read_movie_ids(movie_ids, faults), films).render()
    except (IngestError, LakehouseError) as error:
        raise CommandError(str(error)) from None
    if not faults:
        return compared
    return f"{compared} Not counted: {len(faults)} lines that are not films, {faults[0]} first."


@click.command()
@click.option("--table", default="", help="Only this table, for example discogs_releases.")
@click.option("--year", help="Only this year, or `unknown`.")
@click.option(
    "--show", is_flag=True, help="Print a JSON object for each row, with the original row."
)
@click.option("--replay", metavar="PAGE", help="Fetch a page again, then run its year.")
def quarantine(table: str, year: str | None, show: bool, replay: str | None) -> None:
    """List rows that cannot be read, or with a value that was cleaned or made null, and why.

    Every page stays in the lake. A row that its source corrected, or that a new version can read,
    leaves the list when its page is fetched again: in a week, by a refresh, or by --replay with the
    page's name in the list, which prints the summary of the year's run. For a page of a dump,
    --replay reads the whole dump again.

    \b
    Example: capstone quarantine --table tmdb_movies --year 1999 --show

    Exit codes: 0 listed, also when there is none; 1 nothing is stored, or the run of --replay
    failed; 2 the page, table or year does not exist.
    """
    import json

    from capstone_assets.lake.bronze import QUARANTINE
    from capstone_assets.lake.schemas import TABLES
    from capstone_assets.lake.storage import Lakehouse, LakehouseError
    from capstone_assets.lake.years import PARTITIONS, YEAR_KEYS

    bronze = [each for each in TABLES.values() if each.layer == "bronze" and each != QUARANTINE]
    sources = [each.name.removeprefix("bronze/") for each in bronze]
    table = table.removeprefix("bronze/")
    if table not in ("", *sources):
        raise click.BadParameter(f"The tables are {', '.join(sources)}.", param_hint="--table")
    if year not in (None, *YEAR_KEYS):
        raise click.BadParameter(f"{PARTITIONS}.", param_hint="--year")
    lakehouse = Lakehouse(read_settings().lake)
    try:
        stored = lakehouse.scan(QUARANTINE).to_pylist()
    except LakehouseError as error:
        raise CommandError(str(error)) from None
    if replay is not None:
        _replay(lakehouse, replay, {row["page"] for row in stored})
        return
    found = [row for row in stored if table in ("", row["source"]) and year in (None, row["slice"])]
    if show:
        for row in found:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
        return
    _print_odd(found)


def _print_odd(found: list[dict[str, Any]]) -> None:
    from collections import Counter

    by_reason: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in found:
        names = ("source", "treatment", "reason")
        by_reason.setdefault(tuple(row[name] for name in names), []).append(row)
    for (source, treatment, reason), rows in sorted(by_reason.items()):
        first = rows[0]
        click.echo(
            f"{source:20} {treatment:11} {len(rows):7,}  {reason}; first seen "
            f"{first['first_seen']:%Y-%m-%d %H:%M} in row {first['row']} of {first['page']}"
        )
    counts = Counter(row["treatment"] for row in found)
    click.echo(
        f"{counts['quarantined']:,} rows quarantined, {counts['mended']:,} read with a change"
        + (f"; {counts['unserved']:,} pages or films not served" if counts["unserved"] else "")
    )


def _replay(lakehouse: "Lakehouse", page: str, known: set[str]) -> None:
    from capstone_assets.commands.run import run_and_report
    from capstone_assets.ingest.landing import DUMP_ORIGIN, PageStore
    from capstone_assets.ingest.quarantine import ask_again

    if page not in known:
        raise click.BadParameter(
            f"{page!r} is not a page that `capstone quarantine` lists.", param_hint="--replay"
        )
    try:
        year = ask_again(PageStore(lakehouse.url("raw/")), page)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--replay") from None
    if f"/{DUMP_ORIGIN}" in page:
        click.echo(
            "This page is part of a dump, which is read again from its beginning: a row "
            "is repaired if the file was corrected or this version can read it.",
            err=True,
        )
    run_and_report(year)
