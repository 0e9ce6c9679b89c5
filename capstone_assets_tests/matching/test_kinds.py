"""Kinds of titles, each varied: a small list of films, and albums that belong to one or to none.

Belongs here: what must hold of a whole kind, so each has ten or more wordings, on both sides of its
borders.
Not here: single links that were wrong once (test_named_cases.py).
"""

# A table reads best with a case on each line.
# ruff: noqa: E501

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from capstone_assets_tests.matching.catalog import Row, release
from capstone_assets_tests.matching.catalog import film as any_film
from capstone_assets_tests.matching.pairing import link_plainly

# Films that many know; where a row says nothing else, it is not fame that decides.
film = partial(any_film, vote_count=3_000)
# The film that an album belongs to or None, the album's title, its year, genre and style if others.
Case = tuple[int | None, str, str] | tuple[int | None, str, str, list[str], list[str]]


@dataclass(frozen=True)
class Kind:
    """Films that share a difficulty, and albums named in every way that it comes in."""

    films: list[Row]
    cases: list[Case]


KINDS: dict[str, Kind] = {}


def linked(films: Sequence[Row], cases: Sequence[Case]) -> list[tuple[int | None, str, str]]:
    """The cases as they are linked: the film of a strong or probable link, or None."""
    albums = [
        release(number, title, year, *(tuple(reversed(tags)) if tags else ()))
        for number, (_, title, year, *tags) in enumerate(cases)
    ]
    decided = link_plainly(films, albums)
    found = []
    for number, (_, title, year, *_tags) in enumerate(cases):
        accepted = [each for each in decided.get(number, ()) if each.tier != "review"]
        found.append((accepted[0].film_id if accepted else None, title, year))
    return found


# fmt: off

