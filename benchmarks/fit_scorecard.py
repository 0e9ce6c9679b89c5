"""Fit the scorecard's weights to labeled catalogs, and report how reliable they are.

Belongs here: training pairs, the fit, folds by film, held-out figures, writing scorecard.json.
Not here: how weights are used (scorecard.py), judging links (evaluation.py).

    python -m benchmarks.fit_scorecard [--catalog FOLDER ...] --out FILE

The weights maximize a logistic likelihood with a Gaussian prior around those of
scorecard_prior.json, so a level that the labels hardly show keeps what was known before. What
follows from the product's promises is not fitted: levels that mean `nothing to compare` weigh 0,
and the order of levels (a better title never weighs less) is kept.

Labels are of one kind of catalog; users' catalogs are not. So every pair is seen five times: as it
is, without composers, without years, with the year of a lone pressing, and with neither composers
nor masters; and never with its votes, for those of our own catalogs are invented. And every album
is seen twice: beside its film, and as in a list that has not that film, where its namesakes are the
only ones of the title. The second counts for the share of films that real lists have not.

The project's own two catalogs are always fitted to, bundled and generated; `--catalog` adds others.
No figure is of weights that saw what they are judged by: `held_out` in the scorecard's file is of
folds, each fitted without the films that it is judged on. The weights that it started from were set
by hand from published likelihood ratios and by trying them on another labeled catalog.
"""

import argparse
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.catalogs import (
    LabeledCatalog,
    invented_catalog,
    own_catalog,
    read_catalog_folder,
)
from benchmarks.compare import SEED, WITHHELD
from benchmarks.in_process import Link, links_of
from capstone_assets.matching.careers import Careers
from capstone_assets.matching.evaluation import ACCEPTED_TIERS, evaluate
from capstone_assets.matching.profiles import ReleaseProfile
from capstone_assets.matching.scorecard import (
    Scorecard,
    load_prior_scorecard,
    probability,
)
from capstone_assets.matching.scored_films import Candidate, score_films
from capstone_assets.quality.judgements import score_shares
from capstone_assets.report.curves import calibration, calibration_error

Row = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
# A pair's levels by comparison.
Levels = tuple[tuple[str, str], ...]

# Absence is not evidence, whatever the labels say: these weigh 0.
SILENT = frozenset(
    {
        ("title_rarity", "not_compared"),
        ("composer", "unknown"),
        ("composer", "various"),
        ("year", "unknown"),
        ("kind", "soundtrack"),
        ("claim", "soundtrack"),
        ("renown", "unknown"),
        ("renown", "known"),
    }
)
# Rules rather than evidence: TV, games and stage works are not films. Claim and renown are fixed
# too, for our own catalogs draw wordings and votes at random. The weights of renown are about what
# was counted: of 12,382 real films 6 % had fewer than 20 votes and 41 % at least 500, of the 567
# among them with a known album 1 % and 88 %. Those against obscure films are two thirds of that,
# because the counted albums are of recent films, and record collectors keep those of films that
# hardly anybody rates any more.
FIXED_COMPARISONS = frozenset({"kind", "renown", "claim"})
# Within a chain no weight is less than the next.
CHAINS: Mapping[str, Sequence[Sequence[str]]] = {
    "title": (
        ("same", "same_variant", "same_alternative"),
        ("same", "same_but_article"),
        ("same_variant", "only_film_subtitle", "without_film_subtitle", "film_opening"),
        ("film_opening", "with_more_words"),
        ("misspelled", "reordered", "with_more_words", "contained", "different"),
    ),
    "title_rarity": (
        ("distinctive", "ordinary", "common_words"),
        ("distinctive", "shared", "shared_by_many"),
    ),
    "composer": (("same", "alike", "performer", "different"),),
    "year": (
        ("same", "year_after", "a_little_later", "later", "reissue"),
        ("year_after", "original_a_little_later", "original_later", "generations_later"),
        ("same", "year_before", "earlier", "much_earlier"),
    ),
}


@dataclass(frozen=True)
class FitSettings:
    """How the weights are fitted.

    `prior_weight` is the precision of the prior (1 / variance in log odds): 10 trusts it to about a
    third of a unit, because the labels of one catalog need not hold in another. `absent` is the
    share of films that a list does not have. Both were chosen by comparing fits on the labels that
    `make evaluate` reports: a higher share lost more links on whole lists than it saved on short
    ones.
    """

    prior_weight: float = 10.0
    absent: float = 0.1
    folds: int = 5
    iterations: int = 50


