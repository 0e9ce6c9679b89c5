import pytest

from capstone_assets.report.run_figures import RunFigures, outcome_in_words


def test_the_numbers_are_those_of_the_tables(figures: RunFigures):
    rate = figures.match_rate

    assert (figures.films, figures.films_with_soundtrack, rate.soundtracks) == (12, 8, 10)
    assert (rate.candidates, rate.strong, rate.probable, figures.to_review) == (16, 4, 4, 3)
    assert (rate.strong_share_of_candidates, rate.linked_share_of_soundtracks) == (0.25, 0.8)
    assert figures.by_decade == {
        "1980s": {"probable": 4, "strong": 1},
        "1990s": {"strong": 3, "none": 4},
    }
    assert figures.weight_by_comparison == {"title": (5.0, 0.0), "year": (0.0, -0.5)}
    assert [row["release_id"] for row in figures.review.rows] == [22, 21, 20]
    assert [row["release_id"] for row in figures.links.rows] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert [row["film_id"] for row in figures.without_soundtrack.rows] == [8, 9, 10, 11]
    assert [row["film_id"] for row in figures.top_films] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert [(row.name, row.rating.is_significant) for row in figures.composers] == [
        ("Jerry Goldsmith", True),
        ("Of a few films by chance", True),
    ]


def test_changes_are_against_the_last_run_that_wrote_the_same(figures: RunFigures):
    assert figures.compared_with == "20261123T120000-00000000"
    assert {step.name: step.change for step in figures.tables} == {
        "bronze/tmdb_movies": 10,
        "gold/matches": 0,
    }


def test_the_links_are_judged_by_the_labels(figures: RunFigures):
    assert figures.evaluation is not None
    assert figures.evaluation.overall.precision.hits == 6
    assert figures.evaluation.overall.precision.total == 7
    # The label of release 7 names a film that is not stored.
    assert [(row["release_id"], row["film_id"], row["label"]) for row in figures.wrong.rows] == [
        (7, 7, "film 99, not in the lake")
    ]


@pytest.mark.parametrize(
    ("table", "outcome", "reason", "shown"),
    [
        ("gold/matches", "gated", "tv", ("not a film's soundtrack", "television", "2 releases")),
        ("gold/film_soundtracks", "review", "", ("in review", "", "2 films")),
        ("bronze/tmdb_movies", "kept", "", ("stored", "", "2 rows")),
        ("gold/matches", "linked", "strong", ("linked", "strong", "2 releases")),
    ],
)
def test_what_became_of_rows_is_said_in_words_with_their_unit(
    table: str, outcome: str, reason: str, shown: tuple[str, str, str]
):
    row = outcome_in_words({"table": table, "outcome": outcome, "reason": reason, "rows": 2})
    assert (row["outcome"], row["reason"], f"2 {row['unit']}") == shown


def test_music_that_stands_out_beyond_chance_is_distinguished_from_other_music(
    figures: RunFigures,
):
    assert [
        (row.name, row.popularity and row.popularity.is_significant) for row in figures.music
    ] == [
        ("Rock", False),
        ("Jazz", True),
    ]