KINDS["sequel absent"] = Kind(
    films=[
        film(1, "Creep", "2014-06-01", ["Kyle Newmaster"]),
        film(2, "The Conjuring", "2013-07-01", ["Joseph Bishara"]),
        film(3, "Paddington", "2014-11-01", ["Nick Urata"]),
        film(4, "The Raid", "2011-09-01", ["Joseph Trapanese"]),
        film(5, "Bad Boys", "1995-04-01", ["Mark Mancina"]),
        film(6, "Kung Fu Panda", "2008-06-01", ["Hans Zimmer"]),
        film(7, "Hostel", "2005-09-01", ["Nathan Barr"]),
        film(8, "Insidious", "2010-09-01", ["Joseph Bishara"]),
        film(9, "Sinister", "2012-09-01", ["Christopher Young"]),
        film(10, "Taken", "2008-02-01", ["Nathaniel Mechaly"]),
    ],
    cases=[
        (None, "Kyle Newmaster - Creep (2)", "2014"),
        (None, "Joseph Bishara - The Conjuring [Part II]", "2014"),
        (None, "Nick Urata - Paddington (Chapter Two)", "2015"),
        (None, "Joseph Trapanese - The Raid #2", "2012"),
        (None, "Mark Mancina - Bad Boys [II]", "1996"),
        (None, "Hans Zimmer - Kung Fu Panda (Part Three)", "2009"),
        (None, "Nathan Barr - Hostel (Teil 2)", "2006"),
        (None, "Joseph Bishara - Insidious (Vol. 2) (Chapter 2)", "2011"),
        (None, "Christopher Young - Sinister II", "2013"),
        (None, "Nathaniel Mechaly - Taken²", "2009"),
        (None, "Joseph Bishara - Insidious: The Second Chapter", "2011"),
        (None, "Nathaniel Mechaly - Taken - Episode 2", "2009"),
        (None, "Christopher Young - Sinister Part Deux", "2013"),
        (10, "Nathaniel Mechaly - Taken (2 LP)", "2008"),
        (8, "Joseph Bishara - Insidious (10th Anniversary)", "2010"),
        (4, "Joseph Trapanese - The Raid (2CD)", "2011"),
    ],
)
KINDS["sequel present"] = Kind(
    films=[
        *KINDS["sequel absent"].films,
        film(11, "Creep 2", "2017-06-01", ["Kyle Newmaster"]),
        film(12, "Bad Boys II", "2003-06-01", ["Trevor Rabin"]),
        film(13, "Hostel: Part II", "2007-06-01", ["Nathan Barr"]),
        film(14, "Kung Fu Panda 3", "2016-01-01", ["Hans Zimmer"]),
        film(15, "Insidious: Chapter 2", "2013-06-01", ["Joseph Bishara"]),
        film(16, "The Raid 2", "2014-03-01", ["Joseph Trapanese"]),
        film(17, "Dune: Part Two", "2024-02-01", ["Hans Zimmer"]),
        film(18, "Dune", "2021-09-01", ["Hans Zimmer"]),
    ],
    cases=[
        (11, "Kyle Newmaster - Creep (2)", "2017"),
        (12, "Trevor Rabin - Bad Boys [2]", "2003"),
        (13, "Nathan Barr - Hostel (Part Two)", "2007"),
        (14, "Hans Zimmer - Kung Fu Panda #3", "2016"),
        (15, "Joseph Bishara - Insidious (Chapter Two)", "2013"),
        (15, "Joseph Bishara - Insidious II", "2013"),
        (16, "Joseph Trapanese - The Raid II (Original Score)", "2014"),
        (17, "Hans Zimmer - Dune 2", "2024"),
        (17, "Hans Zimmer - Dune (Part 2) (OST)", "2024"),
        (18, "Hans Zimmer - Dune", "2021"),
        (16, "Joseph Trapanese - The Raid (2)", "2014"),
    ],
)
KINDS["lead brackets"] = Kind(
    films=[
        film(1, "[Safe]", "1995-06-01", ["Ed Tomney"]),
        film(2, "(500) Days of Summer", "2009-07-01", ["Mychael Danna"]),
        film(3, "Cube²: Hypercube", "2002-07-01", ["Norman Orenstein"]),
        film(4, "Alien³", "1992-05-01", ["Elliot Goldenthal"]),
        film(5, "Alien", "1979-05-01", ["Jerry Goldsmith"]),
        film(6, "(Un)Faithful", "2002-05-01", ["Jan Kaczmarek"]),
        film(7, "P.S. I Love You", "2007-05-01", ["John Powell"]),
        film(8, "[Cargo] 200", "2007-05-01", []),
        film(9, "(T)Raumschiff Surprise", "2004-07-01", ["Ralf Wengenmayr"]),
        film(10, "Fear(s) of the Dark", "2007-10-01", ["Laurent Perez"]),
        film(11, "eXistenZ", "1999-04-01", ["Howard Shore"]),
        film(12, "Cube", "1997-09-01", ["Mark Korven"]),
    ],
    cases=[
        (1, "Ed Tomney - [Safe] (Original Score)", "1995"),
        (2, "Various - (500) Days Of Summer: Music From The Motion Picture", "2009"),
        (2, "Various - 500 Days Of Summer", "2009"),
        (2, "Various - Five Hundred Days Of Summer", "2009"),
        (3, "Norman Orenstein - Cube 2 - Hypercube", "2002"),
        (3, "Norman Orenstein - Cube²", "2002"),
        (4, "Elliot Goldenthal - Alien 3", "1992"),
        (4, "Elliot Goldenthal - Alien³ (Original Soundtrack)", "1992"),
        (4, "Elliot Goldenthal - Alien III", "1992"),
        (6, "Jan Kaczmarek - Unfaithful", "2002"),
        (9, "Ralf Wengenmayr - Traumschiff Surprise", "2004"),
        (10, "Laurent Perez - Fear(s) Of The Dark", "2007"),
        (12, "Mark Korven - Cube", "1997"),
        (8, "Various - Cargo 200", "2007"),
    ],
)
KINDS["year bracket"] = Kind(
    films=[
        film(1, "Halloween", "1978-10-01", ["John Carpenter"]),
        film(2, "Halloween", "2018-10-01", ["Cody Carpenter"]),
        film(3, "Carrie", "2013-10-01", ["Marco Beltrami"]),
        film(4, "The Fog", "2005-10-01", ["Graeme Revell"]),
        film(5, "Total Recall", "2012-08-01", ["Harry Gregson-Williams"]),
        film(6, "RoboCop", "1987-07-01", ["Basil Poledouris"]),
        film(7, "RoboCop", "2014-02-01", ["Pedro Bromfman"]),
        film(8, "1941", "1979-12-01", ["John Williams"]),
    ],
    cases=[
        (1, "Various - Halloween (1978)", "2018"),
        (2, "Various - Halloween [2018]", "2018"),
        (None, "Various - Carrie (1976)", "2013"),
        (None, "Various - The Fog (Original 1980 Motion Picture Soundtrack)", "2005"),
        (None, "Various - Total Recall (1990)", "2012"),
        (6, "Various - RoboCop (1987 Original Motion Picture Score)", "2014"),
        (6, "Various - RoboCop (1987)", "2014"),
        (5, "Harry Gregson-Williams - Total Recall (2012)", "2012"),
        (8, "John Williams - 1941", "1979"),
        (7, "Pedro Bromfman - RoboCop (2014 Soundtrack)", "2014"),
        (3, "Marco Beltrami - Carrie (2013) [Deluxe]", "2013"),
        (None, "Various - Carrie (The 1976 Film Soundtrack)", "2013"),
    ],
)
KINDS["tags"] = Kind(
    films=[
        film(1, "Hindi", "1995-01-01", []),
        film(2, "Deluxe", "1999-01-01", []),
        film(3, "Baahubali: The Beginning", "2015-07-01", ["M. M. Keeravani"]),
        film(4, "English", "2010-01-01", []),
        film(5, "Saaho", "2019-08-01", ["Ghibran"]),
        film(6, "Frozen", "2013-11-01", ["Christophe Beck"]),
        film(7, "Coco", "2017-11-01", ["Michael Giacchino"]),
        film(8, "Roma", "2018-11-01", []),
        film(9, "Limited", "2011-01-01", []),
        film(10, "Expanded", "2011-01-01", []),
    ],
    cases=[
        (3, "M. M. Keeravani - Baahubali: The Beginning (Hindi)", "2015"),
        (5, "Ghibran - Saaho (Telugu) (Original Motion Picture Soundtrack)", "2019"),
        (6, "Christophe Beck - Frozen (Deluxe Edition)", "2013"),
        (7, "Michael Giacchino - Coco [Español]", "2017"),
        (7, "Michael Giacchino - Coco (Versión en Español)", "2017"),
        (6, "Christophe Beck - Frozen (English Version)", "2013"),
        (5, "Ghibran - Saaho [Limited]", "2019"),
        (5, "Ghibran - Saaho - Hindi", "2019"),
        (6, "Various - Frozen (Expanded Edition)", "2013"),
        (7, "Michael Giacchino - Coco (Colonna Sonora Originale) [Italian]", "2017"),
        (6, "Christophe Beck - Frozen (Die Eiskönigin) [Deutsche Version]", "2013"),
        (3, "M. M. Keeravani - Baahubali - The Beginning (Malayalam)", "2015"),
    ],
)
KINDS["numbers"] = Kind(
    films=[
        film(1, "Twelve Monkeys", "1995-12-01", ["Paul Buckmaster"]),
        film(2, "Ocean's Thirteen", "2007-06-01", ["David Holmes"]),
        film(3, "The 39 Steps", "1978-06-01", ["Ed Welch"]),
        film(4, "Seven Samurai", "1954-04-01", ["Fumio Hayasaka"]),
        film(5, "8½", "1963-02-01", ["Nino Rota"]),
        film(6, "Ten Little Indians", "1965-06-01", ["Malcolm Lockyer"]),
        film(7, "Thirteen Ghosts", "2001-10-01", ["John Frizzell"]),
        film(8, "21 Grams", "2003-09-01", ["Gustavo Santaolalla"]),
        film(9, "Se7en", "1995-09-01", ["Howard Shore"]),
        film(10, "Sixteen Candles", "1984-05-01", ["Ira Newborn"]),
        film(11, "28 Days Later", "2002-10-01", ["John Murphy"]),
        film(12, "One Hundred and One Dalmatians", "1961-01-01", ["George Bruns"]),
        film(13, "The Naked Gun 2½: The Smell of Fear", "1991-06-01", ["Ira Newborn"]),
        film(14, "½ Past Dead", "2002-11-01", ["Tyler Bates"]),
        film(15, "9½ Weeks", "1986-02-01", ["Jack Nitzsche"]),
        film(16, "Seven", "1979-09-01", ["Mike Curb"]),
        film(17, "Half Past Dead", "2002-11-15", [], vote_count=600),
        film(18, "Naked Gun 33⅓: The Final Insult", "1994-03-01", ["Ira Newborn"]),
        film(19, "Fantastic 4", "2005-07-01", ["John Ottman"]),
        film(20, "2 Fast 2 Furious", "2003-06-01", ["David Arnold"]),
    ],
    cases=[
        (1, "Paul Buckmaster - 12 Monkeys", "1995"),
        (2, "David Holmes - Ocean's 13", "2007"),
        (3, "Ed Welch - The Thirty-Nine Steps", "1978"),
        (3, "Ed Welch - The Thirty Nine Steps", "1978"),
        (4, "Fumio Hayasaka - 7 Samurai", "1954"),
        (5, "Nino Rota - 8 1/2", "1963"),
        (5, "Nino Rota - Eight And A Half", "1963"),
        (6, "Malcolm Lockyer - 10 Little Indians", "1965"),
        (7, "John Frizzell - 13 Ghosts", "2001"),
        (8, "Gustavo Santaolalla - Twenty-One Grams", "2003"),
        (9, "Howard Shore - Seven", "1995"),
        (9, "Howard Shore - Se7en (Original Score)", "1995"),
        (10, "Various - 16 Candles", "1984"),
        (11, "John Murphy - Twenty-Eight Days Later", "2002"),
        (12, "George Bruns - 101 Dalmatians", "1961"),
        (13, "Ira Newborn - The Naked Gun 2 1/2: The Smell Of Fear", "1991"),
        (15, "Various - Nine 1/2 Weeks", "1986"),
        (15, "Various - Nine And A Half Weeks", "1986"),
        (18, "Ira Newborn - The Naked Gun 33 1/3: The Final Insult", "1994"),
        (19, "John Ottman - Fantastic Four", "2005"),
        (20, "David Arnold - Two Fast Two Furious", "2003"),
        (16, "Mike Curb - Seven", "1979"),
    ],
)
KINDS["titles of honor"] = Kind(
    films=[
        film(1, "Doctor Zhivago", "1965-12-01", ["Maurice Jarre"]),
        film(2, "Mr. Holland's Opus", "1995-12-01", ["Michael Kamen"]),
        film(3, "St. Elmo's Fire", "1985-06-01", ["David Foster"]),
        film(4, "Dr. No", "1962-10-01", ["Monty Norman"]),
        film(5, "Mister Lonely", "2007-05-01", ["Jason Spaceman"]),
        film(6, "The Saint", "1997-04-01", ["Graeme Revell"]),
        film(7, "Mrs. Doubtfire", "1993-11-01", ["Howard Shore"]),
        film(8, "Saint Joan", "1957-05-01", ["Mischa Spoliansky"]),
        film(9, "Doctor Strange", "2016-10-01", ["Michael Giacchino"]),
        film(10, "Mr. & Mrs. Smith", "2005-06-01", ["John Powell"]),
        film(11, "Sgt. Bilko", "1996-03-01", ["Alan Silvestri"]),
        film(12, "Ft. Apache", "1948-03-01", ["Richard Hageman"]),
        film(13, "Mount Rushmore", "1998-03-01", []),
    ],
    cases=[
        (1, "Maurice Jarre - Dr. Zhivago", "1965"),
        (1, "Maurice Jarre - Dr Zhivago", "1965"),
        (2, "Michael Kamen - Mister Holland's Opus", "1995"),
        (3, "David Foster - Saint Elmo's Fire", "1985"),
        (3, "David Foster - St Elmos Fire", "1985"),
        (4, "Monty Norman - Doctor No", "1962"),
        (5, "Jason Spaceman - Mr. Lonely", "2007"),
        (6, "Graeme Revell - The Saint", "1997"),
        (8, "Mischa Spoliansky - St. Joan", "1957"),
        (9, "Michael Giacchino - Dr. Strange", "2016"),
        (10, "John Powell - Mr. And Mrs. Smith", "2005"),
        (10, "John Powell - Mister And Missus Smith", "2005"),
        (11, "Alan Silvestri - Sergeant Bilko", "1996"),
        (13, "Various - Mt. Rushmore", "1998"),
        (7, "Howard Shore - Missus Doubtfire", "1993"),
    ],
)
KINDS["marks"] = Kind(
    films=[
        film(1, "The LEGO Movie", "2014-02-01", ["Mark Mothersbaugh"]),
        film(2, "Barbie", "2023-07-01", ["Mark Ronson"]),
        film(3, "Trolls", "2016-10-01", ["Christophe Beck"]),
        film(4, "Transformers", "2007-07-01", ["Steve Jablonsky"]),
        film(5, "Monopoly", "2010-07-01", []),
        film(6, "Stratego", "2010-07-01", []),
    ],
    cases=[
        (1, "Mark Mothersbaugh - The LEGO® Movie™", "2014"),
        (1, "Mark Mothersbaugh - The Lego(R) Movie", "2014"),
        (2, "Mark Ronson - Barbie™ The Album", "2023"),
        (3, "Christophe Beck - TROLLS (TM)", "2016"),
        (4, "Steve Jablonsky - Transformers™: The Score", "2007"),
        (4, "Steve Jablonsky - Transformers(TM) - The Score", "2007"),
        (5, "Various - Monopoly©", "2010"),
        (6, "Various - Stratego ® (Original Motion Picture Soundtrack)", "2010"),
    ],
)
KINDS["acronyms"] = Kind(
    films=[
        film(1, "It", "2017-09-01", ["Benjamin Wallfisch"]),
        film(2, "I.T.", "2016-09-01", ["Timothy Williams"]),
        film(3, "F.E.A.R.", "2012-01-01", []),
        film(4, "Fear", "1996-04-01", ["Carter Burwell"]),
        film(5, "U.S. Marshals", "1998-03-01", ["Jerry Goldsmith"]),
        film(6, "D.O.A.", "1988-03-01", ["Chaz Jankel"]),
        film(7, "R.I.P.D.", "2013-07-01", ["Christophe Beck"]),
        film(8, "The Man from U.N.C.L.E.", "2015-08-01", ["Daniel Pemberton"]),
        film(9, "S.H.E.", "1980-01-01", ["Michael Kamen"]),
        film(10, "She", "1965-01-01", ["James Bernard"]),
        film(11, "W.E.", "2011-09-01", ["Abel Korzeniowski"]),
        film(12, "We", "2011-09-01", []),
    ],
    cases=[
        (1, "Benjamin Wallfisch - It", "2017"),
        (2, "Timothy Williams - I.T.", "2016"),
        (2, "Timothy Williams - I. T.", "2016"),
        (4, "Carter Burwell - Fear", "1996"),
        (5, "Jerry Goldsmith - US Marshals", "1998"),
        (6, "Chaz Jankel - DOA", "1988"),
        (7, "Christophe Beck - RIPD", "2013"),
        (8, "Daniel Pemberton - The Man From UNCLE", "2015"),
        (9, "Michael Kamen - S.H.E.", "1980"),
        (10, "James Bernard - She", "1965"),
        (11, "Abel Korzeniowski - W.E.", "2011"),
    ],
)
KINDS["symbols"] = Kind(
    films=[
        film(1, "$", "1971-12-01", ["Quincy Jones"]),
        film(2, "#Alive", "2020-06-01", ["Naruyoshi Kikuchi"]),
        film(3, "?", "2011-04-01", ["Tya Subiakto"]),
        film(4, "%", "2015-04-01", []),
        film(5, "...", "2009-04-01", []),
        film(6, "!!!", "2009-04-01", []),
        film(7, "*batteries not included", "1987-12-01", ["James Horner"]),
        film(8, "+1", "2013-03-01", ["Nathan Larson"]),
        film(9, "@", "2012-03-01", []),
    ],
    cases=[
        (1, "Quincy Jones - $ (Music From The Original Motion Picture Sound Track)", "1971"),
        (1, "Quincy Jones - $", "1971"),
        (3, "Tya Subiakto - ?", "2011"),
        (3, "Tya Subiakto - ? (Original Soundtrack)", "2011"),
        (4, "Various - % (Original Soundtrack)", "2015"),
        (7, "James Horner - Batteries Not Included", "1987"),
        (8, "Nathan Larson - +1", "2013"),
        (2, "Naruyoshi Kikuchi - #Alive", "2020"),
        (9, "Various - @", "2012"),
        (6, "Various - !!!", "2009"),
        (1, "Quincy Jones - $ (OST)", "1971"),
    ],
)
KINDS["han"] = Kind(
    films=[
        film(1, "A Chinese Odyssey", "1995-01-01", [], "西遊記大結局之仙履奇緣"),
        film(2, "House of Flying Daggers", "2004-05-01", ["Shigeru Umebayashi"], "十面埋伏"),
        film(3, "Comrades: Almost a Love Story", "1996-11-01", [], "甜蜜蜜"),
        film(4, "Lust, Caution", "2007-08-01", ["Alexandre Desplat"], "色，戒"),
        film(5, "Beyond Hypothermia", "1996-05-01", [], "攝氏32度"),
        film(6, "Dragon Inn", "1967-10-01", [], "龍門客棧"),
        film(7, "Eat Drink Man Woman", "1994-07-01", ["Mader"], "飲食男女"),
        film(8, "Ashes of Time", "1994-09-01", ["Frankie Chan"], "東邪西毒"),
        film(9, "The Wandering Earth", "2019-02-01", ["Roc Chen"], "流浪地球"),
    ],
    cases=[
        (1, "群星 - 西游记大结局之仙履奇缘 电影原声大碟", "1995"),
        (2, "梅林茂 - 十面埋伏 (电影原声带)", "2004"),
        (3, "群星 - 甜蜜蜜 電影原聲帶", "1996"),
        (4, "Alexandre Desplat - 色·戒 原声", "2007"),
        (6, "群星 - 龙门客栈", "1967"),
        (7, "Mader - 饮食男女 电影原声", "1994"),
        (8, "陈勋奇 - 东邪西毒 電影原聲", "1994"),
        (9, "Roc Chen - 流浪地球 (電影原聲)", "2019"),
        (5, "群星 - 摄氏32度 原声带", "1996"),
    ],
)
KINDS["dash artists"] = Kind(
    films=[
        film(1, "The Social Network", "2010-09-01", ["Trent Reznor", "Atticus Ross"]),
        film(2, "Gone Girl", "2014-09-01", ["Trent Reznor", "Atticus Ross"]),
        film(3, "Arrival", "2016-09-01", ["Jóhann Jóhannsson"]),
        film(4, "The Revenant", "2015-12-01", ["Ryuichi Sakamoto", "Alva Noto"]),
        film(5, "Hell or High Water", "2016-08-01", ["Nick Cave", "Warren Ellis"]),
        film(6, "Alien: Covenant", "2017-05-01", ["Jed Kurzel"]),
    ],
    cases=[
        (1, "Trent Reznor - Atticus Ross - The Social Network", "2010"),
        (2, "Trent Reznor - Atticus Ross - Gone Girl (Soundtrack From The Motion Picture)", "2014"),
        (4, "Ryuichi Sakamoto - Alva Noto - The Revenant", "2015"),
        (5, "Nick Cave - Warren Ellis - Hell Or High Water (OST)", "2016"),
        (5, "Nick Cave – Warren Ellis – Hell Or High Water", "2016"),
        (6, "Jed Kurzel - Alien - Covenant", "2017"),
        (3, "Jóhann Jóhannsson - Arrival - Original Motion Picture Soundtrack", "2016"),
        (4, "Alva Noto - Ryuichi Sakamoto - Bryce Dessner - The Revenant", "2015"),
        (2, "Atticus Ross & Trent Reznor - Gone Girl", "2014"),
        (5, "Warren Ellis / Nick Cave - Hell Or High Water", "2016"),
    ],
)
KINDS["games"] = Kind(
    films=[
        film(1, "Doom", "2005-01-01", []),
        film(2, "Hitman", "2005-01-01", []),
        film(3, "Silent Hill", "2005-01-01", []),
        film(4, "Tron", "2005-01-01", []),
        film(5, "Prince of Persia", "2005-01-01", []),
        film(6, "Street Fighter", "2005-01-01", []),
        film(7, "Resident Evil", "2005-01-01", []),
        film(8, "Max Payne", "2005-01-01", []),
        film(9, "Wing Commander", "2005-01-01", []),
        film(10, "Mortal Kombat", "2005-01-01", []),
        film(11, "Tomb Raider", "2005-01-01", []),
        film(12, "Warcraft", "2005-01-01", []),
        film(13, "Uncharted", "2005-01-01", []),
        film(14, "Gran Turismo", "2005-01-01", []),
    ],
    cases=[
        (None, "Various - Doom (SNES)", "2005"),
        (None, "Jesper Kyd - Hitman (Original Video Game Soundtrack)", "2005"),
        (None, "Akira Yamaoka - Silent Hill (PlayStation Original Soundtrack)", "2005"),
        (None, "Various - Tron (Arcade)", "2005"),
        (None, "Various - Prince Of Persia (Game Boy Color)", "2005"),
        (None, "Capcom - Street Fighter (Arcade Version)", "2005"),
        (None, "Capcom - Resident Evil OST (PS1)", "2005"),
        (None, "Various - Max Payne (Xbox Soundtrack)", "2005"),
        (None, "Various - Wing Commander (Amiga OST)", "2005"),
        (None, "Various - Mortal Kombat (Sega Mega Drive)", "2005"),
        (None, "Various - Tomb Raider (Original Game Soundtrack)", "2005"),
        (None, "Various - Warcraft (VGM)", "2005"),
        (None, "Various - Uncharted: PS3 Original Soundtrack", "2005"),
        (None, "Various - Gran Turismo (PlayStation 2 OST)", "2005"),
        (None, "Various - Doom (Nintendo 64)", "2005"),
        (None, "Various - Hitman (PC Game)", "2005"),
        (None, "Various - Silent Hill (Dreamcast)", "2005"),
        (None, "Various - Tron (Commodore 64)", "2005"),
        (None, "Various - Doom (Nintendo Switch)", "2005"),
        (None, "Various - Tomb Raider (Sega Saturn)", "2005"),
        (None, "Various - Uncharted (PSP OST)", "2005"),
        (None, "Various - Mortal Kombat (GBA)", "2005"),
        (None, "Various - Street Fighter (Super Famicom)", "2005"),
        (None, "Various - Doom (Wii U)", "2005"),
        (None, "Various - Tron (Atari 2600)", "2005"),
        (None, "Various - Warcraft ~ Game Soundtrack", "2005"),
        (12, "Various - Warcraft (Original Motion Picture Soundtrack)", "2005"),
        (10, "Various - Mortal Kombat (Music From The Motion Picture)", "2005"),
        (None, "Various - Max Payne (Steam)", "2005"),
        (None, "Various - Doom (Game Gear)", "2005"),
    ],
)
KINDS["tv"] = Kind(
    films=[
        film(1, "Fargo", "2013-01-01", []),
        film(2, "Westworld", "2013-01-01", []),
        film(3, "Hannibal", "2013-01-01", []),
        film(4, "Snowpiercer", "2013-01-01", []),
        film(5, "Dark", "2013-01-01", []),
        film(6, "Sherlock", "2013-01-01", []),
        film(7, "The Bridge", "2013-01-01", []),
        film(8, "Gomorrah", "2013-01-01", []),
        film(9, "Downton Abbey", "2013-01-01", []),
        film(10, "Bates Motel", "2013-01-01", []),
        film(11, "Bodyguard", "2013-01-01", []),
        film(12, "Deadwood", "2013-01-01", []),
    ],
    cases=[
        (None, "X - Fargo (Season One)", "2013"),
        (None, "X - Westworld (Season 1)", "2013"),
        (None, "X - Hannibal: Season 2 Volume 1", "2013"),
        (None, "X - Snowpiercer (Saison 2)", "2013"),
        (None, "X - Dark (Staffel 1)", "2013"),
        (None, "X - Sherlock (Series Two)", "2013"),
        (None, "X - The Bridge (Säsong 3)", "2013"),
        (None, "X - Gomorrah (La Serie)", "2013"),
        (None, "X - Gomorrah (Stagione 2)", "2013"),
        (None, "X - Downton Abbey (Public Television)", "2013"),
        (None, "X - Bates Motel (Temporada 1)", "2013"),
        (None, "X - Bodyguard (BBC One)", "2013"),
        (None, "X - Fargo (Seasons One Through Six)", "2013"),
        (None, "X - Dark (Erste Staffel)", "2013"),
        (None, "X - Fargo Year 3 (Original MGM/FXP Television Soundtrack)", "2013"),
        (None, "X - Westworld (HBO Series)", "2013"),
        (None, "X - Hannibal (Сезон 1)", "2013"),
        (None, "X - Snowpiercer (シーズン1)", "2013"),
        (None, "X - Sherlock (TV)", "2013"),
        (None, "X - Deadwood (Music From The Original HBO Series)", "2013"),
        (None, "X - Deadwood (Sæson 1)", "2013"),
        (None, "X - Sherlock (Sezon 2)", "2013"),
        (None, "X - The Bridge (Seizoen 1)", "2013"),
        (None, "X - Fargo (Episodes 1-6)", "2013"),
        (None, "X - Hannibal (A TV Mini-Series)", "2013"),
        (None, "X - Dark (Die Serie)", "2013"),
        (None, "X - Dark (A Netflix Original Series)", "2013"),
        (None, "X - Bates Motel (Primera Temporada)", "2013"),
        (None, "X - Fargo (Saison Un)", "2013"),
        (None, "X - Bodyguard - Music From The TV Drama", "2013"),
        (1, "X - Fargo (Original Motion Picture Soundtrack)", "2013"),
        (None, "X - Sherlock (Series 3)", "2013"),
        (None, "X - The Bridge (Second Season)", "2013"),
        (None, "X - Westworld (2. Staffel)", "2013"),
        (None, "X - Deadwood (Tercera Temporada)", "2013"),
    ],
)
KINDS["various"] = Kind(
    films=[
        film(1, "Snatch", "2001-01-01", ["Some Composer"]),
        film(2, "Trainspotting", "2001-01-01", ["Some Composer"]),
        film(3, "Blow", "2001-01-01", ["Some Composer"]),
        film(4, "Swingers", "2001-01-01", ["Some Composer"]),
        film(5, "Moulin Rouge", "2001-01-01", ["Some Composer"]),
        film(6, "Amores Perros", "2001-01-01", ["Some Composer"]),
        film(7, "Monsoon Wedding", "2001-01-01", ["Some Composer"]),
        film(8, "Human Traffic", "2001-01-01", ["Some Composer"]),
        film(9, "Go", "2001-01-01", ["Some Composer"]),
        film(10, "Vanilla Sky", "2001-01-01", ["Some Composer"]),
    ],
    cases=[
        (1, "Various Artistes - Snatch (Original Soundtrack)", "2001"),
        (2, "V/A - Trainspotting (Original Soundtrack)", "2001"),
        (3, "Artistes Variés - Blow (Original Soundtrack)", "2001"),
        (4, "Varios - Swingers (Original Soundtrack)", "2001"),
        (5, "Různí - Moulin Rouge (Original Soundtrack)", "2001"),
        (6, "Varios Artistas - Amores Perros (Original Soundtrack)", "2001"),
        (7, "Various Interprets - Monsoon Wedding (Original Soundtrack)", "2001"),
        (8, "VA - Human Traffic (Original Soundtrack)", "2001"),
        (9, "V.A. - Go (Original Soundtrack)", "2001"),
        (10, "Vários Artistas - Vanilla Sky (Original Soundtrack)", "2001"),
        (1, "Diverse Künstler - Snatch", "2001"),
        (2, "Multi-Interprètes - Trainspotting", "2001"),
        (3, "Diverse - Blow", "2001"),
        (4, "Olika Artister - Swingers", "2001"),
        (5, "Różni Wykonawcy - Moulin Rouge", "2001"),
        (6, "Vários - Amores Perros", "2001"),
        (7, "Divers Artistes - Monsoon Wedding", "2001"),
        (8, "Erilaisia Esittäjiä - Human Traffic", "2001"),
        (10, "Various Artists (2) - Vanilla Sky", "2001"),
        (10, "Various* - Vanilla Sky", "2001"),
    ],
)
KINDS["phrases"] = Kind(
    films=[
        film(1, "Deep Blue", "2003-09-01", ["George Fenton"]),
        film(2, "The Mission", "1986-05-01", ["Ennio Morricone"]),
        film(3, "Betty Blue", "1986-04-01", ["Gabriel Yared"]),
        film(4, "Bagdad Cafe", "1987-11-01", ["Bob Telson"]),
        film(5, "Buena Vista Social Club", "1999-05-01", ["Ry Cooder"]),
        film(6, "The Commitments", "1991-08-01", []),
        film(7, "Nausicaä of the Valley of the Wind", "1984-03-01", ["Joe Hisaishi"], "風の谷のナウシカ"),
        film(8, "Matilda", "1996-08-01", ["David Newman"]),
        film(9, "Superfly", "1972-08-01", ["Curtis Mayfield"]),
        film(10, "La Haine", "1995-05-01", []),
        film(11, "Twilight", "2008-11-01", ["Carter Burwell"]),
        film(12, "The Crow", "1994-05-01", ["Graeme Revell"]),
    ],
    cases=[
        (1, "George Fenton - The Original Motion Picture Soundtrack Of Deep Blue", "2003"),
        (2, "Ennio Morricone - Music From The Motion Picture The Mission", "1986"),
        (3, "Gabriel Yared - 37°2 Le Matin / Betty Blue (Bande Originale Du Film)", "1986"),
        (3, "Gabriel Yared - Betty Blue (B.O. Du Film)", "1986"),
        (4, "Various - Songs As Performed In Bagdad Cafe", "1987"),
        (5, "Various - Buena Vista Social Club: Symphonic Suite", "1999"),
        (6, "The Commitments - The Commitments: Music Collection", "1991"),
        (7, "Joe Hisaishi - Nausicaä Of The Valley Of The Wind: Symphonic Suite", "1984"),
        (8, "David Newman - The Album Music From And Inspired By Matilda", "1996"),
        (10, "Various - La Haine: Musiques Inspirées Du Film", "1995"),
        (10, "Various - Musiques Inspirées Du Film La Haine", "1995"),
        (9, "Curtis Mayfield - The Original Motion Picture Soundtrack Of Gordon Parks Jr.'s Superfly", "1972"),
        (11, "Various - Twilight The Album", "2008"),
        (12, "Various - Songs From And Inspired By The Crow", "1994"),
        (12, "Various - The Crow: Original Motion Picture Soundtrack Album", "1994"),
        (12, "Various - The Music Of The Crow", "1994"),
        (2, "Ennio Morricone - The Mission (B.O.F.)", "1986"),
        (12, "Various - OST The Crow", "1994"),
    ],
)
KINDS["possessive"] = Kind(
    films=[
        film(1, "House", "1986-02-01", ["Harry Manfredini"]),
        film(2, "Dracula", "1992-11-01", ["Wojciech Kilar"], "Bram Stoker's Dracula"),
        film(3, "Frankenstein", "1994-11-01", ["Patrick Doyle"], "Mary Shelley's Frankenstein"),
        film(4, "The Nightmare Before Christmas", "1993-10-01", ["Danny Elfman"]),
        film(5, "Precious", "2009-01-01", []),
        film(6, "Diary", "2006-01-01", []),
        film(7, "The Butler", "2013-08-01", ["Rodrigo Leão"]),
        film(8, "Garden", "2008-01-01", []),
        film(9, "Wedding", "2008-01-01", []),
        film(10, "The Secret Life", "2008-01-01", []),
        film(11, "Aladdin", "1992-11-01", ["Alan Menken"]),
    ],
    cases=[
        (None, "Various - The Painter's House (Original Soundtrack)", "1986"),
        (2, "Wojciech Kilar - Bram Stoker's Dracula", "1992"),
        (3, "Patrick Doyle - Mary Shelley's Frankenstein", "1994"),
        (4, "Danny Elfman - Tim Burton's The Nightmare Before Christmas", "1993"),
        (None, "Various - My Sister's Diary (Original Soundtrack)", "2006"),
        (7, "Rodrigo Leão - Lee Daniels' The Butler", "2013"),
        (None, "Various - The Queen's Garden", "2008"),
        (None, "Various - My Best Friend's Wedding (OST)", "2008"),
        (None, "Various - Bridget Jones's Diary (OST)", "2006"),
        (11, "Alan Menken - Walt Disney Pictures Presents Aladdin", "1992"),
        (11, "Alan Menken - Disney's Aladdin (Original Motion Picture Soundtrack)", "1992"),
        (None, "Various - The Stranger's House", "1986"),
    ],
)
KINDS["making"] = Kind(
    films=[
        film(1, "Jaws", "1975-06-01", ["John Williams"]),
        film(2, "The Making of Jaws", "1995-01-01", [], vote_count=20),
        film(3, "Blade Runner", "1982-06-01", ["Vangelis"]),
        film(4, "Dangerous Days: Making Blade Runner", "2007-08-01", [], vote_count=100),
        film(5, "Apocalypse Now", "1979-05-01", ["Carmine Coppola"]),
        film(6, "Hearts of Darkness: A Filmmaker's Apocalypse", "1991-05-01", ["Todd Boekelheide"], vote_count=500),
        film(7, "Titanic", "1997-11-01", ["James Horner"]),
        film(8, "Titanic: Behind the Scenes", "1997-12-01", [], vote_count=10),
        film(9, "Heart of the Beholder: The Making of Titanic", "1998-01-01", [], vote_count=3),
        film(10, "Jaws: The Inside Story", "2010-01-01", [], vote_count=30),
    ],
    cases=[
        (1, "John Williams - Jaws (Original Soundtrack)", "1975"),
        (1, "John Williams - Jaws", "1995"),
        (3, "Vangelis - Blade Runner", "1994"),
        (3, "Vangelis - Blade Runner", "2007"),
        (7, "James Horner - Titanic", "1997"),
        (1, "John Williams - Jaws", "2010"),
        (5, "Carmine Coppola - Apocalypse Now", "1991"),
        (7, "Various - Titanic (Music From The Motion Picture)", "1998"),
    ],
)
KINDS["concept/stage"] = Kind(
    films=[
        film(1, "Tommy", "1975-03-01", ["Pete Townshend"]),
        film(2, "Evita", "1996-12-01", ["Andrew Lloyd Webber"]),
        film(3, "Cats", "2019-12-01", ["Andrew Lloyd Webber"]),
        film(4, "The Phantom of the Opera", "2004-12-01", ["Andrew Lloyd Webber"]),
        film(5, "The War of the Worlds", "2005-06-01", ["John Williams"]),
        film(6, "Jesus Christ Superstar", "1973-06-01", ["Andrew Lloyd Webber"]),
        film(7, "Wicked", "2024-11-01", ["Stephen Schwartz"]),
        film(8, "Sweeney Todd: The Demon Barber of Fleet Street", "2007-12-01", ["Stephen Sondheim"]),
        film(9, "Into the Woods", "2014-12-01", ["Stephen Sondheim"]),
        film(10, "Dear Evan Hansen", "2021-09-01", ["Benj Pasek"]),
    ],
    cases=[
        (None, "The Who - Tommy", "1969", ["Rock"], ["Rock Opera"]),
        (None, "Andrew Lloyd Webber - Evita", "1976", ["Stage & Screen"], ["Musical"]),
        (None, "Andrew Lloyd Webber - Cats", "1981"),
        (None, "Andrew Lloyd Webber - The Phantom Of The Opera", "1986"),
        (None, "Jeff Wayne - The War Of The Worlds", "1978"),
        (6, "Andrew Lloyd Webber - Jesus Christ Superstar (Original Motion Picture Soundtrack)", "1973"),
        (None, "Andrew Lloyd Webber - Jesus Christ Superstar", "1969", ["Rock", "Stage & Screen"], ["Musical"]),
        (None, "Stephen Schwartz - Wicked", "2003"),
        (None, "Stephen Sondheim - Sweeney Todd", "1979"),
        (None, "Stephen Sondheim - Into The Woods", "1988"),
        (9, "Stephen Sondheim - Into The Woods", "2014"),
        (None, "Benj Pasek - Dear Evan Hansen", "2017"),
        (1, "Various - Tommy (Original Soundtrack Recording)", "1975"),
        (None, "Andrew Lloyd Webber - Cats (Original Cast)", "2019"),
    ],
)
KINDS["episodes"] = Kind(
    films=[
        film(1, "Star Wars: Episode IV - A New Hope", "1977-05-01", ["John Williams"], "Star Wars"),
        film(2, "Star Wars: Episode V - The Empire Strikes Back", "1980-05-01", ["John Williams"], "The Empire Strikes Back"),
        film(3, "Star Wars: Episode I - The Phantom Menace", "1999-05-01", ["John Williams"]),
        film(4, "Star Wars: The Force Awakens", "2015-12-01", ["John Williams"]),
        film(5, "Kizumonogatari Part 1: Tekketsu", "2016-01-01", ["Satoru Kosaki"]),
        film(6, "The Twilight Saga: Breaking Dawn - Part 1", "2011-11-01", ["Carter Burwell"]),
        film(7, "The Twilight Saga: Breaking Dawn - Part 2", "2012-11-01", ["Carter Burwell"]),
        film(8, "Harry Potter and the Deathly Hallows: Part 1", "2010-11-01", ["Alexandre Desplat"]),
        film(9, "Harry Potter and the Deathly Hallows: Part 2", "2011-11-01", ["Alexandre Desplat"]),
        film(10, "Evangelion: 1.0 You Are (Not) Alone", "2007-09-01", ["Shiro Sagisu"]),
    ],
    cases=[
        (1, "John Williams - Star Wars: A New Hope", "1997"),
        (1, "John Williams - Star Wars", "1977"),
        (2, "John Williams - Star Wars: The Empire Strikes Back", "1980"),
        (2, "John Williams - The Empire Strikes Back", "1997"),
        (3, "John Williams - Star Wars: The Phantom Menace", "1999"),
        (3, "John Williams - Star Wars Episode 1: The Phantom Menace", "1999"),
        (4, "John Williams - Star Wars: Episode VII - The Force Awakens", "2015"),
        (6, "Carter Burwell - The Twilight Saga: Breaking Dawn Part I", "2011"),
        (7, "Carter Burwell - Breaking Dawn - Part 2 (The Score)", "2012"),
        (8, "Alexandre Desplat - Harry Potter And The Deathly Hallows Part One", "2010"),
        (9, "Alexandre Desplat - Harry Potter & The Deathly Hallows Pt. 2", "2011"),
        (10, "Shiro Sagisu - Evangelion 1.0: You Are (Not) Alone", "2007"),
        (2, "John Williams - Star Wars V: The Empire Strikes Back", "1980"),
        (None, "John Williams - Star Wars: Episode II - Attack Of The Clones", "2002"),
    ],
)
KINDS["composers"] = Kind(
    films=[
        film(1, "Solyaris", "1972-03-01", ["Eduard Artemyev"]),
        film(2, "Stalker", "1979-05-01", ["Eduard Artemyev"]),
        film(3, "Dil Se", "1998-08-01", ["A.R. Rahman"]),
        film(4, "Pather Panchali", "1955-08-01", ["Ravi Shankar"]),
        film(5, "Come and See", "1985-09-01", ["Oleg Yanchenko"]),
        film(6, "Ran", "1985-05-01", ["Tōru Takemitsu"]),
        film(7, "Hero", "2002-10-01", ["Tan Dun"]),
        film(8, "Delicatessen", "1991-04-01", ["Carlos D'Alessio"]),
        film(9, "Amour Fou", "2014-04-01", ["Zbigniew Preisner"]),
        film(10, "Three Colors: Blue", "1993-09-01", ["Zbigniew Preisner"]),
    ],
    cases=[
        (1, "Edward Artemiev - Solyaris", "2008"),
        (2, "Eduard Artemiev - Stalker", "2000"),
        (3, "A. R. Rahman - Dil Se", "2010"),
        (3, "AR Rahman - Dil Se", "2010"),
        (6, "Toru Takemitsu - Ran", "1999"),
        (6, "Takemitsu Toru - Ran", "1999"),
        (7, "Dun Tan - Hero", "2010"),
        (8, "Carlos d'Alessio - Delicatessen", "2005"),
        (10, "Zbigniew Preisner - Three Colours: Blue", "2001"),
        (4, "Pandit Ravi Shankar - Pather Panchali", "1990"),
        (10, "Preisner - Three Colors Blue", "2001"),
    ],
)

