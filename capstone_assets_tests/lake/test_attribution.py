import pytest

from capstone_assets.lake.attribution import ATTRIBUTION, DISCOGS, TMDB, attribution_of
from capstone_assets.lake.schemas import TABLES


@pytest.mark.parametrize(
    ("table", "attribution"),
    [
        ("bronze/tmdb_movies", TMDB),
        ("bronze/discogs_masters", DISCOGS),
        # Rows of both that could not be read.
        ("bronze/quarantine", ATTRIBUTION),
        ("silver/films", TMDB),
        ("silver/soundtracks", DISCOGS),
        # Two steps from the APIs.
        ("gold/matches", ATTRIBUTION),
        ("gold/genre_popularity", ATTRIBUTION),
        ("metrics/pipeline_summary", ""),
    ],
)
def test_a_table_names_the_sources_that_its_columns_come_from(table: str, attribution: str):
    assert attribution_of(TABLES[table]) == attribution
