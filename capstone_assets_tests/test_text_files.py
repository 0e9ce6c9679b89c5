"""Text files as spreadsheets, editors and shells save them."""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import re
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_assets.text_files import (
    MOST_FIELD_CHARACTERS,
    MOST_LINE_BYTES,
    cut_lines,
    numbered_lines,
    read_objects,
    read_table,
    whole_number,
)

COLUMNS = ("film", "release", "why")


def table(content: bytes | str, columns=COLUMNS, optional=0):
    """The rows of a CSV file and its faults."""
    faults: list[str] = []
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    rows = list(read_table(numbered_lines(file, faults), columns, faults, optional))
    return rows, faults


def objects(content: bytes, *, is_gzip: bool = False):
    """The objects of a file of JSON lines and its faults."""
    faults: list[str] = []
    lines = numbered_lines(io.BytesIO(content), faults, is_gzip=is_gzip)
    return list(read_objects(lines, faults)), faults


AMELIE = {"film": "194", "release": "7", "why": "Amélie, or 天使愛美麗"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table_reads_the_same_in_every_unicode_encoding_and_with_every_line_end(encoding, ending):
    text = ending.join(["film,release,why", '194,7,"Amélie, or 天使愛美麗"', ""])

    assert table(text.encode(encoding)) == ([(2, AMELIE)], [])


def test_bytes_of_a_code_page_are_named_with_what_to_do():
    rows, faults = table("film,release,why\n1,2,fine\n194,7,Amélie\n3,4,Über\n".encode("cp1252"))

    assert [row["why"] for _, row in rows] == ["fine"]
    assert faults == [
        "line 3: byte 9 (0xe9) is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)",
        "line 4: byte 5 (0xdc) is not UTF-8",
    ]


def test_utf_16_that_is_cut_is_a_fault():
    assert table("film,release,why\n1,2,x\n".encode("utf-16")[:-1])[1] == [
        "line 2: not UTF-16 (truncated data); save the file as UTF-8 (in Excel: CSV UTF-8)"
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_that_the_header_has(separator):
    lines = [("film", "release", "why"), ("194", "7", '"a,b;c\td"')]

    [(_, row)], faults = table("\n".join(separator.join(cells) for cells in lines))

    assert (row["why"], faults) == ("a,b;c\td", [])


def test_the_hint_that_excel_writes_before_the_header_is_understood():
    assert table("sep=;\r\nfilm;release;why\r\n194;7;page 2\r\n") == (
        [(3, {"film": "194", "release": "7", "why": "page 2"})],
        [],
    )


def test_blank_rows_are_passed_over_and_cells_come_stripped():
    content = "\n,,\n Film ,RELEASE,why\n\n1, 2 ,x\n,,\n , ,\n3,4,y\n,,,,\n"

    rows, faults = table(content)

    assert [(line, row["release"]) for line, row in rows] == [(5, "2"), (8, "4")]
    assert faults == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("film;release\n1;2\n", "line 1: no column why, read with ';' between them"),
        ("", "line 1: no column film, release, why"),
        ("film,release,why,film\n", "line 1: column film is there twice"),
        (
            "film,release,why\n1,2,a,b\n",
            "line 2: 4 cells, where the header has 3: "
            "put a text that holds the separator in quotes",
        ),
    ],
)
def test_the_faults_of_a_table_are_reported(content, fault):
    rows, faults = table(content)

    assert rows == []
    assert faults[0] == fault


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04junk", "a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook of before 2007"),
        (bz2.compress(b"film,release,why\n"), "a bzip2 archive"),
        (lzma.compress(b"film,release,why\n"), "an xz archive"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "a Zstandard archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"PAR1\x15\x04", "a Parquet file"),
    ],
)
def test_a_file_that_is_not_text_is_named_by_its_kind_and_by_nothing_else(content, kind):
    assert table(content) == ([], [f"line 1: this is {kind}, not text"])
    assert objects(content) == ([], [f"line 1: this is {kind}, not text"])


def test_a_column_that_may_be_missing_is_read_where_it_is_there():
    assert table("film,release\n1,2\n", optional=1)[0] == [(2, {"film": "1", "release": "2"})]
    assert table("film,release,why\n1,2,x\n", optional=1)[0][0][1]["why"] == "x"


