"""The comparison is fair: the same labels for all, a tuned threshold where one is needed."""

import gzip
import json
from argparse import ArgumentTypeError
from importlib.util import find_spec

import pytest

from benchmarks.catalogs import LabeledCatalog, parse_size, read_catalog_folder, withhold
from benchmarks.compare import (
    OURS,
    Measured,
    _half,
    as_figures,
    cut_by_halves,
    measure_one,
    ours_at_equal_recall,
    render,
    right_by_kind,
)
from benchmarks.evaluate import catalogs, charts
from benchmarks.found import Found
from benchmarks.ours import candidate_recall, ours
from benchmarks.splink_peer import splink
from capstone_assets.matching.evaluation import Label
from capstone_assets_tests.matching.catalog import film, release, write_jsonl

LABELS = [Label(n, 100 + n, True, "plain_title") for n in range(1, 11)]


def scored(film_id: int, release_id: int, score: float) -> dict:
    return {"film_id": film_id, "release_id": release_id, "tier": "strong", "score": score}


# Releases 101 to 108 found, the last two wrong: the higher the score, the better.
LINKS = [scored(n if n < 7 else -1, 100 + n, 1 - n / 20) for n in range(1, 9)]


def measured(name: str, links: list[dict], needs_threshold: bool = False) -> Measured:
    def linker(_: LabeledCatalog) -> Found:
        return Found(links, 1.0, needs_threshold)

    films = [film(n, f"Film {n}", "1999-01-01") for n in range(1, 11)]
    return measure_one(name, linker, LabeledCatalog("all 10", films, [], LABELS))


def test_a_threshold_is_chosen_on_the_labels_that_do_not_judge_it():
    """Films 1 to 4 are in one half, 5 to 8 in the other: ids are scrambled, so these are found."""
    first = [n for n in range(1, 30) if _half(n) == 0][:4]
    second = [n for n in range(1, 30) if _half(n) == 1][:4]
    labels = [Label(n, n, True, "plain_title") for n in (*first, *second)]
    # In the first half all of .6 and above is right, in the second all of .4 and above.
    links = [
        *(scored(n, n, score) for n, score in zip(first, (0.9, 0.8, 0.7, 0.6), strict=True)),
        *(scored(n, n, score) for n, score in zip(second, (0.9, 0.8, 0.5, 0.4), strict=True)),
    ]

    kept, thresholds = cut_by_halves(links, labels)

    # Each half is cut where the other's best F1 lies.
    assert thresholds == (0.4, 0.6)
    assert {link["release_id"] for link in kept} == {*first, *second[:2]}


def test_the_seconds_and_the_thresholds_of_a_peer_are_reported():
    tuned = measured("Splink", LINKS, needs_threshold=True)

    assert len(tuned.thresholds) == 2
    assert tuned.seconds == 1.0


def test_a_way_that_decides_by_itself_is_taken_at_its_word():
    decided = measured("predecessor's rule", LINKS)

    assert decided.thresholds == ()
    assert decided.evaluation.overall.precision.value == 6 / 8


def test_ours_is_cut_where_it_finds_as_much_as_the_peer():
    own = LabeledCatalog("all 10", [], [], LABELS)
    peer = measured("exact cleaned title", LINKS)
    better = [scored(n, 100 + n, 1 - n / 20) for n in range(1, 11)]
    ours_measured = Measured(
        OURS,
        "all 10",
        1.0,
        peer.evaluation,
        better,
        own.labels,
        measured(OURS + "?", better).points,
    )

    point = ours_at_equal_recall(peer, [peer, ours_measured])

    assert point is not None
    assert (point.recall.value, point.precision.value) == (0.6, 1.0)
    assert ours_at_equal_recall(ours_measured, [peer, ours_measured]) is None


def test_the_table_and_the_figures_agree_with_their_intervals():
    tuned = measured("Splink", LINKS[:6], needs_threshold=True)

    table = render([tuned])
    [figures] = json.loads(json.dumps(as_figures([tuned])))

    shown = figures["evaluation"]["overall"]["precision"]
    assert f"{shown['value']:.3f} [{shown['low']:.3f}, {shown['high']:.3f}]" in table
    assert "half of the labels chose the other's" in table
    assert figures["curve"][0]["recall"]["value"] == 0.1


def test_a_release_of_two_films_of_which_one_is_withheld_is_the_others():
    films = [film(n, f"Film {n}") for n in range(1, 101)]
    labels = [
        label
        for n in range(1, 100, 2)
        for label in (Label(n, n, True, "two_films"), Label(n + 1, n, True, "two_films"))
    ]

    kept, judged = withhold(films, labels, share=0.4, seed=1)

    ids: set[int | None] = {each["id"] for each in kept}
    truths: dict[int, set[int | None]] = {}
    for each in judged:
        truths.setdefault(each.release_id, set()).add(each.film_id)
    no_film: set[int | None] = {None}
    assert truths == {n: ({n, n + 1} & ids) or no_film for n in range(1, 100, 2)}


