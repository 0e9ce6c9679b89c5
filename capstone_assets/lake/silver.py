"""The silver tables: films and soundtracks, cleaned, and the candidate pairs.

Belongs here: declarations.
Not here: how they are made (matching/).
"""

from capstone_assets.lake.tables import (
    DATE,
    DOUBLE,
    INTEGER,
    INTEGERS,
    LONG,
    RATINGS,
    STRING,
    STRINGS,
    YEARS,
    Column,
    Reference,
    Table,
    partition_column,
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
            "genres",
            STRINGS,
            "Names of TMDB's genres in English.",
            False,
            ("bronze/tmdb_movie_details.genres",),
        ),
        Column(
            "countries",
            STRINGS,
            "Producing countries, ISO 3166-1 alpha-2.",
            False,
            ("bronze/tmdb_movie_details.countries",),
        ),
        Column(
            "runtime_minutes",
            INTEGER,
            "Length in minutes.",
            True,
            ("bronze/tmdb_movie_details.runtime_minutes",),
        ),
        Column(
            "popularity", DOUBLE, "TMDB's popularity.", True, ("bronze/tmdb_movies.popularity",)
        ),
        Column(
            "vote_average",
            DOUBLE,
            "Mean rating; null without votes.",
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
            "wikidata_id",
            STRING,
            "Wikidata's id.",
            True,
            ("bronze/tmdb_movie_details.wikidata_id",),
        ),
        Column(
            "raw_page",
            STRING,
            "Raw page of its bronze row.",
            False,
            ("bronze/tmdb_movies.raw_page",),
        ),
        partition_column("Year of the film.", "bronze/tmdb_movies.release_year"),
    ),
    unique_key=("film_id",),
    references=(Reference("film_id", "bronze/tmdb_movies", "id", same_partition=True),),
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
    "unmarked",
    "not_soundtrack",
)
CLAIMS = ("film", "soundtrack", "screen", "none")
YEAR_BASES = ("master", "earliest_pressing", "pressing", "none")

SOUNDTRACKS = Table(
    "silver/soundtracks",
    "Releases, cleaned: artist and title split, with kind and original year.",
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
            "How clearly it claims to be for a film: the title names a film, it is a "
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
        partition_column("Year of the pressing.", "bronze/discogs_releases.release_year"),
    ),
    unique_key=("release_id",),
    references=(Reference("release_id", "bronze/discogs_releases", "id", same_partition=True),),
)

BLOCK_KEYS = (
    "core_title",
    "joined_title",
    "telling_words",
    "one_slip",
    "all_but_one_word",
)

CANDIDATES = Table(
    "silver/candidates",
    "Film-release pairs worth scoring.",
    (
        Column("film_id", LONG, "TMDB's id of the film.", False, ("silver/films.film_id",)),
        Column(
            "release_id",
            LONG,
            "Discogs' id of the release.",
            False,
            ("silver/soundtracks.release_id",),
        ),
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
            "Films of all years that have that key as a title, at least 1.",
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
        partition_column("Year of the film.", "silver/films.release_year"),
    ),
    unique_key=("film_id", "release_id"),
    references=(
        Reference("film_id", "silver/films", "film_id", same_partition=True),
        Reference("release_id", "silver/soundtracks", "release_id"),
    ),
)
