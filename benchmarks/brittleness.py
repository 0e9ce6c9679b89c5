"""Measure how links depend on one kind of data: the same catalog with data missing or wrong.

Belongs here: the variants of a catalog, and their table.
Not here: linking (ours.py), other ways to link (compare.py).

The last variants hold one pressing of each album, as a collection does: there only a master knows
the year of the original, while a catalog of all pressings shows it in the oldest of them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from benchmarks.catalogs import LabeledCatalog, Row
from benchmarks.ours import ours_in_process
from capstone_assets.matching.evaluation import Evaluation, Share, evaluate
from capstone_assets.matching.text import read_year

_SEED = 1
_FIRST_NAMESAKE_ID = 5_000_000_000


@dataclass(frozen=True)
class Variant:
    """Ours on a variant of a catalog."""

    name: str
    evaluation: Evaluation
    seconds: float


def without_composers(catalog: LabeledCatalog) -> LabeledCatalog:
    """No film has composers."""
    return replace(catalog, films=[{**film, "composers": []} for film in catalog.films])


def without_years(catalog: LabeledCatalog) -> LabeledCatalog:
    """No release and no master has a year."""
    return replace(
        catalog,
        releases=[{**row, "year": None} for row in catalog.releases],
        masters=[{**row, "year": None} for row in catalog.masters],
    )


def without_tags(catalog: LabeledCatalog) -> LabeledCatalog:
    """No release has a genre or a style, as in the CSV export of a collection; no masters."""
    untagged = [{**row, "genre": [], "style": []} for row in catalog.releases]
    return replace(catalog, releases=untagged, masters=())


def without_punctuation(catalog: LabeledCatalog) -> LabeledCatalog:
    """Album titles of letters, digits and spaces only; the dash behind the artist stays."""
    return _retitled(catalog, lambda title, _: " ".join(re.sub(r"[^\w\s]|_", " ", title).split()))


def with_a_letter_lost(catalog: LabeledCatalog) -> LabeledCatalog:
    """Every album title misses one letter, anywhere."""
    return _retitled(catalog, _lose_a_letter)


def _lose_a_letter(title: str, draw: Random) -> str:
    letters = [place for place, letter in enumerate(title) if letter.isalpha()]
    if len(letters) < 2:
        return title
    lost = draw.choice(letters)
    return title[:lost] + title[lost + 1 :]


def with_namesakes(catalog: LabeledCatalog) -> LabeledCatalog:
    """Every labeled film has a namesake of 5 to 40 years earlier or later, as well known."""
    draw = Random(_SEED)
    labeled = {each.film_id for each in catalog.labels if each.is_match}
    namesakes = []
    for film in catalog.films:
        year = read_year(film.get("release_date"))
        if film["id"] in labeled and year:
            other = year + draw.choice((-1, 1)) * draw.randint(5, 40)
            namesake = {
                "id": _FIRST_NAMESAKE_ID + film["id"],
                "release_date": f"{other}-06-01",
                "composers": [],
            }
            namesakes.append({**film, **namesake})
    return replace(catalog, films=[*catalog.films, *namesakes])


def without_masters(catalog: LabeledCatalog) -> LabeledCatalog:
    """Nothing is known of the masters but which pressings share one."""
    return replace(catalog, masters=())


def one_pressing_an_album(catalog: LabeledCatalog) -> LabeledCatalog:
    """One pressing of each master, drawn at random, and those without a master."""
    draw = Random(_SEED)
    albums: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in catalog.releases:
        master_id = row.get("master_id")
        albums[("master", master_id) if master_id else ("release", row["id"])].append(row)
    kept = [draw.choice(pressings) for pressings in albums.values()]
    ids = {row["id"] for row in kept}
    labels = [each for each in catalog.labels if each.release_id in ids]
    return replace(catalog, releases=kept, labels=labels)


def _retitled(catalog: LabeledCatalog, change: Callable[[str, Random], str]) -> LabeledCatalog:
    draw = Random(_SEED)
    releases = []
    for row in catalog.releases:
        artist, dash, album = row["title"].partition(" - ")
        title = f"{artist}{dash}{change(album, draw)}" if dash else change(artist, draw)
        releases.append({**row, "title": title})
    return replace(catalog, releases=releases)


VARIANTS: Mapping[str, Callable[[LabeledCatalog], LabeledCatalog]] = {
    "as it is": replace,
    "no composers": without_composers,
    "no year": without_years,
    "no genre or style": without_tags,
    "no punctuation": without_punctuation,
    "one letter lost": with_a_letter_lost,
    "a namesake of every film": with_namesakes,
}
OF_MASTERS: Mapping[str, Callable[[LabeledCatalog], LabeledCatalog]] = {
    "no masters": without_masters,
    "one pressing an album": one_pressing_an_album,
    "  and no masters": lambda each: without_masters(one_pressing_an_album(each)),
    "  no composers": lambda each: without_composers(one_pressing_an_album(each)),
    "  no composers, no masters": lambda each: without_masters(
        without_composers(one_pressing_an_album(each))
    ),
}


def measure_variants(catalog: LabeledCatalog) -> Iterator[Variant]:
    """Ours on every variant; those about masters only where the catalog has some."""
    chosen = {**VARIANTS, **(OF_MASTERS if catalog.masters else {})}
    for name, change in chosen.items():
        varied = change(catalog)
        found = ours_in_process(varied)
        yield Variant(name, evaluate(found.links, varied.labels), found.seconds)


def render_variants(variants: Iterable[Variant]) -> str:
    """A line a variant: precision, recall and F1, and the strong links alone."""
    lines = [
        f"{'ours when':28} {'precision':>10} {'recall':>8} {'F1':>8} "
        f"{'strong precision':>18} {'strong recall':>14}"
    ]
    for each in variants:
        overall = each.evaluation.overall
        strong = each.evaluation.by_tier.get("strong")
        lines.append(
            f"{each.name:28} {_told(overall.precision):>10} {_told(overall.recall):>8} "
            f"{'-' if overall.f1 is None else f'{overall.f1:.3f}':>8} "
            f"{_told(strong.precision if strong else None):>18} "
            f"{_told(strong.recall if strong else None):>14}"
        )
    return "\n".join(lines)


def _told(share: Share | None) -> str:
    return "-" if share is None or share.value is None else f"{share.value:.3f}"