KINDS["a person presents a film of one word"] = Kind(
    films=[
        film(1, "Nosferatu", "1979-01-01", ["Popol Vuh"]),
        film(2, "Shivers", "1975-10-01", ["Ivan Reitman"]),
        film(3, "Diary", "2006-10-01", []),
        film(4, "Lover", "2022-05-01", []),
        film(5, "War", "2007-08-01", ["Brian Tyler"]),
        film(6, "Hamlet", "1996-12-01", ["Patrick Doyle"]),
        film(7, "Emma", "1996-08-01", ["Rachel Portman"]),
        film(8, "Inferno", "1980-02-01", ["Keith Emerson"]),
        film(9, "Bride", "1985-06-01", []),
        film(10, "Carmen", "1983-05-01", ["Paco de Lucía"]),
    ],
    cases=[
        (1, "Popol Vuh - Werner Herzog's Nosferatu", "1979"),
        (1, "Popol Vuh - Werner Herzog's Nosferatu (Original Soundtrack)", "1994"),
        (6, "Patrick Doyle - William Shakespeare's Hamlet (Original Motion Picture Soundtrack)", "1996"),
        (7, "Rachel Portman - Jane Austen's Emma (Original Score)", "1996"),
        (8, "Keith Emerson - Dario Argento's Inferno", "1997"),
        (10, "Paco de Lucía - Carlos Saura's Carmen (Music From The Film)", "1983"),
        (None, "Rachel Portman - Bridget Jones's Diary", "2006"),
        (None, "Isabella Summers - Lady Chatterley's Lover", "2022"),
        (None, "James Newton Howard - Charlie Wilson's War", "2007"),
        (None, "Maurice Jarre - Doctor Frankenstein's Bride", "1985"),
        (None, "Ivan Reitman - The Doctor's Hamlet", "1996"),
    ],
)
KINDS["words after a soundtrack phrase"] = Kind(
    films=[
        film(1, "Shine", "1996-01-01", ["David Hirschfelder"]),
        film(2, "Reality Bites", "1994-02-01", ["Karl Wallinger"]),
        film(3, "Backbeat", "1994-04-01", ["Don Was"]),
        film(4, "Diva", "1981-03-01", ["Vladimir Cosma"]),
        film(5, "Singles", "1992-09-01", ["Paul Westerberg"]),
        film(6, "With Friends Like These", "1998-05-01", ["John Powell"]),
        film(7, "Go", "1999-04-01", ["BT"]),
        film(8, "Empire Records", "1995-09-01", []),
    ],
    cases=[
        (1, "David Hirschfelder - Shine (Original Motion Picture Soundtrack) Featuring The Playing Of David Helfgott", "1996"),
        (2, "Various - Reality Bites: Original Motion Picture Soundtrack Plus New Songs Of The Day", "1994"),
        (3, "Various - Backbeat (Music From The Motion Picture With Songs That They Played)", "1994"),
        (4, "Vladimir Cosma - Diva (Bande Originale Du Film Including The Aria)", "1981"),
        (5, "Various - Singles: Original Motion Picture Soundtrack Feat. Bands Of Seattle", "1992"),
        (6, "John Powell - With Friends Like These", "1998"),
        (7, "Various - Go (Music From The Motion Picture) - Disc 2", "1999"),
        (8, "Various - Empire Records (The Soundtrack) - CD 1", "1995"),
        (4, "Vladimir Cosma - Diva (Original Soundtrack) And Other Film Music", "1981"),
        (1, "David Hirschfelder - Shine (Original Motion Picture Soundtrack) Conducted By Ricky Edwards", "1996"),
        (None, "Various - Empire Records - Part 2", "1999"),
    ],
)
KINDS["short words and late ordinals"] = Kind(
    films=[
        film(1, "Fort Graveyard", "1965-01-01", ["Masaru Sato"]),
        film(2, "Colonel Chabert", "1994-09-01", ["Franz Schubert"]),
        film(3, "The General's Daughter", "1999-06-01", ["Carter Burwell"]),
        film(4, "The Fabulous Baker Brothers", "1989-10-01", ["Dave Grusin"]),
        film(5, "21st Street", "2001-10-01", ["Ann Lee"]),
        film(6, "The Nineteenth Guest", "1985-10-01", ["Tom Reyes"]),
        film(7, "The 50th Winter", "1988-10-01", ["Ida Falk"]),
        film(8, "Stairway Through Time", "1990-10-01", ["Eva Gill"]),
        film(9, "Big Top! Part Deux", "1993-05-01", ["Basil Poledouris"]),
        film(10, "Big Top!", "1991-07-01", ["Sylvester Levay"]),
    ],
    cases=[
        (1, "Masaru Sato - Ft. Graveyard", "1965"),
        (2, "Franz Schubert - Col. Chabert", "1994"),
        (3, "Carter Burwell - The Gen.'s Daughter", "1999"),
        (4, "Dave Grusin - The Fabulous Baker Bros.", "1989"),
        (5, "Ann Lee - Twenty First Street", "2001"),
        (5, "Ann Lee - Twenty-First Street (Original Score)", "2001"),
        (6, "Tom Reyes - The 19th Guest", "1985"),
        (7, "Ida Falk - The Fiftieth Winter", "1988"),
        (8, "Eva Gill - Stairway Thru Time", "1990"),
        (9, "Basil Poledouris - Big Top! Part 2", "1993"),
        (9, "Basil Poledouris - Big Top! Part Zwei", "1993"),
        (10, "Sylvester Levay - Big Top!", "1991"),
        (None, "Ann Lee - Twenty Second Street", "2001"),
        (None, "Masaru Sato - Fort Graveyard (Deuxième Partie)", "1965"),
        (None, "Masaru Sato - Fort Graveyard (Zweiter Teil)", "1965"),
        (None, "Franz Schubert - Colonel Chabert (Segunda Parte)", "1994"),
        (None, "Franz Schubert - Colonel Chabert (Ballet)", "1994"),
        (None, "Franz Schubert - Colonel Chabert (Opera In 3 Acts)", "1994"),
    ],
)
KINDS["dramas of a network and games in other languages"] = Kind(
    films=[
        film(1, "Sherwood", "2019-02-01", []),
        film(2, "Marcella", "2014-02-01", []),
        film(3, "The Americans", "2011-02-01", []),
        film(4, "Gothica", "2003-02-01", []),
        film(5, "Syberia", "2003-02-01", []),
        film(6, "Collateral", "2016-08-01", []),
    ],
    cases=[
        (None, "Kris Bowers - Sherwood (Music From The BBC One Drama)", "2022"),
        (None, "Lorne Balfe - Marcella (Music From The ITV Crime Drama)", "2016"),
        (None, "Nathan Barr - The Americans (Score From The FX Original Drama)", "2013"),
        (None, "Alan Lee - Collateral (Music From The Netflix Original Thriller)", "2018"),
        (None, "Ann Lee - Sherwood (Sky1 Original Drama)", "2022"),
        (None, "Ann Lee - Sherwood (Songs Aus Der Krimireihe)", "2022"),
        (None, "Kai Falk - Gothica (Spielmusik)", "2004"),
        (None, "Kai Falk - Gothica (Computerspiel)", "2004"),
        (None, "Inon Zur - Syberia (Videogioco)", "2004"),
        (None, "Инон Зур - Syberia (Музыка из игры)", "2004"),
        (1, "Ann Lee - Sherwood (Original Motion Picture Soundtrack)", "2019"),
    ],
)
KINDS["names that other languages write by ear"] = Kind(
    films=[
        film(1, "The Cranes", "1957-10-01", ["Moisey Vaynberg"]),
        film(2, "The Cranes", "1959-10-01", ["Tom Reyes"]),
        film(3, "Harvest", "1971-10-01", ["Pyotr Chernyshov"]),
        film(4, "Harvest", "1973-10-01", ["Ida Falk"]),
        film(5, "Blue Mountain", "1985-10-01", ["Oleg Yakovenko"]),
        film(6, "Blue Mountain", "1983-10-01", ["Eva Gill"]),
    ],
    cases=[
        (1, "Moissej Wajnberg - The Cranes", "1990"),
        (3, "Pjotr Tschernyschow - Harvest", "1990"),
        (5, "Oleg Jakowenko - Blue Mountain", "1990"),
        (5, "Oleg Yakovenko - Blue Mountain", "1990"),
        (6, "Eva Gill - Blue Mountain", "1990"),
    ],
)
KINDS["a year that is the film's title or of a remaster"] = Kind(
    films=[
        film(1, "1871", "1990-05-01", ["John Hyde"]),
        film(2, "2046", "2004-05-01", ["Shigeru Umebayashi"]),
        film(3, "The Fog", "1980-02-01", ["John Carpenter"]),
        film(4, "The Fog", "2005-10-01", ["Graeme Revell"]),
        film(5, "1941", "1979-12-01", ["John Williams"]),
    ],
    cases=[
        (2, "Shigeru Umebayashi - Two Thousand Forty Six (2046)", "2004"),
        (5, "John Williams - 1941 (1941)", "1979"),
        (5, "John Williams - 1941", "1990"),
        (3, "John Carpenter - The Fog (2005 Remaster)", "2005"),
        (3, "John Carpenter - The Fog (Remastered)", "2005"),
        (4, "Graeme Revell - The Fog", "2005"),
    ],
)
KINDS["namesakes, one of whose composers is credited"] = Kind(
    films=[
        film(1, "Night Harbor", "1990-06-01", ["Ida Falk"]),
        film(2, "Night Harbor", "2012-06-01", ["Tom Reyes"]),
    ],
    cases=[
        (1, "Ida Falk - Night Harbor (The Deluxe Edition)", "2012"),
        (2, "Tom Reyes - Night Harbor", "2012"),
        (2, "Various - Night Harbor", "2012"),
    ],
)
KINDS["an anniversary names the year"] = Kind(
    films=[
        film(1, "The Lantern", "1984-06-01", ["Ida Falk"]),
        film(2, "The Lantern", "2016-07-01", ["Tom Reyes"]),
        film(3, "Brass Valley", "1973-12-01", ["Eva Gill"]),
        film(4, "Brass Valley", "2006-09-01", ["Jan Holt"]),
    ],
    cases=[
        (1, "Various - The Lantern (30th Anniversary Edition)", "2014"),
        (3, "Various - Brass Valley (40th Anniversary)", "2013"),
        (4, "Various - Brass Valley (Tenth Anniversary)", "2016"),
    ],
)
KINDS["a short list of a series"] = Kind(
    films=[
        film(1, "Roller", "1978-06-01", ["Ida Falk"]),
        film(2, "Roller 2", "1982-06-01", ["Tom Reyes"]),
    ],
    cases=[
        (1, "Various - Roller (The Original Soundtrack)", "1991"),
        (2, "Various - Roller II (Original Soundtrack)", "1991"),
    ],
)
KINDS["albums without genre and style"] = Kind(
    films=[
        film(1, "Chariots of Fire", "1981-05-01", ["Vangelis"]),
        film(2, "Local Hero", "1983-02-01", ["Mark Knopfler"]),
        film(3, "Tron: Legacy", "2010-12-01", ["Daft Punk"]),
        film(4, "Dirty Work", "1998-06-01", ["Richard Gibbs"]),
        film(5, "Waterloo", "1970-10-01", ["Nino Rota"]),
        film(6, "Quadrophenia", "1979-05-01", ["The Who"]),
        film(7, "Kids", "1995-07-01", []),
    ],
    cases=[
        (1, "Vangelis - Chariots Of Fire", "1981", [], []),
        (1, "Vangelis - Chariots Of Fire", "2006", [], []),
        (1, "Vangelis - Chariots Of Fire", "1981", ["Electronic"], ["Soundtrack"]),
        (None, "Vangelis - Chariots Of Fire", "1981", ["Electronic"], ["Ambient"]),
        (None, "Electric Youth - Chariots Of Fire", "1981", [], []),
        (2, "Mark Knopfler - Local Hero", "1983", [], []),
        (3, "Daft Punk - Tron: Legacy", "2010", [], []),
        (None, "Daft Punk - Tron", "2010", [], []),
        (None, "The Rolling Stones - Dirty Work", "1998", [], []),
        (None, "ABBA - Waterloo", "1970", [], []),
        (None, "The Who - Quadrophenia", "1973", [], []),
        (None, "Various - Kids", "1995", [], []),
        (7, "Various - Kids (Original Soundtrack)", "1995", [], []),
    ],
)
KINDS["v is versus"] = Kind(
    films=[
        film(1, "Ape v Lizard: Night of Steel", "2016-06-01", ["Ida Falk"]),
        film(2, "Larsen vs. Larsen", "1999-06-01", ["Tom Reyes"]),
        film(3, "Ringside V", "1990-06-01", ["Eva Gill"]),
    ],
    cases=[
        (1, "Ida Falk - Ape Vs. Lizard: Night Of Steel", "2016"),
        (2, "Tom Reyes - Larsen v. Larsen", "1999"),
        (3, "Eva Gill - Ringside 5", "1990"),
        (3, "Eva Gill - Ringside V (Original Score)", "1990"),
    ],
)

