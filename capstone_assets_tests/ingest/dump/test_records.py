"""One record of a dump at a time: where it ends, whether it is a soundtrack, what its row is."""

import json
import re
import time
from collections.abc import Iterator
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_assets.ingest.dump.file import (
    BrokenStreamError,
)
from capstone_assets.ingest.dump.records import (
    composes,
    soundtrack_row,
    split_records,
)
from capstone_assets_tests.ingest.dump.dumps import (
    content,
    record,
)

xml_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20
)


@given(st.lists(xml_text, max_size=6), st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_records_are_the_same_however_the_content_comes_in_blocks(
    titles: list[str], sizes: list[int]
):
    records = [record(number, title=title) for number, title in enumerate(titles, 1)]
    whole = content([*records, record(99)])
    blocks: list[bytes] = []
    begin = 0
    while begin < len(whole):
        blocks.append(whole[begin : begin + sizes[len(blocks) % len(sizes)]])
        begin += len(blocks[-1])

    cut_out = list(split_records(blocks, "release"))

    assert [piece.decode() for piece, _ in cut_out] == [*records, record(99)]
    assert all(whole[:end].endswith(piece) for piece, end in cut_out)


@given(xml_text.filter(str.strip), xml_text.filter(str.strip))
def test_a_title_comes_out_as_it_was_written_whatever_its_script(title: str, style: str):
    written = record(1, title=title, style=escape(style))

    row = soundtrack_row(written.encode(), "release")

    assert row is not None
    assert row["title"] == f"Composer - {title}"
    assert row["style"] == [style.strip()]


@pytest.mark.parametrize(
    ("released", "year"),
    [
        ("1999", "1999"),
        ("1999-03-00", "1999"),
        ("", None),
        ("?", None),
        ("0000", None),
        ("199", None),
        ("١٩٩٩", None),
    ],
)
def test_the_year_of_a_pressing_is_the_first_part_of_its_date(released: str, year: str | None):
    row = soundtrack_row(record(1, released).encode(), "release")

    assert row is not None
    assert row["year"] == year


@pytest.mark.parametrize(
    ("genre", "style", "is_soundtrack"),
    [
        ("Stage & Screen", "Vocal", True),
        ("Rock", "Theme", True),
        ("Rock", "Musical", True),
        ("Rock", "Grunge", False),
        ("Screen", "Theme Park", False),
        ("Soundtrack", "Scores", False),
    ],
)
def test_the_gate_is_the_one_of_the_search(genre: str, style: str, is_soundtrack: bool):
    row = soundtrack_row(record(1, genre=genre, style=style).encode(), "release")

    assert (row is not None) == is_soundtrack


@pytest.mark.parametrize(
    ("role", "is_composer"),
    [
        ("Composed By", True),
        ("Music By [All Tracks By]", True),
        ("Vocals, Harmonica, Written-By", True),
        ("Written By [Uncredited]", True),
        ("Score", True),
        ("[35 mm] Photography By, Composed By", True),
        ("Guitar [Music By, Himself]", False),
        ("Lyrics By", False),
        ("Songwriter [All Songs Written By]", False),
        ("Score Editor", False),
        ("", False),
    ],
)
def test_a_composer_is_credited_by_a_role_and_not_by_its_details(role: str, is_composer: bool):
    assert composes(role) is is_composer


def test_content_without_any_end_is_not_gathered_in_memory():
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * (16 << 20)

    with pytest.raises(BrokenStreamError, match="no </release> in the first 16 MB"):
        next(split_records(endless(), "release"))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (b"Inception &#7;OST", "Inception OST"),
        (b"Inception &#xD83D;OST", "Inception OST"),
        (b"Am&eacute;lie &nbsp;&foo; & more", "Am\u00e9lie \xa0&foo; & more"),
        (b"Am\xe9lie \xc3\xa9", "Am\u00e9lie \u00e9"),
        (b"Dumb &amp; Dumber &#38; &#x1F600;\x07", "Dumb & Dumber & \U0001f600"),
    ],
)
def test_what_xml_forbids_costs_a_record_only_itself(written: bytes, title: str):
    gate = b"<genres><genre>Stage &amp; Screen</genre></genres><notes>&#2;</notes>"

    row = soundtrack_row(
        b'<release id="1"><title>' + written + b"</title>" + gate + b"</release>", "release"
    )

    assert row is not None
    assert row["title"] == title


@pytest.mark.parametrize(
    "head",
    [
        b"<releases>",
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n<releases version="3">',
        b'<!-- of 2026-11 --><!---->\n<releases\n xmlns="urn:discogs">',
    ],
)
def test_a_dump_begins_with_its_first_tag_and_what_may_stand_before_it(head: bytes):
    dump = head + record(1).encode() + b"</releases>"

    assert [piece.decode() for piece, _ in split_records([dump], "release")] == [record(1)]


def test_a_hundred_thousand_comments_before_a_dump_are_judged_at_once():
    dump = b"<!---->" * 100_000 + b"x" + record(1).encode() + b"</releases>"

    began = time.process_time()
    with pytest.raises(BrokenStreamError, match="does not begin with <releases>"):
        list(split_records([dump], "release"))
    assert time.process_time() - began < 1


def test_a_record_in_a_namespace_of_its_own_is_read_as_any_other():
    plain = record(1, style="Score", title="Suspiria").encode()
    named = plain.replace(b"<release ", b'<release xmlns="urn:discogs" xmlns:x="urn:x" x:a="b" ')

    assert soundtrack_row(named, "release") == soundtrack_row(plain, "release")


_PIECES = st.sampled_from(
    [
        *(b"<title>", b"</title>", b"<title/>", b"<a b='", b"'>", b"<![CDATA[", b"]]>", b"<!--"),
        *(b"-->", b"&", b"&eacute;", b"&#0;", b"&#xD800;", b"&foo;", b"<", b">", b"\x00", b"\xff"),
        *(b"<master_id>", b"</master_id>", b"<released>19xx</released>", b"<?x?>", b"1999", b"A"),
        *(b"<genres><genre>", b"</genre></genres>", b"<artists><artist><name>", b"</releases>"),
        *(b"</release>", b'<release id="2">', b"<release>", b"<releases>", b"\r\n", b" "),
    ]
)
INSIDE = st.lists(_PIECES | st.binary(max_size=4), max_size=8).map(b"".join)


def account_for_record(inside: bytes) -> None:
    """A record with anything in it costs no other, and none of its bytes is skipped unread."""
    odd = b'<release id="1"><style>Score</style>' + inside + b"</release>"
    dump = b"<releases>" + record(8).encode() + odd + record(9).encode() + b"</releases>"

    try:
        pieces = [piece for piece, _ in split_records([dump[:99], dump[99:]], "release")]
    except BrokenStreamError:
        assert b"</releases>" in inside
        return
    rows = [soundtrack_row(piece, "release") for piece in pieces]

    read = [row for row in rows if row and "_unreadable" not in row]
    assert {8, 9} <= {row["id"] for row in read} or b"</releases>" in inside
    json.dumps(rows).encode()
    # Nothing but the space between records is left out.
    left_over = dump
    for piece in pieces:
        left_over = left_over.replace(piece, b"", 1)
    assert re.fullmatch(rb"(<releases>)?\s*(</releases>)?\s*", left_over)


@given(INSIDE)
def test_a_record_with_anything_in_it_costs_no_other(inside: bytes):
    account_for_record(inside)


@pytest.mark.slow
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
@given(INSIDE)
def test_ten_thousand_records_with_anything_in_them_cost_no_other(inside: bytes):
    account_for_record(inside)