QUOTE_FAULT = "a quote is not closed"


def test_an_unclosed_quote_is_a_fault_of_its_line_and_later_rows_are_read():
    rows, faults = table('film,release,why\n1,2,"open\n3,4,b\n5,6,"quoted, well"\n')

    assert [(line, row["why"]) for line, row in rows] == [(3, "b"), (4, "quoted, well")]
    assert [fault.partition(",")[0] for fault in faults] == [f"line 2: {QUOTE_FAULT}"]


def test_a_quote_that_the_end_of_another_row_closes_is_a_fault_too():
    rows, faults = table('film,release,why\n1,2,"open\n3,4,said by "\n5,6,c\n')

    assert [line for line, _ in rows] == [3, 4]
    assert faults == [f"line 2: {QUOTE_FAULT}, so it swallows line 3"]


def test_a_quoted_text_may_have_line_breaks_and_doubled_quotes():
    rows, faults = table(
        'film,release,why\n1,2,"the sleeve says\n""from the film"", page 2"\n3,4,b'
    )

    assert [(line, row["why"]) for line, row in rows] == [
        (2, 'the sleeve says\n"from the film", page 2'),
        (4, "b"),
    ]
    assert faults == []


def test_a_quote_inside_a_text_that_has_none_around_it_stands_for_itself():
    assert table('film,release,why\n1,2,the 7" single\n')[0][0][1]["why"] == 'the 7" single'


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_cell_has_a_longest_length(beyond):
    why = "x" * (MOST_FIELD_CHARACTERS + beyond)

    rows, faults = table(f"film,release,why\n1,2,{why}\n")

    assert (len(rows), len(faults)) == (1 - beyond, beyond)


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(exclude_characters="\r\0", codec="utf-8"))] * 3).filter(
            # A break before what looks like a row is taken for a quote that was left open.
            lambda cells: all("\n" not in cell for cell in cells)
        ),
        max_size=5,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(rows, separator, encoding):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerows([COLUMNS, *rows])

    found, faults = table(written.getvalue().encode(encoding))

    assert faults == []
    kept = [[cell.strip() for cell in row] for row in rows]
    assert [[*row.values()] for _, row in found] == [row for row in kept if any(row)]


LONG = settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
ANY_TEXT = st.lists(
    st.sampled_from([*'",;\n\r\t a1', "é", "\x00", "\udcff", "{", "}", '{"id": 1}']), max_size=60
).map("".join)


def account_for_text(text: str) -> None:
    """Every line of a table, and of JSON lines, is a row, a fault, blank, or part of either."""
    # A first line without zeros, or zeros in turn would make it UTF-16.
    content = b"{}\n" + text.encode("utf-8", "surrogateescape")
    lines = re.split(rb"\r\n|\r|\n", content)

    rows, faults = table(b"film,release,why\n" + content)
    found, wrong = objects(content)

    assert all(fault.startswith("line ") for fault in [*faults, *wrong])
    assert len(rows) + len(faults) <= len(lines)
    written = [number for number, each in enumerate(lines, 1) if each.strip(b" \t")]
    named = [int(fault.split()[1].rstrip(":")) for fault in wrong]
    assert sorted([number for number, _ in found] + named) == written


@given(ANY_TEXT)
def test_any_text_is_read_or_has_faults_and_never_ends_in_an_error(text):
    account_for_text(text)


@pytest.mark.slow
@LONG
@given(ANY_TEXT)
def test_ten_thousand_texts_are_read_or_have_faults(text):
    account_for_text(text)


def test_each_line_holds_one_object():
    content = (
        b'\xef\xbb\xbf{"id": 1}\n\n  {"id": 2}  \r\n{"id": 3}{"id": 4}\n[5]\n{"id": 6} x\nnull\n'
    )

    found, faults = objects(content)

    assert found == [(1, {"id": 1}), (3, {"id": 2})]
    assert faults == [
        "line 4: another value follows at column 10; a line holds one JSON object",
        "line 5: not an object but [5]",
        "line 6: more text follows at column 10; a line holds one JSON object",
        "line 7: not an object but missing",
    ]


def test_a_json_array_over_many_lines_is_named_as_one():
    assert objects(b'[\n{"id": 1},\n{"id": 2}\n]\n')[1][0] == (
        "line 1: a JSON array begins here; write one object a line instead"
    )


