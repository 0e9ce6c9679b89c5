"""The gold tables: links, the review queue, and what follows from them.

Belongs here: declarations.
Not here: how they are made (matching/).
"""

from pyspark.sql.types import ArrayType, StructField, StructType

from capstone_assets.lake.tables import (
    DOUBLE,
    INTEGER,
    LONG,
    RATINGS,
    SHARES,
    STRING,
    STRINGS,
    YEARS,
    Column,
    Reference,
    Table,
    partition_column,
)

TIERS = ("strong", "probable")
RELATIONS = ("film_score", "film_songs", "title_song", "soundtrack", "compilation")
# Every table's partitions have this name; in gold it is easily taken for the release's year.
_PARTITION = (
    "Year of the film, not of the release: the partition, as text, `unknown` without one. "
    "`film_year` is the same as a number; exports leave this one out."
)

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

# What the comparisons read most; the rest of both rows has a part in single levels.
_COMPARED = (
    "silver/films.title_keys",
    "silver/films.composers",
    "silver/films.film_year",
    "silver/soundtracks.title_keys",
    "silver/soundtracks.artist_credit",
    "silver/soundtracks.original_year",
)
_LINK_COLUMNS = (
    Column("film_id", LONG, "TMDB's id of the film.", False, ("silver/candidates.film_id",)),
    Column(
        "release_id", LONG, "Discogs' id of the release.", False, ("silver/candidates.release_id",)
    ),
    Column(
        "score",
        DOUBLE,
        "Probability that the release is the film's, judged by the evidence of this pair alone: "
        "films of one title can each score high, and `margin` says how far the best one leads.",
        False,
        _COMPARED,
        bounds=SHARES,
    ),
    Column(
        "match_weight",
        DOUBLE,
        "The evidence's weights added up: the score's log odds.",
        False,
        _COMPARED,
    ),
    Column(
        "margin",
        DOUBLE,
        "How far the film leads the next one, as a difference of match weight; null when there is "
        "no other film.",
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
    Column(
        "reason",
        STRING,
        "What speaks for and against the link, and what keeps it from a better tier.",
        False,
        ("silver/candidates.block_key",),
    ),
    Column(
        "evidence",
        EVIDENCE,
        "Each comparison with its level and match weight; the weights add up to match_weight.",
        False,
        _COMPARED,
    ),
    Column(
        "near_misses",
        NEAR_MISSES,
        "The films that came next, and why they lost.",
        False,
        ("silver/candidates.film_id",),
    ),
    Column(
        "block_key",
        STRING,
        "The kind of title key that both share, which made them a candidate pair.",
        False,
        ("silver/candidates.block_key",),
    ),
    Column("film_title", STRING, "The film's title.", False, ("silver/films.title",)),
    Column(
        "film_year", INTEGER, "The film's year.", True, ("silver/films.film_year",), bounds=YEARS
    ),
    Column("release_title", STRING, "'Artist - Title'.", False, ("silver/soundtracks.title",)),
    Column(
        "album_id",
        STRING,
        "The release's album: its Discogs master, else its artist and core title.",
        False,
        ("silver/soundtracks.album_id",),
    ),
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
    Reference("film_id", "silver/films", "film_id", same_partition=True),
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
            "How sure the link is: strong (more than its title supports it, and no other film is "
            "close) or probable.",
            False,
            ("silver/candidates.film_id", "silver/candidates.release_id"),
            TIERS,
        ),
        _RUN_COLUMN,
        partition_column(_PARTITION, "silver/candidates.release_year"),
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
        partition_column(_PARTITION, "silver/candidates.release_year"),
    ),
    unique_key=("film_id", "release_id"),
    references=_LINK_REFERENCES,
)

NO_SOUNDTRACK = ("in_review", "only_other_kinds", "title_has_no_key", "none_found")

