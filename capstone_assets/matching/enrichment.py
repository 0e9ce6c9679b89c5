"""What follows from the links: each film's soundtrack, and what its music goes with.

Belongs here: the transforms behind gold/film_soundtracks and gold/genre_popularity.
Not here: finding the links (matching/), storing them (orchestration/io_managers.py).
"""

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from scipy import stats

from capstone_assets.lake.gold import FILM_SOUNDTRACKS, GENRE_POPULARITY

# Discogs' words for "it is a soundtrack"; they say nothing about the music.
_NOT_MUSIC_GENRES = ["Stage & Screen"]
_NOT_MUSIC_STYLES = ["Soundtrack", "Score", "Theme", "Musical"]


def summarize_film_soundtracks(
    films: DataFrame, matches: DataFrame, soundtracks: DataFrame
) -> DataFrame:
    """Give every film its row of gold/film_soundtracks, those without a soundtrack too.

    The best album is the one with the highest score; among equals the one that came out first.
    """
    music = soundtracks.select("release_id", "genres", "styles")
    links = matches.join(music, on="release_id", how="left")
    # The earliest of equals: structs compare field by field, so years are negated.
    first_of_best = F.struct(
        F.col("score"),
        -F.coalesce("original_year", "pressing_year", F.lit(9999)),
        -F.col("release_id"),
    )
    albums = links.groupBy("film_id").agg(
        F.max_by("release_title", first_of_best).alias("best_album"),
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
    rows = films.join(albums, on="film_id", how="left").withColumns(filled)
    return rows.select(FILM_SOUNDTRACKS.column_names)


def _distinct(column: str, without: list[str]) -> Column:
    every = F.array_distinct(F.flatten(F.collect_list(column)))
    return F.array_sort(F.array_except(every, F.lit(without)))


def compare_music_with_popularity(film_soundtracks: DataFrame) -> DataFrame:
    """Set films with a music genre or style against those with other music.

    Returns gold/genre_popularity: a row a genre and a style. Films without a soundtrack take no
    part, and unrated films none in what concerns ratings.
    """
    films = film_soundtracks.where(F.col("releases") > 0).select(
        "music_genres", "music_styles", "popularity", "vote_count", "vote_average"
    )
    # One group: every tag is compared with all other films.
    return films.groupBy().applyInPandas(_compare_tags, GENRE_POPULARITY.spark_schema)


def _compare_tags(films: pd.DataFrame) -> pd.DataFrame:
    rating = films["vote_average"].where(films["vote_count"] > 0)
    rows = []
    for tag, column in (("genre", "music_genres"), ("style", "music_styles")):
        names = films[column].explode().dropna()
        for name, having in names.groupby(names):
            has = pd.Series(films.index.isin(having.index), index=films.index)
            rows.append(
                {
                    "tag": tag,
                    "name": name,
                    "films": has.sum(),
                    "rated_films": rating[has].count(),
                    **compare_groups("popularity", films["popularity"], has),
                    **compare_groups("rating", rating, has),
                }
            )
    return pd.DataFrame(rows, columns=GENRE_POPULARITY.column_names)


def compare_groups(measure: str, values: pd.Series, has: pd.Series) -> dict[str, object]:
    """Compare a measure of the films that have a tag with that of the others.

    Returns `median_<measure>` with the 95 % interval `<measure>_low`, `<measure>_high` (order
    statistics: Conover, Practical Nonparametric Statistics, 3.2), and the Mann-Whitney test's
    `<measure>_effect`, U / (n1 n2): the chance that a film with the tag has the higher value, and
    `<measure>_p_value`. What too few values leave undefined is None.
    """
    ours, others = values[has].dropna(), values[~has].dropna()
    compared: dict[str, object] = {f"median_{measure}": None if ours.empty else ours.median()}
    low = high = effect = p_value = None
    if not ours.empty:
        interval = stats.quantile_test(ours.to_numpy(), p=0.5).confidence_interval(0.95)
        low, high = _defined(interval.low), _defined(interval.high)
    if not ours.empty and not others.empty:
        test = stats.mannwhitneyu(ours, others)
        effect, p_value = test.statistic / (len(ours) * len(others)), _defined(test.pvalue)
    return compared | {
        f"{measure}_low": low,
        f"{measure}_high": high,
        f"{measure}_effect": effect,
        f"{measure}_p_value": p_value,
    }


def _defined(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
