"""Reading titles: real album titles of many languages, and properties that hold for any text."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import json
import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.matching.text import key_of
from capstone_assets.matching.titles import (
    read_album_title,
    read_film_title,
)

VOCABULARY = json.loads(
    resources.files("capstone_assets.matching").joinpath("phrases.json").read_text("utf-8")
)
# The album's title as catalogs write it, and the film's title.
SOUNDTRACK_TITLES = [
    # English
    ("The Matrix (Original Motion Picture Score)", "The Matrix"),
    ("Pulp Fiction (Music From The Motion Picture)", "Pulp Fiction"),
    ("Trainspotting (Music From The Motion Picture)", "Trainspotting"),
    ("Jaws (Music From The Original Motion Picture Soundtrack)", "Jaws"),
    ("Blade Runner: Original Motion Picture Soundtrack", "Blade Runner"),
    ("Interstellar (Original Motion Picture Soundtrack) [Deluxe Edition]", "Interstellar"),
    ("Dune (Original Motion Picture Soundtrack)", "Dune"),
    ("The Social Network Soundtrack", "The Social Network"),
    ("Gone Girl (Soundtrack From The Motion Picture)", "Gone Girl"),
    ("The Hateful Eight (Quentin Tarantino's The Hateful Eight Original Motion Picture Soundtrack)", "The Hateful Eight"),
    ("Top Gun - Original Motion Picture Soundtrack", "Top Gun"),
    ("Dirty Dancing: Original Soundtrack From The Vestron Motion Picture", "Dirty Dancing"),
    ("Saturday Night Fever (The Original Movie Sound Track)", "Saturday Night Fever"),
    ("Flashdance (Original Soundtrack From The Motion Picture)", "Flashdance"),
    ("Grease (The Original Soundtrack From The Motion Picture)", "Grease"),
    ("The Bodyguard: Original Soundtrack Album", "The Bodyguard"),
    ("Drive (Original Motion Picture Soundtrack)", "Drive"),
    ("Black Panther: The Album", "Black Panther"),
    ("Barbie: The Album", "Barbie"),
    ("8 Mile (Music From And Inspired By The Motion Picture)", "8 Mile"),
    ("Batman Forever (Original Music From The Motion Picture)", "Batman Forever"),
    ("The Crow: Original Motion Picture Soundtrack", "The Crow"),
    ("Halloween (Original Motion Picture Soundtrack) (20th Anniversary Edition)", "Halloween"),
    ("Alien (Complete Original Motion Picture Score)", "Alien"),
    ("Conan The Barbarian (Original Motion Picture Soundtrack) (Expanded)", "Conan the Barbarian"),
    ("Inception (Music From The Motion Picture) - Expanded Edition", "Inception"),
    ("Marriage Story (Original Music From The Netflix Film)", "Marriage Story"),
    ("CODA (Soundtrack from the Apple Original Film)", "CODA"),
    ("Sound Of Metal (Music from the Motion Picture)", "Sound of Metal"),
    ("The Score (Original Motion Picture Soundtrack)", "The Score"),
    ("The Sound Of Music (An Original Soundtrack Recording)", "The Sound of Music"),
    ("Mary Poppins (Original Cast Soundtrack)", "Mary Poppins"),
    ("Music From The Motion Picture Pulp Fiction", "Pulp Fiction"),
    ('Music From The Original Motion Picture Soundtrack "The Godfather"', "The Godfather"),
    ("Original Motion Picture Soundtrack: Titanic", "Titanic"),
    ("Music And Songs From The Film Local Hero", "Local Hero"),
    ("Songs From The Film Once", "Once"),
    ("Selections From The Motion Picture South Pacific", "South Pacific"),
    ("Theme From Shaft", "Shaft"),
    ("The Long Harbor (Main Title)", "The Long Harbor"),
    ("The Long Harbor - Main Titles", "The Long Harbor"),
    ('Main Title From "The Long Harbor"', "The Long Harbor"),
    ("The Long Harbor (End Title)", "The Long Harbor"),
    ("The Main Title", "The Main Title"),
    ("1917 (Original Motion Picture Soundtrack)", "1917"),
    ("2001: A Space Odyssey (Music From The Motion Picture Soundtrack)", "2001: A Space Odyssey"),
    ("Scary Movie Original Soundtrack", "Scary Movie"),
    ("The Lego Movie (Original Motion Picture Soundtrack)", "The Lego Movie"),
    ("The Simpsons Movie: The Music", "The Simpsons Movie"),
    ("F1 The Album", "F1"),
    ("Snowden: Orchestral Score", "Snowden"),
    ("Joker (Original Motion Picture Soundtrack)", "Joker"),
    ("Her (Original Score)", "Her"),
    ("It (Original Motion Picture Soundtrack)", "It"),
    ("Up (Original Soundtrack)", "Up"),
    ("M (Original Motion Picture Soundtrack)", "M"),
    ("Them! (Original Motion Picture Soundtrack)", "Them!"),
    # French
    ("Le Grand Bleu (Bande Originale Du Film)", "Le Grand Bleu"),
    ("Bande Originale Du Film Le Grand Bleu", "Le Grand Bleu"),
    ("Betty Blue 37°2 Le Matin (Bande Originale Du Film)", "Betty Blue 37°2 le matin"),
    ("Le Mépris (Bande Originale Du Film)", "Le Mépris"),
    ("Un Homme Et Une Femme (Bande Originale Du Film)", "Un homme et une femme"),
    ("Les Parapluies De Cherbourg - Bande Sonore Originale Du Film", "Les Parapluies de Cherbourg"),
    ("Intouchables (Bande Originale)", "Intouchables"),
    ("Le Fabuleux Destin d'Amélie Poulain (B.O.F.)", "Le Fabuleux Destin d'Amélie Poulain"),
    ("Les Choristes (Musique Originale Du Film)", "Les Choristes"),
    # Italian
    ("La Dolce Vita (Colonna Sonora Originale)", "La dolce vita"),
    ("Amarcord (Colonna Sonora Originale Del Film)", "Amarcord"),
    ('Colonna Sonora Originale Del Film "Profondo Rosso"', "Profondo rosso"),
    ("Il Postino (Colonna Sonora Originale Del Film)", "Il postino"),
    ("Per Un Pugno Di Dollari (Original Soundtrack)", "Per un pugno di dollari"),
    # Spanish and Portuguese
    ("Hable Con Ella (Banda Sonora Original)", "Hable con ella"),
    ("El Laberinto Del Fauno (Banda Sonora Original De La Película)", "El laberinto del fauno"),
    ("Volver - Banda Sonora Original", "Volver"),
    ("Cidade De Deus (Trilha Sonora Original Do Filme)", "Cidade de Deus"),
    ("Tropa De Elite (Trilha Sonora)", "Tropa de Elite"),
    # German, Dutch, Scandinavian, Polish
    ("Das Boot (Original Filmmusik)", "Das Boot"),
    ("Lola Rennt (Original Soundtrack)", "Lola rennt"),
    ("Der Himmel Über Berlin (Original Motion Picture Soundtrack)", "Der Himmel über Berlin"),
    ("Winnetou (Original-Filmmusik)", "Winnetou"),
    ("Turks Fruit (Muziek Uit De Film)", "Turks fruit"),
    ("Fanny Och Alexander (Musik Ur Filmen)", "Fanny och Alexander"),
    ("Nóż W Wodzie (Muzyka Z Filmu)", "Nóż w wodzie"),
    # Cyrillic, Greek, Arabic, Hebrew
    ("Ирония Судьбы (Музыка Из Кинофильма)", "Ирония судьбы"),
    ('Музыка Из Кинофильма "Иваново Детство"', "Иваново детство"),
    ("Брат 2 (Саундтрек)", "Брат 2"),
    ("Ζορμπάς (Original Soundtrack)", "Ζορμπάς"),
    # Japanese, Chinese, Korean, Indian
    ("千と千尋の神隠し サウンドトラック", "千と千尋の神隠し"),
    ("千と千尋の神隠しサウンドトラック", "千と千尋の神隠し"),
    ("となりのトトロ オリジナル・サウンドトラック", "となりのトトロ"),
    ("映画『君の名は。』オリジナル・サウンドトラック", "君の名は。"),
    ("花樣年華 (電影原聲帶)", "花樣年華"),
    ("臥虎藏龍 (電影原聲大碟)", "臥虎藏龍"),
    ("기생충 (Original Motion Picture Soundtrack)", "기생충"),
    ("올드보이 OST", "올드보이"),
    ("दिलवाले दुल्हनिया ले जायेंगे (Original Motion Picture Soundtrack)", "दिलवाले दुल्हनिया ले जायेंगे"),
    ("Lagaan (Original Motion Picture Soundtrack)", "Lagaan"),
    ("O.S.T. Shiri", "Shiri"),
    # Two scripts, two films, brands, quotes, songs
    ("Spirited Away = 千と千尋の神隠し (Original Soundtrack)", "千と千尋の神隠し"),
    ("Oldboy = 올드보이", "Oldboy"),
    ("For A Few Dollars More / A Fistful Of Dollars (Original Soundtracks)", "A Fistful of Dollars"),
    ("Alien / Aliens", "Aliens"),
    ("Disney's Mulan (Original Soundtrack)", "Mulan"),
    ("Black Panther The Album Music From And Inspired By", "Black Panther"),
    ("Songs As Performed In Round Midnight", "Round Midnight"),
    ("Musiques Inspirées Du Film Le Petit Prince", "Le Petit Prince"),
    ("Princess Mononoke - Symphonic Suite", "Princess Mononoke"),
    ("Ghost In The Shell (Music Collection)", "Ghost in the Shell"),
    ("Subway (B.O. Du Film)", "Subway"),
    ("Nikita (B.O.)", "Nikita"),
    ("$ (Music From The Original Motion Picture Sound Track)", "$"),
    ("Star Wars: Episode IV - A New Hope (Original Soundtrack)", "Star Wars: A New Hope"),
    ("Disney's Beauty And The Beast (Original Motion Picture Soundtrack)", "Beauty and the Beast"),
    ("Walt Disney's Fantasia", "Fantasia"),
    ("Tim Burton's Corpse Bride (Original Motion Picture Soundtrack)", "Corpse Bride"),
    ("Marvel Studios' Black Widow (Original Motion Picture Soundtrack)", "Black Widow"),
    ("Lee Daniels' The Butler (Original Motion Picture Soundtrack)", "The Butler"),
    ("Metro Boomin Presents Spider-Man: Across The Spider-Verse", "Spider-Man: Across the Spider-Verse"),
    ('Stayin\' Alive (From "Saturday Night Fever")', "Saturday Night Fever"),
    ("Let It Go (From Frozen)", "Frozen"),
    ("Youth (La giovinezza)", "Youth"),
    ("Matrix, The (Original Motion Picture Soundtrack)", "The Matrix"),
    ("Mépris, Le", "Le Mépris"),
    ("Good, The Bad And The Ugly, The", "The Good, the Bad and the Ugly"),
    ("Romeo + Juliet (Music From The Motion Picture)", "Romeo & Juliet"),
    ("Rocky IV (Original Motion Picture Soundtrack)", "Rocky 4"),
    ("The Godfather Part II (Original Soundtrack Recording)", "The Godfather: Part 2"),
    ("Kill Bill Vol. 1 (Original Soundtrack)", "Kill Bill: Volume One"),
    ("Ocean's Eleven (Music From The Motion Picture)", "Ocean's 11"),
    ("S.W.A.T. (Music From The Motion Picture)", "SWAT"),
    ("M*A*S*H (Original Soundtrack Recording)", "MASH"),
    ("WALL·E (Original Score)", "WALL-E"),
    ("E.T. The Extra-Terrestrial", "E.T. the Extra-Terrestrial"),
    ("Amelie (Original Soundtrack)", "Amélie"),
    # More languages
    ("Dronningen (Musikken Fra Filmen)", "Dronningen"),
    ("Pelle Erövraren (Musiken Ur Filmen)", "Pelle Erövraren"),
    ("Tuntematon Sotilas (Elokuvan Musiikki)", "Tuntematon sotilas"),
    ("Kontroll (Eredeti Filmzene)", "Kontroll"),
    ("Selvi Boylum Al Yazmalım (Orijinal Film Müziği)", "Selvi Boylum Al Yazmalım"),
    ("Nea Mărin Miliardar (Coloana Sonoră Originală)", "Nea Mărin miliardar"),
    ("Ζορμπάς (Μουσική Από Την Ταινία)", "Ζορμπάς"),
    ("Тіні Забутих Предків (Музика До Фільму)", "Тіні забутих предків"),
    ('Песни Из Кинофильма "Три Мушкетёра"', "Три мушкетера"),
    ("Асса (Музыка К Фильму)", "Асса"),
    ("Musik Aus Dem Film Good Bye, Lenin!", "Good Bye, Lenin!"),
    ("Original-Soundtrack Zum Film Keinohrhasen", "Keinohrhasen"),
    ("Turks Fruit (Originele Filmmuziek)", "Turks fruit"),
    ("Šakalí Léta (Hudba Z Filmu)", "Šakalí léta"),
    ('La Chanson Du Film "Le Bal"', "Le Bal"),
    ("Musiche Dal Film Lo Chiamavano Trinità", "Lo chiamavano Trinità"),
    ('Porque Te Vas (Canción De La Película "Cría Cuervos")', "Cría cuervos"),
    ("Canções Do Filme Central Do Brasil", "Central do Brasil"),
    ("פסקול הסרט ואלס עם באשיר", "ואלס עם באשיר"),
    ("千と千尋の神隠し イメージアルバム", "千と千尋の神隠し"),
    ("英雄 (电影原声音乐)", "英雄"),
    ("올드보이 (영화음악)", "올드보이"),
    # The film's name among more words
    ("Marie Antoinette: Songs From Sofia Coppola's Film", "Marie Antoinette"),
    ("Superfly - Music From Gordon Parks' Motion Picture", "Superfly"),
    ("Musiques Figurant Dans Le Film Barry Lyndon Et Autres Sélections", "Barry Lyndon"),
    ("Die Schönsten Melodien Aus Dem Film Sissi", "Sissi"),
    ("Jazz Performances For The Motion Picture Odds Against Tomorrow", "Odds Against Tomorrow"),
    ("The Otto Preminger Motion Picture Production Of Carmen Jones", "Carmen Jones"),
    ("Le Canzoni Cantate Dal Film La Strada And Others", "La Strada"),
    ("Dune The Motion Picture", "Dune"),
    ("君の名は。= Your Name.", "Your Name."),
    ("Zoolander No. 2 (Music From The Motion Picture)", "Zoolander 2"),
    ("Mank: Original Musical Score", "Mank"),
    ("Heavy Metal The Score (Original Motion Picture Soundtrack)", "Heavy Metal"),
    ("41 Original Hits From The Sound Track Of American Graffiti", "American Graffiti"),
    ('More Dirty Dancing (More Original Music From The Hit Motion Picture "Dirty Dancing")', "Dirty Dancing"),
    ("Themes And Instrumentals From The Film Get Carter", "Get Carter"),
    ("Chariots Of Fire - Titles", "Chariots of Fire"),
    ("Arthur's Theme (Best That You Can Do)", "Arthur"),
    ("Star Wars Theme / Cantina Band", "Star Wars"),
]  # fmt: skip


@pytest.mark.parametrize(("album_title", "film_title"), SOUNDTRACK_TITLES)
def test_a_soundtracks_title_is_read_as_its_film(album_title: str, film_title: str):
    film_key = read_film_title(film_title).whole_keys[0]

    assert film_key in read_album_title(album_title).whole_keys


# What must never be taken for the whole title.
OTHER_TITLES = [
    ("Iron Man 2 (Original Motion Picture Soundtrack)", "Iron Man"),
    ("Wonder Woman (Original Motion Picture Soundtrack)", "Wonder"),
    ("Iron Man 3", "Iron Man 2"),
    ("The Hunger Games: Catching Fire (Original Motion Picture Soundtrack)", "The Hunger Games"),
    ("The Score (Original Motion Picture Score)", "The"),
    ("The Dark Knight Rises", "The Dark Knight"),
    ("Toy Story 3 (An Original Walt Disney Records Soundtrack)", "Toy Story"),
    ("Creed II (Original Motion Picture Soundtrack)", "Creed"),
    ("A Quiet Place: Part II", "A Quiet Place"),
    ("Weekend At Bernie's II", "2"),
    ("It Follows (Original Motion Picture Soundtrack)", "It"),
    ("Up In The Air", "Up"),
    ("Step Up (Original Soundtrack)", "Up"),
    ("The Third Man", "Man"),
    ("The Imitation Game (Original Motion Picture Soundtrack)", "The Imitation"),
    ("Love Theme", "Love"),
    ("The Painter's House (Original Soundtrack)", "House"),
    ("Big Momma's House (Music From The Motion Picture)", "House"),
    ("My Best Friend's Wedding", "Wedding"),
    ("Guillermo Del Toro Presents Julia", "Julia"),
    ("Le Grand Bleu Vol. 2 (Bande Originale Du Film)", "Le Grand Bleu"),
]


@pytest.mark.parametrize(("album_title", "film_title"), OTHER_TITLES)
def test_a_longer_title_is_not_read_as_the_film_that_it_contains(album_title: str, film_title: str):
    assert key_of(film_title) not in read_album_title(album_title).whole_keys


@pytest.mark.parametrize(
    ("title", "partial"),
    [
        ("Star Wars: Episode V - The Empire Strikes Back", "empire strikes back"),
        ("Mission: Impossible - Fallout", "mission impossible"),
        ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "dr strangelove"),
    ],
)
def test_a_films_subtitle_and_main_title_are_partial_keys(title: str, partial: str):
    read = read_film_title(title)

    assert partial in read.partial_keys
    assert partial not in read.whole_keys


# What an album adds to its film's title, and numbers.
LONGER_TITLES = [
    ("The Hunger Games: Songs From District 12 And Beyond", "The Hunger Games"),
    ("Sarafina! The Sound Of Freedom (Music From The Motion Picture)", "Sarafina!"),
    ("Guardians Of The Galaxy: Awesome Mix Vol. 1 (Original Motion Picture Soundtrack)", "Guardians of the Galaxy"),
    ("Mississippi Grind, Vol 2: Curtis’ Road Mix (Original Motion Picture Soundtrack)", "Mississippi Grind"),
    ("Le Grand Bleu Vol. 2 (Bande Originale Du Film)", "Le Grand Bleu"),
    ("Bram Stoker's Dracula (Original Motion Picture Soundtrack)", "Dracula"),
    ("Sid & Nancy: Love Kills (Music From The Motion Picture Soundtrack)", "Sid and Nancy"),
]  # fmt: skip


@pytest.mark.parametrize(("album_title", "film_title"), LONGER_TITLES)
def test_a_film_is_found_after_the_words_that_its_album_adds(album_title: str, film_title: str):
    assert key_of(film_title) in read_album_title(album_title).partial_keys


@pytest.mark.parametrize(
    ("album_title", "film_title"),
    [
        ("A Quiet Place: Part II (Music From The Motion Picture)", "A Quiet Place"),
        ("Mission: Impossible: 2", "Mission: Impossible"),
        ("Rocky: Part III (Original Soundtrack)", "Rocky"),
        ("John Wick: Chapter 4 (Original Motion Picture Soundtrack)", "John Wick"),
    ],
)
def test_a_sequels_number_is_nothing_that_an_album_adds(album_title: str, film_title: str):
    assert key_of(film_title) not in read_album_title(album_title).partial_keys


def test_a_films_volume_distinguishes_it_from_the_next():
    assert "kill bill" not in read_film_title("Kill Bill: Vol. 2").partial_keys


written = st.text(max_size=60)


@given(written)
def test_any_text_can_be_read_as_an_album_title(title: str):
    read = read_album_title(title)

    assert all(form.words and all(form.words) for form in read.forms)
    assert len({form.words for form in read.forms}) == len(read.forms)


@given(st.from_regex(r"[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9}){0,3}", fullmatch=True))
def test_a_bracketed_phrase_never_hides_the_title_before_it(title: str):
    album = f"{title} (Original Motion Picture Soundtrack)"

    assert read_album_title(album).core == key_of(title)


@given(st.from_regex(r"[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9}){0,3}", fullmatch=True))
def test_case_does_not_matter(title: str):
    assert read_album_title(title.upper()).whole_keys == read_album_title(title.lower()).whole_keys


@given(written)
def test_keys_have_neither_outer_nor_double_spaces(title: str):
    for key in read_film_title(title).whole_keys:
        assert key == " ".join(key.split())


@pytest.mark.parametrize(
    ("album_title", "whole"),
    [
        ("The Movie", ("movie",)),
        ("Superman The Movie", ("superman the movie", "superman")),
        ("Hannah Montana The Movie", ("hannah montana the movie", "hannah montana")),
    ],
)
def test_the_movie_is_cut_unless_it_is_the_whole_title(album_title: str, whole: tuple[str, ...]):
    assert read_album_title(album_title).whole_keys == whole


@pytest.mark.parametrize("meaning", VOCABULARY["patterns"])
def test_a_pattern_that_begins_at_a_word_has_no_alternative_that_does_not(meaning: str):
    """Such patterns are tried at the beginnings of words only, all in one group."""
    for written in VOCABULARY["patterns"][meaning]:
        outside, inner = written, re.compile(r"\([^()]*\)")
        while inner.search(outside):
            outside = inner.sub("", outside)
        assert not (written.startswith(r"\b") and "|" in outside)


@pytest.mark.parametrize("aside", ["Main Title", "Main Titles", "End Title", "Main Theme"])
def test_a_bracket_that_names_the_theme_is_no_part_of_the_title(aside: str):
    found = read_album_title(f"The Long Harbor ({aside})")

    assert [each.full for each in found.forms] == ["the long harbor"]