def test_json_lines_of_powershell_in_utf_16_are_read():
    assert objects('{"title": "Amélie"}\r\n'.encode("utf-16")) == ([(1, {"title": "Amélie"})], [])


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_a_cut_gzip_file_is_a_fault_however_much_of_it_there_is(cut):
    packed = gzip.compress(b"".join(b'{"id": %d}\n' % number for number in range(1000)))

    found, faults = objects(packed[:-cut], is_gzip=True)

    assert found == [(n + 1, {"id": n}) for n in range(len(found))]
    assert faults == [f"line {len(found) + 1}: the gzip file ends too early: it was cut short"]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text()), max_size=6))
def test_whatever_a_json_writer_writes_is_read_back(rows):
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()

    found, faults = objects(content)

    assert ([row for _, row in found], faults) == (rows, [])


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_line_that_is_too_long_is_a_fault_and_later_ones_are_read(beyond):
    pad = "x" * (MOST_LINE_BYTES - len('{"a":""}') + beyond)

    found, faults = objects(f'{{"a":"{pad}"}}\n{{"id": 2}}\n'.encode())

    assert [line for line, _ in found] == [1, 2][beyond:]
    assert faults == ["line 1: longer than 4,194,304 bytes"][:beyond]


@pytest.mark.parametrize("size", [1, 2, 3, 20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [b"d", b""])
def test_lines_of_a_stream_are_cut_wherever_its_blocks_end(size: int, end: bytes, last: bytes):
    content = end.join([b"ab", b"c", b"", last])
    blocks = [content[begin : begin + size] for begin in range(0, len(content), size)]

    assert list(cut_lines(blocks)) == [b"ab", b"c", b"", *([last] if last else [])]
    assert list(cut_lines(blocks, most=1)) == [None, b"c", b"", *([last] if last else [])]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_file_may_be_much_longer_than_a_line_whatever_ends_its_lines(end: bytes):
    row = b'{"id": 7, "title": "' + b"x" * 1_000 + b'"}'
    count = MOST_LINE_BYTES // 1_000 + 10

    found, faults = objects(end.join([row] * count))

    assert (len(found), found[-1][0], faults) == (count, count, [])


def test_a_line_of_100_megabytes_does_not_grow_memory():
    blocks = (b"x" * (1 << 20) for _ in range(100))
    tracemalloc.start()

    assert list(cut_lines(blocks)) == [None]

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *((12, 12), (12.0, 12), ("12", 12), ("12.0", 12), ("+12.", 12), (-3, -3)),
        *((2**63 - 1, 2**63 - 1), (2**63, None), ("9" * 19, None), ("9" * 5000, None)),
        *((12.5, None), ("12.5", None), ("1e3", None), ("٣", None), (True, None), (None, None)),
        *((float("nan"), None), (float("inf"), None), ("", None), ("1,000", None)),
    ],
)
def test_a_whole_number_is_read_however_it_is_written(written, number):
    assert whole_number(written) == number


def faults_of(content: bytes) -> list[str]:
    faults: list[str] = []
    list(read_table(numbered_lines(io.BytesIO(content), faults), ("film", "release"), faults))
    return faults


def test_files_that_were_joined_are_read_past_the_mark_between_them():
    content = b"film,release\n1,2\n" + codecs.BOM_UTF8 + b"3,4\n"
    faults: list[str] = []

    rows = list(
        read_table(numbered_lines(io.BytesIO(content), faults), ("film", "release"), faults)
    )

    assert [row for _, row in rows] == [
        {"film": "1", "release": "2"},
        {"film": "3", "release": "4"},
    ]
    assert faults == []


def test_a_nul_character_is_a_fault_of_its_line():
    [fault] = faults_of(b"film,release\n1,2\n3,\x004\n5,6\n")

    assert fault == "line 3: a NUL character, so the file is damaged, or is not text"


@pytest.mark.parametrize(
    "lines",
    [b"1,2,3,4\n" * 100_000, b'"1,2\n' * 100_000, b"1,\xff\n" * 100_000],
    ids=["too many cells", "open quotes", "no UTF-8"],
)
def test_reading_stops_after_a_hundred_faults(lines):
    faults = faults_of(b"film,release\n" + lines)

    assert 100 <= len(faults) <= 102
