"""Links that the product must get right, by name: every one was lost or wrong once, here or before.

All films and releases are in one catalog, as in life, so each is a decoy of the others.
"""

# A table reads best with a case on each line.
# ruff: noqa: E501

import math
from dataclasses import asdict
from typing import Any

import pytest

from capstone_assets_tests.matching.catalog import film, release
from capstone_assets_tests.matching.pairing import link_plainly

FILMS = [
    film(1, "Joe", "2013-08-30", ["David Wingo", "Jeff McIlwain"]),
    film(2, "Princess Mononoke", "1997-07-12", ["Joe Hisaishi"], "もののけ姫"),
    film(3, "Iron Man", "2008-04-30", ["Ramin Djawadi"]),
    film(4, "Iron Man 2", "2010-04-28", ["John Debney"]),
    film(5, "Iron Man 3", "2013-04-18", ["Brian Tyler"]),
    film(6, "Isaac", "2011-05-01"),
    film(7, "Shaft", "1971-07-02", ["Isaac Hayes"]),
    film(8, "Shaft", "2000-06-15", ["David Arnold"]),
    film(9, "The Hunger Games", "2012-03-12", ["James Newton Howard"], vote_count=9455),
    film(10, "Avengers: Endgame", "2019-04-24", ["Alan Silvestri"]),
    film(11, "The Imitation Game", "2014-11-14", ["Alexandre Desplat"]),
    film(12, "Wonder", "2017-11-13", ["Marcelo Zarvos"]),
    film(13, "Wonder Woman", "2017-05-30", ["Rupert Gregson-Williams"]),
    film(14, "It", "2017-09-06", ["Benjamin Wallfisch"]),
    film(15, "Up", "2009-05-28", ["Michael Giacchino"]),
    film(16, "M", "1931-05-11"),
    film(17, "Her", "2013-12-18", ["William Butler", "Owen Pallett"]),
    film(18, "Beauty and the Beast", "1991-10-22", ["Alan Menken"]),
    film(19, "Beauty and the Beast", "2017-03-16", ["Alan Menken"]),
    film(20, "Corpse Bride", "2005-09-12", ["Danny Elfman"]),
    film(21, "A Fistful of Dollars", "1964-01-18", ["Ennio Morricone"], "Per un pugno di dollari"),
    film(22, "For a Few Dollars More", "1965-12-18", ["Ennio Morricone"], "Per qualche dollaro in più"),
    film(23, "Spirited Away", "2001-07-20", ["Joe Hisaishi"], "千と千尋の神隠し"),
    film(24, "The Matrix", "1999-03-30", ["Don Davis"]),
    film(25, "Rocky IV", "1985-11-21", ["Vince DiCola"]),
    film(26, "Rocky", "1976-11-20", ["Bill Conti"]),
    film(27, "Fast & Furious", "2009-04-02", ["Brian Tyler"]),
    film(28, "The Fast and the Furious", "2001-06-22", ["BT"]),
    film(29, "Parasite", "2019-05-30", ["Jung Jae-il"], "기생충"),
    film(30, "In the Mood for Love", "2000-09-29", ["Shigeru Umebayashi"], "花樣年華"),
    film(31, "The Irony of Fate, or Enjoy Your Bath!", "1976-01-01", [], "Ирония судьбы, или С лёгким паром!"),
    film(32, "Frozen", "2013-11-20", ["Christophe Beck"]),
    film(33, "The Birth of a Nation", "1915-02-08", ["Joseph Carl Breil"]),
    film(34, "The Terminator", "1984-10-26", ["Brad Fiedel"]),
    film(35, "Terminator 2: Judgment Day", "1991-07-03", ["Brad Fiedel"]),
    film(36, "The Lion King", "1994-06-24"),
    film(37, "The Lion King", "2019-07-12"),
    film(38, "Cinderella", "1950-02-22"),
    film(39, "Cinderella", "2015-03-12", ["Patrick Doyle"]),
    film(40, "Cinderella", "2021-09-03"),
    film(41, "Carrie", "1976-11-03", ["Pino Donaggio"]),
    film(42, "Carrie", "2013-10-16", ["Marco Beltrami"]),
    film(43, "1989", "2014-06-01"),
    film(44, "Les Choristes", "2004-03-17", ["Bruno Coulais"]),
    film(45, "Suicide Squad", "2016-08-03", ["Steven Price"]),
    film(46, "The Suicide Squad", "2021-07-28", ["John Murphy"]),
    film(47, "Star Wars", "1977-05-25", ["John Williams"], None, ["Star Wars: Episode IV - A New Hope"]),
    film(48, "The Empire Strikes Back", "1980-05-20", ["John Williams"], None, ["Star Wars: Episode V - The Empire Strikes Back"]),
    film(49, "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "1964-01-29", ["Laurie Johnson"]),
    film(50, "Twin Peaks: Fire Walk with Me", "1992-05-16", ["Angelo Badalamenti"]),
    film(51, "Hair", "1979-03-14", ["Galt MacDermot"]),
    film(52, "Blue Velvet", "1986-08-17", ["Angelo Badalamenti"]),
    film(53, "Silent Night", "2012-11-30", [], None, [{"iso_3166_1": "US", "title": "Blue Velvet", "type": "working title"}]),
    film(54, "Crouching Tiger, Hidden Dragon", "2000-07-06", ["Tan Dun"], "臥虎藏龍"),
    film(55, "The Godfather", "1972-03-14", ["Nino Rota"]),
    film(56, "The Godfather Part II", "1974-12-20", ["Nino Rota"]),
    film(57, "Solaris", "1972-03-20", ["Eduard Artemyev"], "Солярис"),
    film(58, "Solaris", "2002-11-27", ["Cliff Martinez"]),
    film(59, "Drive", "2011-09-15", ["Cliff Martinez"]),
    film(60, "Blow Out", "1981-07-24", ["Pino Donaggio"]),
    film(61, "Serial Mom", "1994-04-13", ["Basil Poledouris"]),
    film(62, "Euphoria", "2018-02-01"),
    film(63, "Saturday Night Fever", "1977-12-16", ["Barry Gibb"]),
    film(64, "Amélie", "2001-04-25", ["Yann Tiersen"], "Le Fabuleux Destin d'Amélie Poulain"),
    film(65, "The Little Mermaid", "1989-11-17", ["Alan Menken"], vote_count=6527),
    film(66, "The Little Mermaid", "2023-05-18", ["Alan Menken"], vote_count=3100),
    film(67, "Halloween", "1978-10-25", ["John Carpenter"], vote_count=5100),
    film(68, "Halloween", "2018-10-18", ["John Carpenter", "Cody Carpenter", "Daniel Davies"], vote_count=4969),
    film(69, "The French Dispatch of the Liberty, Kansas Evening Sun", "2021-10-21", ["Alexandre Desplat"], vote_count=2867),
    film(70, "Bhediya", "2022-11-25", ["Jigar Saraiya", "Sachin Sanghvi"], vote_count=62),
    film(71, "West Side Story", "1961-12-13", ["Leonard Bernstein"], vote_count=1900),
    film(72, "Superman", "1978-12-14", ["John Williams"], vote_count=4000),
    film(73, "Star Trek: The Motion Picture", "1979-12-07", ["Jerry Goldsmith"], vote_count=1800),
    film(74, "Star Trek", "2009-05-06", ["Michael Giacchino"], vote_count=9500),
    film(75, "Mary Poppins", "1964-12-17", ["Irwin Kostal"], vote_count=4000),
    film(76, "Rebecca", "1926-03-01", vote_count=0),
    film(77, "Rebecca", "2020-10-21", vote_count=1141),
    film(78, "The Prodigy", "2019-02-06", vote_count=1040),
    film(79, "The Prodigy", "2009-05-01", vote_count=3),
    film(80, "My Cousin Rachel", "1998-05-01", vote_count=2),
    film(82, "Ghostbusters", "1984-06-08", ["Elmer Bernstein"], vote_count=7422),
    film(83, "Ghostbusters", "2016-07-14", ["Theodore Shapiro"], vote_count=5800),
    film(84, "Psycho", "1960-06-22", ["Bernard Herrmann"], vote_count=2320),
    film(85, "Psycho", "1998-12-04", ["Bernard Herrmann", "Danny Elfman"], vote_count=813),
    film(86, "Road House", "2024-03-08", ["Christophe Beck"], vote_count=2300),
    film(87, "Guardians of the Galaxy", "2014-07-30", ["Tyler Bates"], vote_count=20000),
    film(88, "Guardians of the Galaxy Vol. 2", "2017-04-19", ["Tyler Bates"], vote_count=17000),
    film(89, "The Big Blue", "1988-05-11", ["Éric Serra"], "Le Grand Bleu", vote_count=1167),
    film(90, "Zoolander 2", "2016-02-06", ["Theodore Shapiro"], vote_count=2300),
    film(91, "Cría Cuervos", "1976-01-26", ["Federico Mompou"], "Cría cuervos", vote_count=250),
    film(92, "Arthur", "1981-07-17", ["Burt Bacharach"], vote_count=332),
    film(93, "Your Name.", "2016-08-26", ["RADWIMPS"], "君の名は。", vote_count=12226),
    film(94, "Conan the Barbarian", "1982-04-02", ["Basil Poledouris"], vote_count=1500),
    film(95, "Conan the Barbarian", "2011-08-17", vote_count=1565),
    film(96, "Ronal the Barbarian", "2011-09-29", [], "Ronal Barbaren", vote_count=209),
    film(97, "American Graffiti", "1973-08-01", vote_count=324),
    film(98, "Dirty Dancing", "1987-08-21", ["John Morris"], vote_count=5168),
    film(99, "Dirty Dancing", "2017-05-24", vote_count=393),
    film(104, "Footloose", "1984-02-17", ["Tom Snow"], vote_count=4630),
    film(105, "Footloose", "2011-10-06", ["Deborah Lurie"], vote_count=1436),
    film(100, "Predator", "1987-06-12", ["Alan Silvestri"], vote_count=2093),
    film(101, "The Predator", "2018-09-13", ["Henry Jackman"], vote_count=5001),
    film(103, "Mank", "2020-11-18", ["Trent Reznor", "Atticus Ross"], vote_count=1733),
    film(81, "The Assassination of Jesse James by the Coward Robert Ford", "2007-09-20", ["Nick Cave", "Warren Ellis"], vote_count=3000),
]  # fmt: skip

STUDIO = {"style": ["Pop Rock"], "genre": ["Rock"]}

# Release, the film it belongs to, and the tiers that will do.
STRONG, LINKED = {"strong"}, {"strong", "probable"}
LINKS: list[tuple[dict[str, Any], int, set[str]]] = [
    (release(1002, "Joe Hisaishi - Princess Mononoke", "1997"), 2, STRONG),
    (release(1003, "Ramin Djawadi - Iron Man (Original Motion Picture Soundtrack)", "2008"), 3, STRONG),
    (release(1004, "John Debney - Iron Man 2 (Original Motion Picture Score)", "2010"), 4, STRONG),
    (release(1005, "Brian Tyler - Iron Man 3", None), 5, STRONG),
    (release(1007, "Isaac Hayes - Shaft", "1971"), 7, STRONG),
    (release(1008, "David Arnold - Shaft (The Score)", "2000"), 8, STRONG),
    (release(1009, "James Newton Howard - The Hunger Games (Original Motion Picture Score)", "2012"), 9, STRONG),
    (release(1010, "Alan Silvestri - Avengers: Endgame (Original Motion Picture Soundtrack)", "2019"), 10, STRONG),
    (release(1011, "Alexandre Desplat - The Imitation Game (Original Motion Picture Soundtrack)", "2014"), 11, STRONG),
    (release(1012, "Marcelo Zarvos - Wonder (Original Motion Picture Soundtrack)", "2017"), 12, STRONG),
    (release(1013, "Rupert Gregson‐Williams - Wonder Woman: Original Motion Picture Soundtrack", "2017"), 13, STRONG),
    (release(1014, "Benjamin Wallfisch - It (Original Motion Picture Soundtrack)", None), 14, STRONG),
    (release(1015, "Michael Giacchino - Up", "2009"), 15, STRONG),
    (release(1016, "Various - M (Original Motion Picture Soundtrack)", "1931"), 16, LINKED),
    (release(1017, "Arcade Fire & Owen Pallett - Her (Original Score)", "2013"), 17, STRONG),
    (release(1018, "Alan Menken, Howard Ashman - Disney's Beauty And The Beast (Original Motion Picture Soundtrack)", "1991"), 18, STRONG),
    (release(1019, "Alan Menken - Beauty And The Beast (Original Motion Picture Soundtrack)", "2017", master_id=501), 19, STRONG),
    (release(1020, "Danny Elfman - Tim Burton's Corpse Bride (Original Motion Picture Soundtrack)", "2005"), 20, STRONG),
    (release(1021, "Ennio Morricone - Per Un Pugno Di Dollari (Original Soundtrack)", "1967"), 21, STRONG),
    (release(1023, "Joe Hisaishi - Spirited Away = 千と千尋の神隠し (Original Soundtrack)", "2001"), 23, STRONG),
    (release(1123, "久石譲 - 千と千尋の神隠し サウンドトラック", "2001"), 23, STRONG),
    (release(1024, "Don Davis - Matrix, The (Original Motion Picture Score)", "1999"), 24, STRONG),
    (release(1025, "Various - Rocky 4 (Original Motion Picture Soundtrack)", "1985"), 25, STRONG),
    (release(1026, "Bill Conti - Rocky (Original Motion Picture Score)", "1976"), 26, STRONG),
    (release(1027, "Brian Tyler - Fast And Furious (Original Motion Picture Score)", "2009"), 27, STRONG),
    (release(1028, "Various - The Fast And The Furious (Original Motion Picture Soundtrack)", "2001"), 28, STRONG),
    (release(1029, "정재일 - 기생충 (Original Motion Picture Soundtrack)", "2019"), 29, STRONG),
    (release(1030, "Various - 花樣年華 (電影原聲帶)", "2000"), 30, STRONG),
    (release(1031, "Микаэл Таривердиев - Ирония Судьбы, Или С Легким Паром! (Музыка Из Кинофильма)", "1976"), 31, STRONG),
    (release(1032, "Idina Menzel - Let It Go (From \"Frozen\")", "2013"), 32, LINKED),
    (release(8353709, "Brad Fiedel - The Terminator ", "2016", ["Soundtrack", "Score"]), 34, STRONG),
    (release(1035, "Brad Fiedel - Terminator 2: Judgment Day (Original Soundtrack Recording)", "2017"), 35, STRONG),
    (release(1036, "Various - The Lion King (Original Motion Picture Soundtrack)", "1994"), 36, STRONG),
    (release(1037, "Various - The Lion King (Original Motion Picture Soundtrack)", "2019"), 37, STRONG),
    (release(1039, "Patrick Doyle - Cinderella (Original Motion Picture Soundtrack)", None), 39, STRONG),
    (release(1040, "Various - Cinderella (Soundtrack From The Amazon Original Movie)", "2021"), 40, STRONG),
    (release(1041, "Pino Donaggio - Carrie", "1997"), 41, STRONG),
    (release(1042, "Marco Beltrami - Carrie (Music From The Motion Picture)", None), 42, STRONG),
    (release(1044, "Bruno Coulais - Les Choristes (Bande Originale Du Film)", "2004"), 44, STRONG),
    (release(1045, "Steven Price - Suicide Squad (Original Motion Picture Score)", None), 45, STRONG),
    (release(1046, "John Murphy - The Suicide Squad: Score From The Original Motion Picture Soundtrack", None), 46, STRONG),
    (release(1047, "John Williams (4), London Symphony Orchestra - Star Wars (Original Soundtrack)", "1977"), 47, STRONG),
    (release(1148, "John Williams (4) - Star Wars: The Empire Strikes Back (Original Soundtrack)", "1980"), 48, LINKED),
    (release(1049, "Laurie Johnson - Dr. Strangelove (Original Motion Picture Soundtrack)", "1964"), 49, LINKED),
    (release(1052, "Angelo Badalamenti - Blue Velvet (Original Motion Picture Soundtrack)", "1986"), 52, STRONG),
    (release(1054, "Tan Dun - Crouching Tiger, Hidden Dragon = 臥虎藏龍", "2000"), 54, STRONG),
    (release(1055, "Nino Rota - The Godfather (Original Soundtrack Recording)", "1972"), 55, STRONG),
    (release(1056, "Nino Rota - The Godfather Part Two (Original Soundtrack Recording)", "1974"), 56, STRONG),
    (release(1057, "Eduard Artemyev - Солярис", "2013"), 57, STRONG),
    (release(1058, "Cliff Martinez - Solaris (Original Motion Picture Score)", "2013"), 58, STRONG),
    (release(1059, "Cliff Martinez - Drive (Original Motion Picture Soundtrack)", "2016"), 59, STRONG),
    (release(1063, "Bee Gees - Stayin' Alive (From \"Saturday Night Fever\")", "1977"), 63, LINKED),
    (release(1064, "Yann Tiersen - Le Fabuleux Destin D'Amélie Poulain (Bande Originale Du Film)", "2001"), 64, STRONG),
    (release(1065, "Alan Menken - The Little Mermaid (Original Motion Picture Soundtrack)", "2023"), 66, STRONG),
    (release(1165, "Alan Menken, Howard Ashman - The Little Mermaid (Original Walt Disney Records Soundtrack)", "1989"), 65, STRONG),
    (release(1067, "John Carpenter, Cody Carpenter And Daniel Davies - Halloween (Original Motion Picture Soundtrack)", "2018"), 68, STRONG),
    (release(1167, "John Carpenter - Halloween (Original Motion Picture Soundtrack)", "1979"), 67, STRONG),
    (release(1069, "Alexandre Desplat - The French Dispatch (Original Soundtrack)", "2021"), 69, STRONG),
    (release(1070, "Sachin-Jigar & Amitabh Bhattacharya - Bhediya", "2022"), 70, STRONG),
    (release(1071, "Leonard Bernstein - West Side Story (The Original Sound Track Recording)", "1961"), 71, STRONG),
    (release(1072, "John Williams - Superman The Movie (Original Sound Track)", "1979"), 72, STRONG),
    (release(1073, "Jerry Goldsmith - Star Trek: The Motion Picture (Music From The Original Soundtrack)", "2012"), 73, STRONG),
    (release(1074, "Michael Giacchino - Star Trek (Music From The Motion Picture)", "2009"), 74, STRONG),
    (release(1075, "Various - Walt Disney's Mary Poppins (Original Cast Soundtrack)", "1964"), 75, LINKED),
    (release(1077, "Clint Mansell - Rebecca (Music From The Netflix Film)", "2020"), 77, STRONG),
    (release(1082, "Various - Ghostbusters (Original Soundtrack Album)", "2014"), 82, LINKED),
    (release(1083, "Theodore Shapiro - Ghostbusters (Original Motion Picture Score)", "2016"), 83, STRONG),
    (release(1084, "Bernard Herrmann - Psycho (The Complete Music For Alfred Hitchcock's Classic Suspense Thriller)", "1975"), 84, STRONG),
    (release(1085, "Various - Psycho (Music From And Inspired By The Motion Picture)", "1998"), 85, STRONG),
    (release(1086, "Various - The Hunger Games: Songs From District 12 And Beyond", "2012"), 9, LINKED),
    (release(1087, "Various - Guardians Of The Galaxy: Awesome Mix Vol. 1 (Original Motion Picture Soundtrack)", "2014"), 87, LINKED),
    (release(1088, "Various - Guardians Of The Galaxy Vol. 2", "2022"), 88, LINKED),
    (release(1089, "Eric Serra - Le Grand Bleu Vol. 2 (Bande Originale Du Film)", "1989"), 89, LINKED),
    (release(1090, "Theodore Shapiro - Zoolander No. 2", "2016"), 90, STRONG),
    (release(1091, 'Jeanette - Porque Te Vas (Canción De La Película "Cría Cuervos")', "1976", ["Ballad", "Soundtrack"]), 91, LINKED),
    (release(1092, "Christopher Cross - Arthur's Theme (Best That You Can Do)", "1981", ["Soft Rock", "Theme"]), 92, LINKED),
    (release(1093, "Radwimps - 君の名は。= Your Name.", "2016"), 93, STRONG),
    (release(1095, "Tyler Bates - Conan The Barbarian (Original Motion Picture Soundtrack)", "2011"), 95, STRONG),
    (release(1096, "Bill Conti - Gonna Fly Now (Theme From \"Rocky\")", "1977", ["Theme", "Disco"]), 26, LINKED),
    (release(1097, "Various - 41 Original Hits From The Sound Track Of American Graffiti", "1973"), 97, LINKED),
    (release(1104, "Various - Dirty Dancing (Original Soundtrack From The Vestron Motion Picture)", None), 98, {"probable"}),
    (release(1098, "Various - Dirty Dancing (Collector's Edition)", "1997"), 98, LINKED),
    (release(1101, "Henry Jackman - The Predator EP", None), 101, STRONG),
    (release(1103, "Trent Reznor & Atticus Ross - Mank: Original Musical Score", "2020"), 103, STRONG),
    (release(1081, "Nick Cave & Warren Ellis - The Assassination Of Jesse James (Original Score)", "2007"), 81, STRONG),
]  # fmt: skip

# Release, and why it has no strong or probable film here.
NO_LINK: list[tuple[dict[str, Any], str]] = [
    (release(2001, "Joe Hisaishi - Ponyo On The Cliff", "2008"), "the artist's name is not a title"),
    (release(2002, "Isaac Hayes - Truck Turner", "1974"), "the artist's name is not a title"),
    (release(2003, "Taylor Swift - 1989", "2014", **STUDIO), "a studio album"),
    (release(2004, "Duran Duran - Drive", "2011", **STUDIO), "a studio album"),
    (release(2005, "Evanescence - Frozen", "2013", **STUDIO), "a studio album"),
    (release(2006, "Various - Euphoria (Season 2 Soundtrack)", "2022"), "a television series"),
    (release(2007, "Galt MacDermot - Hair (The Original Broadway Cast Recording)", "1968", ["Musical"]), "a stage show"),
    (release(2008, "Xiu Xiu - Plays The Music Of Twin Peaks", "2016", ["Ambient"]), "a tribute"),
    (release(2009, "Henry Jackman - The Birth Of A Nation: Original Motion Picture Score", "2016"), "another film of 2016"),
    (release(2010, "Tom Holkenborg - Terminator: Dark Fate (Music From The Motion Picture)", "2019"), "a sequel not here"),
    (release(2011, "Alan Silvestri - Endgame (Original Video Game Soundtrack)", "2019"), "a game"),
    (release(2012, "Various - The Best Of Ennio Morricone", "1990"), "a compilation"),
    (release(2013, "Brian Tyler - Iron Man 4", None), "a sequel not here"),
    (release(2014, "Various - Carrie (Original Motion Picture Soundtrack)", None), "two films, and nothing to choose by"),
    (release(2015, "Randy Edelman - Dragon Woman (Original Motion Picture Soundtrack)", "1993"), "another title"),
    (release(2016, "Joseph Bishara - The Prodigy (Original Motion Picture Soundtrack)", None), "namesakes, and only fame to choose by"),
    (release(2017, "Rael Jones - My Cousin Rachel", "2017"), "another film of 2017"),
    (release(2019, "Alan Silvestri - Ronal The Barbarian II", "2015"), "a sequel not here"),
    (release(2020, "Various - Footloose (Original Soundtrack Of The Motion Picture)", None), "namesakes, and neither is ten times as well known"),
    (release(2018, "Leonard Bernstein - West Side Story (Original Broadway Cast)", "1957", ["Musical"]), "a stage show"),
]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[int, list[dict[str, Any]]]:
    named = [*(each[0] for each in LINKS), *(each[0] for each in NO_LINK)]
    decided = link_plainly(FILMS, [*named, TWO_FILMS, CONTRADICTED])
    return {
        release_id: [asdict(decision) for decision in decisions]
        for release_id, decisions in decided.items()
    }


TWO_FILMS = release(
    3001,
    "Ennio Morricone - A Fistful Of Dollars / For A Few Dollars More (Original Soundtracks)",
    "1999",
)


CONTRADICTED = release(
    3002, "Michael Kamen - Road House (Original Motion Picture Score)", "2024", ["Score"]
)


@pytest.mark.parametrize(
    ("row", "film_id", "tiers"), LINKS, ids=[each[0]["title"] for each in LINKS]
)
def test_a_soundtrack_goes_to_its_film(found, row, film_id: int, tiers: set[str]):
    links = [(each["film_id"], each["tier"]) for each in found.get(row["id"], [])]

    assert len(links) == 1, links
    assert links[0][0] == film_id
    assert links[0][1] in tiers


@pytest.mark.parametrize(("row", "why"), NO_LINK, ids=[each[0]["title"] for each in NO_LINK])
def test_what_belongs_to_no_film_here_is_not_linked(found, row, why: str):
    assert [each for each in found.get(row["id"], []) if each["tier"] != "review"] == [], why


def test_namesakes_without_year_or_composer_are_left_to_a_person(found):
    doubtful = found[2014]

    assert {each["film_id"] for each in doubtful} == {41, 42}
    assert {each["tier"] for each in doubtful} == {"review"}
    assert all(each["reason"].startswith("too close to Carrie") for each in doubtful)


def test_a_year_is_not_evidence_where_another_composer_is_credited(found):
    # Pressed in the year of the remake, but the score of the film of 1989, which is not here.
    [only] = found[CONTRADICTED["id"]]

    assert (only["film_id"], only["tier"]) == (86, "probable")


def test_a_slip_is_not_supposed_where_a_film_has_the_very_title(found):
    [conan] = found[1095]

    assert conan["film_id"] == 95
    assert not any("Ronal" in each["explanation"] for each in conan["evidence"])


def test_a_film_that_came_out_after_the_album_does_not_share_its_title(found):
    shares = {
        release_id: {each["explanation"] for each in found[release_id][0]["evidence"]}
        for release_id in (1084, 1085)
    }

    assert "2 films share the title" not in shares[1084]
    assert "2 films share the title" in shares[1085]


def test_a_release_of_two_films_is_a_compilation_of_one_of_them(found):
    [only] = found[TWO_FILMS["id"]]

    assert (only["film_id"], only["relation"]) == (21, "compilation")


def test_the_reason_of_a_reissue_names_composer_and_years(found):
    [terminator] = found[8353709]

    assert "Brad Fiedel is credited on both" in terminator["reason"]
    assert "2016" in terminator["reason"]
    assert terminator["relation"] == "film_score"


def test_weights_of_the_evidence_add_up_to_the_score(found):
    for links in found.values():
        for each in links:
            weight = math.fsum(evidence["weight"] for evidence in each["evidence"])
            assert each["score"] == pytest.approx(1 / (1 + math.exp(-weight)), abs=1e-12)


def test_a_release_has_at_most_one_film(found):
    for release_id, links in found.items():
        accepted = [each for each in links if each["tier"] != "review"]
        assert len(accepted) <= 1, release_id
