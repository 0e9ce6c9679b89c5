"""The cases that a person decides: both sides of a pair, the evidence, what a decision changes.

Belongs here: turning stored rows into cases, the order of cases.
Not here: writing decisions (decisions.py), showing cases (page.py, terminal.py).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from capstone_assets.inspection.explained_links import stored_careers
from capstone_assets.lake.gold import REVIEW_QUEUE
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.careers import Careers
from capstone_assets.matching.errors import MatchingError
from capstone_assets.matching.explanation import ExplainedFilm, Explanation, explain_release
from capstone_assets.matching.overrides import LINK, REJECT, Override
from capstone_assets.matching.scorecard import Evidence
from capstone_assets.matching.tiers import REJECTED

TMDB_FILM = "https://www.themoviedb.org/movie/{}"
DISCOGS_RELEASE = "https://www.discogs.com/release/{}"
DISCOGS_MASTER = "https://www.discogs.com/master/{}"

# The reason of a decision whose person gave none.
NO_REASON_GIVEN = "decided in capstone review"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """A film and an album that wait for a decision; an album's pressings are decided together."""

    film_id: int
    album_id: str
    release_ids: tuple[int, ...]
    score: float
    margin: float
    reason: str
    film_title: str
    release_title: str

    @property
    def key(self) -> str:
        """A short name of the pair, for addresses."""
        return f"{self.film_id}-{self.release_ids[0]}"


class OutdatedPairError(MatchingError):
    """A pair of the review queue is not in silver any more."""

    def __init__(self, film: str, release: str) -> None:
        super().__init__(film, release)
        self.film, self.release = film, release

    def __str__(self) -> str:
        return (
            f"{self.release} waits for review as {self.film}, but silver was written again since "
            "and has no such pair. Run `make run`, which writes the review queue again."
        )


@dataclass(frozen=True)
class Case:
    """A pair with everything known about it.

    `near_misses` are the other films that compete for the album, the best first.
    """

    pair: Pair
    film: Row
    release: Row
    evidence: tuple[Evidence, ...]
    match_weight: float
    near_misses: tuple[ExplainedFilm, ...]

    @property
    def film_url(self) -> str:
        """The film's page at TMDB."""
        return TMDB_FILM.format(self.film["film_id"])

    @property
    def release_url(self) -> str:
        """The release's page at Discogs."""
        return DISCOGS_RELEASE.format(self.release["release_id"])

    @property
    def master_url(self) -> str | None:
        """The page of the release's master at Discogs."""
        master = self.release["master_id"]
        return DISCOGS_MASTER.format(master) if master else None


@dataclass(frozen=True)
class _Stored:
    """An album's releases, the pairs that propose a film for one of them, and those films."""

    album: Sequence[Row]
    pairs: Sequence[Row]
    films: Sequence[Row]


