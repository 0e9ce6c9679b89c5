"""The silver recipes: cleaned films and soundtracks, and the pairs worth scoring."""

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.tables import Table
from capstone_assets.matching.blocking import crowded_pieces, propose_pairs
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.orchestration.due import (
    recording_films,
    recording_links,
    recording_soundtracks,
)
from capstone_assets.orchestration.table_metadata import describe_crowded
from capstone_assets.orchestration.table_steps import Making, Rows, recipe


@recipe(FILMS, same_years=(TMDB_MOVIES, TMDB_MOVIE_DETAILS))
def films(making: Making) -> dict[Table, Rows]:
    """Clean the films of the years being made."""
    cleaned = prepare_films(making.read(TMDB_MOVIES), making.read(TMDB_MOVIE_DETAILS))
    return {FILMS: recording_films(making, cleaned)}


# A pressing's original year comes from its master or its earliest pressing, of any year.
@recipe(SOUNDTRACKS, every_year=(DISCOGS_RELEASES, DISCOGS_MASTERS))
def soundtracks(making: Making) -> dict[Table, Rows]:
    """Clean and type the releases of the years being made."""
    cleaned = prepare_soundtracks(making.read(DISCOGS_RELEASES), making.read(DISCOGS_MASTERS))
    return {SOUNDTRACKS: recording_soundtracks(making, cleaned)}


# How rare a title is depends on all films, and a reissue of 2016 may belong to a film of 1984.
@recipe(CANDIDATES, every_year=(FILMS, SOUNDTRACKS))
def candidates(making: Making) -> dict[Table, Rows]:
    """Propose pairs for the films of the years being made."""
    recording_links(making, CANDIDATES)
    every_film = making.read(FILMS)
    crowded = crowded_pieces(
        keys
        for batch in making.lakehouse.batches(FILMS, ["partial_keys"])
        for keys in batch.column(0).to_pylist()
    )
    making.metadata[CANDIDATES] = describe_crowded(crowded)
    made = making.of_years(every_film)
    pairs = propose_pairs(made, every_film, making.read(SOUNDTRACKS), crowded)
    return {CANDIDATES: pairs}
