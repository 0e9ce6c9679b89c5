"""The bulk way in: exactly the soundtracks of a dump land, whatever interrupts the reading."""

import gzip
import json
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fsspec
import pytest

from capstone_assets.ingest import progress
from capstone_assets.ingest.discogs import GENRE, STYLES, Kind
from capstone_assets.ingest.dump import landing as dump
from capstone_assets.ingest.dump.file import newest_dumps
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.dump.records import (
    soundtrack_row,
)
from capstone_assets.ingest.errors import (
    BrokenDumpError,
    IngestError,
    IngestSettingsError,
)
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.quarantine import ask_again, read_notes
from capstone_assets.ingest.rows import master_rows, release_rows
from capstone_assets.lake.years import UNKNOWN_YEAR
from capstone_assets_tests.ingest.conftest import bodies, ids, landed_lines
from capstone_assets_tests.ingest.dump.dumps import (
    FOUR,
    NAME,
    SIGNED,
    YEARS,
    content,
    mixed,
    record,
    studio_album,
    write,
)

GOOD_BAD_UGLY = """
<release id="1001" status="Accepted">
  <artists>
    <artist><id>1</id><name>Ennio Morricone</name><anv/><join>-</join></artist>
    <artist><id>2</id><name>Bruno Nicolai</name><anv>B. Nicolai</anv><join></join></artist>
  </artists>
  <title>The Good, The Bad &amp; The Ugly</title>
  <labels><label name="EMI (3)" catno="1C 054" id="6"/>
    <label name="Liberty" catno="x" id="7"/></labels>
  <extraartists>
    <artist><id>2</id><name>Bruno Nicolai</name><role>Conductor</role></artist>
    <artist><id>1</id><name>Ennio Morricone</name><role>Composed By, Orchestrated By</role></artist>
    <artist><id>9</id><name>Alan Parker (16)</name><role>Guitar [1st], Music By</role></artist>
  </extraartists>
  <formats><format name="Vinyl" qty="2" text="Gatefold"><descriptions>
    <description>LP</description><description>Album</description></descriptions></format>
    <format name="CD" qty="1" text=""><descriptions><description>Album</description></descriptions>
  </format></formats>
  <genres><genre>Electronic</genre><genre>Stage &amp; Screen</genre></genres>
  <styles><style>Score</style><style>Soundtrack</style></styles>
  <country>Italy</country><released>1966-12-00</released>
  <master_id is_main_release="true">77</master_id>
  <tracklist><track><position>A1</position><title>Main Theme</title><extraartists>
    <artist><name>Somebody Else</name><role>Composed By</role></artist></extraartists></track>
  </tracklist>
  <companies><company><id>3</id><name>Liberty</name></company>
    <company><id>4</id><name>Forum Studios</name></company></companies>
</release>"""


def ids_by_year(landing: Landing) -> dict[str, list[int]]:
    """Ids of all rows, in order and as often as they landed, of the years that have any."""
    found = {
        year: [
            row["id"]
            for line, file in landed_lines(landing, year)
            for row in release_rows(line, file)
        ]
        for year, files in landing.page_files.items()
        if files
    }
    return {year: sorted(each) for year, each in found.items()}


def all_files(store: PageStore, folder: str = "") -> dict[str, bytes]:
    root = Path(store.root, folder)
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def shared_folder() -> Path:
    folder = Path(__file__).parents[3] / ".." / "shared"
    if not folder.exists():
        pytest.skip("../shared, with the real sample of a dump, is not here")
    return folder


def real_sample() -> Path:
    return shared_folder() / "fixtures/discogs/dump_20200806_releases_sample.xml.gz"


def test_the_real_sample_gives_exactly_its_soundtracks_by_the_year_of_the_pressing(
    store: PageStore,
):
    expected = defaultdict(list)
    for read in ElementTree.fromstring(gzip.decompress(real_sample().read_bytes())):  # noqa: S314
        genres = {each.text for each in read.iter("genre")}
        styles = {each.text for each in read.iter("style")}
        if GENRE in genres or styles & set(STYLES):
            year = (read.findtext("released") or "")[:4]
            expected[year or UNKNOWN_YEAR].append(int(read.attrib["id"]))

    landing = land_dump("release", str(real_sample()), store, YEARS)

    assert ids_by_year(landing) == {year: sorted(each) for year, each in expected.items()}
    assert (landing.rows_landed, landing.complete, landing.left_out) == (36, True, [])
    [submarine] = (row for body in bodies(landing, "1969") for row in body["results"])
    assert submarine["title"] == "The Beatles - Yellow Submarine"
    assert "George Martin" in submarine["credits"]


