"""The gate and the kind of what passes it, on real releases."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import pytest

from capstone_assets.matching.gate import Typing, type_release

SCREEN, ROCK, ELECTRONIC = ["Stage & Screen"], ["Rock"], ["Electronic"]


def typed(title, genres, styles=(), formats=()) -> Typing:
    return type_release(title, genres, styles, formats)


@pytest.mark.parametrize(
    ("title", "genres", "styles"),
    [
        ("1989", ["Pop"], ["Synth-pop"]),
        ("Notorious", ["Electronic", "Pop"], ["Synth-pop"]),
        ("Fallen", ROCK, ["Alternative Metal"]),
        ("Glory", ["Rock", "Pop"], ["Indie Pop"]),
        ("Heavy Metal", ROCK, ["Acoustic"]),
        ("Pilgrimage", ROCK, []),
        ("Music From Big Pink", ROCK, ["Folk Rock"]),
        ("Songs From The Big Chair", ["Electronic"], ["New Wave"]),
        ("Music For Films", ["Electronic"], ["Ambient"]),
        ("The Hurting", ["Electronic"], ["Synth-pop"]),
        ("The Game", ROCK, ["Pop Rock"]),
        ("Scarface", ["Hip Hop"], ["Gangsta"]),
        ("Thriller", ["Funk / Soul", "Pop"], ["Disco"]),
        ("Original Pirate Material", ["Hip Hop"], ["UK Garage"]),
        ("Vertigo", ROCK, []),
    ],
)
def test_an_ordinary_album_does_not_pass_the_gate(title, genres, styles):
    assert typed(title, genres, styles).kind == "not_soundtrack"


@pytest.mark.parametrize(
    ("title", "genres", "styles", "kind"),
    [
        ("The Hunger Games (Original Motion Picture Score)", SCREEN, ["Score"], "film_score"),
        ("The Hunger Games: Songs From District 12 And Beyond", SCREEN, ["Soundtrack"], "film_songs"),
        ("Avengers: Endgame (Original Motion Picture Soundtrack)", SCREEN, ["Soundtrack"], "soundtrack"),
        ("The Imitation Game (Original Motion Picture Soundtrack)", SCREEN, ["Soundtrack"], "soundtrack"),
        ("The Imitation Game", SCREEN, ["Score"], "film_score"),
        ("Selma's Dream", ["Pop"], ["Film Soundtrack", "Art Pop"], "soundtrack"),
        ("Solaris", ["Electronic"], ["Film Score"], "film_score"),
        ("The Night Stalker (Music From The Motion Picture)", SCREEN, ["Television Music"], "soundtrack"),
        ("The Game (Original Soundtrack)", SCREEN, ["Score"], "soundtrack"),
        ("Ender's Game (Original Motion Picture Score)", SCREEN, ["Score"], "film_score"),
        ("The Terminator ", ["Electronic", "Stage & Screen"], ["Soundtrack", "Synth-pop", "Score"], "film_score"),
        ("Purple Rain", ["Rock", "Funk / Soul"], ["Soundtrack", "Pop Rock"], "soundtrack"),
        ("Drive (Original Motion Picture Soundtrack)", ELECTRONIC, ["Synthwave"], "soundtrack"),
        ("8 Mile (Music From And Inspired By The Motion Picture)", ["Hip Hop"], [], "film_songs"),
        ("Le Grand Bleu (Bande Originale Du Film)", ELECTRONIC, [], "soundtrack"),
        ("La Dolce Vita (Colonna Sonora Originale)", ["Jazz"], [], "soundtrack"),
        ("Casting Crowns (Original Motion Picture Soundtrack)", SCREEN, [], "soundtrack"),
        ("Broadcast News (Original Motion Picture Soundtrack)", SCREEN, [], "soundtrack"),
        ("The Truman Show (Music From The Motion Picture)", SCREEN, ["Score"], "film_score"),
    ],
)  # fmt: skip
def test_a_films_soundtrack_passes_the_gate_with_its_kind(title, genres, styles, kind):
    assert typed(title, genres, styles).kind == kind


@pytest.mark.parametrize(
    ("title", "genres", "styles", "formats", "kind"),
    [
        ("Euphoria (Season 2 Soundtrack)", SCREEN, ["Soundtrack"], [], "tv"),
        ("Watchmen: Volume 1 (Music From The HBO Series)", SCREEN, ["Soundtrack"], [], "tv"),
        ("Stranger Things (A Netflix Original Series Soundtrack)", SCREEN, ["Score"], [], "tv"),
        ("Music From The Television Series Twin Peaks", SCREEN, ["Soundtrack"], [], "tv"),
        ("Chernobyl (Music From The Original TV Series)", SCREEN, ["Score"], [], "tv"),
        ("Laura Palmer's Town", SCREEN, ["Television Music", "Ambient", "Soundtrack"], [], "tv"),
        ("Gomorra (La Serie)", SCREEN, ["Soundtrack"], [], "tv"),
        ("Luther (BBC One)", SCREEN, ["Soundtrack"], [], "tv"),
        ("Utopia - Music From The TV Drama", SCREEN, ["Soundtrack"], [], "tv"),
        ("Golden Sun (GBA)", SCREEN, ["Soundtrack"], [], "game"),
        ("Spy Kids: The Game", SCREEN, ["Score"], [], "game"),
        ("Laura Palmer's Town", ["Jazz"], ["Television Music"], [], "tv"),
        ("Sable (Original Video Game Soundtrack)", SCREEN, ["Soundtrack"], [], "game"),
        ("Minecraft Volume Alpha", ELECTRONIC, ["Video Game Music"], [], "game"),
        ("Hades (Original Game Soundtrack)", SCREEN, ["Soundtrack"], [], "game"),
        ("Hair (The Original Broadway Cast Recording)", SCREEN, ["Musical"], [], "stage"),
        ("Hamilton (Original Broadway Cast Recording)", SCREEN, ["Musical"], [], "stage"),
        ("Cats (Original London Cast)", SCREEN, ["Musical"], [], "stage"),
        ("Les Misérables (Original London Cast Recording)", SCREEN, ["Musical"], [], "stage"),
        ("Oliver!", SCREEN, ["Musical"], [], "stage"),
        ("Oliver! (Original Soundtrack)", SCREEN, ["Musical"], [], "soundtrack"),
        ("Oliver!", SCREEN, ["Musical", "Soundtrack"], [], "soundtrack"),
        ("Tommy (Original Motion Picture Soundtrack)", ["Rock"], ["Rock Opera"], [], "soundtrack"),
        ("Plays The Music Of Twin Peaks", ["Electronic", "Stage & Screen"], ["Ambient"], [], "tribute"),
        ("A Tribute To Ennio Morricone", SCREEN, ["Soundtrack"], [], "tribute"),
        ("Music Inspired By The Novel Solaris", ["Electronic"], ["Ambient"], [], "tribute"),
        ("Solaris (Music Inspired By Stanisław Lem's Novel)", SCREEN, ["Score"], [], "tribute"),
        ("Ulalume: Songs Inspired By A Poem", SCREEN, ["Soundtrack"], [], "tribute"),
        ("Solaris - Inspired By The Classic Book By Lem", SCREEN, ["Score"], [], "tribute"),
        ("Solaris (Inspiriert Vom Roman)", SCREEN, ["Score"], [], "tribute"),
        ("Music Inspired By The Film Of The Novel", SCREEN, ["Soundtrack"], [], "film_songs"),
        ("Music Inspired By The Book Thief", SCREEN, ["Soundtrack"], [], "film_songs"),
        ("Solaris (Musica Ispirata Al Romanzo)", SCREEN, ["Score"], [], "tribute"),
        ("Music Inspired By The Roman Empire", SCREEN, ["Soundtrack"], [], "film_songs"),
        ("Great Western Film Themes", SCREEN, ["Soundtrack", "Theme"], [], "compilation"),
        ("The Best Of Ennio Morricone", SCREEN, ["Soundtrack"], [], "compilation"),
        ("The Essential Hans Zimmer", SCREEN, ["Score"], [], "compilation"),
        ("Alien / Aliens", SCREEN, ["Score"], [], "compilation"),
        ("Theme From Shaft", ["Funk / Soul"], ["Soul", "Theme"], ["Vinyl", '7"', "Single"], "title_song"),
        ("Goldfinger", SCREEN, ["Theme"], ["Vinyl", '7"', "45 RPM", "Single"], "title_song"),
        ("Let It Go (From Frozen)", SCREEN, ["Soundtrack"], ["File"], "title_song"),
    ],
)  # fmt: skip
def test_an_album_that_is_not_a_films_is_kept_with_its_kind(title, genres, styles, formats, kind):
    assert typed(title, genres, styles, formats).kind == kind


GAMES = [
    "Street Fighter II (Arcade Original Soundtrack)",
    "Sonic The Hedgehog (Sega Mega Drive OST)",
    "Tetris (Game Boy Soundtrack)",
    "Wipeout (PlayStation Soundtrack)",
    "Resident Evil (PS1 OST)",
    "DuckTales (NES)",
    "Halo (Xbox Original Soundtrack)",
    "Doom (PC Version)",
    "Metroid (Super Nintendo OST)",
    "Assassin's Creed (Original Game Soundtrack)",
    "Silent Hill (VGM Collection)",
    "Tron (Arcade)",
]
SERIES = [
    "Fargo (Staffel 2)",
    "Les Revenants (Saison 1)",
    "La Casa De Papel (Temporada 3)",
    "Gomorra (Stagione 2)",
    "Ezel (2. Sezon)",
    "Wataha (Sezon 1)",
    "Borgen (Sæson 1)",
    "Game Of Thrones (Seasons One Through Six)",
    "Fargo (Second Season)",
    "The Civil War (Original Soundtrack For Public Television)",
    "Broen (Musiken Från TV-serien)",
    "Pride And Prejudice (BBC Television)",
    "Das Boot (Fernsehserie)",
    "Cosmos: Music From The Original Mini-Series",
]
STAGE = [
    "Tommy (A Rock Opera)",
    "Notre-Dame De Paris (Comédie Musicale)",
    "Tanz Der Vampire (Das Musical)",
    "War Horse (National Theatre Production)",
    "Chess (Original Concept Album)",
    "Peer Gynt (Incidental Music)",
]


@pytest.mark.parametrize(
    ("title", "kind"),
    [*((each, "game") for each in GAMES), *((each, "tv") for each in SERIES), *((each, "stage") for each in STAGE)],
)  # fmt: skip
def test_a_game_a_series_and_a_stage_work_are_known_by_their_words(title, kind):
    assert typed(title, SCREEN, ["Soundtrack"]).kind == kind


@pytest.mark.parametrize(
    "title",
    [
        "Saturn (Original Soundtrack)",
        "Genesis (Original Motion Picture Soundtrack)",
        "Arcade (Original Soundtrack)",
        "Switch (Original Soundtrack)",
        "The Game (Original Soundtrack)",
        "Open Season (Original Motion Picture Soundtrack)",
        "Une Saison Blanche Et Sèche (Bande Originale)",
        "Seasons (Original Soundtrack)",
        "The Opera (Original Soundtrack)",
        "Mario (Original Soundtrack)",
        "Tetris (Soundtrack From The Apple Original Film)",
        "Super Mario Bros. (Nintendo Film Soundtrack)",
        "The Prom (Music From The Netflix Film)",
        "Duel (Music From The TV Movie)",
    ],
)
def test_a_film_of_such_a_name_is_still_a_film(title):
    assert typed(title, SCREEN, ["Soundtrack"]).kind in {"soundtrack", "film_score", "film_songs"}


@pytest.mark.parametrize(
    ("styles", "kind"),
    [(["Rock Opera"], "stage"), (["Rock Opera", "Soundtrack"], "soundtrack"), (["Score"], "film_score")],
)  # fmt: skip
def test_a_rock_opera_is_for_the_stage_unless_it_is_a_soundtrack_too(styles, kind):
    assert typed("Quadrophenia", SCREEN, styles).kind == kind


@pytest.mark.parametrize(
    ("title", "claim"),
    [
        ("The Original Motion Picture Soundtrack Of Pasolini's Movie", "film"),
        ("Soundtrack From Twin Peaks", "soundtrack"),
        ("Musiques Inspirées Du Film Le Petit Prince", "film"),
        ("Nikita (B.O.)", "soundtrack"),
        ("Black Panther The Album Music From And Inspired By", "soundtrack"),
        ("Jaws", "none"),
        ("Music From Big Pink", "none"),
    ],
)
def test_a_title_opens_the_gate_by_its_words_without_genre_or_style(title, claim):
    assert typed(title, [], []).claim == claim


@pytest.mark.parametrize(
    ("title", "genres", "kind"),
    [
        ("Jaws", [], "unmarked"),
        ("Jaws", ROCK, "not_soundtrack"),
        ("Jaws (Original Soundtrack)", [], "soundtrack"),
        ("Twin Peaks (TV Series)", [], "not_soundtrack"),
        ("The Best Of The Movies", [], "not_soundtrack"),
        ("A Tribute To Jaws", [], "not_soundtrack"),
    ],
)
def test_an_album_without_tags_is_left_to_its_composer_unless_its_title_names_another_kind(
    title, genres, kind
):
    assert typed(title, genres, []).kind == kind


def test_the_claim_says_how_plainly_a_release_is_for_a_film():
    assert typed("Jaws (Music From The Motion Picture Soundtrack)", []).claim == "film"
    assert typed("Jaws (Original Soundtrack)", []).claim == "soundtrack"
    assert typed("Jaws", SCREEN, ["Score"]).claim == "soundtrack"
    assert typed("Jaws", SCREEN).claim == "screen"
    assert typed("Jaws", ROCK).claim == "none"


def test_a_theme_from_a_film_says_what_it_is_for():
    assert typed('Gonna Fly Now (Theme From "Rocky")', SCREEN, ["Theme"]).claim == "soundtrack"
    assert typed("Arthur's Theme (Best That You Can Do)", SCREEN, ["Theme"]).claim == "soundtrack"
    assert typed("Crockett's Theme", ELECTRONIC).kind == "not_soundtrack"
    assert typed("Best That You Can Do", SCREEN, ["Theme"]).claim == "screen"
