"""Explain an album's links: the evidence and its weights, the near misses and why they lost.

Belongs here: recomputing a decision from rows of silver, and rendering it for a terminal.
Not here: the decision itself (assignment.py), plots (report/).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capstone_assets.matching.assignment import Decision, decide_album, why_it_lost, why_no_link
from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.overrides import LINK, Override
from capstone_assets.matching.profiles import ReleaseProfile
from capstone_assets.matching.scorecard import PRIOR, Evidence, load_scorecard, probability
from capstone_assets.matching.scored_films import Candidate, ScoredFilm, score_films
from capstone_assets.matching.tiers import PROBABLE, REJECTED, REVIEW, STRONG, TierSettings
from capstone_assets.percent import percent

_BAR_WIDTH = 20
_SAID_OF_A_TIER = {STRONG: "linked", PROBABLE: "linked", REVIEW: "in review", REJECTED: "lost"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ExplainedFilm:
    """A film considered for an album, with its tier and the reason."""

    film_id: int
    title: str
    film_year: int | None
    block_key: str
    tier: str
    reason: str
    evidence: tuple[Evidence, ...]
    match_weight: float

    @property
    def score(self) -> float:
        """Probability that the release is the film's."""
        return probability(self.match_weight)


@dataclass(frozen=True)
class Explanation:
    """All films considered for a release, the linked ones first.

    `pressings` counts the releases that were decided together: those of its album, itself included.
    """

    release_id: int
    release_title: str
    kind: str
    pressings: int
    films: tuple[ExplainedFilm, ...]

    def film(self, film_id: int) -> ExplainedFilm:
        """Return what was found of one of the films."""
        return next(each for each in self.films if each.film_id == film_id)


def explain_release(
    release_id: int,
    soundtracks: Iterable[Row],
    candidates: Iterable[Row],
    films: Iterable[Row],
    overrides: Sequence[Override] = (),
    settings: TierSettings | None = None,
    careers: Careers = NO_CAREERS,
) -> Explanation:
    """Decide the release's album again from rows of silver, keeping the losers.

    `soundtracks` must hold the release and should hold its album's other pressings, `candidates`
    their pairs, `films` the films of those pairs; `careers` are those of all films. LookupError
    when the release is not among `soundtracks`.
    """
    own_overrides = [each for each in overrides if each.release_id == release_id]
    release, pressings = _album(release_id, list(soundtracks), alone=bool(own_overrides))
    ids = {row["release_id"] for row in pressings}
    by_film = {row["film_id"]: row for row in films}
    own_overrides = [each for each in own_overrides if each.film_id in by_film]
    pairs = {row["film_id"]: row for row in candidates if row["release_id"] in ids}
    considered = _considered(by_film, pairs, own_overrides)
    profiles = sorted({ReleaseProfile.of(row) for row in pressings}, key=lambda each: each.title)
    decisions = decide_album(
        profiles,
        considered,
        load_scorecard(),
        settings or TierSettings(),
        own_overrides,
        careers,
    )
    scored = score_films(profiles, considered, load_scorecard(), careers)
    rejected = {each.film_id: each for each in own_overrides if each.decision != LINK}
    explained = tuple(_explained_films(decisions, scored, rejected))
    return Explanation(release_id, release["title"], release["kind"], len(ids), explained)


def _considered(
    films: Mapping[int, Row], pairs: Mapping[int, Row], overrides: Iterable[Override]
) -> list[Candidate]:
    """The films that a block key proposed, and those that a person linked."""
    by_hand = {"block_key": "override", "title_information": 0.0}
    linked = [each.film_id for each in overrides if each.decision == LINK]
    found = {**pairs, **{film_id: by_hand for film_id in linked if film_id not in pairs}}
    return [Candidate.of(films[film_id], found[film_id]) for film_id in found if film_id in films]


def explain_film(
    film_id: int,
    soundtracks: Iterable[Row],
    candidates: Iterable[Row],
    films: Iterable[Row],
    overrides: Sequence[Override] = (),
    settings: TierSettings | None = None,
    careers: Careers = NO_CAREERS,
) -> list[Explanation]:
    """Explain every album that the film is a candidate for, by one release of each.

    `candidates` must hold the other films of those albums too, or near misses are missing.
    """
    releases, pairs, known_films = list(soundtracks), list(candidates), list(films)
    proposed = {row["release_id"] for row in pairs if row["film_id"] == film_id}
    proposed |= {each.release_id for each in overrides if each.film_id == film_id}
    by_hand = {each.release_id for each in overrides}
    first_of_album: dict[str, int] = {}
    for row in sorted(releases, key=lambda row: row["release_id"]):
        if row["release_id"] in proposed:
            alone = row["release_id"] in by_hand
            group = f"release:{row['release_id']}" if alone else row["album_id"]
            first_of_album.setdefault(group, row["release_id"])
    explained = [
        explain_release(release_id, releases, pairs, known_films, overrides, settings, careers)
        for release_id in first_of_album.values()
    ]
    # A decision may reject a film that no key proposes for the release any more.
    naming = [each for each in explained if any(film.film_id == film_id for film in each.films)]
    return sorted(naming, key=lambda each: -each.film(film_id).match_weight)