def test_a_record_becomes_the_row_that_the_search_would_show_and_its_composers(
    store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content([GOOD_BAD_UGLY, studio_album(2)]))

    landing = land_dump("release", path, store, ["1966", "2001"])

    [page] = bodies(landing, "1966")
    assert page["results"] == [
        {
            "id": 1001,
            "type": "release",
            "master_id": 77,
            "title": "Ennio Morricone, B. Nicolai* - The Good, The Bad & The Ugly",
            "year": "1966",
            "country": "Italy",
            "genre": ["Electronic", "Stage & Screen"],
            "style": ["Score", "Soundtrack"],
            "format": ["Vinyl", "LP", "Album", "CD"],
            "label": ["EMI (3)", "Liberty", "Forum Studios"],
            "catno": "1C 054",
            "credits": ["Ennio Morricone", "Alan Parker"],
        }
    ]
    assert landing.page_files["2001"] == []


def test_a_page_of_a_dump_has_the_place_and_shape_of_a_page_of_the_search(
    store: PageStore, tmp_path: Path
):
    landing = land_dump("release", write(tmp_path, content([record(7)])), store, ["1999"])

    [(line, path)] = landed_lines(landing, "1999")
    folder = Path(store.root, "pages/discogs-dump-20240101/discogs_releases/release_year=1999")
    assert Path(path).parent == folder
    page = json.loads(line)
    assert page.keys() == {"source", "path", "params", "status", "fetched_at", "slice", "body"}
    assert (page["source"], page["path"], page["slice"]) == ("discogs", f"/{NAME}", "1999")
    # A younger answer of the API must win over a dump's row, however late the dump is read.
    assert page["fetched_at"] == "2024-01-01T00:00:00.000Z"
    assert page["body"]["pagination"]["items"] == 1


def test_masters_land_in_their_own_table_by_the_year_of_the_original(
    store: PageStore, tmp_path: Path
):
    records = [record(5, "1984", kind="master"), record(6, "0", kind="master")]
    path = write(tmp_path, content(records, "master"), "discogs_20240101_masters.xml.gz")

    landing = land_dump("master", path, store, ["1984", UNKNOWN_YEAR])

    assert ids(landing, "1984", master_rows) == [5]
    assert ids(landing, UNKNOWN_YEAR, master_rows) == [6]
    [page] = bodies(landing, "1984")
    assert page["results"][0]["master_id"] == 5  # As in the search.
    assert "/discogs_masters/" in landing.page_files["1984"][0]


def test_a_page_has_at_most_a_thousand_rows_and_a_year_few_files(store: PageStore, tmp_path: Path):
    path = write(tmp_path, content(record(number) for number in range(1, 2501)))

    landing = land_dump("release", path, store, ["1999"])

    assert [len(page["results"]) for page in bodies(landing, "1999")] == [1000, 1000, 500]
    assert [page["pagination"]["page"] for page in bodies(landing, "1999")] == [1, 2, 3]
    assert ids(landing, "1999", release_rows) == list(range(1, 2501))


def test_a_finished_dump_is_neither_opened_nor_landed_again_for_any_year(
    store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content(mixed(60)))
    first = land_dump("release", path, store, ["1966"])
    before = all_files(store)
    Path(path).unlink()

    again = land_dump("release", path, store, ["1999", "1966", "1933"])

    assert all_files(store) == before
    assert again.page_files["1966"] == first.page_files["1966"]
    assert ids(again, "1999", release_rows) == list(range(6, 61, 12))
    assert again.page_files["1933"] == []
    assert again.slices["1999"].promised == again.slices["1999"].landed == 5


class DyingStore(PageStore):
    """A store whose process dies at its n-th write."""

    def __init__(self, root: str, dies_at: int) -> None:
        super().__init__(root)
        self.left = dies_at

    def write(self, name: str, content: bytes) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        super().write(name, content)


