"""The bronze tables: what the APIs and the dump say, in their own words.

Belongs here: declarations.
Not here: parsing their rows (ingest/rows.py).
"""

from pyspark.sql.types import ArrayType, StructField, StructType

from capstone_assets.lake.tables import (
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTEGERS,
    LONG,
    RATINGS,
    STRING,
    STRINGS,
    TIMESTAMP,
    Column,
    Reference,
    Table,
    partition_column,
)

_PAGE_COLUMNS = (
    Column("raw_page", STRING, "The landed raw page that the row was parsed from.", nullable=False),
    Column("fetched_at", TIMESTAMP, "When that page was fetched (UTC).", nullable=False),
)

TMDB_MOVIES = Table(
    "bronze/tmdb_movies",
    "Films as `/discover/movie` lists them.",
    (
        Column("id", LONG, "TMDB's id of the film.", nullable=False),
        Column("title", STRING, "Title in the requested language (en-US).", nullable=False),
        Column("original_title", STRING, "Title in the film's own language."),
        Column("original_language", STRING, "ISO 639-1 code."),
        Column("release_date", STRING, "Primary release date as TMDB writes it, maybe empty."),
        Column("genre_ids", INTEGERS, "TMDB's genre ids."),
        Column("popularity", DOUBLE, "TMDB's popularity score, 0 and up."),
        Column("vote_average", DOUBLE, "Mean rating.", bounds=RATINGS),
        Column("vote_count", LONG, "Number of ratings."),
        Column("adult", BOOLEAN, "Whether TMDB marks it as adult."),
        Column("video", BOOLEAN, "Whether TMDB marks it as video-only."),
        *_PAGE_COLUMNS,
        partition_column("Year of `release_date`."),
    ),
    unique_key=("id",),
)

ALTERNATIVE_TITLES = ArrayType(
    StructType(
        [
            StructField("iso_3166_1", STRING),
            StructField("title", STRING),
            StructField("type", STRING),
        ]
    ),
    containsNull=False,
)

TMDB_MOVIE_DETAILS = Table(
    "bronze/tmdb_movie_details",
    "Film details: composers, alternative titles and external ids.",
    (
        Column("id", LONG, "TMDB's id of the film.", nullable=False),
        Column("imdb_id", STRING, "IMDb's id of the film."),
        Column("wikidata_id", STRING, "Wikidata's id of the film, Q and a number."),
        Column("genres", STRINGS, "Names of TMDB's genres in English.", nullable=False),
        Column("countries", STRINGS, "Producing countries, ISO 3166-1 alpha-2.", nullable=False),
        Column("runtime_minutes", INTEGER, "Length in minutes; null where TMDB has none."),
        Column("composers", STRINGS, "Names credited with the original music.", nullable=False),
        Column(
            "alternative_titles",
            ALTERNATIVE_TITLES,
            "Alternative titles with country and type.",
            nullable=False,
        ),
        *_PAGE_COLUMNS,
        partition_column("Year of the film's release, as in bronze/tmdb_movies."),
    ),
    unique_key=("id",),
    references=(Reference("id", "bronze/tmdb_movies", "id", same_partition=True),),
)

_DISCOGS_COLUMNS = (
    Column("title", STRING, "'Artist - Title' as Discogs writes it.", nullable=False),
    Column("year", STRING, "Year as Discogs writes it; null when it has none."),
    Column("country", STRING, "Country of the pressing."),
    Column("genre", STRINGS, "Discogs genres.", nullable=False),
    Column("style", STRINGS, "Discogs styles.", nullable=False),
    Column("format", STRINGS, "Formats and their descriptions.", nullable=False),
    Column("label", STRINGS, "Labels and companies.", nullable=False),
    Column("catno", STRING, "Catalog number."),
)

DISCOGS_RELEASES = Table(
    "bronze/discogs_releases",
    "Soundtrack releases (pressings) as Discogs' search or dump lists them.",
    (
        Column("id", LONG, "Discogs' id of the release.", nullable=False),
        *_DISCOGS_COLUMNS,
        Column("master_id", LONG, "Discogs' id of its master; null when it has none."),
        Column(
            "credits",
            STRINGS,
            "Names credited with composing it; null where only the dump has them.",
        ),
        *_PAGE_COLUMNS,
        partition_column("Year of the pressing."),
    ),
    unique_key=("id",),
)

DISCOGS_MASTERS = Table(
    "bronze/discogs_masters",
    "Soundtrack masters as Discogs lists them; a master's year is the original's.",
    (
        Column("id", LONG, "Discogs' id of the master.", nullable=False),
        *_DISCOGS_COLUMNS,
        *_PAGE_COLUMNS,
        partition_column("Year of the original release."),
    ),
    unique_key=("id",),
)

TREATMENTS = ("quarantined", "mended", "unserved")

QUARANTINE = Table(
    "bronze/quarantine",
    "Rows of the landed pages that are set aside, or of which a value was cleaned or is null. A "
    "row leaves it once its page is read again without the fault.",
    (
        Column(
            "source",
            STRING,
            "The bronze table that the row is for, tmdb_movies for example.",
            nullable=False,
        ),
        Column(
            "slice",
            STRING,
            "The year that lists the row, or unknown; the first 1,000 rows of each are kept.",
            nullable=False,
        ),
        Column(
            "page",
            STRING,
            "The landed raw page that has the row; the query if a page was not served.",
            nullable=False,
        ),
        Column("row", LONG, "Its place on the page, from 1.", nullable=False),
        Column("row_id", LONG, "Its id, if it can be read."),
        Column(
            "treatment",
            STRING,
            "Whether the whole row is set aside (quarantined), or read with a change (mended); "
            "unserved is a page or a film, row 0, that the source answers with an error.",
            nullable=False,
            allowed=TREATMENTS,
        ),
        Column("reason", STRING, "Why, field by field.", nullable=False),
        Column(
            "raw",
            STRING,
            "The row as JSON, cut after 2,000 characters; or the query.",
            nullable=False,
        ),
        Column("first_seen", TIMESTAMP, "When it was first seen (UTC).", nullable=False),
        Column("last_seen", TIMESTAMP, "When it was last seen (UTC).", nullable=False),
        Column("run_id", STRING, "The run that last saw it.", nullable=False),
    ),
    unique_key=("source", "slice", "page", "row", "treatment", "reason"),
    partitioned=False,
)
