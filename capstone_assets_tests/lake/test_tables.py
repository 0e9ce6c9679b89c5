import pytest

from capstone_assets.lake.tables import LONG, STRING, Column, Table, partition_column

FILMS = Table(
    "silver/films",
    "A film.",
    (
        Column("film_id", LONG, "TMDB's id.", nullable=False),
        Column("title", STRING, "The title in English."),
        partition_column("Year of the film.", "bronze/tmdb_movies.release_year"),
    ),
    unique_key=("film_id",),
)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("bronze/tmdb_movies", "raw/tmdb_movies"),
        ("silver/films", "intermediate/films"),
        ("gold/matches", "gold/matches"),
        ("metrics/accounting", "metrics/accounting"),
    ],
)
def test_a_table_is_stored_in_the_container_of_its_layer(name: str, path: str):
    assert Table(name, "", (), ()).path == path


def test_a_file_has_every_column_but_the_one_that_its_folder_is_named_for():
    assert FILMS.spark_schema.names == ["film_id", "title", "release_year"]
    assert FILMS.file_schema.names == ["film_id", "title"]
    comments = [field.metadata["comment"] for field in FILMS.file_schema]
    assert comments == ["TMDB's id.", "The title in English."]


def test_only_what_may_be_null_is_nullable():
    assert [field.nullable for field in FILMS.spark_schema] == [False, True, False]