def test_a_load_that_dies_at_any_write_ends_in_the_same_files_as_one_that_never_died(
    tmp_path: Path,
):
    path = write(tmp_path, content(mixed(40)))
    whole = PageStore(tmp_path / "whole")
    expected = ids_by_year(land_dump("release", path, whole, YEARS, rows_a_chunk=4))
    writes = len(all_files(whole))
    assert sum(map(len, expected.values())) == 13
    assert writes > 10

    for dies_at in range(1, writes + 1):
        root = str(tmp_path / f"dies_at_{dies_at}")
        with pytest.raises(KeyboardInterrupt):
            land_dump("release", path, DyingStore(root, dies_at), YEARS, rows_a_chunk=4)
        landing = land_dump("release", path, PageStore(root), YEARS, rows_a_chunk=4)

        assert ids_by_year(landing) == expected
        assert all_files(PageStore(root), "pages") == all_files(whole, "pages")


def test_a_resumed_load_reads_no_record_that_has_landed(
    store: PageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path, content(mixed(40)))
    with pytest.raises(KeyboardInterrupt):
        # Four years and a checkpoint make five writes a chunk: it dies in the third chunk.
        land_dump("release", path, DyingStore(store.root, 12), YEARS, rows_a_chunk=4)
    read: list[int] = []

    def remembering(piece: bytes, kind: Kind) -> dict[str, Any] | None:
        read.append(int(piece.split(b'"')[1]))
        return soundtrack_row(piece, kind)

    monkeypatch.setattr(dump, "soundtrack_row", remembering)
    land_dump("release", path, store, YEARS, rows_a_chunk=4)

    assert read == list(range(25, 41))


KILLED = """
import sys, time
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import PageStore

class SlowStore(PageStore):  # So that it is not done before it is killed.
    def write(self, name, content):
        time.sleep(0.02)
        super().write(name, content)

land_dump("release", sys.argv[1], SlowStore(sys.argv[2]), [], rows_a_chunk=200)
"""


def test_a_load_killed_in_the_middle_resumes_and_lands_everything_once(
    store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content(mixed(30_000)))
    checkpoints = Path(store.root, "manifests")

    with subprocess.Popen([sys.executable, "-c", KILLED, path, store.root]) as process:
        # A name that begins with a dot is a file that is still being written.
        while len(list(checkpoints.rglob("[!.]*_landed_*"))) < 3 and process.poll() is None:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    assert not list(checkpoints.rglob("*_complete_*"))
    landing = land_dump("release", path, store, YEARS, rows_a_chunk=200)

    assert landing.requests.from_cache >= 12
    found = ids_by_year(landing)
    assert sorted(number for each in found.values() for number in each) == list(range(3, 30_001, 3))
    assert found["1999"] == list(range(6, 30_001, 12))


