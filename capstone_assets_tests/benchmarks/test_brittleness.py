"""Each variant takes away what it is named for, and nothing else."""

from benchmarks.brittleness import (
    OF_MASTERS,
    VARIANTS,
    measure_variants,
    one_pressing_an_album,
    render_variants,
    with_a_letter_lost,
    with_namesakes,
    without_punctuation,
    without_tags,
    without_years,
)
from benchmarks.catalogs import LabeledCatalog
from capstone_assets.matching.evaluation import Label
from capstone_assets_tests.matching.catalog import film, release

CATALOG = LabeledCatalog(
    "small",
    [film(1, "Amélie", "2001-04-25", ["Yann Tiersen"]), film(2, "Ring", "1998-01-31")],
    [
        release(11, "Yann Tiersen - Le Fabuleux Destin D'Amélie (B.O.)", "2001", master_id=5),
        release(12, "Yann Tiersen - Amélie", "2021", master_id=5),
        release(13, "Kenji Kawai - Ring", "1998"),
    ],
    [Label(1, 11, True, "a"), Label(1, 12, True, "a"), Label(2, 13, True, "b")],
    [release(5, "Yann Tiersen - Amélie", "2001")],
)


def titles(catalog: LabeledCatalog) -> list[str]:
    return [row["title"] for row in catalog.releases]


def test_punctuation_goes_but_the_dash_behind_the_artist():
    assert titles(without_punctuation(CATALOG)) == [
        "Yann Tiersen - Le Fabuleux Destin D Amélie B O",
        "Yann Tiersen - Amélie",
        "Kenji Kawai - Ring",
    ]


def test_one_letter_of_the_album_title_is_lost_and_the_artist_is_whole():
    for before, after in zip(titles(CATALOG), titles(with_a_letter_lost(CATALOG)), strict=True):
        assert len(after) == len(before) - 1
        assert after.startswith(before.split(" - ")[0] + " - ")


def test_years_are_taken_from_releases_and_masters():
    changed = without_years(CATALOG)

    assert {row["year"] for row in (*changed.releases, *changed.masters)} == {None}


def test_without_tags_a_master_must_not_bring_them_back():
    changed = without_tags(CATALOG)

    assert {(*row["genre"], *row["style"]) for row in changed.releases} == {()}
    assert changed.masters == ()


def test_a_namesake_is_another_film_of_another_year_without_composers():
    added = with_namesakes(CATALOG).films[2:]

    assert [row["title"] for row in added] == ["Amélie", "Ring"]
    assert [row["composers"] for row in added] == [[], []]
    for before, after in zip(CATALOG.films, added, strict=True):
        distance = abs(int(before["release_date"][:4]) - int(after["release_date"][:4]))
        assert 5 <= distance <= 40


def test_one_pressing_of_each_album_stays_with_its_labels():
    kept = one_pressing_an_album(CATALOG)

    assert len(kept.releases) == 2
    assert {each.release_id for each in kept.labels} == {row["id"] for row in kept.releases}


def test_every_variant_is_measured_and_those_of_masters_only_with_masters():
    with_masters = list(measure_variants(CATALOG))

    assert [each.name for each in with_masters] == [*VARIANTS, *OF_MASTERS]
    assert with_masters[0].evaluation.overall.recall.value == 1.0
    table = render_variants(with_masters).splitlines()
    assert len(table) == 1 + len(with_masters)
    assert table[1].split()[:4] == ["as", "it", "is", "1.000"]
    alone = LabeledCatalog("alone", CATALOG.films, CATALOG.releases, CATALOG.labels)
    assert [each.name for each in measure_variants(alone)] == list(VARIANTS)
