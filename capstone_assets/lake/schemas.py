"""The declared schema of every table: one source for Spark, for Dagster's metadata and for checks.

Belongs here: columns, types, keys, references and where each column comes from.
Not here: how a table is made (matching/), stored (storage.py) or checked (quality/).
"""

from dataclasses import dataclass
from functools import cached_property

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from capstone_assets.lake.years import LAST_YEAR, PARTITION_COLUMN

STRING, LONG, INTEGER, DOUBLE = StringType(), LongType(), IntegerType(), DoubleType()
BOOLEAN, DATE, TIMESTAMP = BooleanType(), DateType(), TimestampType()

# The first film and the first recording sold are a little younger.
YEARS = (1870, LAST_YEAR)
SHARES = (0, 1)
RATINGS = (0, 10)

STRINGS = ArrayType(STRING, containsNull=False)
INTEGERS = ArrayType(INTEGER, containsNull=False)


@dataclass(frozen=True)
class Column:
    """A column: its type, whether it may be null, what it means and what it is made of.

    `sources` names the columns it is derived from as `layer/table.column`; a column that comes
    straight from an API response has none. `allowed` lists its values where they are few;
    `bounds` are its least and greatest value, both included.
    """

    name: str
    type: DataType
    description: str
    nullable: bool = True
    sources: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reference:
    """A foreign key: every value of `column` is a value of `to_column` in `to_table`."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class Table:
    """A table of the lakehouse; `name` is `layer/table`, as in its asset key."""

    name: str
    description: str
    columns: tuple[Column, ...]
    unique_key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    partitioned: bool = True

    @property
    def layer(self) -> str:
        """bronze, silver, gold or metrics."""
        return self.name.split("/")[0]

    @property
    def path(self) -> str:
        """Where it lies under the lake's root: container, then table."""
        container = {"bronze": "raw", "silver": "intermediate"}.get(self.layer, self.layer)
        return f"{container}/{self.name.split('/')[1]}"

    @cached_property
    def spark_schema(self) -> StructType:
        """The schema that Spark reads and writes the table with."""
        return StructType([StructField(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def column_names(self) -> list[str]:
        """The columns in order: what every transform's closing `select` names."""
        return [column.name for column in self.columns]


def _partition_column(meaning: str, *sources: str) -> Column:
    return Column(PARTITION_COLUMN, STRING, meaning, nullable=False, sources=sources)


_PAGE_COLUMNS = (
    Column("raw_page", STRING, "The landed raw page that the row was parsed from.", nullable=False),
    Column("fetched_at", TIMESTAMP, "When that page was fetched (UTC).", nullable=False),
)

TMDB_MOVIES = Table(
    "bronze/tmdb_movies",
    "Films as `/discover/movie` lists them.",
    (
        Column("id", LONG, "TMDB's id of the film.", nullable=False),
        Column("title", STRING, "Title in the language asked for (en-US).", nullable=False),
        Column("original_title", STRING, "Title in the film's own language."),
        Column("original_language", STRING, "ISO 639-1 code."),
        Column("release_date", STRING, "Primary release date as TMDB writes it, maybe empty."),
        Column("genre_ids", INTEGERS, "TMDB's genre ids."),
        Column("popularity", DOUBLE, "TMDB's popularity score, 0 and up."),
        Column("vote_average", DOUBLE, "Mean rating, 0 to 10.", bounds=RATINGS),
        Column("vote_count", LONG, "Number of ratings."),
        Column("adult", BOOLEAN, "Whether TMDB marks it as adult."),
        Column("video", BOOLEAN, "Whether TMDB marks it as video-only."),
        *_PAGE_COLUMNS,
        _partition_column("Year of `release_date`."),
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
        Column("composers", STRINGS, "Names credited with the original music.", nullable=False),
        Column(
            "alternative_titles",
            ALTERNATIVE_TITLES,
            "Alternative titles with country and type.",
            nullable=False,
        ),
        *_PAGE_COLUMNS,
        _partition_column("Year of the film's release, as in bronze/tmdb_movies."),
    ),
    unique_key=("id",),
    references=(Reference("id", "bronze/tmdb_movies", "id"),),
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
            "Names credited with composing it; null where only the dump would tell.",
        ),
        *_PAGE_COLUMNS,
        _partition_column("Year of the pressing."),
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
        _partition_column("Year of the original release."),
    ),
    unique_key=("id",),
)

FILMS = Table(
    "silver/films",
    "Films, cleaned, with every title they are known by and its match keys.",
    (
        Column("film_id", LONG, "TMDB's id.", False, ("bronze/tmdb_movies.id",)),
        Column("title", STRING, "Title in English.", False, ("bronze/tmdb_movies.title",)),
        Column(
            "original_title",
            STRING,
            "Title in the film's own language.",
            True,
            ("bronze/tmdb_movies.original_title",),
        ),
        Column(
            "alternative_titles",
            STRINGS,
            "Titles it was released under elsewhere; working titles are left out.",
            False,
            ("bronze/tmdb_movie_details.alternative_titles",),
        ),
        Column(
            "title_keys",
            STRINGS,
            "Normalized keys of all its titles, each once.",
            False,
            (
                "bronze/tmdb_movies.title",
                "bronze/tmdb_movies.original_title",
                "bronze/tmdb_movie_details.alternative_titles",
            ),
        ),
        Column(
            "partial_keys",
            STRINGS,
            "Normalized keys of the pieces before and after a colon or dash of its titles.",
            False,
            (
                "bronze/tmdb_movies.title",
                "bronze/tmdb_movies.original_title",
                "bronze/tmdb_movie_details.alternative_titles",
            ),
        ),
        Column(
            "film_year",
            INTEGER,
            "Year of release.",
            True,
            ("bronze/tmdb_movies.release_date",),
            bounds=YEARS,
        ),
        Column(
            "release_date",
            DATE,
            "Primary release date.",
            True,
            ("bronze/tmdb_movies.release_date",),
        ),
        Column(
            "original_language",
            STRING,
            "ISO 639-1 code.",
            True,
            ("bronze/tmdb_movies.original_language",),
        ),
        Column("genre_ids", INTEGERS, "TMDB's genres.", False, ("bronze/tmdb_movies.genre_ids",)),
        Column(
            "popularity", DOUBLE, "TMDB's popularity.", True, ("bronze/tmdb_movies.popularity",)
        ),
        Column(
            "vote_average",
            DOUBLE,
            "Mean rating, 0 to 10; null when nobody voted.",
            True,
            ("bronze/tmdb_movies.vote_average",),
            bounds=RATINGS,
        ),
        Column("vote_count", LONG, "Number of ratings.", True, ("bronze/tmdb_movies.vote_count",)),
        Column(
            "composers",
            STRINGS,
            "Names credited with the music.",
            False,
            ("bronze/tmdb_movie_details.composers",),
        ),
        Column("imdb_id", STRING, "IMDb's id.", True, ("bronze/tmdb_movie_details.imdb_id",)),
        Column(
            "raw_page",
            STRING,
            "Raw page of its bronze row.",
            False,
            ("bronze/tmdb_movies.raw_page",),
        ),
        _partition_column("Year of the film.", "bronze/tmdb_movies.release_year"),
    ),
    unique_key=("film_id",),
    references=(Reference("film_id", "bronze/tmdb_movies", "id"),),
)

RELEASE_KINDS = (
    "film_score",
    "film_songs",
    "title_song",
    "soundtrack",
    "tv",
    "game",
    "stage",
    "tribute",
    "compilation",
    "not_soundtrack",
)
CLAIMS = ("film", "soundtrack", "screen", "none")
YEAR_BASES = ("master", "earliest_pressing", "pressing", "none")

SOUNDTRACKS = Table(
    "silver/soundtracks",
    "Releases, cleaned: artist and title apart, typed, with the year of the original.",
    (
        Column("release_id", LONG, "Discogs' id.", False, ("bronze/discogs_releases.id",)),
        Column(
            "title",
            STRING,
            "'Artist - Title' as Discogs writes it.",
            False,
            ("bronze/discogs_releases.title",),
        ),
        Column(
            "artist_credit", STRING, "The artist part.", True, ("bronze/discogs_releases.title",)
        ),
        Column("album_title", STRING, "The title part.", False, ("bronze/discogs_releases.title",)),
        Column(
            "title_keys",
            STRINGS,
            "Normalized keys of the core title(s), soundtrack phrases stripped.",
            False,
            ("bronze/discogs_releases.title",),
        ),
        Column(
            "partial_keys",
            STRINGS,
            "Normalized keys of the pieces before and after a colon or dash of the core title(s).",
            False,
            ("bronze/discogs_releases.title",),
        ),
        Column(
            "kind",
            STRING,
            "What it is: " + ", ".join(RELEASE_KINDS) + ".",
            False,
            (
                "bronze/discogs_releases.title",
                "bronze/discogs_releases.genre",
                "bronze/discogs_releases.style",
                "bronze/discogs_releases.format",
            ),
            RELEASE_KINDS,
        ),
        Column(
            "claim",
            STRING,
            "How plainly it says that it is for a film: the title names a film, it is a "
            "soundtrack, only its genre is of the screen, or not at all.",
            False,
            (
                "bronze/discogs_releases.title",
                "bronze/discogs_releases.genre",
                "bronze/discogs_releases.style",
            ),
            CLAIMS,
        ),
        Column(
            "album_id",
            STRING,
            "The album that the pressing belongs to: its master, else artist and core title.",
            False,
            ("bronze/discogs_releases.master_id", "bronze/discogs_releases.title"),
        ),
        Column("master_id", LONG, "Discogs' master.", True, ("bronze/discogs_releases.master_id",)),
        Column(
            "pressing_year",
            INTEGER,
            "Year of the pressing.",
            True,
            ("bronze/discogs_releases.year",),
            bounds=YEARS,
        ),
        Column(
            "original_year",
            INTEGER,
            "Year the album first came out: the master's, else its earliest pressing's.",
            True,
            ("bronze/discogs_masters.year", "bronze/discogs_releases.year"),
            bounds=YEARS,
        ),
        Column(
            "year_basis",
            STRING,
            "What original_year rests on; a lone pressing may be a reissue.",
            False,
            ("bronze/discogs_masters.year", "bronze/discogs_releases.year"),
            YEAR_BASES,
        ),
        Column("genres", STRINGS, "Music genres.", False, ("bronze/discogs_releases.genre",)),
        Column("styles", STRINGS, "Music styles.", False, ("bronze/discogs_releases.style",)),
        Column("formats", STRINGS, "Formats.", False, ("bronze/discogs_releases.format",)),
        Column("country", STRING, "Country.", True, ("bronze/discogs_releases.country",)),
        Column(
            "credits",
            STRINGS,
            "Names credited with composing it, beside the artist part; null where unknown.",
            True,
            ("bronze/discogs_releases.credits",),
        ),
        Column(
            "raw_page",
            STRING,
            "Raw page of its bronze row.",
            False,
            ("bronze/discogs_releases.raw_page",),
        ),
        _partition_column("Year of the pressing.", "bronze/discogs_releases.release_year"),
    ),
    unique_key=("release_id",),
    references=(Reference("release_id", "bronze/discogs_releases", "id"),),
)

BLOCK_KEYS = ("core_title", "joined_title", "rare_tokens")

CANDIDATES = Table(
    "silver/candidates",
    "Film-release pairs worth scoring.",
    (
        Column("film_id", LONG, "The film.", False, ("silver/films.film_id",)),
        Column("release_id", LONG, "The release.", False, ("silver/soundtracks.release_id",)),
        Column(
            "block_key",
            STRING,
            "The block key that proposed the pair: " + ", ".join(BLOCK_KEYS) + ".",
            False,
            ("silver/films.title_keys", "silver/soundtracks.title_keys"),
            BLOCK_KEYS,
        ),
        Column(
            "matched_key",
            STRING,
            "The film's title key that the pair was proposed by.",
            False,
            ("silver/films.title_keys", "silver/films.partial_keys"),
        ),
        Column(
            "films_sharing",
            INTEGER,
            "Films of all years that bear that key as a title, at least 1.",
            False,
            ("silver/films.title_keys",),
        ),
        Column(
            "title_information",
            DOUBLE,
            "How rare the key's words are among film titles: "
            "each adds 0 (in every title) to 1 (in one).",
            False,
            ("silver/films.title_keys",),
        ),
        _partition_column("Year of the film.", "silver/films.release_year"),
    ),
    unique_key=("film_id", "release_id"),
    references=(
        Reference("film_id", "silver/films", "film_id"),
        Reference("release_id", "silver/soundtracks", "release_id"),
    ),
)

TIERS = ("strong", "probable")
RELATIONS = ("film_score", "film_songs", "title_song", "soundtrack", "compilation")

EVIDENCE = ArrayType(
    StructType(
        [
            StructField("comparison", STRING, nullable=False),
            StructField("level", STRING, nullable=False),
            StructField("weight", DOUBLE, nullable=False),
            StructField("explanation", STRING, nullable=False),
        ]
    ),
    containsNull=False,
)
NEAR_MISSES = ArrayType(
    StructType(
        [
            StructField("film_id", LONG, nullable=False),
            StructField("title", STRING, nullable=False),
            StructField("film_year", INTEGER),
            StructField("score", DOUBLE, nullable=False),
            StructField("reason", STRING, nullable=False),
        ]
    ),
    containsNull=False,
)

_LINK_COLUMNS = (
    Column("film_id", LONG, "The film.", False, ("silver/candidates.film_id",)),
    Column("release_id", LONG, "The release.", False, ("silver/candidates.release_id",)),
    Column(
        "score",
        DOUBLE,
        "Probability that the release is the film's, 0 to 1.",
        False,
        ("silver/films.title_keys", "silver/soundtracks.title_keys"),
        bounds=SHARES,
    ),
    Column(
        "match_weight",
        DOUBLE,
        "The evidence's weights added up: the score's log odds.",
        False,
        ("silver/films.title_keys", "silver/soundtracks.title_keys"),
    ),
    Column(
        "margin",
        DOUBLE,
        "Match weight above the next film's; null when there is no other film.",
        True,
        ("silver/candidates.film_id",),
    ),
    Column(
        "relation",
        STRING,
        "What the release is to the film: " + ", ".join(RELATIONS) + ".",
        False,
        ("silver/soundtracks.kind",),
        RELATIONS,
    ),
    Column("reason", STRING, "Why, in a sentence.", False, ("silver/candidates.block_key",)),
    Column(
        "evidence",
        EVIDENCE,
        "Each comparison with its level and match weight; the weights add up to match_weight.",
        False,
        (
            "silver/films.title_keys",
            "silver/films.composers",
            "silver/films.film_year",
            "silver/soundtracks.title_keys",
            "silver/soundtracks.artist_credit",
            "silver/soundtracks.original_year",
        ),
    ),
    Column(
        "near_misses",
        NEAR_MISSES,
        "The films that came next, and why they lost.",
        False,
        ("silver/candidates.film_id",),
    ),
    Column("block_key", STRING, "What proposed the pair.", False, ("silver/candidates.block_key",)),
    Column("film_title", STRING, "The film's title.", False, ("silver/films.title",)),
    Column(
        "film_year", INTEGER, "The film's year.", True, ("silver/films.film_year",), bounds=YEARS
    ),
    Column("release_title", STRING, "'Artist - Title'.", False, ("silver/soundtracks.title",)),
    Column("album_id", STRING, "The album linked.", False, ("silver/soundtracks.album_id",)),
    Column(
        "original_year",
        INTEGER,
        "Year the album first came out.",
        True,
        ("silver/soundtracks.original_year",),
        bounds=YEARS,
    ),
    Column(
        "pressing_year",
        INTEGER,
        "Year of this pressing.",
        True,
        ("silver/soundtracks.pressing_year",),
        bounds=YEARS,
    ),
    Column(
        "film_raw_page",
        STRING,
        "Raw page of the film's bronze row.",
        False,
        ("silver/films.raw_page",),
    ),
    Column(
        "release_raw_page",
        STRING,
        "Raw page of the release's bronze row.",
        False,
        ("silver/soundtracks.raw_page",),
    ),
)
_LINK_REFERENCES = (
    Reference("film_id", "silver/films", "film_id"),
    Reference("release_id", "silver/soundtracks", "release_id"),
)
_RUN_COLUMN = Column("run_id", STRING, "The run that wrote the row.", nullable=False)

MATCHES = Table(
    "gold/matches",
    "Accepted links between a film and a release, with tier, reason and evidence.",
    (
        *_LINK_COLUMNS,
        Column(
            "tier",
            STRING,
            "How sure: strong or probable.",
            False,
            ("silver/candidates.film_id", "silver/candidates.release_id"),
            TIERS,
        ),
        _RUN_COLUMN,
        _partition_column("Year of the film.", "silver/candidates.release_year"),
    ),
    unique_key=("release_id",),
    references=_LINK_REFERENCES,
)

REVIEW_QUEUE = Table(
    "gold/review_queue",
    "Pairs too close to call, for a person to decide.",
    (
        *_LINK_COLUMNS,
        _RUN_COLUMN,
        _partition_column("Year of the film.", "silver/candidates.release_year"),
    ),
    unique_key=("film_id", "release_id"),
    references=_LINK_REFERENCES,
)

FILM_SOUNDTRACKS = Table(
    "gold/film_soundtracks",
    "A film with its soundtrack: the best album, its releases and its music.",
    (
        Column("film_id", LONG, "The film.", False, ("silver/films.film_id",)),
        Column("title", STRING, "Its title.", False, ("silver/films.title",)),
        Column("film_year", INTEGER, "Its year.", True, ("silver/films.film_year",), bounds=YEARS),
        Column(
            "best_album",
            STRING,
            "'Artist - Title' of the album with the highest score; null without a soundtrack.",
            True,
            ("gold/matches.release_title", "gold/matches.score"),
        ),
        Column(
            "best_score",
            DOUBLE,
            "That album's score.",
            True,
            ("gold/matches.score",),
            bounds=SHARES,
        ),
        Column("best_tier", STRING, "That album's tier.", True, ("gold/matches.tier",), TIERS),
        Column("albums", LONG, "Number of linked albums.", False, ("gold/matches.album_id",)),
        Column("releases", LONG, "Number of linked releases.", False, ("gold/matches.release_id",)),
        Column(
            "first_year",
            INTEGER,
            "Year of its first soundtrack release.",
            True,
            ("gold/matches.original_year", "gold/matches.pressing_year"),
            bounds=YEARS,
        ),
        Column(
            "last_year",
            INTEGER,
            "Year of its latest pressing.",
            True,
            ("gold/matches.pressing_year",),
            bounds=YEARS,
        ),
        Column("composers", STRINGS, "Its composers.", False, ("silver/films.composers",)),
        Column(
            "music_genres",
            STRINGS,
            "Discogs genres of its releases, without Stage & Screen.",
            False,
            ("silver/soundtracks.genres",),
        ),
        Column(
            "music_styles",
            STRINGS,
            "Discogs styles of its releases, without Soundtrack.",
            False,
            ("silver/soundtracks.styles",),
        ),
        Column("popularity", DOUBLE, "TMDB's popularity.", True, ("silver/films.popularity",)),
        Column("vote_count", LONG, "Number of ratings.", True, ("silver/films.vote_count",)),
        Column(
            "vote_average",
            DOUBLE,
            "Mean rating.",
            True,
            ("silver/films.vote_average",),
            bounds=RATINGS,
        ),
        _partition_column("Year of the film.", "silver/films.release_year"),
    ),
    unique_key=("film_id",),
    references=(Reference("film_id", "silver/films", "film_id"),),
)

MUSIC_TAGS = ("genre", "style")
_MUSIC = ("gold/film_soundtracks.music_genres", "gold/film_soundtracks.music_styles")
_POPULARITY = (*_MUSIC, "gold/film_soundtracks.popularity")
_RATING = (*_MUSIC, "gold/film_soundtracks.vote_average")

GENRE_POPULARITY = Table(
    "gold/genre_popularity",
    "Whether the music of a film's soundtrack goes with the film's popularity and rating.",
    (
        Column("tag", STRING, "genre or style.", False, _MUSIC, MUSIC_TAGS),
        Column("name", STRING, "The music genre or style.", False, _MUSIC),
        Column("films", LONG, "Films whose soundtrack has it.", False, _MUSIC),
        Column("rated_films", LONG, "Those that somebody rated.", False, _RATING),
        Column("median_popularity", DOUBLE, "Their median popularity.", True, _POPULARITY),
        Column("popularity_low", DOUBLE, "Lower end of its 95 % interval.", True, _POPULARITY),
        Column("popularity_high", DOUBLE, "Upper end of its 95 % interval.", True, _POPULARITY),
        Column(
            "popularity_effect",
            DOUBLE,
            "Chance that such a film is more popular than one with other music, 0 to 1.",
            True,
            _POPULARITY,
            bounds=SHARES,
        ),
        Column(
            "popularity_p_value",
            DOUBLE,
            "Mann-Whitney test, two-sided.",
            True,
            _POPULARITY,
            bounds=SHARES,
        ),
        Column("median_rating", DOUBLE, "Their median rating.", True, _RATING, bounds=RATINGS),
        Column(
            "rating_low", DOUBLE, "Lower end of its 95 % interval.", True, _RATING, bounds=RATINGS
        ),
        Column(
            "rating_high", DOUBLE, "Upper end of its 95 % interval.", True, _RATING, bounds=RATINGS
        ),
        Column(
            "rating_effect",
            DOUBLE,
            "Chance that such a film is rated higher than one with other music, 0 to 1.",
            True,
            _RATING,
            bounds=SHARES,
        ),
        Column(
            "rating_p_value", DOUBLE, "Mann-Whitney test, two-sided.", True, _RATING, bounds=SHARES
        ),
    ),
    unique_key=("tag", "name"),
    partitioned=False,
)

SCHEMA_ALIGNMENT = Table(
    "metrics/schema_alignment",
    "What each declared column is made of, and how well the last data filled it.",
    (
        Column("table", STRING, "Table.", nullable=False),
        Column("column", STRING, "Column.", nullable=False),
        Column("type", STRING, "Declared type.", nullable=False),
        Column("sources", STRINGS, "Columns that it is derived from.", nullable=False),
        Column("rows", LONG, "Rows in the table.", nullable=False),
        Column("nulls", LONG, "Rows without a value.", nullable=False),
        Column("stored_type", STRING, "Arrow type(s) found in the files.", nullable=False),
        Column("aligned", BOOLEAN, "Whether it is stored as declared.", nullable=False),
    ),
    unique_key=("table", "column"),
    partitioned=False,
)

OUTPUT_INVENTORY = Table(
    "metrics/output_inventory",
    "Every stored partition: files, bytes, rows, last write.",
    (
        Column("table", STRING, "Table.", nullable=False),
        Column("partition", STRING, "Partition; empty for an unpartitioned table.", nullable=False),
        Column("files", LONG, "Files.", nullable=False),
        Column("bytes", LONG, "Bytes.", nullable=False),
        Column("rows", LONG, "Rows.", nullable=False),
        Column("last_write", TIMESTAMP, "When it was last written (UTC).", nullable=False),
    ),
    unique_key=("table", "partition"),
    partitioned=False,
)

PIPELINE_SUMMARY = Table(
    "metrics/pipeline_summary",
    "The medallion summary of a run: a row a step.",
    (
        Column("run_id", STRING, "The run.", nullable=False),
        Column("step", STRING, "The step.", nullable=False),
        Column("layer", STRING, "Its layer.", nullable=False),
        Column("records_out", LONG, "Rows written.", nullable=False),
        Column("duration_seconds", DOUBLE, "How long it took.", nullable=False),
        Column("output", STRING, "Where it wrote.", nullable=False),
    ),
    unique_key=("run_id", "step"),
    partitioned=False,
)

TABLES = {
    table.name: table
    for table in (
        TMDB_MOVIES,
        TMDB_MOVIE_DETAILS,
        DISCOGS_RELEASES,
        DISCOGS_MASTERS,
        FILMS,
        SOUNDTRACKS,
        CANDIDATES,
        MATCHES,
        REVIEW_QUEUE,
        FILM_SOUNDTRACKS,
        GENRE_POPULARITY,
        SCHEMA_ALIGNMENT,
        OUTPUT_INVENTORY,
        PIPELINE_SUMMARY,
    )
}