def cut(packed: bytes) -> bytes:
    return packed[: len(packed) * 2 // 3]


def spoil(packed: bytes) -> bytes:
    return packed[:-8] + b"\0" * 8  # The checksum that gzip ends with.


@pytest.mark.parametrize(
    ("damage", "fault"), [(cut, "the file is cut short"), (spoil, "not a valid gzip file")]
)
def test_a_damaged_file_is_one_error_with_its_place_and_a_sound_file_resumes_from_there(
    damage, fault: str, store: PageStore, tmp_path: Path
):
    # What compresses too well has no middle to damage.
    noise = random.Random(1966)
    records = [record(number, title=noise.randbytes(40).hex()) for number in range(1, 2001)]
    path = write(tmp_path, content(records))
    sound = Path(path).read_bytes()
    Path(path).write_bytes(damage(sound))

    with pytest.raises(BrokenDumpError, match=fault) as raised:
        land_dump("release", path, store, ["1999"], rows_a_chunk=500)
    said = str(raised.value)
    Path(path).write_bytes(sound)
    landing = land_dump("release", path, store, ["1999"], rows_a_chunk=500)

    assert f"{NAME} cannot be read beyond byte " in said
    assert "rows that landed from its first" in said
    assert str(pickle.loads(pickle.dumps(raised.value))) == said  # noqa: S301
    assert landing.requests.from_cache >= 1
    assert [len(page["results"]) for page in bodies(landing, "1999")] == [500] * 4
    assert ids(landing, "1999", release_rows) == list(range(1, 2001))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (content(FOUR)[:-10], "ends without </releases>"),
        (content([*FOUR, FOUR[0][:60]])[:-12], "ends without </releases>"),
    ],
)
def test_broken_xml_is_one_error_that_names_the_record_and_what_landed_stays(
    broken: bytes, fault: str, store: PageStore, tmp_path: Path
):
    path = write(tmp_path, broken)

    with pytest.raises(BrokenDumpError, match=fault) as raised:
        land_dump("release", path, store, ["1999"], rows_a_chunk=2)

    end_of_fourth = len(content(FOUR)) - len("\n</releases>")
    assert f"byte {end_of_fourth:,} of its XML, where record 4 ends" in str(raised.value)
    assert "The 4 rows that landed from its first 4 records stay" in str(raised.value)
    write(tmp_path, content([*FOUR, record(5)]))
    landing = land_dump("release", path, store, ["1999"], rows_a_chunk=2)
    assert ids(landing, "1999", release_rows) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("prolog", "fault"),
    [
        ('<!DOCTYPE releases [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n', "DOCTYPE"),
        ("<artists/>", "does not begin with <releases> and a <release"),
    ],
)
def test_what_does_not_begin_like_a_dump_is_refused_before_anything_lands(
    prolog: str, fault: str, store: PageStore, tmp_path: Path
):
    path = write(tmp_path, prolog.encode() + content([record(1)]))

    with pytest.raises(BrokenDumpError, match=fault):
        land_dump("release", path, store, ["1999"], rows_a_chunk=1)

    assert all_files(store) == {}


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b'<?xml version="1.0" encoding="UTF-8"?>\n',
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf<?xml version="1.0"?>\r\n',
    ],
)
def test_a_dump_may_begin_with_a_byte_order_mark_and_a_declaration(
    before: bytes, store: PageStore, tmp_path: Path
):
    landing = land_dump("release", write(tmp_path, before + content([record(6)])), store, YEARS)

    assert ids_by_year(landing) == {"1999": [6]}


@pytest.mark.parametrize("name", ["what? [2024]", "a::b", "100%25 #1", "{x}*", "http:", "~"])
def test_a_dump_is_found_in_a_folder_of_any_name(name: str, tmp_path: Path):
    folder = tmp_path / name
    folder.mkdir()
    write(folder, content([record(6)]))
    write(folder, content([record(7, kind="master")], "master"), NAME.replace("release", "master"))
    found = newest_dumps(str(folder))

    releases = land_dump("release", found["releases"], PageStore(folder / "lake"), ["1999"])
    masters = land_dump("master", found["masters"], PageStore(folder / "lake"), ["1999"])
    assert ids(releases, "1999", release_rows) == [6]
    assert ids(masters, "1999", master_rows) == [7]


@pytest.mark.parametrize("count", [2, 5])
def test_what_landed_of_a_file_that_proves_wrong_is_replaced_by_the_sound_one(
    count: int, store: PageStore, tmp_path: Path, caplog
):
    # Of equal length, so that only the content differs; or shorter.
    wrong = [record(number, title=title) for number, title in enumerate(["Gaws", "Fargo"] * 2, 1)]
    path = write(tmp_path, content(wrong)[:-11])
    with pytest.raises(BrokenDumpError):
        land_dump("release", path, store, ["1999"], rows_a_chunk=3)
    titles = ["Jaws", "Fargo", "Jaws", "Rocky", "Alien"][:count]
    write(tmp_path, content(record(number, title=title) for number, title in enumerate(titles, 1)))

    landing = land_dump("release", path, store, ["1999"], rows_a_chunk=3)

    rows = [row for page in bodies(landing, "1999") for row in page["results"]]
    assert [row["title"] for row in rows] == [f"Composer - {title}" for title in titles]
    assert f"{NAME} is not the file that landed in part" in caplog.text


def test_a_soundtrack_with_bytes_that_xml_forbids_is_read_without_them(
    store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content([record(1, title="Jaws\x07 2\x0b")]))

    landing = land_dump("release", path, store, ["1999"])

    assert bodies(landing, "1999")[0]["results"][0]["title"] == "Composer - Jaws 2"


