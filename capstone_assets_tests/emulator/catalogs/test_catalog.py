import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.emulator.catalogs.catalog import CatalogError, Row, read_catalog, year_of
from capstone_assets_tests.emulator.asking import film, release, shared_folder, write_catalog

JOKER = film(475557, "Joker", "2019-10-01", composers=["Hildur Guðnadóttir"])
JOKER_SCORE = release(14245683, "Hildur Guðnadóttir - Joker (Original Motion Picture Soundtrack)")


def faults_of(folder):
    with pytest.raises(CatalogError) as raised:
        read_catalog(folder)
    return raised.value.faults


def films_with(tmp_path, *lines):
    folder = write_catalog(tmp_path / "catalog")
    content = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    (folder / "films.jsonl").write_bytes(content)
    return folder


def test_rows_are_served_with_every_field_of_their_line(tmp_path):
    master = {"id": 7, "title": "Hildur Guðnadóttir - Joker", "year": 2019, "barcode": ["1"]}
    changes = [{"id": 475557, "date": "2026-01-02"}, {"id": 475557, "date": "2026-01-03"}]
    folder = write_catalog(
        tmp_path, films=[JOKER], releases=[JOKER_SCORE], masters=[master], changes=changes
    )
    (folder / "labels.csv").write_text(
        "film_tmdb_id,release_id,label,kind\n475557,14245683,1,exact\n,14245684,1,no film\n"
    )

    catalog = read_catalog(folder)

    assert (catalog.films, catalog.releases, catalog.masters) == ([JOKER], [JOKER_SCORE], [master])
    assert catalog.changes == changes
    assert [(row["film_tmdb_id"], row["kind"]) for row in catalog.labels] == [
        ("475557", "exact"),
        ("", "no film"),
    ]


def test_a_gzipped_file_is_read_like_a_plain_one(tmp_path):
    folder = write_catalog(tmp_path, films=[JOKER])
    (folder / "releases.jsonl").unlink()
    (folder / "releases.jsonl.gz").write_bytes(gzip.compress(json.dumps(JOKER_SCORE).encode()))

    assert read_catalog(folder).releases == [JOKER_SCORE]


def test_a_catalog_needs_no_masters(tmp_path):
    catalog = read_catalog(write_catalog(tmp_path, releases=[release(1, "A - B", master_id=9)]))

    assert catalog.masters == []


def test_a_broken_line_is_reported_by_file_and_number_and_nothing_is_served(tmp_path):
    folder = films_with(tmp_path, JOKER, b"", b'{"id": 2, "title": "Ups"')

    with pytest.raises(CatalogError) as raised:
        read_catalog(folder)

    message = str(raised.value)
    assert "has 1 fault, so none of it is served" in message
    assert "films.jsonl line 3: not JSON: Expecting ',' delimiter at column 25" in message


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"[1]", "not an object but [1]"),
        (b'{"id": 1, "title": "\xff"}', "byte 21 (0xff) is not UTF-8; save"),
        (b'{"id": 1, "title": "Up", "popularity": NaN}', "NaN is not JSON"),
        ({"title": "Up"}, "id is missing, wanted a positive whole number"),
        (film(True, "Up"), "id is true, wanted a positive whole number"),
        (film(1, " "), 'title is " ", wanted a title'),
        (film(1, "Up", "2009-02-30"), 'release_date is "2009-02-30", wanted a day as YYYY-MM-DD'),
        (film(1, "Up", "20090529"), 'release_date is "20090529", wanted'),
        (film(1, "Up", composers="M. Giacchino"), 'composers is "M. Giacchino", wanted a list'),
        (film(1, "Up", genre_ids=["Family"]), 'genre_ids is ["Family"], wanted a list of whole'),
        (film(1, "Up", alternative_titles=[{}]), "alternative_titles is [{}], wanted a list"),
        (film(1, "Up", vote_count=-1), "vote_count is -1, wanted a whole number"),
    ],
)
def test_a_wrong_line_is_reported_with_its_reason(tmp_path, line, fault):
    [found] = faults_of(films_with(tmp_path, line))

    assert found.startswith(f"films.jsonl line 1: {fault}")


def test_a_line_nested_beyond_reading_is_a_fault_and_no_crash(tmp_path):
    [found] = faults_of(films_with(tmp_path, b"[" * 200_000))

    assert found == "films.jsonl line 1: not JSON that can be read: nested too deeply"


