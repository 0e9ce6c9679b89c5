"""Albums: what their pressings share, whichever of them says it."""

import pytest

from capstone_assets.matching.files import read_masters, read_releases
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets_tests.matching.catalog import release, write_jsonl

SILENT = {"style": [], "genre": ["Rock"]}


@pytest.fixture(scope="module")
def soundtracks(spark, tmp_path_factory):
    """The kinds, claims and years of some pressings by id; masters 1 to 5 are known."""
    folder = tmp_path_factory.mktemp("albums")
    releases = [
        # The master alone says that it is a soundtrack.
        release(11, "Vangelis - Blade Runner", "1994", master_id=1, **SILENT),
        # One pressing's tags, and another's title, say it for those that say nothing.
        release(21, "Air - The Virgin Suicides", "2000", master_id=2, **SILENT),
        release(22, "Air - The Virgin Suicides", "2015", master_id=2, style=["Score"], genre=[]),
        release(31, "Toto - Dune (Original Soundtrack Recording)", "1984", **SILENT),
        release(32, "Toto - Dune", "1997", **SILENT),
        release(33, "Toto - Dune", "2010", style=[], genre=[]),
        # A studio album stays outside, whatever its title.
        release(41, "Taylor Swift - 1989", "2014", master_id=4, **SILENT),
        # One pressing's title says that all are of television; and one that a film has the music.
        release(51, "Jan Hammer - Miami Vice (Music From The Television Series)", master_id=5),
        release(52, "Jan Hammer - Miami Vice", "1985", master_id=5),
        release(61, "Yoko Kanno - Escaflowne (Original Motion Picture Soundtrack)", master_id=6),
        release(62, "Yoko Kanno - Escaflowne (TV Soundtrack)", "2000", master_id=6),
    ]
    releases.append(release(71, "Philip Glass - Mishima", "1985", style=[], genre=[]))
    masters = [
        release(1, "Vangelis - Blade Runner", "1982"),
        release(2, "Air - The Virgin Suicides", "2000", **SILENT),
        release(4, "Taylor Swift - 1989", "2014", **SILENT),
        release(5, "Jan Hammer - Miami Vice", "1985"),
    ]
    bronze, _ = read_releases(spark, write_jsonl(folder / "releases.jsonl", releases))
    known = read_masters(spark, write_jsonl(folder / "masters.jsonl", masters))
    return {row.release_id: row for row in prepare_soundtracks(bronze, known).collect()}


def test_a_masters_genre_opens_the_gate_for_a_pressing_without_one(soundtracks):
    assert (soundtracks[11].kind, soundtracks[11].claim) == ("soundtrack", "soundtrack")
    assert (soundtracks[11].original_year, soundtracks[11].year_basis) == (1982, "master")


def test_one_pressings_style_opens_the_gate_for_its_whole_album(soundtracks):
    assert soundtracks[21].kind == soundtracks[22].kind == "film_score"
    assert soundtracks[21].claim == "soundtrack"


def test_one_pressings_title_opens_the_gate_for_its_whole_album(soundtracks):
    assert {soundtracks[each].kind for each in (31, 32, 33)} == {"soundtrack"}
    assert soundtracks[32].original_year == 1984


def test_an_album_without_tags_on_any_pressing_is_unmarked(soundtracks):
    assert (soundtracks[71].kind, soundtracks[71].claim) == ("unmarked", "none")


def test_an_album_without_a_pressing_marked_as_soundtrack_is_rejected(soundtracks):
    assert (soundtracks[41].kind, soundtracks[41].claim) == ("not_soundtrack", "none")


def test_a_pressing_of_television_decides_for_those_that_do_not_say_so(soundtracks):
    assert soundtracks[51].kind == soundtracks[52].kind == "tv"


def test_a_pressing_of_the_film_keeps_its_album_from_being_television(soundtracks):
    assert soundtracks[61].kind == "soundtrack"
    assert soundtracks[62].kind == "tv"