def test_a_broken_checkpoint_costs_time_and_no_row(store: PageStore, tmp_path: Path):
    path = write(tmp_path, content(mixed(40)))
    expected = ids_by_year(land_dump("release", path, store, YEARS))
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.write_bytes(b'{"position": "?"}')

    landing = land_dump("release", path, store, YEARS)

    assert ids_by_year(landing) == expected


def test_a_dump_is_read_from_and_landed_on_any_file_system(tmp_path: Path):
    url = f"memory://{tmp_path.name}/{NAME}"
    with fsspec.open(url, "wb") as file:
        file.write(gzip.compress(content(mixed(40))))

    landing = land_dump("release", url, PageStore(f"memory://{tmp_path.name}/lake"), ["1966"])

    [path] = landing.page_files["1966"]
    with fsspec.open(path, "rt", compression="gzip") as page:
        rows = list(release_rows(page.read(), path))
    assert [row["id"] for row in rows] == [12, 24, 36]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("discogs_20240101_masters.xml.gz", "is a dump of masters"),
        ("releases.xml.gz", "has no date in its name"),
        ("discogs_20241399_releases.xml.gz", "has no date in its name"),
        ("discogs_20240102_releases.xml.gz", "There is no file discogs_20240102_releases.xml.gz"),
    ],
)
def test_a_file_that_cannot_be_the_dump_is_one_clear_error(
    name: str, fault: str, store: PageStore, tmp_path: Path
):
    with pytest.raises(IngestSettingsError, match=fault):
        land_dump("release", str(tmp_path / name), store, ["1999"])


def test_a_server_that_does_not_answer_is_named_without_the_signature_of_its_url(store: PageStore):
    with pytest.raises(IngestError) as raised:
        land_dump("release", SIGNED, store, ["1999"])

    assert NAME in str(raised.value)
    assert "sesame" not in repr(raised.value) + str(raised.value)


def test_progress_says_how_much_is_read_seen_and_kept(
    store: PageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    caplog.set_level("INFO")

    land_dump("release", write(tmp_path, content(mixed(40))), store, [])

    assert f"{NAME}: read 0.0 of 0.0 MB; 40 records seen, 13 kept; " in caplog.text
    assert f"{NAME}: kept 13 of 40 records in 4 files of 4 years" in caplog.text


MEASURED = """
import resource, sys, time
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import PageStore

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

small, large, root = sys.argv[1:]
land_dump("release", small, PageStore(root), [], rows_a_chunk=1000)
before, began = peak_mb(), time.monotonic()
land_dump("release", large, PageStore(root), [], rows_a_chunk=1000)
print(peak_mb() - before, peak_mb(), time.monotonic() - began)
"""


def long_records(count: int) -> Iterator[bytes]:
    """Records of 4 KB, a twentieth of them soundtracks."""
    track = b"<track><position>1</position><title>%d</title><duration>3:10</duration></track>" * 50
    yield b"<releases>\n"
    for number in range(1, count + 1):
        whole = (record(number) if number % 20 == 0 else studio_album(number)).encode()
        tracks = b"<tracklist>" + track % ((number,) * 50) + b"</tracklist></release>\n"
        yield whole.replace(b"</release>", tracks)
    yield b"</releases>"


@pytest.mark.parametrize("records", [50_000, pytest.param(250_000, marks=pytest.mark.slow)])
def test_a_dump_of_200_mb_or_1_gb_takes_no_more_memory_than_one_of_4(records: int, tmp_path: Path):
    for name, count in (("20240101", 1_000), ("20240201", records)):
        with gzip.open(tmp_path / f"discogs_{name}_releases.xml.gz", "wb", 1) as file:
            size = sum(file.write(piece) for piece in long_records(count))
    paths = [str(path) for path in sorted(tmp_path.glob("*.gz"))]

    command = [sys.executable, "-c", MEASURED, *paths, str(tmp_path / "lake")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    growth_mb, peak_mb, seconds = map(float, printed.split())

    print(
        f"{size / 1e6:,.0f} MB of XML: {records:,} records in {seconds:.1f} s, "
        f"{records / seconds:,.0f} a second; peak {peak_mb:.0f} MB, {growth_mb:.1f} MB grown"
    )
    assert growth_mb < 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("</title>", "</tilte>"), "not XML: mismatched tag"),
        ((' id="5"', ""), "id: absent, or not a whole number"),
        (('id="5"', 'id="Correct"'), "id: absent, or not a whole number"),
        (('id="5"', 'id="0"'), "id: not a whole number from 1 to 2^63-1"),
        (("<title>Film 5</title>", ""), "title: absent, or not text"),
        (("<title>Film 5</title>", "<title> </title>"), "title: absent, or not text"),
    ],
)
def test_an_unreadable_record_is_set_aside_and_the_rest_of_the_dump_is_read(
    change: tuple[str, str], reason: str, store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content([*FOUR, record(5).replace(*change), record(6)]))

    landing = land_dump("release", path, store, YEARS, rows_a_chunk=2)

    assert ids(landing, "1999", release_rows) == [1, 2, 3, 4, 6]
    assert (landing.rows_promised, landing.rows_landed, landing.rows_quarantined) == (6, 5, 1)
    [note] = read_notes(store)
    assert (note["table"], note["reason"]) == ("discogs_releases", reason)