def _album(release_id: int, rows: list[Row], alone: bool) -> tuple[Row, list[Row]]:
    release = next((row for row in rows if row["release_id"] == release_id), None)
    if release is None:
        raise LookupError(
            f"Release {release_id} is not among the soundtracks. Either it was never loaded, or "
            "its id is wrong; load its year first."
        )
    if alone:
        return release, [release]
    return release, [row for row in rows if row["album_id"] == release["album_id"]]


def _explained_films(
    decisions: Sequence[Decision],
    scored: Sequence[ScoredFilm],
    rejected: Mapping[int, Override],
) -> Iterable[ExplainedFilm]:
    decided = {each.film_id: each for each in decisions}
    by_id = {each.film.film_id: each for each in scored}
    for decision in decisions:
        film = by_id[decision.film_id].film
        yield ExplainedFilm(
            film.film_id,
            film.title,
            film.film_year,
            decision.block_key,
            decision.tier,
            decision.reason,
            decision.evidence,
            decision.match_weight,
        )
    winner = by_id[decisions[0].film_id] if decisions else None
    for each in scored:
        film = each.film
        if film.film_id in decided:
            continue
        if film.film_id in rejected:
            reason = str(rejected[film.film_id])
        elif winner:
            reason = why_it_lost(each, winner)
        else:
            reason = why_no_link(each)
        yield ExplainedFilm(
            film.film_id,
            film.title,
            film.film_year,
            each.block_key,
            REJECTED,
            reason,
            each.evidence,
            each.weight,
        )


def render_film(film_id: int, explanations: Sequence[Explanation]) -> str:
    """Render for a terminal the albums that are linked to a film or in review with all evidence.

    Those that are not take a line each. `explanations` are those of `explain_film`, at least one.
    """
    shown = [each for each in explanations if each.film(film_id).tier != REJECTED]
    lost = [each for each in explanations if each.film(film_id).tier == REJECTED]
    linked = sum(each.film(film_id).tier != REVIEW for each in shown)
    film = explanations[0].film(film_id)
    elsewhere = sum(each.films[0].tier != REJECTED for each in lost)
    parts = [f"{linked} linked", f"{len(shown) - linked} in review"]
    parts += [f"{elsewhere} with another film"] if elsewhere else []
    parts += [f"{len(lost) - elsewhere} not linked"] if elsewhere < len(lost) else []
    lines = [f"{_named(film)}. Albums of its title: {', '.join(parts)}."]
    for explanation in shown:
        lines.extend(["", render_waterfall(explanation)])
    if lost:
        lines.extend(
            ["", "Not with this film (`capstone explain --release ID` shows the evidence):"]
        )
        lines.extend(_line_of_a_loser(each, film_id) for each in lost)
    return "\n".join(lines)


def _line_of_a_loser(explanation: Explanation, film_id: int) -> str:
    found, best = explanation.film(film_id), explanation.films[0]
    where = (
        ""
        if best.tier == REJECTED
        else f", {_SAID_OF_A_TIER[best.tier]} with {best.title} ({_year(best)})"
    )
    named = f"  {explanation.release_title} (release {explanation.release_id}{where})"
    return f"{named}: {percent(found.score)}; {found.reason}"


def render_waterfall(explanation: Explanation, most_films: int = 5) -> str:
    """Render for a terminal the best films with all their evidence, heaviest first."""
    about = f"release {explanation.release_id}, {explanation.kind.replace('_', ' ')}"
    if explanation.pressings > 1:
        about += f", decided with the other pressings of its album: {explanation.pressings} in all"
    lines = [f"{explanation.release_title}", f"  {about}"]
    if not explanation.films:
        lines.append("  no film shares a title key with it, so no pair was proposed")
    for film in explanation.films[:most_films]:
        lines.extend(["", *_film_lines(film)])
    if (left := len(explanation.films) - most_films) > 0:
        lines.extend(["", f"  and {left} films further behind"])
    return "\n".join(lines)


def _film_lines(film: ExplainedFilm) -> Iterable[str]:
    yield f"  {_named(film)}: {film.tier.upper()}, {percent(film.score)}"
    yield f"    {_SAID_OF_A_TIER[film.tier]} because: {film.reason}"
    ordered = sorted(film.evidence, key=lambda found: (-abs(found.weight), found.comparison))
    heaviest = max((abs(found.weight) for found in ordered), default=1.0) or 1.0
    for found in ordered:
        bar = ("+" if found.weight > 0 else "-") * round(abs(found.weight) / heaviest * _BAR_WIDTH)
        level = "scorecard " + found.level if found.comparison == PRIOR else found.level
        yield (
            f"    {found.weight:+7.2f} {bar:<{_BAR_WIDTH}} "
            f"{found.comparison}: {found.explanation} [{level}]"
        )
    total = f"match weight, a probability of {film.score:.4f} (proposed by {film.block_key})"
    yield f"    {film.match_weight:+7.2f} {'=' * _BAR_WIDTH} {total}"


def _named(film: ExplainedFilm) -> str:
    return f"{film.title} ({_year(film)}), film {film.film_id}"


def _year(film: ExplainedFilm) -> str:
    return str(film.film_year or "year unknown")
