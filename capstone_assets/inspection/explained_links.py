"""Explain a release or a film from the stored tables, without Spark.

Belongs here: finding the rows that an explanation needs.
Not here: the explanation and its layout (matching/explanation.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capstone_assets.lake.gold import MATCHES, REVIEW_QUEUE
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
from capstone_assets.matching.careers import Careers
from capstone_assets.matching.explanation import (
    Explanation,
    explain_film,
    explain_release,
    render_film,
    render_waterfall,
)
from capstone_assets.matching.overrides import Override
from capstone_assets.matching.tiers import REJECTED, REVIEW


class UnknownIdError(LookupError):
    """No film or release of that id is stored."""


def stored_careers(lakehouse: Lakehouse) -> Careers:
    """Return the span of years in which each composer of silver/films worked.

    Raises:
        NotMaterializedError: silver was never materialized.
    """
    films = lakehouse.scan(FILMS, columns=["composers", "film_year"]).to_pydict()
    return Careers(zip(films["composers"], films["film_year"], strict=True))


def explain_stored_release(
    lakehouse: Lakehouse, release_id: int, overrides: Sequence[Override] = ()
) -> str:
    """Return the waterfall of a release: its link, and why the near misses lost.

    Raises:
        UnknownIdError: the release is not in silver/soundtracks.
        NotMaterializedError: silver was never materialized.
    """
    releases = lakehouse.select(SOUNDTRACKS, "release_id", [release_id])
    if not releases:
        raise UnknownIdError(
            f"Release {release_id} is not in silver/soundtracks. Find ids with `capstone search`, "
            "or materialize its year."
        )
    album = lakehouse.select(SOUNDTRACKS, "album_id", [releases[0]["album_id"]])
    pairs = lakehouse.select(CANDIDATES, "release_id", [row["release_id"] for row in album])
    films = lakehouse.select(FILMS, "film_id", _films_of(pairs, overrides))
    careers = stored_careers(lakehouse)
    explained = explain_release(release_id, album, pairs, films, overrides, careers=careers)
    return render_waterfall(explained) + _not_yet_in_gold(lakehouse, [explained])


def explain_stored_film(
    lakehouse: Lakehouse, film_id: int, overrides: Sequence[Override] = ()
) -> str:
    """Return the albums that share a title key with a film, and why each is linked or not.

    Raises:
        UnknownIdError: the film is not in silver/films.
        NotMaterializedError: silver was never materialized.
    """
    if not lakehouse.select(FILMS, "film_id", [film_id]):
        raise UnknownIdError(
            f"Film {film_id} is not in silver/films. Find ids with `capstone search`, or "
            "materialize its year."
        )
    proposed = {row["release_id"] for row in lakehouse.select(CANDIDATES, "film_id", [film_id])}
    proposed |= {each.release_id for each in overrides if each.film_id == film_id}
    named = lakehouse.select(SOUNDTRACKS, "release_id", proposed)
    if not named:
        return f"No release shares a title key with film {film_id}, so no pair was proposed."
    albums = lakehouse.select(SOUNDTRACKS, "album_id", {row["album_id"] for row in named})
    pairs = lakehouse.select(CANDIDATES, "release_id", {row["release_id"] for row in albums})
    films = lakehouse.select(FILMS, "film_id", _films_of(pairs, overrides))
    careers = stored_careers(lakehouse)
    explained = explain_film(film_id, albums, pairs, films, overrides, careers=careers)
    return render_film(film_id, explained) + _not_yet_in_gold(lakehouse, explained)


def _films_of(pairs: Iterable[Mapping[str, Any]], overrides: Iterable[Override]) -> set[int]:
    """The films that a block key proposed, and those that a person named."""
    return {*(row["film_id"] for row in pairs), *(each.film_id for each in overrides)}


def _not_yet_in_gold(lakehouse: Lakehouse, explained: Sequence[Explanation]) -> str:
    """Name the releases on which gold still holds an earlier decision; "" if there are none."""
    ids = [each.release_id for each in explained]
    try:
        linked = lakehouse.select(MATCHES, "release_id", ids)
        reviewed = lakehouse.select(REVIEW_QUEUE, "release_id", ids)
    except NotMaterializedError:
        return "\n\nGold does not exist yet: the next run writes this decision."
    stored: dict[int, set[tuple[int, str]]] = {each: set() for each in ids}
    for row in [*linked, *({**row, "tier": REVIEW} for row in reviewed)]:
        stored[row["release_id"]].add((row["film_id"], row["tier"]))
    now = {
        each.release_id: {(film.film_id, film.tier) for film in each.films if film.tier != REJECTED}
        for each in explained
    }
    changed = [f"{release_id}" for release_id in ids if stored[release_id] != now[release_id]]
    if not changed:
        return ""
    releases = "release" if len(changed) == 1 else "releases"
    return (
        f"\n\nGold still has an earlier decision on {releases} {', '.join(changed)}; the next run "
        "writes the one above."
    )
