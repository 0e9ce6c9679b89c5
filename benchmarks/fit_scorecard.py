"""Fit the scorecard's weights to a labeled catalog, and say how far they may be trusted.

Belongs here: training pairs, the fit, folds by film, calibration, writing scorecard.json.
Not here: how weights are used (scorecard.py), judging links (evaluation.py).

    python -m benchmarks.fit_scorecard [--catalog FOLDER] [--out FILE]

The weights maximize a logistic likelihood with a Gaussian prior around those of
scorecard_prior.json, so a level that the labels hardly show keeps what was known before. What
follows from the product's promises is not fitted: levels that mean `nothing to compare` weigh 0,
and the order of levels (a better title never weighs less) is kept.

Labels are of one kind of catalog; users' catalogs are not. So every pair is seen five times: as it
is, without composers, without years, with the year of a lone pressing, and with neither composers
nor masters; and never with its votes, for those of our own catalogs are invented. The namesakes of
a share of the labeled films count twice, as they would if the film itself were not in the list.

The scorecard in the package was fitted to the project's own two: bundled and generated. The
weights that it started from were set by hand from published likelihood ratios and by trying them on
another labeled catalog; figures on that one are therefore of a development set, not of a blind one.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession

from capstone_assets.emulator.catalogs.bundled import bundled_catalog
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.matching.assignment import Candidate, score_films
from capstone_assets.matching.blocking import propose_pairs
from capstone_assets.matching.comparisons import ReleaseProfile
from capstone_assets.matching.evaluation import Label, read_labels
from capstone_assets.matching.files import read_films, read_masters, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.scorecard import (
    Scorecard,
    load_prior_scorecard,
    probability,
)
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.orchestration.resources.spark import start_local_spark

Row = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
# A pair's levels by comparison.
Levels = tuple[tuple[str, str], ...]

# Absence is no evidence, whatever the labels say: these weigh 0.
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
# Promises rather than findings: TV, games and the stage are no films. Claim and renown are fixed
# too, for our own catalogs draw wordings and votes at random. Renown is about what was counted: of
# 12,382 real films 6 % had fewer than 20 votes and 41 % at least 500, of the 567 among them with a
# known album 1 % and 88 %. Against the obscure it is two thirds of that: those albums are of recent
# films, and record collectors keep those of films that hardly anybody rates any more.
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
        ("year_after", "original_a_little_later", "original_later"),
        ("same", "year_before", "earlier", "much_earlier"),
    ),
}


@dataclass(frozen=True)
class FitSettings:
    """How the weights are fitted.

    `prior_weight` is the precision of the prior (1 / variance in log odds): 30 trusts it to about
    a fifth of a unit, for what labels of one catalog show need not hold in another. `withheld` is
    the share of labeled films left out of the open-world view.
    """

    prior_weight: float = 30.0
    withheld: float = 0.4
    folds: int = 5
    iterations: int = 50


@dataclass(frozen=True)
class TrainingPair:
    """A film and an album compared; `share` is what the pair counts for, its views add up to 1."""

    film_id: int
    levels: Levels
    is_match: bool
    share: float


@dataclass(frozen=True)
class Prepared:
    """A catalog through silver: films by id, pressings and candidate films by album, labels."""

    films: Mapping[int, Row]
    albums: Mapping[str, Sequence[Row]]
    candidates: Mapping[str, Mapping[int, Row]]
    labels: Sequence[Label]


def prepare(spark: SparkSession, folder: Path) -> Prepared:
    """Read a catalog folder, with masters or without, by the very code of the assets."""
    movies, details = read_films(spark, folder / "films.jsonl")
    releases, no_masters = read_releases(spark, folder / "releases.jsonl")
    has_masters = (folder / "masters.jsonl").is_file()
    masters = read_masters(spark, folder / "masters.jsonl") if has_masters else no_masters
    films = prepare_films(movies, details)
    soundtracks = prepare_soundtracks(releases, masters)
    albums: dict[str, list[Row]] = defaultdict(list)
    album_of: dict[int, str] = {}
    for row in soundtracks.collect():
        albums[row.album_id].append(row.asDict())
        album_of[row.release_id] = row.album_id
    candidates: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in propose_pairs(films, films, soundtracks).collect():
        candidates[album_of[row.release_id]].setdefault(row.film_id, row.asDict())
    by_id = {row.film_id: row.asDict() for row in films.collect()}
    return Prepared(by_id, albums, candidates, read_labels(folder / "labels.csv"))


def training_pairs(
    prepared: Prepared, scorecard: Scorecard, settings: FitSettings
) -> Iterator[TrainingPair]:
    """All pairs of labeled albums with their candidates, in every view."""
    truth = _films_of_albums(prepared)
    withheld = _withheld(prepared, settings.withheld)
    for album_id, films in truth.items():
        pairs = prepared.candidates.get(album_id, {})
        candidates = [(prepared.films[film_id], pair) for film_id, pair in pairs.items()]
        views = list(_views(candidates, prepared.albums[album_id]))
        for seen, releases in views:
            for film_id, levels in _best_levels(seen, releases, scorecard):
                # The film that is not in the list leaves its namesakes behind: they count again.
                open_world = bool(films & withheld) and film_id not in films
                share = (2.0 if open_world else 1.0) / len(views)
                yield TrainingPair(film_id, levels, film_id in films, share)


def _films_of_albums(prepared: Prepared) -> dict[str, set[int]]:
    """The films that the labels give an album; none for an album that belongs to no film."""
    album_of = {
        row["release_id"]: album_id for album_id, rows in prepared.albums.items() for row in rows
    }
    truth: dict[str, set[int]] = {}
    for label in prepared.labels:
        if label.is_match and label.release_id in album_of:
            films = truth.setdefault(album_of[label.release_id], set())
            if label.film_id is not None:
                films.add(label.film_id)
    return truth


def _withheld(prepared: Prepared, share: float) -> set[int]:
    labeled = {each.film_id for each in prepared.labels if each.is_match and each.film_id}
    return {film_id for film_id in labeled if _fold(film_id, 1000) < share * 1000}


def _fold(film_id: int, folds: int) -> int:
    """The fold of a film: a fixed scramble of its id, for ids follow the year of entry."""
    return (film_id * 2654435761 % 2**32) * folds >> 32


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
    films: Sequence[tuple[Row, Row]], releases: Iterable[Row], scorecard: Scorecard
) -> Iterator[tuple[int, Levels]]:
    wordings = list(dict.fromkeys(ReleaseProfile.of(row) for row in releases))
    candidates = [Candidate.of(film, pair) for film, pair in films]
    for scored in score_films(wordings, candidates, scorecard):
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


def held_out_scores(
    pairs: Sequence[TrainingPair], start: Scorecard, settings: FitSettings
) -> list[tuple[float, bool, float]]:
    """Score, truth and share of each pair by weights that never saw its film."""
    scored = []
    for fold in range(settings.folds):
        seen = [pair for pair in pairs if _fold(pair.film_id, settings.folds) != fold]
        card = fit(seen, start, settings, "fold")
        for pair in pairs:
            if _fold(pair.film_id, settings.folds) == fold:
                weight = card.prior + sum(card.weights[name][level] for name, level in pair.levels)
                scored.append((probability(weight), pair.is_match, pair.share))
    return scored


def calibration(scored: Sequence[tuple[float, bool, float]]) -> list[dict[str, float]]:
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


def write_own_catalogs(folder: Path) -> list[Path]:
    """The project's own labeled catalogs as folders: the bundled one and a generated one."""
    films, releases, seed = 2_000, 6_000, 20_251_107
    own = {"bundled": bundled_catalog(), "generated": generate_catalog(films, releases, seed)}
    for name, catalog in own.items():
        write_catalog(catalog, folder / name)
    return [folder / name for name in own]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the held-out calibration, and write the scorecard."""
    parser = argparse.ArgumentParser(description="Fit the scorecard to a labeled catalog.")
    parser.add_argument(
        "--catalog",
        type=Path,
        action="append",
        help="labeled catalog folder, may be given again; default: the bundled and a generated one",
    )
    parser.add_argument("--out", type=Path, required=True, help="where the scorecard is written")
    parser.add_argument("--prior-weight", type=float, default=FitSettings().prior_weight)
    parser.add_argument("--version", default="refitted", help="the new scorecard's name")
    given = parser.parse_args(arguments)
    settings = FitSettings(prior_weight=given.prior_weight)
    start = load_prior_scorecard()
    with tempfile.TemporaryDirectory() as folder:
        catalogs = given.catalog or write_own_catalogs(Path(folder))
        spark = start_local_spark()
        prepared = [prepare(spark, catalog) for catalog in catalogs]
    pairs = balanced([list(training_pairs(each, start, settings)) for each in prepared])
    card = replace(
        fit(pairs, start, settings, given.version),
        fitted_on={
            "catalogs": {
                catalog.name: len(each.labels)
                for catalog, each in zip(catalogs, prepared, strict=True)
            },
            "pairs": len(pairs),
            "settings": asdict(settings),
            "held_out_calibration": calibration(held_out_scores(pairs, start, settings)),
        },
    )
    given.out.write_text(card.to_json(), "utf-8")
    print(json.dumps(card.fitted_on, indent=2))


if __name__ == "__main__":
    main()
