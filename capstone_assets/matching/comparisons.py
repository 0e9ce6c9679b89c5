"""Compare a film with an album, one aspect at a time.

Belongs here: comparisons, their levels, and each outcome in words.
Not here: what of a film and a release is compared (profiles.py), names of people (people.py), the
weights of levels (scorecard.json), decisions by the sum (assignment.py).

A comparison that cannot be made has a level of its own with weight 0: composers
and years are missing for most films and releases, and absence is not evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.credits import is_various
from capstone_assets.matching.people import (
    NamedPerson,
    is_duo,
    is_misspelled,
    is_one_of,
    may_be_one,
)
from capstone_assets.matching.phrases import SMALL_WORDS
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.text import joined, numbers
from capstone_assets.matching.titles import PARTIAL_FORMS, TitleForm

# Best first: of all readings of both titles, the best level counts.
TITLE_LEVELS = (
    "same",
    "same_variant",
    "same_alternative",
    "same_but_article",
    "same_but_small_words",
    "without_film_subtitle",
    "only_film_subtitle",
    "misspelled",
    "reordered",
    "film_opening",
    "another_volume",
    "with_more_words",
    "number_differs",
    "contained",
    "different",
)
_TITLE_RANK = {level: rank for rank, level in enumerate(TITLE_LEVELS)}
WHOLE_TITLE_LEVELS = frozenset(TITLE_LEVELS[:5]) | {"misspelled"}
_NEARLY_THE_TITLE = frozenset({"same_but_small_words", "misspelled"})
EQUAL_TITLE_LEVELS = WHOLE_TITLE_LEVELS | {
    "without_film_subtitle",
    "only_film_subtitle",
    "film_opening",
}
# Levels of titles that name another work, whatever else agrees.
OTHER_TITLE_LEVELS = frozenset({"number_differs", "different"})
# Levels of titles that agree only in a piece.
PIECE_LEVELS = frozenset(
    {
        "without_film_subtitle",
        "only_film_subtitle",
        "film_opening",
        "another_volume",
        "with_more_words",
    }
)
SUBTITLE_LEVELS = frozenset({"without_film_subtitle", "only_film_subtitle"})
WITH_THE_FILM = frozenset({"same", "year_before", "year_after"})
NOT_APART = WITH_THE_FILM | {"unknown"}
_WHEN_SEQUELS_COME = frozenset({"a_little_later", "original_a_little_later"})
# Year levels that exclude a rival: the album is older than that film, or names another year.
_NOT_ITS_YEAR = frozenset({"earlier", "much_earlier", "another_year"})
# Thresholds in votes; benchmarks/fit_scorecard.py has the counts behind them.
_FAMOUS_VOTES, _FAMOUS_RATIO = 2_000, 10
_SHORTEST_WITH_SLIP = 5
# Of labeled albums that came out still later and share no composer with their film, 2 were right
# and 5, of films that were withheld, wrong.
_GENERATIONS = 60
_RENOWN = ((500, "renowned"), (100, "known"), (20, "little_known"), (0, "obscure"))
SONGS = frozenset({"film_songs", "title_song", "compilation"})


@dataclass(frozen=True)
class Outcome:
    """The result of a comparison: its level, and the same in words."""

    comparison: str
    level: str
    explanation: str


def compare_all(
    films: Sequence[tuple[FilmProfile, float]],
    release: ReleaseProfile,
    careers: Careers = NO_CAREERS,
) -> list[tuple[Outcome, ...]]:
    """All comparisons of the release with each of its candidate films, in the films' order.

    `films` come with the information of their title (see blocking.py). They are compared together,
    because what a title says depends on who else bears it. `careers` are those of all films.
    """
    matched = [match_title(film, release) for film, _ in films]
    years = _compare_years(films, matched, release)
    # A film that came out well after the album is not a rival: in 1984 Ghostbusters had one
    # bearer.
    in_time = [year.level not in _NOT_ITS_YEAR for year in years]
    exact = WHOLE_TITLE_LEVELS - _NEARLY_THE_TITLE
    if any(
        timely and found.level in exact for (found, _), timely in zip(matched, in_time, strict=True)
    ):
        matched = [(_not_nearly(found), key) for found, key in matched]
    bears = [
        timely and found.level in WHOLE_TITLE_LEVELS
        for (found, _), timely in zip(matched, in_time, strict=True)
    ]
    bearers = [
        (film, key)
        for (film, _), (_, key), is_one in zip(films, matched, bears, strict=True)
        if is_one
    ]
    composers = [
        compare_composer(film, release, came_with_film=year.level in WITH_THE_FILM, careers=careers)
        for (film, _), year in zip(films, years, strict=True)
    ]
    composers = _without_rivals_composers(composers, bears)
    matched = _with_asides(films, matched, years, composers, release)
    kind = compare_kind(release)
    return [
        (
            title,
            compare_rarity(
                title,
                _films_sharing(
                    key if is_one else None, bearers, by_fame=composer.level != "different"
                ),
                information,
            ),
            composer,
            year,
            kind,
            compare_claim(release, title, composer),
            compare_renown(film),
        )
        for (film, information), (title, key), year, composer, is_one in zip(
            films, matched, years, composers, bears, strict=True
        )
    ]


def _with_asides(
    films: Sequence[tuple[FilmProfile, float]],
    matched: list[tuple[Outcome, str | None]],
    years: Sequence[Outcome],
    composers: Sequence[Outcome],
    release: ReleaseProfile,
) -> list[tuple[Outcome, str | None]]:
    """The outcomes of the title, in which a bracket of further words may be a sequel's subtitle.

    It is if the years are apart and no composer is shared, or by as much as those of sequels:
    Paranormal Activity (The Ghost Dimension), beside the film of 2007. A later album of the same
    composer is a reissue with a translation: Il Postino (The Postman).
    """
    if not release.asides:
        return matched
    return [
        (Outcome("title", "with_more_words", f"'{min(more)}' is added to '{film.title}'"), key)
        if found.level in WHOLE_TITLE_LEVELS
        and year.level not in NOT_APART
        and (year.level in _WHEN_SEQUELS_COME or composer.level not in {"same", "alike"})
        and (more := release.asides - {form.key for _, form in film.forms})
        else (found, key)
        for (film, _), (found, key), year, composer in zip(
            films, matched, years, composers, strict=True
        )
    ]


def _compare_years(
    films: Sequence[tuple[FilmProfile, float]],
    matched: Sequence[tuple[Outcome, str | None]],
    release: ReleaseProfile,
) -> list[Outcome]:
    """The year of the release against that of each film; an older album is not of a new film.

    Where the list has an older film of the title: a Halloween pressed in 2018 for its fortieth
    anniversary is that of 1978, and so is a remaster.
    """
    years = [compare_year(film, release) for film, _ in films]
    pressed, celebrated = release.original_year, release.celebrated_year
    if pressed is None or release.named_year or not (celebrated or release.is_reissue):
        return years
    newest = celebrated + 1 if celebrated else pressed - 2
    has_older = any(
        film.film_year is not None
        and film.film_year <= newest
        and title.level in WHOLE_TITLE_LEVELS
        for (film, _), (title, _) in zip(films, matched, strict=True)
    )
    again = Outcome("year", "earlier", f"an older album, pressed again in {pressed}")
    return [
        again if has_older and film.film_year and film.film_year >= pressed - 1 else year
        for (film, _), year in zip(films, years, strict=True)
    ]


def _without_rivals_composers(composers: list[Outcome], bears: Sequence[bool]) -> list[Outcome]:
    """Count the composer of one film as a different composer for its namesakes, not as a performer.

    `bears` says which of the films have the title: Jerry Goldsmith's Total Recall is that of 1990,
    whatever the year of the pressing.
    """
    if not any(
        found.level == "same" and is_one for found, is_one in zip(composers, bears, strict=True)
    ):
        return composers
    return [
        Outcome("composer", "different", found.explanation) if found.level == "performer" else found
        for found in composers
    ]


def _films_sharing(
    key: str | None, bearers: Sequence[tuple[FilmProfile, str | None]], *, by_fame: bool
) -> int:
    """How many films have the title, including this one.

    Films that match by the same reading of the title (`key`) share it; a film that matches by less
    than a whole title (`key` None) shares it with all of them. With `by_fame`, namesakes that a
    well-known film outshines do not count; it is false where a composer other than the film's own
    is credited.
    """
    same = [film for film, other in bearers if key is None or other == key]
    # If the best-known film does not outshine a film, no other does. A thousand may share a title.
    best_known = max(same, key=lambda film: film.vote_count or 0, default=None)
    outshone = [
        film for film in same if by_fame and best_known and far_better_known(best_known, film)
    ]
    sharing = len(same) - len(outshone)
    return max(sharing, 1) if key is not None else sharing + 1


def far_better_known(film: FilmProfile, rival: FilmProfile) -> bool:
    """Whether the film is well known and its rival hardly at all, by how many people rated them.

    In two labeled catalogs the album of such namesakes was the well-known film's in 52 of 52 cases.
    """
    if film.vote_count is None or rival.vote_count is None or film.vote_count < _FAMOUS_VOTES:
        return False
    return film.vote_count >= _FAMOUS_RATIO * rival.vote_count


def _not_nearly(title: Outcome) -> Outcome:
    """Do not overlook a typo or a small word if another film has the exact title."""
    if title.level not in _NEARLY_THE_TITLE:
        return title
    return Outcome("title", "different", "the release's title is that of another film")


def match_title(film: FilmProfile, release: ReleaseProfile) -> tuple[Outcome, str | None]:
    """Do the titles agree, in the best reading of both? The artist's name is ignored.

    Returns the outcome and the key of the release's title in the matched reading.
    """
    best, found = len(TITLE_LEVELS), None
    # What follows the film's title may number a sequel: A Quiet Place: Part 2.
    more_numbers = bool(release.sequel_numbers - film.numbers)
    release_forms = release.forms_for(film)
    for origin, film_form in film.forms:
        for release_form in release_forms:
            level = _title_level(origin, film_form, release_form)
            if level in {"with_more_words", "another_volume"} and more_numbers:
                level = "number_differs"
            if level and _presents(film, release, film_form, release_form):
                level = "same_variant"
            elif (
                not level
                and best > _TITLE_RANK["misspelled"]
                and _is_short_slip(film, release, film_form, release_form)
            ):
                level = "misspelled"
            if level and _TITLE_RANK[level] < best:
                best, found = _TITLE_RANK[level], (film_form, release_form)
    if not found:
        return Outcome("title", "different", "the titles have little in common"), None
    level = TITLE_LEVELS[best]
    sentence = _title_sentence(level, found[0].full, found[1].full)
    return Outcome("title", level, sentence), found[1].joined


def _presents(film: FilmProfile, release: ReleaseProfile, *forms: TitleForm) -> bool:
    """Whether the owner in front of one of the titles only presents it.

    Alfred Hitchcock's Psycho is Psycho, if its composer is credited; Charlie Wilson's War is not
    War.
    """
    presented = any(form.form == "presented" for form in forms)
    return presented and _credited_composer(film, release) is not None


def _is_short_slip(
    film: FilmProfile, release: ReleaseProfile, film_form: TitleForm, form: TitleForm
) -> bool:
    """Whether a short title has a letter or its dots wrong, on an album of the film's composer.

    By someone else `Vertgo` may be another title; Pierre and Perrin are.
    """
    if film_form.form != "whole" or form.form not in {"whole", "cut"}:
        return False
    one, other = film_form.key, form.key
    if one[:1] != other[:1] or abs(len(one) - len(other)) > 1 + one.count("."):
        return False
    if numbers(one) != numbers(other):
        return False
    same_letters = one.replace(".", "") == other.replace(".", "")
    is_slip = min(len(one), len(other)) >= _SHORTEST_WITH_SLIP and OSA.distance(one, other) == 1
    # Aliens is a sequel of Alien.
    may_be_sequel = _differ_by_plural(one, other) and film.film_year != release.original_year
    return (same_letters or (is_slip and not may_be_sequel)) and _credited_composer(
        film, release
    ) is not None


def _title_level(origin: str, film: TitleForm, release: TitleForm) -> str | None:
    """Return the level of two title forms, or None if they do not apply to the pair."""
    if film.joined == release.joined:
        return _equal_level(origin, film, release)
    if film.form != "whole" or release.form not in {"whole", "alias", "cut", "from"}:
        return None
    if numbers(film.key) != numbers(release.key):
        same_words = _without_numbers(film.key) == _without_numbers(release.key)
        return "number_differs" if same_words or _contained(film.key, release.key) else None
    return _near_level(film.key, release.key)


_LEVEL_OF_PIECE = {
    "head": "without_film_subtitle",
    "tail": "only_film_subtitle",
    "owned": "only_film_subtitle",
    "presented": "only_film_subtitle",
    "opening": "film_opening",
}


def _equal_level(origin: str, film: TitleForm, release: TitleForm) -> str | None:
    if film.form in _LEVEL_OF_PIECE:
        return None if release.form in PARTIAL_FORMS else _LEVEL_OF_PIECE[film.form]
    if release.form in {"owned", "presented"}:
        return "contained"
    if release.form in PARTIAL_FORMS:
        return "another_volume" if release.form == "volume" else "with_more_words"
    if origin == "alternative":
        return "same_alternative"
    if film.form != "whole" or release.form not in {"whole", "alias"}:
        return "same_variant"
    return "same" if film.full == release.full else "same_but_article"


def _near_level(film_key: str, release_key: str) -> str | None:
    without = _without_small_words(film_key)
    if without and without == _without_small_words(release_key):
        return "same_but_small_words"
    # In a long title one differing letter is a typo; in a short one it makes another title, as in
    # Hanna and Anna.
    slips = max(len(film_key), len(release_key)) // 8
    if _differ_by_plural(film_key, release_key):
        return None
    if slips and OSA.distance(*map(_bare, (film_key, release_key)), score_cutoff=slips) <= slips:
        return "misspelled"
    if fuzz.token_sort_ratio(film_key, release_key, score_cutoff=95):
        return "reordered"
    return "contained" if _contained(film_key, release_key) else None


def _differ_by_plural(first: str, second: str) -> bool:
    """Whether the only difference is an s at the end: Twisters is not Twister misspelled.

    Inside a title it may be a possessive that lost its apostrophe: Schindler List.
    """
    return f"{first}s" == second or f"{second}s" == first


def _contained(first: str, second: str) -> bool:
    one, other = set(first.split()), set(second.split())
    return one <= other or other <= one


@lru_cache(maxsize=100_000)
def _without_small_words(key: str) -> str:
    return " ".join(word for word in key.split() if word not in SMALL_WORDS)


@lru_cache(maxsize=100_000)
def _bare(key: str) -> str:
    """The key as a misspelled article leaves it: `theheat` and `thee heat`."""
    return joined(key).removeprefix("the")


@lru_cache(maxsize=100_000)
def _without_numbers(key: str) -> str:
    return " ".join(word for word in key.split() if not word[0].isdigit())


def _title_sentence(level: str, film: str, release: str) -> str:
    return {
        "same": f"both are called '{film}'",
        "same_but_article": f"'{release}' and '{film}' differ only in spacing or an article",
        "same_variant": f"'{film}' is in the release's title",
        "same_but_small_words": f"'{release}' and '{film}' differ only in small words",
        "same_alternative": f"'{film}' is another title of the film",
        "without_film_subtitle": f"'{release}' is the film's title without its subtitle",
        "only_film_subtitle": f"'{release}' is the film's subtitle",
        "misspelled": f"'{release}' is '{film}' with a misspelling",
        "reordered": f"'{release}' has the words of '{film}' in another order",
        "film_opening": f"the film's title begins with '{release}'",
        "another_volume": f"the release is a volume of '{film}'",
        "with_more_words": f"the release's title has more words than '{film}'",
        "number_differs": f"the numbers of '{release}' and '{film}' differ",
        "contained": f"of '{release}' and '{film}', one contains the other",
    }[level]


def compare_rarity(title: Outcome, films_sharing: int, information: float) -> Outcome:
    """How much does an equal title mean? Little if many films have it, or any film might."""
    if title.level not in EQUAL_TITLE_LEVELS:
        return Outcome("title_rarity", "not_compared", "the titles are not equal")
    if films_sharing > 1:
        level = "shared_by_many" if films_sharing > 3 else "shared"
        return Outcome("title_rarity", level, f"{films_sharing} films share the title")
    if information < 0.7:
        return Outcome("title_rarity", "common_words", "the title is a common word")
    if information < 1.4:
        no_rival = "other films could have the title, but none about as well known has it"
        return Outcome("title_rarity", "ordinary", no_rival)
    no_rival = "no other film about as well known is likely to have the title"
    return Outcome("title_rarity", "distinctive", no_rival)


def compare_composer(
    film: FilmProfile,
    release: ReleaseProfile,
    *,
    came_with_film: bool,
    careers: Careers = NO_CAREERS,
) -> Outcome:
    """Is a composer of the film credited? 81 % of true pairs, 0.5 % of random ones.

    Another artist is a performer, not a rival of the composer, on songs, and on a soundtrack that
    is not a score and either came out with the film or is filed under songs. A composer of other
    listed films is a performer on songs alone.
    """
    if not film.composers:
        return _compare_career(film, release, careers)
    if composer := _credited_composer(film, release):
        return Outcome("composer", "same", f"{composer.name} is credited on both")
    if is_various(release.artist_credit) or not release.artists:
        return Outcome("composer", "various", "the release is credited to no one in particular")
    if resemblance := _resemblance(film, release):
        return resemblance
    scripts = {person.script for person in film.composers}
    if not any(artist.script in scripts for artist in release.artists):
        return Outcome("composer", "other_script", "the names are written in different scripts")
    credited = f"credited to {release.artist_credit}, not to {film.composers[0].name}"
    performs = _performs(release, came_with_film=came_with_film, careers=careers)
    return Outcome("composer", "performer" if performs else "different", credited)


def _performs(release: ReleaseProfile, *, came_with_film: bool, careers: Careers) -> bool:
    """Whether the artist performs on the film's album rather than composed another film's."""
    if release.kind != "soundtrack":
        return release.kind in SONGS
    if any(careers.is_composer(artist.words) for artist in release.artists):
        return False
    return came_with_film or release.is_filed_under_songs


def _compare_career(film: FilmProfile, release: ReleaseProfile, careers: Careers) -> Outcome:
    """Where no composer of the film is known: did the artist compose for films of its time?"""
    names = (person.words for person in (*release.artists, *release.composers))
    if years := careers.far_from(film.film_year, names):
        said = f"{release.artist_credit} composed for films of {years}, far from this one"
        return Outcome("composer", "another_era", said)
    level = "unknown" if release.artists else "various"
    return Outcome("composer", level, "no composer of the film is known")


def _credited_composer(film: FilmProfile, release: ReleaseProfile) -> NamedPerson | None:
    """The first composer of the film who is credited, with composing it or as an artist."""
    for composer in film.composers:
        if is_one_of(composer, release.composers) or _is_credited(composer, release):
            return composer
    return None


def _resemblance(film: FilmProfile, release: ReleaseProfile) -> Outcome | None:
    """An artist who may be a composer of the film under another name; None if none may."""
    for composer in film.composers:
        for artist in release.artists:
            if may_be_one(composer, artist):
                level = "same" if is_misspelled(composer, artist) else "alike"
                return Outcome("composer", level, f"{artist.name} may be {composer.name}")
    for artist in release.artists:
        if is_duo(artist, film.composers):
            return Outcome("composer", "alike", f"{artist.name} may be composers of the film")
    return None


def _is_credited(composer: NamedPerson, release: ReleaseProfile) -> bool:
    if is_one_of(composer, (*release.artists, *release.further_artists)):
        return True
    return len(composer.words) > 1 and composer.words <= release.credit_words


def compare_year(film: FilmProfile, release: ReleaseProfile) -> Outcome:
    """Did the album first come out with the film?

    A year in the album's title is the film's own. A lone pressing may be a reissue of any age, so a
    late year means little; an early year means the same whatever its basis. Only differences of
    years count: no level depends on the era.
    """
    named = release.named_year
    # In `1941 (1941)` the number is the film's title.
    if film.film_year is not None and named is not None and str(named) not in film.numbers:
        said = f"its title names {named}, the film is of {film.film_year}"
        near = abs(named - film.film_year) <= 1
        return Outcome("year", "same" if near else "another_year", said)
    if film.film_year is None or release.original_year is None:
        return Outcome("year", "unknown", "no year to compare")
    basis = "pressed" if release.year_basis == "pressing" else "first out"
    said = f"{basis} in {release.original_year}, the film is of {film.film_year}"
    gap = release.original_year - film.film_year
    celebrated = release.celebrated_year
    # Labels celebrate their own anniversaries, too, so none counts against a film.
    if celebrated is not None and abs(celebrated - film.film_year) <= 1:
        return Outcome("year", "same", f"{said}: an anniversary of {celebrated}")
    if release.is_reissue and abs(gap) <= 1:
        return Outcome("year", "unknown", f"a reissue of {release.original_year}, first out before")
    return Outcome("year", _year_level(gap, sure=release.year_basis == "master"), said)


def _year_level(gap: int, *, sure: bool) -> str:
    """The level of an album that came out `gap` years after its film."""
    if gap < -1:
        return "much_earlier" if gap < -3 else "earlier"
    if gap <= 1:
        return ("year_before", "same", "year_after")[gap + 1]
    if gap <= 3:
        return "original_a_little_later" if sure else "a_little_later"
    if gap > _GENERATIONS:
        return "generations_later"
    if sure:
        return "original_later"
    return "later" if gap < 10 else "reissue"


def compare_kind(release: ReleaseProfile) -> Outcome:
    """Is it the kind of release that a film has?"""
    named = release.kind.replace("_", " ")
    of_two_films = any(form.form == "part" for form in release.forms)
    if release.kind in {"film_score", "film_songs", "soundtrack", "unmarked"} or (
        release.kind == "compilation" and of_two_films
    ):
        return Outcome("kind", "soundtrack", f"it is a {named}" if "_" in named else "a soundtrack")
    return Outcome("kind", release.kind, f"typed as {named}")


def compare_claim(release: ReleaseProfile, title: Outcome, composer: Outcome) -> Outcome:
    """Does it say that it is for a film?

    If it says nothing, its composer may: who composed for a film of that very title. Of 306 such
    albums in two labeled catalogs without their tags 305 were right.
    """
    of_its_composer = title.level in WHOLE_TITLE_LEVELS and composer.level in {"same", "alike"}
    if release.claim == "none" and of_its_composer:
        return Outcome("claim", "composer", "only its composer says that it is a soundtrack")
    sentences = {
        "film": "its title says that it is for a film",
        "soundtrack": "it is marked as a soundtrack",
        "screen": "only its genre is of the stage or screen",
        "none": "nothing says that it is a soundtrack",
    }
    return Outcome("claim", release.claim, sentences[release.claim])


def compare_renown(film: FilmProfile) -> Outcome:
    """Is the film one that gets a soundtrack released?

    Few films with hardly any ratings do. It indicates whether there is an album at all, not which
    of two films it belongs to, so it hardly counts in the margin (assignment.py).
    """
    if film.vote_count is None:
        return Outcome("renown", "unknown", "nothing says how well known the film is")
    level = next(level for fewest, level in _RENOWN if film.vote_count >= fewest)
    few = "only " if level in {"obscure", "little_known"} else ""
    return Outcome("renown", level, f"{few}{film.vote_count:,} people rated the film")


def parts_naming(film: FilmProfile, release: ReleaseProfile) -> list[int]:
    """Return the parts of `A / B`, counted from 0, that name the film, if there are two."""
    parts = [form.key for form in release.forms if form.form == "part"]
    titles = {form.key for _, form in film.forms if form.form == "whole"}
    return [number for number, key in enumerate(parts) if key in titles]