class Review:
    """The review queue of a lake, and what decisions would change in it."""

    def __init__(self, lakehouse: Lakehouse) -> None:
        self._lakehouse = lakehouse
        # Of the case that was shown last: the effects of decisions on it are asked for next.
        self._shown: tuple[str, _Stored] | None = None

    def pairs(self, decided: Sequence[Override] = ()) -> list[Pair]:
        """The pairs that wait, the least certain first; without those that people decided.

        Raises:
            NotMaterializedError: gold was never materialized.
        """
        linked = {each.release_id for each in decided if each.decision == LINK}
        rejected = {(each.film_id, each.release_id) for each in decided if each.decision == REJECT}
        groups: dict[tuple[int, str], list[Row]] = {}
        for row in self._lakehouse.scan(REVIEW_QUEUE).to_pylist():
            if row["release_id"] in linked or (row["film_id"], row["release_id"]) in rejected:
                continue
            groups.setdefault((row["film_id"], row["album_id"]), []).append(row)
        pairs = [_pair(rows) for rows in groups.values()]
        return sorted(pairs, key=lambda pair: (abs(pair.score - 0.5), pair.key))

    def case(self, pair: Pair) -> Case:
        """Return everything known about a pair.

        Raises:
            OutdatedPairError: silver was written again since, without the pair.
        """
        stored = self._read(pair.album_id)
        film = _row_of(stored.films, "film_id", pair.film_id)
        release = _row_of(stored.album, "release_id", pair.release_ids[0])
        if film is None or release is None:
            raise OutdatedPairError(pair.film_title, pair.release_title)
        self._shown = (pair.album_id, stored)
        explanation = self._explain(pair.release_ids[0], stored, ())
        own = next(each for each in explanation.films if each.film_id == pair.film_id)
        return Case(
            pair,
            film,
            release,
            tuple(sorted(own.evidence, key=lambda e: (-abs(e.weight), e.comparison))),
            own.match_weight,
            tuple(each for each in explanation.films if each.film_id != pair.film_id)[:5],
        )

    def effect(
        self, pair: Pair, decisions: Sequence[Override], known: Sequence[Override]
    ) -> list[str]:
        """Return what the next run would change because of the decisions, a sentence each."""
        album_id, stored = self._shown or ("", None)
        if stored is None or album_id != pair.album_id:
            stored = self._read(pair.album_id)
        changes: Counter[tuple[str, str]] = Counter()
        for release_id in pair.release_ids:
            before = _outcome(self._explain(release_id, stored, known))
            after = _outcome(self._explain(release_id, stored, [*known, *decisions]))
            changes[before, after] += 1
        return list(_changes(changes))

    def undisturbed(self, decisions: Sequence[Override]) -> Iterator[dict[str, Any]]:
        """Yield how each decided pair scores without any decision: film, release, tier, score.

        A pair that nothing proposed, or that scored too low to be kept, has the tier `rejected`.
        """
        for decision in decisions:
            found = self._lakehouse.select(SOUNDTRACKS, "release_id", [decision.release_id])
            if not found:
                continue
            stored = self._read(found[0]["album_id"])
            films = self._explain(decision.release_id, stored, ()).films
            own = next((film for film in films if film.film_id == decision.film_id), None)
            yield {
                "film_id": decision.film_id,
                "release_id": decision.release_id,
                "tier": own.tier if own else REJECTED,
                "score": own.score if own else 0.0,
            }

    def _read(self, album_id: str) -> _Stored:
        lakehouse = self._lakehouse
        album = lakehouse.select(SOUNDTRACKS, "album_id", [album_id])
        pairs = lakehouse.select(CANDIDATES, "release_id", [row["release_id"] for row in album])
        return _Stored(album, pairs, self._films({row["film_id"] for row in pairs}))

    def _films(self, ids: Collection[int]) -> list[dict[str, Any]]:
        return self._lakehouse.select(FILMS, "film_id", ids) if ids else []

    def _explain(
        self, release_id: int, stored: _Stored, overrides: Sequence[Override]
    ) -> Explanation:
        of_people = {each.film_id for each in overrides if each.release_id == release_id}
        films = [
            *stored.films,
            *self._films(of_people - {row["film_id"] for row in stored.films}),
        ]
        return explain_release(
            release_id, stored.album, stored.pairs, films, overrides, careers=self._careers
        )

    @cached_property
    def _careers(self) -> Careers:
        return stored_careers(self._lakehouse)


def _row_of(rows: Iterable[Row], column: str, value: object) -> Row | None:
    return next((row for row in rows if row[column] == value), None)


def decisions_on(pair: Pair, decision: str, who: str, why: str, today: date) -> list[Override]:
    """The decision on each pressing of a pair's album."""
    return [
        Override(pair.film_id, release_id, decision, who, today, why)
        for release_id in pair.release_ids
    ]


def decisions_for_other_film(
    pair: Pair, film_id: int, who: str, why: str, today: date
) -> list[Override]:
    """Decide for another film: a link of each pressing to that one."""
    return [Override(film_id, release_id, LINK, who, today, why) for release_id in pair.release_ids]


def _pair(rows: Sequence[Row]) -> Pair:
    best = max(rows, key=lambda row: (row["score"], -row["release_id"]))
    return Pair(
        best["film_id"],
        best["album_id"],
        tuple(sorted(row["release_id"] for row in rows)),
        best["score"],
        best["margin"] or 0.0,
        best["reason"],
        best["film_title"],
        best["release_title"],
    )


def _outcome(explanation: Explanation) -> str:
    kept = [film for film in explanation.films if film.tier != REJECTED]
    if not kept:
        return "no film"
    best = kept[0]
    shown = f"{best.title} ({best.film_year or 'year unknown'})"
    return f"in review for {shown}" if best.tier == "review" else f"{best.tier} link to {shown}"


def _changes(changes: Mapping[tuple[str, str], int]) -> Iterator[str]:
    for (before, after), count in changes.items():
        releases = f"{count} release{'s' if count > 1 else ''}"
        yield f"{releases}: {before} → {after}" if before != after else f"{releases}: still {after}"
