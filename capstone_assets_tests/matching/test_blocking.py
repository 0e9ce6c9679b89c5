"""Block keys, with real titles on both sides of each one's border."""

import pytest

from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.matching.blocking import (
    AlbumIndex,
    TitleFrequencies,
    crowded_pieces,
    crowded_pieces_of,
    propose_pairs,
    similar_keys,
)


def block_key(film: str, album: str, album_piece: str = "") -> str | None:
    """How an album of one title is proposed for a film of one title, by their title keys."""
    index = AlbumIndex([([album], [album_piece] if album_piece else [])])
    found = index.propose([film], [])
    return found[0].block_key if found else None


@pytest.mark.parametrize(
    ("film", "album", "expected"),
    [
        ("blade runner", "blade runner", "core_title"),
        ("spider man", "spiderman", "joined_title"),
        ("pirates of the caribbean", "pirates caribbean", "telling_words"),
        ("back to the future 3", "back to the future part 3", "telling_words"),
        ("gladiator", "gladiatior", "one_slip"),
        ("gladiator", "galdiator", "one_slip"),
        ("up in the air", "air", None),
        ("hanna", "anna", None),
        ("the lord of the rings the two towers", "lord rings two towers one", "all_but_one_word"),
        ("apollo 13", "apollo 11", None),
        ("apollo 13", "apolo 13", "one_slip"),
        ("last bread in new york", "last wall in new york", None),
        ("new york new york", "new york stories", None),
        ("iron man", "iron giant", None),
        ("wonder", "wonder woman", None),
    ],
)
def test_a_pair_is_proposed_by_the_nearest_key_that_both_titles_have(
    film: str, album: str, expected: str | None
):
    assert block_key(film, album) == expected


def test_a_piece_of_an_albums_title_proposes_the_film_of_that_title():
    assert block_key("the two towers", "the lord of the rings", "the two towers") == "core_title"


def test_an_album_is_proposed_once_by_its_best_key():
    index = AlbumIndex([(["blade runner", "bladerunner"], [])])
    [found] = index.propose(["bladerunner", "blade runner"], [])
    assert (found.album, found.block_key) == (0, "core_title")


@pytest.mark.parametrize(("key", "slips"), [("heat", False), ("laura", True)])
def test_a_slip_is_looked_for_in_titles_of_five_letters_and_more(key: str, slips: bool):
    assert any(kind == "one_slip" for kind, _ in similar_keys(key)) is slips


def test_no_title_has_more_keys_than_letters_and_words():
    key = "the assassination of jesse james by the coward robert ford"
    assert len(similar_keys(key)) <= len(key) + len(key.split()) + 2


def test_how_common_a_title_is_counts_films_and_not_titles():
    common = TitleFrequencies([{"alien"}, {"alien", "alien 8"}, {"aliens"}])
    assert common.films_sharing("alien") == 2
    assert common.films_sharing("predator") == 1
    assert common.information("alien") < common.information("aliens")


TITLES = [
    *("blade runner", "bladerunner", "blade runer", "gladiator", "galdiator", "alien", "alien 3"),
    *("the lord of the rings the two towers", "lord rings two towers one", "the two towers"),
    *("pirates of the caribbean", "pirates caribbean", "iron man", "iron man 2", "spider man"),
]


@pytest.fixture
def films(rows):
    return rows(
        FILMS,
        [
            {
                "film_id": number,
                "title_keys": [title, TITLES[(number + 3) % len(TITLES)]][: 1 + number % 2],
                "partial_keys": [TITLES[(number + 5) % len(TITLES)]][: number % 3],
                "release_year": str(1980 + number),
            }
            for number, title in enumerate(TITLES)
        ],
    )


@pytest.fixture
def soundtracks(rows):
    return rows(
        SOUNDTRACKS,
        [
            {
                "release_id": number,
                # Pressings of one album that word its title differently.
                "album_id": f"master:{number // 2}",
                "kind": "not_soundtrack" if number % 7 == 6 else "film_score",
                "title_keys": [TITLES[number * 5 % len(TITLES)]],
                "partial_keys": [TITLES[number * 4 % len(TITLES)]][: number % 2],
                "release_year": "2000",
            }
            for number in range(40)
        ],
    )


def test_spark_joins_the_very_pairs_that_one_task_proposes(films, soundtracks):
    in_one_task = propose_pairs(films, films, soundtracks).collect()
    by_join = propose_pairs(films, films, soundtracks, most_in_one_task=0).collect()

    assert sorted(in_one_task) == sorted(by_join)
    assert {row.block_key for row in by_join} >= {"core_title", "joined_title", "one_slip"}
    assert len({(row.film_id, row.release_id) for row in by_join}) == len(by_join)


@pytest.mark.parametrize("most_in_one_task", [0, 1000])
def test_how_common_a_title_is_counts_films_of_other_years_too(
    films, soundtracks, most_in_one_task
):
    of_1981 = films.where("release_year = '1981'")

    pairs = propose_pairs(of_1981, films, soundtracks, most_in_one_task=most_in_one_task).collect()
    same_of_all = [
        row
        for row in propose_pairs(films, films, soundtracks).collect()
        if row.release_year == "1981"
    ]

    assert sorted(pairs) == sorted(same_of_all) != []


@pytest.mark.parametrize("most_in_one_task", [0, 1000])
def test_a_piece_that_hundreds_of_films_share_proposes_none_of_them(rows, most_in_one_task):
    def film(number, title_key, *partial_keys):
        return {
            "film_id": number,
            "title_keys": [title_key],
            "partial_keys": [*partial_keys],
            "release_year": "1981",
        }

    with_piece = [film(n, f"harbor lights the {n} night", "harbor lights") for n in range(201)]
    films = rows(FILMS, [*with_piece, film(900, "harbor lights"), film(901, "quarry", "stone")])
    albums = [("harbor lights", 1), ("stone", 2)]
    soundtracks = rows(
        SOUNDTRACKS,
        [
            {
                "release_id": number,
                "album_id": f"master:{number}",
                "kind": "film_score",
                "title_keys": [key],
                "partial_keys": [],
                "release_year": "1981",
            }
            for key, number in albums
        ],
    )

    crowded = crowded_pieces_of(films)
    pairs = propose_pairs(films, films, soundtracks, crowded, most_in_one_task).collect()

    assert crowded == {"harbor lights": 201}
    # The film of that whole title, and the one film of another piece.
    assert {(row.film_id, row.release_id) for row in pairs} == {(900, 1), (901, 2)}
    assert crowded_pieces([["harbor lights"]] * 200) == {}
