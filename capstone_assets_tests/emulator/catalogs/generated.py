"""A generated catalog and its records."""

from collections import defaultdict

from capstone_assets.emulator.catalogs.titles import title_key


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