def test_two_rows_of_one_id_are_a_fault_because_only_one_could_be_shown(tmp_path):
    [found] = faults_of(films_with(tmp_path, film(5, "Up"), film(6, "Her"), film(5, "It")))

    assert found == "films.jsonl line 3: id 5 is already on line 1"


def test_the_faults_of_all_files_are_reported_at_once(tmp_path):
    folder = write_catalog(
        tmp_path,
        films=[film(0, "Up")],
        releases=[release(1, "A - B", "c. 1999")],
        masters=[{"id": 1}],
        changes=[{"id": 1, "date": "today"}],
    )
    (folder / "labels.csv").write_text("film_tmdb_id,release_id,label\nUp,1,1\n1,1,maybe\n")

    assert [fault.partition(":")[0] for fault in faults_of(folder)] == [
        "films.jsonl line 1",
        "releases.jsonl line 1",
        "masters.jsonl line 1",
        "labels.csv line 2",
        "labels.csv line 3",
        "changes.jsonl line 1",
    ]


@pytest.mark.parametrize(
    ("lines", "counted", "others"),
    [(100, "has 100 faults", "and 80 more"), (1234, "has more than 100 faults", "and others")],
)
def test_twenty_faults_are_listed_and_a_hundred_are_counted(
    tmp_path: Path, lines: int, counted: str, others: str
):
    folder = films_with(tmp_path, *[b"?"] * lines)

    with pytest.raises(CatalogError) as raised:
        read_catalog(folder)

    message = str(raised.value)
    assert counted in message
    assert "films.jsonl line 20:" in message
    assert "films.jsonl line 21:" not in message
    assert others in message


def test_a_folder_or_a_file_that_is_not_there_is_a_fault(tmp_path):
    (tmp_path / "empty").mkdir()

    assert faults_of(tmp_path / "none") == ["there is no such folder"]
    assert faults_of(tmp_path / "empty") == [
        "films.jsonl is missing, and so is films.jsonl.gz",
        "releases.jsonl is missing, and so is releases.jsonl.gz",
    ]


def test_a_file_that_is_there_twice_or_torn_is_a_fault(tmp_path):
    folder = write_catalog(tmp_path, films=[JOKER])
    (folder / "films.jsonl.gz").write_bytes(gzip.compress(b"{}"))
    (folder / "releases.jsonl").unlink()
    (folder / "releases.jsonl.gz").write_bytes(gzip.compress(b"{}" * 10_000)[:-9])

    twice, torn, *_ = faults_of(folder)

    assert twice == "films.jsonl and films.jsonl.gz are both there: remove one"
    assert torn == "releases.jsonl.gz line 1: the gzip file ends too early: it was cut short"


UP = {"id": 3, "title": "Up"}
UP_LINE = json.dumps(UP).encode()


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(UP_LINE)), max_size=4))
def test_any_bytes_are_read_or_are_a_catalog_error(tmp_path_factory, lines):
    folder = write_catalog(tmp_path_factory.mktemp("catalog"))
    # A line end first: what begins a file may be a byte order mark, or that of gzip.
    (folder / "films.jsonl").write_bytes(b"\n".join([b"", *lines]))

    films: list[Row] = []
    faults: list[str] = []
    try:
        films = read_catalog(folder).films
    except CatalogError as wrong:
        faults.extend(wrong.faults)

    written = b"\n".join(lines).split(b"\n")
    assert bool(faults) == any(line.strip() not in {b"", UP_LINE} for line in written) or (
        written.count(UP_LINE) > 1
    )
    assert films == ([UP] if UP_LINE in written and not faults else [])
    assert all(fault.startswith("films.jsonl line ") for fault in faults)


@pytest.mark.parametrize(
    ("year", "expected"),
    [("1999", 1999), (1999, 1999), (None, None), ("", None), (0, None), ("0000", None)],
)
def test_a_year_may_be_text_or_a_number_or_unknown(year, expected):
    assert year_of({"year": year}) == expected


def test_the_real_records_are_a_sound_catalog():
    catalog = read_catalog(shared_folder("catalog"))

    counts = (len(catalog.films), len(catalog.releases), len(catalog.masters), len(catalog.labels))
    assert counts == (12_382, 5_319, 0, 1_154)
