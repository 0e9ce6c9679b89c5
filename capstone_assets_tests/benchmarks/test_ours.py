"""The baselines are what they claim to be, and withholding hides films from all alike."""

from benchmarks.baselines import exact_title, predecessor, predecessor_title
from benchmarks.catalogs import withhold
from capstone_assets.matching.evaluation import Label
from capstone_assets_tests.matching.catalog import film, release


def test_the_predecessor_strips_numbers_and_so_takes_a_sequel_for_the_first_film():
    films = [film(1, "Iron Man", "2008-04-30")]
    releases = [release(2, "John Debney - Iron Man 2", "2010")]

    assert predecessor_title("Iron Man 2") == "iron man"
    assert [each["film_id"] for each in predecessor(films, releases)] == [1]


def test_the_predecessor_takes_an_artists_name_for_a_title():
    films = [film(1, "Joe", "2013-08-30")]
    releases = [release(2, "Joe Hisaishi - The Wind Rises", "2013")]

    assert [each["film_id"] for each in predecessor(films, releases)] == [1]


def test_the_predecessor_loses_a_reissue():
    films = [film(1, "The Terminator", "1984-10-26")]
    releases = [release(2, "Brad Fiedel - The Terminator", "2016")]

    assert list(predecessor(films, releases)) == []


def test_exact_titles_choose_the_namesake_nearest_in_time():
    films = [film(1, "Solaris", "1972-03-20"), film(2, "Solaris", "2002-11-27")]
    releases = [release(3, "Cliff Martinez - Solaris (Original Motion Picture Score)", "2003")]

    assert [each["film_id"] for each in exact_title(films, releases)] == [2]


def test_the_release_of_a_withheld_film_belongs_to_no_film():
    films = [film(number, f"Film {number}") for number in range(100)]
    labels = [Label(number, 1000 + number, True, "a") for number in range(100)]

    kept, judged = withhold(films, labels, share=0.4, seed=1)

    assert 50 <= len(kept) <= 70
    ids = {each["id"] for each in kept}
    assert {each.film_id for each in judged if each.film_id is not None} == ids
    assert len(judged) == 100
