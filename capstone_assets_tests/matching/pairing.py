"""Link small catalogs in this process, without Spark: every pressing is an album of its own.

Belongs here: the steps of linkage.py as plain calls. What groups pressings into albums, and with it
the year of the original, is not in it (test_soundtracks.py).
"""

from collections.abc import Sequence

from capstone_assets.matching.assignment import Decision, decide_album
from capstone_assets.matching.blocking import AlbumIndex, TitleFrequencies
from capstone_assets.matching.careers import Careers
from capstone_assets.matching.films import clean_film
from capstone_assets.matching.profiles import ReleaseProfile
from capstone_assets.matching.scorecard import load_scorecard
from capstone_assets.matching.scored_films import Candidate
from capstone_assets.matching.soundtracks import clean_release
from capstone_assets.matching.tiers import TierSettings
from capstone_assets_tests.matching.catalog import Row

_FILM = ("original_language", "popularity", "vote_average", "vote_count", "imdb_id")


def clean_catalog_film(row: Row) -> Row:
    """A row of silver/films from one of a catalog file."""
    alternatives = [
        each if isinstance(each, dict) else {"title": each, "type": None}
        for each in row.get("alternative_titles", ())
    ]
    bronze = {name: row.get(name) for name in _FILM} | {"genre_ids": [], "raw_page": "", **row}
    return clean_film({**bronze, "release_year": "", "alternative_titles": alternatives})


def clean_catalog_release(row: Row) -> Row:
    """A row of silver/soundtracks from one of a catalog file, dated by its own pressing."""
    absent = dict.fromkeys(("country", "master_id", "credits"))
    masters = dict.fromkeys(("master_year", "master_genre", "master_style"))
    bronze = {**absent, "format": [], "raw_page": "", "release_year": "", **masters, **row}
    cleaned = clean_release(bronze)
    year = cleaned["pressing_year"]
    return {**cleaned, "original_year": year, "year_basis": "none" if year is None else "pressing"}


def link_plainly(films: Sequence[Row], releases: Sequence[Row]) -> dict[int, list[Decision]]:
    """The decisions on every release, by its id."""
    silver = [clean_catalog_film(row) for row in films]
    soundtracks = [clean_catalog_release(row) for row in releases]
    soundtracks = [row for row in soundtracks if row["kind"] != "not_soundtrack"]
    index = AlbumIndex((row["title_keys"], row["partial_keys"]) for row in soundtracks)
    frequencies = TitleFrequencies(film["title_keys"] for film in silver)
    candidates: dict[int, list[Candidate]] = {}
    for film in silver:
        for found in index.propose(film["title_keys"], film["partial_keys"]):
            information = frequencies.information(found.matched_key)
            pair = {"block_key": found.block_key, "title_information": information}
            candidates.setdefault(found.album, []).append(Candidate.of(film, pair))
    card, settings = load_scorecard(), TierSettings()
    careers = Careers((each["composers"], each["film_year"]) for each in silver)
    return {
        soundtracks[album]["release_id"]: decide_album(
            [ReleaseProfile.of(soundtracks[album])], found, card, settings, careers=careers
        )
        for album, found in candidates.items()
    }