@dataclass(frozen=True)
class TrainingPair:
    """A film and an album compared; `share` is what the pair counts for, its views add up to 1.

    `group` is the film that the album belongs to, or the album itself if to none; the pairs of a
    group are judged and held out together.
    """

    group: str
    levels: Levels
    is_match: bool
    share: float


def training_pairs(
    catalog: LabeledCatalog, scorecard: Scorecard, settings: FitSettings
) -> Iterator[TrainingPair]:
    """All pairs of labeled albums with their candidates, in every view."""
    tables = catalog.tables
    for album_id, films in _films_of_albums(catalog).items():
        pairs = tables.candidates.get(album_id, {})
        listed = [(tables.films[film_id], pair) for film_id, pair in pairs.items()]
        others = [each for each in listed if each[0]["film_id"] not in films]
        # An album of no film is the same in both lists.
        lists = [(1.0, listed)]
        if films:
            lists = [(1 - settings.absent, listed), (settings.absent, others)]
        for weight, candidates in lists:
            views = list(_views(candidates, tables.albums[album_id]))
            for seen, releases in views:
                for film_id, levels in _best_levels(seen, releases, scorecard, tables.careers):
                    yield TrainingPair(
                        group_of(films, album_id),
                        levels,
                        film_id in films,
                        weight / len(views),
                    )


def group_of(films: Iterable[int], album_id: str) -> str:
    """What an album is held out with: its film's other albums."""
    return f"film:{min(films)}" if films else album_id


def _films_of_albums(catalog: LabeledCatalog) -> dict[str, set[int]]:
    """The films that the labels give an album; none for an album that belongs to no film."""
    album_of = {
        row["release_id"]: album_id
        for album_id, rows in catalog.tables.albums.items()
        for row in rows
    }
    truth: dict[str, set[int]] = {}
    for label in catalog.labels:
        if label.is_match and label.release_id in album_of:
            films = truth.setdefault(album_of[label.release_id], set())
            if label.film_id is not None:
                films.add(label.film_id)
    return truth


def _fold(group: str, folds: int) -> int:
    """The fold of a group: by a fixed scramble, because ids follow the year of entry."""
    return zlib.crc32(group.encode()) * folds >> 32


def _views(
    candidates: Sequence[tuple[Row, Row]], releases: Sequence[Row]
) -> Iterator[tuple[Sequence[tuple[Row, Row]], Sequence[Row]]]:
    """The pairs as they are but for votes, and with what other catalogs lack."""
    films = [({**film, "vote_count": None}, pair) for film, pair in candidates]
    anonymous = [({**film, "composers": []}, pair) for film, pair in films]
    undated = [{**row, "original_year": None, "year_basis": "none"} for row in releases]
    pressed = [
        {**row, "original_year": row["pressing_year"], "year_basis": "pressing"} for row in releases
    ]
    yield films, releases
    yield anonymous, releases
    yield films, undated
    yield films, pressed
    yield anonymous, pressed


def _best_levels(
    films: Sequence[tuple[Row, Row]],
    releases: Iterable[Row],
    scorecard: Scorecard,
    careers: Careers,
) -> Iterator[tuple[int, Levels]]:
    wordings = list(dict.fromkeys(ReleaseProfile.of(row) for row in releases))
    candidates = [Candidate.of(film, pair) for film, pair in films]
    for scored in score_films(wordings, candidates, scorecard, careers):
        levels = tuple((each.comparison, each.level) for each in scored.evidence[1:])
        yield scored.film.film_id, levels


