"""Each comparison on both sides of each of its bounds, with real titles and names."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import pytest

from capstone_assets.matching.comparisons import (
    Outcome,
    compare_all,
    compare_claim,
    compare_composer,
    compare_kind,
    compare_rarity,
    compare_renown,
    compare_year,
    far_better_known,
    match_title,
    parts_naming,
)
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile


def film(title, year=2000, composers=(), votes=None, alternatives=(), film_id=1) -> FilmProfile:
    return FilmProfile.of(
        {
            "film_id": film_id,
            "title": title,
            "original_title": None,
            "alternative_titles": list(alternatives),
            "film_year": year,
            "composers": list(composers),
            "vote_count": votes,
        }
    )


def album(
    title,
    artist="Various",
    year=2000,
    basis="pressing",
    kind="soundtrack",
    claim="soundtrack",
    composed_by=(),
    genres=("Stage & Screen",),
    styles=("Soundtrack",),
) -> ReleaseProfile:
    return ReleaseProfile.of(
        {
            "title": f"{artist} - {title}",
            "album_title": title,
            "artist_credit": artist,
            "kind": kind,
            "claim": claim,
            "original_year": year,
            "year_basis": basis,
            "credits": list(composed_by),
            "genres": list(genres),
            "styles": list(styles),
        }
    )


def title_level(film: FilmProfile, album: ReleaseProfile) -> str:
    found, _ = match_title(film, album)
    return found.level


@pytest.mark.parametrize(
    ("film_title", "album_title", "level"),
    [
        ("Jaws", "Jaws", "same"),
        ("The Matrix", "Matrix (Original Motion Picture Score)", "same_but_article"),
        ("Spider-Man", "Spiderman", "same_but_article"),
        ("Mulan", "Disney's Mulan", "same_variant"),
        ("Bonnie and Clyde", "Bonnie And The Clyde", "same_but_small_words"),
        ("Mission: Impossible - Fallout", "Mission: Impossible", "without_film_subtitle"),
        ("Star Wars: The Empire Strikes Back", "The Empire Strikes Back", "only_film_subtitle"),
        # One slip in eight letters.
        ("Ratatouille", "Ratatouile", "misspelled"),
        ("Hanna", "Anna", "different"),
        ("Schindler's List", "Schindler List", "misspelled"),
        ("Twister", "Twisters", "different"),
        ("The Predator", "Predators", "different"),
        ("Predators", "Predatros", "misspelled"),
        ("The French Dispatch of the Liberty, Kansas Evening Sun", "The French Dispatch", "film_opening"),
        ("The Hunger Games", "The Hunger Games: Songs From District 12 And Beyond", "with_more_words"),
        ("Baby Driver", "Baby Driver Volume 2: The Score For A Score", "another_volume"),
        ("Le Grand Bleu", "Le Grand Bleu Vol. 2 (Bande Originale Du Film)", "another_volume"),
        ("Iron Man", "Iron Man 2", "number_differs"),
        ("Iron Man 2", "Iron Man", "number_differs"),
        ("A Quiet Place", "A Quiet Place (Part II)", "number_differs"),
        ("A Quiet Place", "A Quiet Place: Part II (Music From The Film)", "number_differs"),
        ("Friday the 13th", "Friday the 14th", "number_differs"),
        ("Halloween", "Halloween 5 The Revenge", "number_differs"),
        ("Wonder", "Wonder Woman", "contained"),
        ("War", "Charlie Wilson's War", "contained"),
        ("Joe", "Ponyo", "different"),
    ],
)  # fmt: skip
def test_titles_agree_at_the_level_of_their_best_reading(film_title, album_title, level):
    assert title_level(film(film_title), album(album_title)) == level


def test_another_title_of_the_film_is_a_weaker_agreement_than_its_own():
    amelie = film("Amélie", alternatives=["Die fabelhafte Welt der Amélie"])

    assert title_level(amelie, album("Amélie")) == "same"
    assert title_level(amelie, album("Die Fabelhafte Welt Der Amélie")) == "same_alternative"


@pytest.mark.parametrize(
    ("composer", "artist", "level"),
    [
        ("Hans Zimmer", "Hans Zimmer", "same"),
        ("Jung Jae-il", "Jaeil Jung", "same"),
        ("Hans Zimmer", "Hans Zimmer, Lisa Gerrard", "same"),
        ("John Williams", "J. Williams", "alike"),
        # A first name alone may be the composer's from five letters on.
        ("Björk Guðmundsdóttir", "Björk", "alike"),
        ("Moby Hall", "Moby", "different"),
        ("Sia Furler", "Sia", "different"),
        # Alike by 93, 86 and 77 percent.
        ("Eduard Artemyev", "Edward Artemiev", "same"),
        ("Eduard Artemyev", "Edvard Artamief", "alike"),
        ("Eduard Artemyev", "Edgar Artemis", "different"),
        ("Pyotr Chernyshov", "Pjotr Tschernyschow", "same"),
        ("Bernard Herrmann", "Bernhard Hermann", "same"),
        # One word alone, and another initial, may be another person's.
        ("Tomandandy", "Tomandmandy", "alike"),
        ("Paul Williamson", "Saul Williamson", "alike"),
        ("Nino Rota", "Vangelis", "different"),
        ("久石譲", "Joe Hisaishi", "other_script"),
        ("譚盾", "谭盾", "same"),
        ("Hans Zimmer", "Various", "various"),
        ("Hans Zimmer", "Various Artistes", "various"),
    ],
)  # fmt: skip
def test_a_composer_is_known_under_his_names(composer, artist, level):
    found = compare_composer(
        film("X", composers=[composer]), album("X", artist, kind="film_score"), came_with_film=True
    )

    assert found.level == level


@pytest.mark.parametrize(
    ("composers", "level"),
    [
        (["Vishal Dadlani", "Shekhar Ravjiani"], "alike"),
        (["Vishal Dadlani", "Amit Trivedi"], "different"),
    ],
)
def test_a_duo_is_the_composers_when_each_of_its_words_is_ones_name(composers, level):
    release = album("Om Shanti Om", "Vishal-Shekhar", kind="film_score")

    assert (
        compare_composer(
            film("Om Shanti Om", composers=composers), release, came_with_film=True
        ).level
        == level
    )


def test_a_composer_among_the_credits_counts_whoever_the_artist_is():
    release = album("Skyfall", "London Symphony Orchestra", composed_by=["Thomas Newman"])

    assert (
        compare_composer(
            film("Skyfall", composers=["Thomas Newman"]), release, came_with_film=False
        ).level
        == "same"
    )


@pytest.mark.parametrize(
    ("kind", "came_with_film", "level"),
    [
        ("film_songs", False, "performer"),
        ("title_song", False, "performer"),
        ("soundtrack", True, "performer"),
        ("soundtrack", False, "different"),
        ("film_score", True, "different"),
    ],
)
def test_another_artist_is_a_performer_on_songs_or_in_the_films_year(kind, came_with_film, level):
    batman = film("Batman", 1989, ["Danny Elfman"])

    assert (
        compare_composer(
            batman, album("Batman", "Prince", kind=kind), came_with_film=came_with_film
        ).level
        == level
    )


@pytest.mark.parametrize(
    ("genres", "styles", "level"),
    [
        (["Stage & Screen"], ["Soundtrack"], "different"),
        (["Rock", "Stage & Screen"], ["Soundtrack"], "performer"),
        (["Folk, World, & Country", "Stage & Screen"], [], "performer"),
        (["Stage & Screen", "Hip Hop"], ["Soundtrack"], "performer"),
        (["Rock", "Stage & Screen"], ["Soundtrack", "Score"], "different"),
        (["Electronic", "Stage & Screen"], ["Soundtrack"], "different"),
        (["Classical", "Jazz", "Stage & Screen"], ["Soundtrack"], "different"),
    ],
)
def test_a_soundtrack_that_is_filed_under_songs_is_by_who_performs_it(genres, styles, level):
    purple_rain = film("Purple Rain", 1984, ["Michel Colombier"])
    reissue = album("Purple Rain", "Prince", 2017, genres=genres, styles=styles)

    found = compare_composer(purple_rain, reissue, came_with_film=False)

    assert found.level == level


@pytest.mark.parametrize(
    ("film_title", "artist", "album_title", "level"),
    [
        ("Amy Winehouse: At the BBC", "Amy Winehouse", "At The BBC", "same"),
        ("Big Star: Nothing Can Hurt Me", "Big Star", "Nothing Can Hurt Me: Original Soundtrack", "same"),
        ("Pearl Jam Twenty", "Pearl Jam", "Twenty", "same"),
        ("Oasis: Supersonic", "Blur", "Supersonic", "only_film_subtitle"),
        ("Oasis: Supersonic", "Oasis & Blur", "Supersonic", "only_film_subtitle"),
        ("Oasis: Supersonic", "Various", "Supersonic", "only_film_subtitle"),
        ("Oasis: Supersonic", "Oasis", "Supersonic 2", "number_differs"),
    ],
)  # fmt: skip
def test_a_film_about_an_artist_has_the_name_in_front(film_title, artist, album_title, level):
    assert title_level(film(film_title), album(album_title, artist)) == level


def titles(films, release) -> list[str]:
    return [findings[0].level for findings in compare_all([(each, 1.0) for each in films], release)]


def test_a_title_that_differs_in_small_words_goes_to_the_film_that_has_it_exactly():
    exact, nearly = film("Life of the Party", film_id=1), film("Life and Party", film_id=2)

    assert titles([exact, nearly], album("Life Of The Party")) == ["same", "different"]
    assert titles([nearly], album("Life Of The Party")) == ["same_but_small_words"]


def test_artists_joined_by_dashes_are_the_composers_and_no_part_of_the_title():
    network = film("The Social Network", 2010, ["Trent Reznor", "Atticus Ross"])
    joined = album("Atticus Ross - The Social Network", "Trent Reznor")
    other = album("Johnny Cash - The Social Network", "Trent Reznor")

    assert title_level(network, joined) == "same"
    assert title_level(network, other) == "with_more_words"
    second_only = album("Atticus Ross - The Social Network", "Johnny Cash")
    assert compare_composer(network, second_only, came_with_film=False).level == "same"


@pytest.mark.parametrize(
    ("gap", "basis", "level"),
    [
        (-4, "pressing", "much_earlier"),
        (-3, "pressing", "earlier"),
        (-2, "pressing", "earlier"),
        (-1, "pressing", "year_before"),
        (0, "pressing", "same"),
        (1, "pressing", "year_after"),
        (2, "pressing", "a_little_later"),
        (3, "pressing", "a_little_later"),
        (4, "pressing", "later"),
        (9, "pressing", "later"),
        (10, "pressing", "reissue"),
        (3, "earliest_pressing", "a_little_later"),
        (2, "master", "original_a_little_later"),
        (3, "master", "original_a_little_later"),
        (4, "master", "original_later"),
        (60, "master", "original_later"),
        (61, "master", "generations_later"),
        (60, "pressing", "reissue"),
        (61, "pressing", "generations_later"),
    ],
)
def test_a_year_counts_from_the_film_and_by_what_it_rests_on(gap, basis, level):
    assert (
        compare_year(film("Alien", 1979), album("Alien", year=1979 + gap, basis=basis)).level
        == level
    )


@pytest.mark.parametrize(
    ("formats", "title", "gap", "level"),
    [
        (["CD", "Album"], "Alien", 0, "same"),
        (["CD", "Album", "Reissue"], "Alien", 0, "unknown"),
        (["LP", "Remastered"], "Alien", 1, "unknown"),
        (["LP"], "Alien (2018 Remaster)", -1, "unknown"),
        # Too late for the film in any case, or too early for it.
        (["CD", "Album", "Reissue"], "Alien", 2, "a_little_later"),
        (["CD", "Album", "Reissue"], "Alien", -2, "earlier"),
    ],
)
def test_the_year_of_a_reissue_is_not_that_of_its_film(formats, title, gap, level):
    row = {
        **dict.fromkeys(("title", "artist_credit", "credits")),
        "album_title": title,
        "kind": "soundtrack",
        "claim": "soundtrack",
        "formats": formats,
        "original_year": 1979 + gap,
        "year_basis": "pressing",
    }

    assert compare_year(film("Alien", 1979), ReleaseProfile.of(row)).level == level
    # The master's year is that of the first pressing, whatever this one says.
    sure = ReleaseProfile.of({**row, "year_basis": "master"})
    assert compare_year(film("Alien", 1979), sure).level != "unknown"


@pytest.mark.parametrize(
    ("film_year", "level"),
    [(1975, "another_year"), (1976, "same"), (1977, "same"), (1978, "same"), (1979, "another_year"), (None, "unknown")],
)  # fmt: skip
def test_a_year_in_the_title_is_the_films_whenever_it_was_pressed(film_year, level):
    assert (
        compare_year(film("Suspiria", film_year), album("Suspiria (1977)", year=2018)).level
        == level
    )


def test_without_a_year_there_is_nothing_to_compare():
    assert compare_year(film("Alien", None), album("Alien")).level == "unknown"
    assert compare_year(film("Alien"), album("Alien", year=None, basis="none")).level == "unknown"


@pytest.mark.parametrize(
    ("votes", "level"),
    [(None, "unknown"), (0, "obscure"), (19, "obscure"), (20, "little_known"), (99, "little_known"), (100, "known"), (499, "known"), (500, "renowned")],
)  # fmt: skip
def test_renown_is_how_many_rated_the_film(votes, level):
    assert compare_renown(film("Heat", votes=votes)).level == level


@pytest.mark.parametrize(
    ("level", "sharing", "information", "rarity"),
    [
        ("same", 1, 0.69, "common_words"),
        ("same", 1, 0.7, "ordinary"),
        ("same", 1, 1.39, "ordinary"),
        ("same", 1, 1.4, "distinctive"),
        ("same", 2, 1.4, "shared"),
        ("same", 3, 1.4, "shared"),
        ("same", 4, 1.4, "shared_by_many"),
        ("without_film_subtitle", 1, 1.4, "distinctive"),
        ("with_more_words", 1, 1.4, "not_compared"),
        ("contained", 1, 1.4, "not_compared"),
    ],
)
def test_rarity_is_how_many_films_might_have_the_title(level, sharing, information, rarity):
    assert compare_rarity(Outcome("title", level, ""), sharing, information).level == rarity


@pytest.mark.parametrize(
    ("votes", "rival_votes", "better_known"),
    [(2_000, 0, True), (1_999, 0, False), (10_000, 1_000, True), (9_999, 1_000, False), (None, 0, False), (9_000, None, False)],
)  # fmt: skip
def test_a_film_outshines_a_namesake_with_a_tenth_of_its_votes(votes, rival_votes, better_known):
    assert (
        far_better_known(film("Gravity", votes=votes), film("Gravity", votes=rival_votes))
        is better_known
    )


def rarities(films, release) -> list[str]:
    return [findings[1].level for findings in compare_all([(each, 1.0) for each in films], release)]


def test_only_films_of_the_same_reading_share_a_title():
    youth = film("Youth", 2015, film_id=1)
    translated = film("La giovinezza", 2015, film_id=2)
    namesake = film("Youth", 2014, film_id=3)

    assert rarities([youth, translated], album("Youth (La Giovinezza)", year=2015)) == [
        "ordinary",
        "ordinary",
    ]
    assert rarities([youth, namesake], album("Youth", year=2015)) == ["shared", "shared"]


def test_an_obscure_namesake_does_not_count():
    gravity = film("Gravity", 2013, votes=15_000, film_id=1)
    obscure = film("Gravity", 2012, votes=3, film_id=2)
    known = film("Gravity", 2012, votes=1_501, film_id=3)

    assert rarities([gravity, obscure], album("Gravity", year=2013)) == ["ordinary", "ordinary"]
    assert rarities([gravity, known], album("Gravity", year=2013)) == ["shared", "shared"]


def test_a_film_that_came_out_after_the_album_shares_its_own_title_only():
    first, remake = film("Ghostbusters", 1984, film_id=1), film("Ghostbusters", 2016, film_id=2)

    assert rarities([first, remake], album("Ghostbusters", year=1984)) == ["ordinary", "shared"]


@pytest.mark.parametrize(
    ("kind", "title", "level"),
    [
        ("film_score", "Jaws", "soundtrack"),
        ("film_songs", "Jaws", "soundtrack"),
        ("title_song", "Jaws", "title_song"),
        ("compilation", "Alien / Aliens", "soundtrack"),
        ("compilation", "Great Western Film Themes", "compilation"),
        ("game", "Jaws", "game"),
    ],
)
def test_the_kind_is_that_of_a_films_album_or_its_own(kind, title, level):
    assert compare_kind(album(title, kind=kind)).level == level


@pytest.mark.parametrize(
    ("claim", "title", "composer", "level"),
    [
        ("film", "same", "same", "film"),
        ("screen", "same", "same", "screen"),
        ("none", "same", "same", "composer"),
        ("none", "same_variant", "alike", "composer"),
        ("none", "same", "unknown", "none"),
        ("none", "same", "performer", "none"),
        ("none", "without_film_subtitle", "same", "none"),
    ],
)
def test_only_a_composer_of_a_film_of_its_title_speaks_for_an_album_that_claims_nothing(
    claim, title, composer, level
):
    outcomes = (Outcome("title", title, ""), Outcome("composer", composer, ""))

    assert compare_claim(album("Jaws", claim=claim), *outcomes).level == level


def test_the_parts_of_a_release_of_two_films_name_each_its_own():
    both = album("Alien / Aliens")

    assert parts_naming(film("Alien"), both) == [0]
    assert parts_naming(film("Aliens"), both) == [1]
    assert parts_naming(film("Alien"), album("Alien")) == []
