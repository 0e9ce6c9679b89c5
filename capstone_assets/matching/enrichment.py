"""Derive tables from the links: each film's soundtrack, and the popularity of kinds of music.

Belongs here: the transforms behind gold/film_soundtracks, gold/genre_popularity and
gold/composer_popularity.
Not here: finding the links (linkage.py), the statistics (popularity.py), storing (lake/storage.py).
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from capstone_assets.lake.gold import COMPOSER_POPULARITY, FILM_SOUNDTRACKS, GENRE_POPULARITY
from capstone_assets.lake.spark_rows import map_rows
from capstone_assets.matching.popularity import compare_composers_of, compare_tags

# Discogs' tags for "it is a soundtrack"; they do not describe the music.
_NOT_MUSIC_GENRES = ["Stage & Screen"]
_NOT_MUSIC_STYLES = ["Soundtrack", "Score", "Theme", "Musical"]
# The kinds of releases that are never linked to a film.
_OTHER_KINDS = ["tv", "game", "stage", "tribute", "unmarked", "not_soundtrack"]


def summarize_film_soundtracks(
    films: DataFrame, matches: DataFrame, review_queue: DataFrame, soundtracks: DataFrame
) -> DataFrame:
    """Give every film its row of gold/film_soundtracks, or say why it has no soundtrack.

    The best album is the one with the highest score; among equals the one that came out first, and
    of its pressings one that is titled as the film is.
    """
    music = soundtracks.select("release_id", "master_id", "genres", "styles")
    links = matches.join(music, on="release_id", how="left")
    # The earliest of equals: structs compare field by field, so years are negated.
    first_of_best = F.struct(
        F.col("score"),
        -F.coalesce("original_year", "pressing_year", F.lit(9999)),
        F.lower("release_title").contains(F.lower("film_title")),
        -F.col("release_id"),
    )
    albums = links.groupBy("film_id").agg(
        F.max_by("release_title", first_of_best).alias("best_album"),
        F.max_by("release_id", first_of_best).alias("best_release_id"),
        F.max_by("master_id", first_of_best).alias("best_master_id"),
        F.max("score").alias("best_score"),
        F.max_by("tier", first_of_best).alias("best_tier"),
        F.countDistinct("album_id").alias("albums"),
        F.count("release_id").alias("releases"),
        F.min(F.least("original_year", "pressing_year")).alias("first_year"),
        F.max(F.greatest("original_year", "pressing_year")).alias("last_year"),
        _distinct("genres", _NOT_MUSIC_GENRES).alias("music_genres"),
        _distinct("styles", _NOT_MUSIC_STYLES).alias("music_styles"),
    )
    counts = {"albums": F.lit(0).cast("long"), "releases": F.lit(0).cast("long")}
    lists = dict.fromkeys(["music_genres", "music_styles"], F.array().cast("array<string>"))
    filled = {name: F.coalesce(name, empty) for name, empty in {**counts, **lists}.items()}
    urls = {
        "film_url": F.concat(F.lit("https://www.themoviedb.org/movie/"), F.col("film_id")),
        "best_release_url": F.concat(
            F.lit("https://www.discogs.com/release/"), F.col("best_release_id")
        ),
    }
    rows = (
        films.withColumnRenamed("genres", "film_genres")
        .join(albums, on="film_id", how="left")
        .join(_of_other_kinds(films, soundtracks), on="film_id", how="left")
        .join(_waiting(review_queue), on="film_id", how="left")
        .withColumns({**filled, **urls, "no_soundtrack_because": _no_soundtrack_because()})
    )
    return rows.select(FILM_SOUNDTRACKS.column_names)


def _waiting(review_queue: DataFrame) -> DataFrame:
    return review_queue.select("film_id", F.lit(True).alias("in_review")).distinct()


def _of_other_kinds(films: DataFrame, soundtracks: DataFrame) -> DataFrame:
    """The films whose title a release of another kind has."""
    others = soundtracks.where(F.col("kind").isin(*_OTHER_KINDS))
    keys = others.select(F.explode("title_keys").alias("key")).distinct()
    titles = films.select("film_id", F.explode("title_keys").alias("key"))
    named = titles.join(keys, on="key", how="left_semi").select("film_id").distinct()
    return named.withColumn("of_other_kinds", F.lit(True))


def _no_soundtrack_because() -> Column:
    return (
        F.when(F.col("best_release_id").isNotNull(), F.lit(None).cast("string"))
        .when(F.col("in_review"), "in_review")
        .when((F.size("title_keys") == 0) & (F.size("partial_keys") == 0), "title_has_no_key")
        .when(F.col("of_other_kinds"), "only_other_kinds")
        .otherwise("none_found")
    )


def _distinct(column: str, without: list[str]) -> Column:
    every = F.array_distinct(F.flatten(F.collect_list(column)))
    return F.array_sort(F.array_except(every, F.lit(without)))


def compare_music_with_popularity(film_soundtracks: DataFrame) -> DataFrame:
    """Compare films with a music genre or style with films of other music.

    Returns gold/genre_popularity: a row for each genre and style. Films without a soundtrack are
    left out, and unrated films from the ratings.
    """
    films = _with_soundtrack(film_soundtracks, "music_genres", "music_styles")
    # One task: every tag is compared with all other films.
    return map_rows(films.coalesce(1), compare_tags, GENRE_POPULARITY.spark_schema)


def compare_composers(film_soundtracks: DataFrame) -> DataFrame:
    """Compare the films of a composer with films by others.

    Returns gold/composer_popularity: a row for each composer of at least two films with a
    soundtrack.
    """
    films = _with_soundtrack(film_soundtracks, "composers")
    return map_rows(films.coalesce(1), compare_composers_of, COMPOSER_POPULARITY.spark_schema)


def _with_soundtrack(film_soundtracks: DataFrame, *columns: str) -> DataFrame:
    films = film_soundtracks.where(F.col("releases") > 0)
    return films.select(*columns, "popularity", "vote_count", "vote_average")