# fmt: on


@pytest.mark.parametrize("kind", KINDS)
def test_every_wording_of_a_kind_goes_to_its_film(kind):
    given = KINDS[kind]

    assert linked(given.films, given.cases) == [case[:3] for case in given.cases]


# A line of wordings.txt, which says what it holds.
_FILM = re.compile(
    r"(?P<title>.+?)(?: = (?P<original>.+))? "
    r"\((?P<year>\d{4}); ?(?P<composers>[^;)]*)(?:; ?(?P<votes>\d+))?\)"
)


def _wordings() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for line in Path(__file__).with_name("wordings.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            kind = line.removeprefix("# ")
        elif line[:1].isdigit():
            kinds[kind].append(line)
    return kinds


def _listed_film(number: int, written: str) -> Row:
    found = _FILM.fullmatch(written)
    assert found, written
    composers = [name for name in found["composers"].split(", ") if name]
    votes = int(found["votes"] or 900)
    return any_film(
        number,
        found["title"],
        f"{found['year']}-06-01",
        composers,
        found["original"],
        vote_count=votes,
    )


def _linked_wording(line: str) -> int:
    _, *films, title, year = map(str.strip, line.split(" |"))
    listed = [_listed_film(number, each) for number, each in enumerate(films, start=1)]
    decided = link_plainly(listed, [release(1, title, year or None)]).get(1, [])
    return next((each.film_id for each in decided if each.tier != "review"), 0)


WORDINGS = _wordings()


@pytest.mark.parametrize("kind", WORDINGS)
def test_an_album_goes_to_its_film_as_catalogs_word_it(kind):
    assert [line for line in WORDINGS[kind] if _linked_wording(line) != int(line[0])] == []