@pytest.fixture(scope="module")
def small_catalog() -> LabeledCatalog:
    titles = ["Arrival", "Gravity", "Interstellar", "Dunkirk", "Whiplash", "Nightcrawler"]
    films = [
        film(n, title, f"{2010 + n}-05-01", [f"Composer {title}"])
        for n, title in enumerate(titles, start=1)
    ]
    releases = [
        release(
            100 + n,
            f"Composer {title} - {title} (Original Motion Picture Soundtrack)",
            str(2010 + n),
        )
        for n, title in enumerate(titles, start=1)
    ]
    labels = [Label(n, 100 + n, True, "plain_title") for n in range(1, 7)]
    return LabeledCatalog("all 6", films, releases, labels)


def test_the_calibration_of_ours_is_reported_for_each_list():
    links = [*LINKS, scored(9, 109, 0.3)]
    point = measured(OURS + " alone", links)
    own = Measured(OURS, "all 10", 1.0, point.evaluation, links, LABELS, point.points)

    table = render([own])

    # Nine links: six right of .95 to .70, two wrong of .65 and .60, one right of .30.
    assert "Expected calibration error 0.333 (all 10)" in table
    assert "below .5 promise 0.30 and hold 1.00 of 1" in table


def test_a_kind_without_a_film_is_right_where_nothing_is_linked():
    labels = [
        Label(1, 101, True, "plain"),
        Label(2, 102, True, "plain"),
        *(Label(None, release_id, True, "game") for release_id in (103, 104, 105)),
    ]
    review = {**scored(9, 105, 0.4), "tier": "review"}
    links = [scored(1, 101, 0.9), scored(9, 102, 0.9), scored(9, 103, 0.9), review]

    found = right_by_kind(links, labels)

    assert {kind: (each.hits, each.total) for kind, each in found.items()} == {
        "plain": (1, 2),
        "game": (2, 3),
    }


def test_ours_is_what_the_assets_would_link(small_catalog):
    found = ours(small_catalog)

    assert {(link["film_id"], link["release_id"]) for link in found.links} == {
        (n, 100 + n) for n in range(1, 7)
    }
    assert found.seconds > small_catalog.silver.seconds


def test_candidate_recall_counts_the_known_films_that_blocking_proposed(small_catalog):
    unreachable = [*small_catalog.labels, Label(1, 102, True, "b"), Label(5, 999, True, "b")]
    catalog = LabeledCatalog("all", small_catalog.films, small_catalog.releases, unreachable)

    found = candidate_recall(catalog)

    assert (found.hits, found.total) == (6, 7)


@pytest.mark.skipif(not find_spec("splink"), reason="Splink comes with `make evaluate` only")
def test_splink_links_what_is_plain(small_catalog):
    found = splink(small_catalog)

    best = {link["release_id"]: link["film_id"] for link in found.links}
    assert best == {100 + n: n for n in range(1, 7)}
    assert found.needs_threshold


def test_a_folder_without_labels_is_reported_and_skipped(tmp_path, capsys):
    first, *_ = catalogs(tmp_path, tmp_path / "absent", None)

    assert first.name == "bundled"
    printed = capsys.readouterr().err
    assert "so records is not measured" in printed
    assert "so open_world is not measured" in printed


def test_a_labeled_folder_is_read_whole(tmp_path):
    with gzip.open(tmp_path / "films.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(film(1, "Arrival", "2016-11-10")) + "\n")
    write_jsonl(tmp_path / "releases.jsonl", [release(2, "Jóhann Jóhannsson - Arrival", "2016")])
    (tmp_path / "labels.csv").write_text("film_tmdb_id,release_id,label,kind\n1,2,1,plain\n")

    read = read_catalog_folder(tmp_path, "mine")

    assert (read.name, read.labels) == ("mine", (Label(1, 2, True, "plain"),))
    assert read.film_years == {1: 2016}
    assert (len(read.films), len(read.releases), len(read.masters)) == (1, 1, 0)


def test_every_chart_is_drawn_with_all_films_and_with_some_withheld():
    both = [measured(OURS + " alone", LINKS)]
    renamed = [
        Measured(OURS, films, 1.0, each.evaluation, each.links, each.labels, each.points)
        for each in both
        for films in ("all 10", "40% withheld")
    ]

    assert sorted(charts(renamed)) == sorted(
        [
            "reliability",
            *(
                f"{which}_{chart}"
                for which in ("all_films", "40_percent_withheld")
                for chart in ("precision_recall", "thresholds", "by_kind", "by_decade")
            ),
        ]
    )


@pytest.mark.parametrize("written", ["10000", "x", "10x20x30", "many"])
def test_a_size_that_cannot_be_read_is_refused(written):
    with pytest.raises(ArgumentTypeError, match="10000x30000"):
        parse_size(written)
