"""Every table of the lakehouse by name, for Spark, Dagster's metadata and the checks.

Belongs here: the list.
Not here: declarations (bronze.py, silver.py, gold.py, metrics.py).
"""

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    QUARANTINE,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.metrics import (
    ACCOUNTING,
    OUTPUT_INVENTORY,
    PIPELINE_SUMMARY,
    SCHEMA_ALIGNMENT,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS

TABLES = {
    table.name: table
    for table in (
        TMDB_MOVIES,
        TMDB_MOVIE_DETAILS,
        DISCOGS_RELEASES,
        DISCOGS_MASTERS,
        QUARANTINE,
        FILMS,
        SOUNDTRACKS,
        CANDIDATES,
        MATCHES,
        REVIEW_QUEUE,
        FILM_SOUNDTRACKS,
        GENRE_POPULARITY,
        COMPOSER_POPULARITY,
        SCHEMA_ALIGNMENT,
        OUTPUT_INVENTORY,
        PIPELINE_SUMMARY,
        ACCOUNTING,
    )
}