FILM_SOUNDTRACKS = Table(
    "gold/film_soundtracks",
    "A film with its soundtrack: the best album, its releases and its music, or why it has none.",
    (
        Column("film_id", LONG, "TMDB's id of the film.", False, ("silver/films.film_id",)),
        Column("title", STRING, "Its title.", False, ("silver/films.title",)),
        Column("film_year", INTEGER, "Its year.", True, ("silver/films.film_year",), bounds=YEARS),
        Column("film_url", STRING, "Its page at TMDB.", False, ("silver/films.film_id",)),
        Column("imdb_id", STRING, "IMDb's id.", True, ("silver/films.imdb_id",)),
        Column("wikidata_id", STRING, "Wikidata's id.", True, ("silver/films.wikidata_id",)),
        Column("film_genres", STRINGS, "TMDB's genres.", False, ("silver/films.genres",)),
        Column("countries", STRINGS, "Producing countries.", False, ("silver/films.countries",)),
        Column(
            "runtime_minutes",
            INTEGER,
            "Length in minutes.",
            True,
            ("silver/films.runtime_minutes",),
        ),
        Column(
            "no_soundtrack_because",
            STRING,
            "Why the film has no soundtrack: a pair waits for review, releases of its title are "
            "of other kinds (television, games, stage, ordinary albums), its titles have no key to "
            "search by ($, ?), or none was found. Null with a soundtrack.",
            True,
            (
                "gold/review_queue.film_id",
                "silver/films.title_keys",
                "silver/soundtracks.title_keys",
                "silver/soundtracks.kind",
            ),
            NO_SOUNDTRACK,
        ),
        Column(
            "best_album",
            STRING,
            "'Artist - Title' of the album with the highest score; of equals, the first to "
            "come out, titled as the film is if a pressing is; null without a soundtrack.",
            True,
            ("gold/matches.release_title", "gold/matches.score"),
        ),
        Column(
            "best_release_id",
            LONG,
            "Discogs' id of that album's pressing.",
            True,
            ("gold/matches.release_id", "gold/matches.score"),
        ),
        Column(
            "best_master_id",
            LONG,
            "Discogs' id of that album's master; null where it has none.",
            True,
            ("silver/soundtracks.master_id", "gold/matches.score"),
        ),
        Column(
            "best_release_url",
            STRING,
            "That pressing's page at Discogs.",
            True,
            ("gold/matches.release_id", "gold/matches.score"),
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
        partition_column(_PARTITION, "silver/films.release_year"),
    ),
    unique_key=("film_id",),
    references=(Reference("film_id", "silver/films", "film_id", same_partition=True),),
)


def _popularity_columns(of: tuple[str, ...], what: str) -> tuple[Column, ...]:
    """Counts, medians with 95% intervals and tests of the films of a group against the others."""
    popularity = (*of, "gold/film_soundtracks.popularity")
    rating = (*of, "gold/film_soundtracks.vote_average")
    return (
        Column("films", LONG, what, False, of),
        Column("rated_films", LONG, "Films among them with at least one rating.", False, rating),
        Column("median_popularity", DOUBLE, "Their median popularity.", True, popularity),
        Column("popularity_low", DOUBLE, "Lower end of its 95% interval.", True, popularity),
        Column("popularity_high", DOUBLE, "Upper end of its 95% interval.", True, popularity),
        Column(
            "popularity_effect",
            DOUBLE,
            "Chance that such a film is more popular than one with other music.",
            True,
            popularity,
            bounds=SHARES,
        ),
        Column(
            "popularity_p_value",
            DOUBLE,
            "Mann-Whitney test, two-sided.",
            True,
            popularity,
            bounds=SHARES,
        ),
        Column("median_rating", DOUBLE, "Their median rating.", True, rating, bounds=RATINGS),
        Column(
            "rating_low", DOUBLE, "Lower end of its 95% interval.", True, rating, bounds=RATINGS
        ),
        Column(
            "rating_high", DOUBLE, "Upper end of its 95% interval.", True, rating, bounds=RATINGS
        ),
        Column(
            "rating_effect",
            DOUBLE,
            "Chance that such a film is rated higher than one with other music.",
            True,
            rating,
            bounds=SHARES,
        ),
        Column(
            "rating_p_value", DOUBLE, "Mann-Whitney test, two-sided.", True, rating, bounds=SHARES
        ),
    )


MUSIC_TAGS = ("genre", "style")
_MUSIC = ("gold/film_soundtracks.music_genres", "gold/film_soundtracks.music_styles")

GENRE_POPULARITY = Table(
    "gold/genre_popularity",
    "Whether the music of a film's soundtrack goes with the film's popularity and rating.",
    (
        Column("tag", STRING, "genre or style.", False, _MUSIC, MUSIC_TAGS),
        Column("name", STRING, "The music genre or style.", False, _MUSIC),
        *_popularity_columns(_MUSIC, "Films whose soundtrack has it."),
    ),
    unique_key=("tag", "name"),
    partitioned=False,
)

_COMPOSERS = ("gold/film_soundtracks.composers",)

COMPOSER_POPULARITY = Table(
    "gold/composer_popularity",
    "Whether a composer's films are more popular or higher rated than other films with a "
    "soundtrack. One row for each composer of at least two such films.",
    (
        Column("name", STRING, "The composer, as TMDB writes the name.", False, _COMPOSERS),
        *_popularity_columns(_COMPOSERS, "Films with a soundtrack that credit the composer."),
    ),
    unique_key=("name",),
    partitioned=False,
)