def test_a_master_id_that_is_a_word_becomes_null_and_is_noted(store: PageStore, tmp_path: Path):
    odd = record(5).replace("</title>", "</title><master_id>Correct</master_id>", 1)
    path = write(tmp_path, content([record(1), odd]))

    landing = land_dump("release", path, store, ["1999"])

    assert ids(landing, "1999", release_rows) == [1, 5]
    assert [note["reason"] for note in read_notes(store)] == ["master_id: not a number, so null"]


@pytest.mark.parametrize(
    ("date", "year", "reasons"),
    [
        ("1999-07-00", "1999", []),
        ("????", "unknown", ["year: not a year, so unknown"]),
        ("19xx", "unknown", ["year: not a year, so unknown"]),
        ("0000", "unknown", []),
        ("2097", "unknown", ["year: no partition has it"]),
    ],
)
def test_a_date_that_has_no_year_is_noted(
    date: str, year: str, reasons: list[str], store: PageStore, tmp_path: Path
):
    odd = re.sub("<released>.*?</released>", f"<released>{date}</released>", record(5))
    path = write(tmp_path, content([record(1), odd]))

    landing = land_dump("release", path, store, ["1999", "unknown"])

    assert 5 in ids(landing, year, release_rows)
    assert [note["reason"] for note in read_notes(store)] == reasons


@pytest.mark.parametrize("after", ["<!-- made by hand -->", "Connection closed.", "</releases>"])
def test_text_after_the_end_of_a_dump_is_set_aside(after: str, store: PageStore, tmp_path: Path):
    path = write(tmp_path, content(FOUR) + f"\n{after}\n".encode())

    landing = land_dump("release", path, store, YEARS, rows_a_chunk=3)

    assert ids(landing, "1999", release_rows) == [1, 2, 3, 4]
    assert [json.loads(note["raw"])["record"] for note in read_notes(store)] == [after]


@pytest.mark.parametrize("end", ["</releases>", ""])
def test_a_second_dump_behind_the_first_is_read_to_its_end(
    end: str, store: PageStore, tmp_path: Path
):
    second = content([record(5), record(6)]).removesuffix(b"</releases>") + end.encode()
    path = write(tmp_path, content(FOUR) + second)

    if end:
        landing = land_dump("release", path, store, YEARS, rows_a_chunk=3)
        assert ids(landing, "1999", release_rows) == [1, 2, 3, 4, 5, 6]
        assert landing.rows_quarantined == 1
    else:
        with pytest.raises(BrokenDumpError, match="ends without </releases>"):
            land_dump("release", path, store, YEARS, rows_a_chunk=3)