def fit(
    pairs: Sequence[TrainingPair], start: Scorecard, settings: FitSettings, version: str
) -> Scorecard:
    """The weights of greatest posterior probability, with the promised levels and order kept."""
    names = [
        (comparison, level)
        for comparison, levels in start.weights.items()
        for level in levels
        if comparison not in FIXED_COMPARISONS and (comparison, level) not in SILENT
    ]
    column = {name: number for number, name in enumerate(names, start=1)}
    matrix = np.zeros((len(pairs), len(names) + 1))
    matrix[:, 0] = 1.0
    offset = np.zeros(len(pairs))
    for row, pair in enumerate(pairs):
        for name in pair.levels:
            if name in column:
                matrix[row, column[name]] = 1.0
            else:
                offset[row] += start.weights[name[0]][name[1]]
    target = np.array([float(pair.is_match) for pair in pairs])
    share = np.array([pair.share for pair in pairs])
    prior = np.array([start.prior, *(start.weights[name[0]][name[1]] for name in names)])
    weights = _newton(matrix, offset, target, share, prior, settings)
    fitted = {comparison: dict(levels) for comparison, levels in start.weights.items()}
    for name, number in column.items():
        fitted[name[0]][name[1]] = round(float(weights[number]), 3)
    return Scorecard(version, round(float(weights[0]), 3), in_order(fitted))


