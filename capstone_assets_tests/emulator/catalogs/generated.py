"""A generated catalog and its records."""

from collections import defaultdict
from dataclasses import replace

from capstone_assets.emulator.catalogs.catalog import Catalog, year_of
from capstone_assets.emulator.catalogs.generator import generate_catalog
from capstone_assets.emulator.catalogs.titles import title_key

YEARS = range(2001, 2005)


def films_of_title(catalog):
    films = defaultdict(list)
    for film in catalog.films:
        films[title_key(film["title"])].append(film)
    return films


def records_of_kind(catalog, kind):
    """The film meant or, of a decoy, mistaken for, with the release and its master."""
    label = "0" if kind.startswith(("absent", "decoy")) else "1"
    films = {str(film["id"]): film for film in catalog.films}
    releases = {str(row["id"]): row for row in catalog.releases}
    masters = {master["id"]: master for master in catalog.masters}
    for row in catalog.labels:
        if row["kind"] == kind and row["label"] == label:
            release = releases[row["release_id"]]
            yield films[row["film_tmdb_id"]], release, masters.get(release["master_id"])


def of_few_years() -> Catalog:
    """Some hundred films and releases of a few years."""
    whole = generate_catalog(3_000, 4_000, seed=3)
    films = [film for film in whole.films if int(film["release_date"][:4] or 0) in YEARS]
    releases = [row for row in whole.releases if year_of(row) in YEARS]
    return replace(whole, films=films, releases=releases, labels=[])