def test_a_dump_that_was_mended_is_read_again_once_one_of_its_pages_is_wanted_again(
    store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content([*FOUR, record(5).replace(' id="5"', "")]))
    land_dump("release", path, store, YEARS, rows_a_chunk=2)
    [note] = read_notes(store)
    write(tmp_path, content([*FOUR, record(5)]))
    unaware = land_dump("release", path, store, YEARS, rows_a_chunk=2)

    ask_again(store, note["page"])
    healed = land_dump("release", path, store, YEARS, rows_a_chunk=2)
    Path(path).unlink()
    settled = land_dump("release", path, store, YEARS, rows_a_chunk=2)

    assert unaware.rows_quarantined == 1
    for landing in (healed, settled):
        assert ids(landing, "1999", release_rows) == [1, 2, 3, 4, 5]
        assert landing.rows_quarantined == 0
    assert list(read_notes(store)) == []


NO_END = record(5).replace("</release>", "")


@pytest.mark.parametrize(
    "broken",
    [
        [NO_END],
        [NO_END, NO_END.replace("5", "7", 1), NO_END.replace("5", "8", 1)],
        ["<master id='1'></master>"],
        ["Please consult your administrator </release>"],
        [studio_album(5).replace("</release>", "")],
    ],
    ids=["no end", "three without end", "another kind", "no beginning", "not even a soundtrack"],
)
@pytest.mark.parametrize("after", [[record(6), record(9)], []], ids=["more follows", "the last"])
def test_an_incomplete_record_is_quarantined_and_the_next_ones_are_read(
    broken: list[str], after: list[str], store: PageStore, tmp_path: Path
):
    path = write(tmp_path, content([*FOUR, *broken, *after]))

    landing = land_dump("release", path, store, YEARS, rows_a_chunk=2)

    assert ids(landing, "1999", release_rows) == [1, 2, 3, 4, *([6, 9] if after else [])]
    expected = 1 if not after else len(broken)
    assert landing.rows_quarantined == expected
    assert {note["reason"] for note in read_notes(store)} == {"not one whole <release ...>"}


BOUNDED = """
import resource, sys
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import PageStore
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
landing = land_dump("release", sys.argv[1], PageStore(sys.argv[2]), ["1999", "unknown"])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) / 1024, landing.rows_landed, landing.rows_quarantined)
"""


def one_line_of_100_mb() -> Iterator[bytes]:
    yield record(5).removesuffix("</release>").encode() + b"<notes>"
    yield from (b"x" * (1 << 20) for _ in range(100))
    yield b"</notes></release>"


def nested_a_million_times() -> Iterator[bytes]:
    yield record(5).removesuffix("</release>").encode()
    yield b"<a>" * 1_000_000
    yield b"</a>" * 1_000_000
    yield b"</release>"


def without_an_end_for_100_mb() -> Iterator[bytes]:
    yield NO_END.encode()
    yield from (b"<notes>Score</notes>" * 50_000 for _ in range(100))


@pytest.mark.parametrize(
    "odd", [one_line_of_100_mb, nested_a_million_times, without_an_end_for_100_mb]
)
def test_a_record_that_is_too_long_is_set_aside_in_bounded_memory(
    odd: Callable[[], Iterator[bytes]], tmp_path: Path
):
    path = tmp_path / NAME
    with gzip.open(path, "wb", 1) as file:
        file.write(("<releases>" + record(1)).encode())
        for piece in odd():
            file.write(piece)
        file.write((record(6) + record(7) + "</releases>").encode())

    command = [sys.executable, "-c", BOUNDED, str(path), str(tmp_path / "lake")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    # What has no end tag takes the record behind it along: where it ends is anyone's guess.
    kept = 2 if odd is without_an_end_for_100_mb else 3
    assert [int(printed[1]), int(printed[2])] == [kept, 1]
    print(f"{odd.__name__}: {float(printed[0]):.0f} MB grown")
    assert float(printed[0]) < 80


@pytest.mark.parametrize("left", [0, 50])
def test_a_page_of_a_dump_that_was_damaged_is_read_again_from_the_dump(
    left: int, store: PageStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = write(tmp_path, content(mixed(60)))
    first = land_dump("release", path, store, YEARS, rows_a_chunk=7)
    damaged = Path(first.page_files["1999"][0])
    sound = damaged.read_bytes()
    damaged.write_bytes(sound[:left])

    again = land_dump("release", path, store, ["1999"], rows_a_chunk=7)

    assert damaged.read_bytes() == sound
    assert ids(again, "1999", release_rows) == ids(first, "1999", release_rows)
    assert f"{NAME}: some of its pages were damaged after they landed" in caplog.text