def _newton(
    matrix: Floats,
    offset: Floats,
    target: Floats,
    share: Floats,
    prior: Floats,
    settings: FitSettings,
) -> Floats:
    """Newton's method on the penalized likelihood, which is concave: it ends at its one maximum."""
    weights = prior.copy()
    for _ in range(settings.iterations):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ weights + offset, -35, 35)))
        slope = matrix.T @ (share * (target - chance)) - settings.prior_weight * (weights - prior)
        curvature = (matrix * (share * chance * (1 - chance))[:, None]).T @ matrix
        curvature[np.diag_indices_from(curvature)] += settings.prior_weight
        step = np.linalg.solve(curvature, slope)
        # A full step can overshoot where the curve is flat.
        weights = weights + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def in_order(weights: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The weights with every chain in order: neighbors out of order meet at their mean."""
    ordered = {comparison: dict(levels) for comparison, levels in weights.items()}
    for comparison, chains in CHAINS.items():
        levels = ordered[comparison]
        for _ in range(len(levels)):
            for chain in chains:
                for better, worse in pairwise(chain):
                    _pull_together(comparison, levels, better, worse)
    return ordered


def _pull_together(comparison: str, levels: dict[str, float], better: str, worse: str) -> None:
    if levels[better] >= levels[worse]:
        return
    if (comparison, better) in SILENT:
        levels[worse] = levels[better]
    elif (comparison, worse) in SILENT:
        levels[better] = levels[worse]
    else:
        levels[better] = levels[worse] = round((levels[better] + levels[worse]) / 2, 3)


def cards_of_folds(
    pairs: Sequence[TrainingPair], start: Scorecard, settings: FitSettings
) -> list[Scorecard]:
    """For each fold the weights that never saw its films and albums."""
    return [
        fit(
            [pair for pair in pairs if _fold(pair.group, settings.folds) != fold],
            start,
            settings,
            "fold",
        )
        for fold in range(settings.folds)
    ]


def held_out_scores(
    pairs: Sequence[TrainingPair], cards: Sequence[Scorecard]
) -> list[tuple[float, bool, float]]:
    """Score, truth and share of each pair by the weights of its fold."""
    scored = []
    for pair in pairs:
        card = cards[_fold(pair.group, len(cards))]
        weight = card.prior + sum(card.weights[name][level] for name, level in pair.levels)
        scored.append((probability(weight), pair.is_match, pair.share))
    return scored


def held_out_links(
    catalog: LabeledCatalog, truth: Mapping[str, set[int]], cards: Sequence[Scorecard]
) -> list[Link]:
    """The catalog's links, those of each album by the weights of its fold."""
    fold_of = {
        album_id: _fold(group_of(films, album_id), len(cards)) for album_id, films in truth.items()
    }
    links: list[Link] = []
    for fold, card in enumerate(cards):
        candidates = {
            album_id: pairs
            for album_id, pairs in catalog.tables.candidates.items()
            if fold_of.get(album_id) == fold
        }
        links += links_of(replace(catalog.tables, candidates=candidates), card)
    return links


def held_out_figures(
    catalog: LabeledCatalog, cards: Sequence[Scorecard]
) -> dict[str, dict[str, float | None]]:
    """Quality and calibration error of held_out_links() with all films, and with some withheld."""
    truth = _films_of_albums(catalog)
    lists = {"all films": catalog}
    lists |= {f"{share:.0%} withheld": catalog.without_films(share, SEED) for share in WITHHELD}
    figures = {}
    for name, each in lists.items():
        links = held_out_links(each, truth, cards)
        found = evaluate(links, each.labels)
        strong = found.by_tier["strong"]
        figures[name] = {
            "precision": _rounded(found.overall.precision.value),
            "recall": _rounded(found.overall.recall.value),
            "f1": _rounded(found.overall.f1),
            "strong_precision": _rounded(strong.precision.value),
            "strong_recall": _rounded(strong.recall.value),
            "calibration_error": _rounded(calibration_error(calibration(links, each.labels))),
        }
    return figures


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def calibration_of_pairs(scored: Sequence[tuple[float, bool, float]]) -> list[dict[str, float]]:
    """By tenth of the score: pairs, mean score, and the share of them that were matches."""
    bins: dict[int, list[tuple[float, bool, float]]] = defaultdict(list)
    for each in scored:
        bins[min(int(each[0] * 10), 9)].append(each)
    table = []
    for tenth in sorted(bins):
        total = sum(share for _, _, share in bins[tenth])
        table.append(
            {
                "from": tenth / 10,
                "pairs": round(total, 1),
                "mean_score": round(sum(s * share for s, _, share in bins[tenth]) / total, 4),
                "matches": round(sum(share for _, m, share in bins[tenth] if m) / total, 4),
            }
        )
    return table


def balanced(catalogs: Sequence[Sequence[TrainingPair]]) -> list[TrainingPair]:
    """The pairs of all catalogs, each catalog counting as much as the smallest."""
    totals = [sum(pair.share for pair in pairs) for pairs in catalogs]
    return [
        replace(pair, share=pair.share * min(totals) / total)
        for pairs, total in zip(catalogs, totals, strict=True)
        for pair in pairs
    ]


def own_catalogs() -> list[LabeledCatalog]:
    """The project's own labeled catalogs: the bundled one and a generated one."""
    films, releases, seed = 2_000, 6_000, 20_251_107
    generated = invented_catalog(films, releases, seed)
    return [own_catalog(), replace(generated, name="generated")]


def mean_score_shares(catalogs: Sequence[LabeledCatalog], card: Scorecard) -> list[float]:
    """The mean of the catalogs' shares of links by band of the score."""
    shares = [
        score_shares(
            [
                link["score"]
                for link in links_of(catalog.tables, card)
                if link["tier"] in ACCEPTED_TIERS
            ]
        )
        for catalog in catalogs
    ]
    return [round(float(share), 4) for share in np.mean(shares, axis=0)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the held-out figures, and write the scorecard."""
    parser = argparse.ArgumentParser(description="Fit the scorecard to labeled catalogs.")
    parser.add_argument(
        "--catalog",
        type=Path,
        action="append",
        default=[],
        help="labeled catalog folder to fit to as well, may be given again",
    )
    parser.add_argument("--out", type=Path, required=True, help="where the scorecard is written")
    parser.add_argument("--prior-weight", type=float, default=FitSettings().prior_weight)
    parser.add_argument("--absent", type=float, default=FitSettings().absent)
    parser.add_argument("--version", default="refitted", help="the new scorecard's name")
    given = parser.parse_args(arguments)
    settings = FitSettings(prior_weight=given.prior_weight, absent=given.absent)
    start = load_prior_scorecard()
    catalogs = [*own_catalogs(), *map(read_catalog_folder, given.catalog)]
    pairs = balanced([list(training_pairs(each, start, settings)) for each in catalogs])
    card, cards = fit(pairs, start, settings, given.version), cards_of_folds(pairs, start, settings)
    card = replace(
        card,
        fitted_on={
            "catalogs": {catalog.name: len(catalog.labels) for catalog in catalogs},
            "pairs": len(pairs),
            "settings": asdict(settings),
            "held_out": {catalog.name: held_out_figures(catalog, cards) for catalog in catalogs},
            "held_out_calibration": calibration_of_pairs(held_out_scores(pairs, cards)),
            "score_shares": mean_score_shares(catalogs, card),
        },
    )
    given.out.write_text(card.to_json(), "utf-8")
    print(json.dumps(card.fitted_on, indent=2))


if __name__ == "__main__":
    main()
