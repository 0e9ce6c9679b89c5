"""Split a Discogs dump into records and shape the soundtracks among them like search results.

Belongs here: the dump's XML, the gate, the shape of a row. Bytes in, rows out.
Not here: opening the file (file.py), landing the rows (landing.py), reading them (responses.py).

Records are split at their end tags, and only those that contain a word of the gate are parsed, 8 %
of a real sample: parsing all takes more than twice as long. A fault in a record that cannot be a
soundtrack therefore goes unnoticed.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from capstone_assets.ingest.artist_credits import artist_credit
from capstone_assets.ingest.discogs import GENRE, STYLES, Kind
from capstone_assets.ingest.dump.file import BrokenStreamError
from capstone_assets.ingest.responses import MOST_RAW_CHARACTERS, noting_odd, unreadable_row

# Those who composed the music; not the authors of its lyrics or arrangements.
COMPOSING_ROLES = frozenset({"composed by", "music by", "score", "written by"})

# The last word of the genre, whose ampersand XML may write in several ways.
_GATE_WORDS = tuple(word.encode() for word in (GENRE.rpartition(" ")[2], *STYLES))
# The longest records of a real dump, boxes of a hundred discs, have a tenth of both.
_MOST_RECORD_BYTES = 16 << 20
_MOST_TAGS = 1_000_000
# XML forbids these bytes even escaped, and dumps of 2011 and 2014 held some.
_FORBIDDEN_BYTES = bytes({*range(32)} - {*b"\t\n\r"})
# &name; and &#number;, or an ampersand by itself.
_REFERENCE = re.compile(
    r"&(?:(?P<name>#[0-9]{1,9}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{0,31});)?"
)
_NO_CHARACTERS = dict.fromkeys([0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
_NAMESAKE_NUMBER = re.compile(r"\s\(\d+\)$")
_ROLE_DETAIL = re.compile(r"\[[^\]]*\]")


def split_records(
    blocks: Iterable[bytes], kind: Kind, position: int = 0
) -> Iterator[tuple[bytes, int]]:
    """Split the content of a dump into records, each with the position of the byte after it.

    `position` is the byte that `blocks` begin at: 0, or where a record ended. Anything but a
    whole record is yielded unchanged, or its beginning if it is long: `soundtrack_row` rejects it.
    Raises BrokenStreamError where the content does not begin or end as a dump does.
    """
    tag = f"</{kind}>".encode()  # Only a record ends with it.
    rest, skipped = b"", 0  # Bytes that were left out of `rest`, of a record that is too long.
    for block in blocks:
        searched = max(0, len(rest) - len(tag))
        rest += block
        begin = 0
        while (found := rest.find(tag, max(begin, searched))) >= 0:
            end = found + len(tag)
            if skipped:
                yield rest[:MOST_RAW_CHARACTERS], position + skipped + end
            else:
                yield from _pieces(rest[begin:end], kind, position + begin)
            begin = end
            position, skipped = position + skipped, 0
        rest = rest[begin:]
        position += begin
        if len(rest) > _MOST_RECORD_BYTES:
            if position == 0:
                raise BrokenStreamError(
                    f"no {tag.decode()} in the first {_MOST_RECORD_BYTES >> 20} MB, so it is not a "
                    f"dump of {kind}s"
                )
            # A tag may have begun in the last bytes.
            kept = rest[:MOST_RAW_CHARACTERS] + rest[-len(tag) :]
            skipped += len(rest) - len(kept)
            rest = kept
    # After the last record: the end of the dump, and perhaps text that does not belong to it.
    last, closing, after = rest.partition(f"</{kind}s>".encode())
    if not closing or f"<{kind}".encode() in after:
        raise BrokenStreamError(f"the XML ends without </{kind}s>")
    for piece in (last.strip(), after.strip()):
        if piece:
            yield piece[:MOST_RAW_CHARACTERS], position + skipped + len(rest)


def _pieces(content: bytes, kind: Kind, position: int) -> Iterator[tuple[bytes, int]]:
    """What is between two end tags: mostly one record, else also one without an end tag."""
    opening = f"<{kind} ".encode()
    begin = content.find(opening)
    before = content[: max(begin, 0)].strip()
    if position == 0:
        if b"<!DOCTYPE" in before:
            # Its entities can make a small file fill the memory, and no dump has one.
            raise BrokenStreamError("it has a DOCTYPE, which no dump has")
        # Perhaps after a byte order mark, the XML declaration and comments.
        head = rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*+<%ss(?:\s[^>]*)?>"
        if begin < 0 or not re.fullmatch(head % kind.encode(), before, re.DOTALL):
            raise BrokenStreamError(f"it does not begin with <{kind}s> and a <{kind} ...>")
    elif begin < 0:
        yield content, position + len(content)
        return
    elif before:
        yield before, position + begin
    while (following := content.find(opening, begin + 1)) >= 0:
        yield content[begin:following].strip(), position + following
        begin = following
    yield content[begin:], position + len(content)


def soundtrack_row(record: bytes, kind: Kind) -> dict[str, Any] | None:
    """The search row of a record, with credits; None if the record is not a soundtrack.

    `credits` names who composed it, by the credits of the whole record: those of single tracks are
    mostly for songs. A dump gives no format, label or country of a master. A record
    that is incomplete, not XML or without an id becomes a row that says so, for the quarantine.
    """
    if not record.startswith(f"<{kind} ".encode()) or not record.endswith(f"</{kind}>".encode()):
        return unreadable_row(f"not one whole <{kind} ...>", _shown(record))
    if not any(word in record for word in _GATE_WORDS):
        return None
    try:
        read = _parsed(record)
    except ElementTree.ParseError as error:
        return unreadable_row(f"not XML: {_without_place(error)}", _shown(record))
    record_id = _whole(read.get("id"))
    if record_id is None:
        return unreadable_row("id: absent, or not a whole number", _shown(record))
    if b"xmlns" in record:
        for element in read.iter():
            element.tag = element.tag.rpartition("}")[2]
    genres, styles = _texts(read, "genres/genre"), _texts(read, "styles/style")
    if GENRE not in genres and not set(styles) & set(STYLES):
        return None
    master_id, odd_master = (record_id, "") if kind == "master" else _master_id(read)
    year, odd_year = _year(read)
    labels = read.findall("labels/label")
    row = {
        "id": record_id,
        "type": kind,
        "master_id": master_id,
        "title": _title(read),
        "year": year,
        "country": read.findtext("country"),
        "genre": genres,
        "style": styles,
        "format": _formats(read),
        "label": _each_once([*_names(labels), *_texts(read, "companies/company/name")]),
        "catno": labels[0].get("catno") if labels else None,
        "credits": _composers(read),
    }
    return noting_odd(row, list(filter(None, [odd_master, odd_year])))


def _parsed(record: bytes) -> ElementTree.Element:
    """The record as XML; if it is not, without what XML forbids in it. Raises ParseError."""
    if record.count(b"<") > _MOST_TAGS:
        raise ElementTree.ParseError(f"more than {_MOST_TAGS:,} tags")
    without_controls = record.translate(None, _FORBIDDEN_BYTES)
    try:
        return ElementTree.fromstring(without_controls)  # noqa: S314
    except ElementTree.ParseError:
        return ElementTree.fromstring(_repaired(without_controls))  # noqa: S314


def _repaired(record: bytes) -> bytes:
    """A record in UTF-8 with no reference that XML does not know.

    Forbidden characters go, the entities of HTML become their characters, other ampersands stand
    for themselves, and bytes that are not UTF-8 are read as Latin-1.
    """
    text = record.decode("utf-8", errors=_LATIN_1)
    return _REFERENCE.sub(_known_reference, text).translate(_NO_CHARACTERS).encode()


def _known_reference(found: re.Match[str]) -> str:
    name = found["name"]
    if name is None:
        return "&amp;"
    if name in {"amp", "lt", "gt", "quot", "apos"}:
        return found[0]
    if name.startswith("#"):
        return found[0] if _is_character(name[1:]) else ""
    return escape(html5[f"{name};"]) if f"{name};" in html5 else f"&amp;{name};"


def _is_character(number: str) -> bool:
    """Whether XML allows the character that a reference like 7 or x1F600 stands for."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return (
        code in {0x9, 0xA, 0xD}
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_LATIN_1 = "capstone.latin-1"
codecs.register_error(_LATIN_1, _as_latin_1)


def _whole(written: str | None) -> int | None:
    number = (written or "").strip()
    return int(number) if re.fullmatch(r"[0-9]{1,18}", number) else None


def _shown(record: bytes) -> str:
    return record[:MOST_RAW_CHARACTERS].decode(errors="replace")


def _without_place(error: ElementTree.ParseError) -> str:
    return str(error).partition(":")[0]


def _title(read: ElementTree.Element) -> str:
    """Artist and title as the search shows them; empty without a title, whoever the artist is."""
    title = read.findtext("title") or ""
    if not title.strip():
        return ""
    credit = artist_credit(
        [
            (
                artist.findtext("name") or "",
                artist.findtext("anv") or "",
                artist.findtext("join") or "",
            )
            for artist in read.findall("artists/artist")
        ]
    )
    return f"{credit} - {title}" if credit else title


def composes(role: str) -> bool:
    """Whether a credit's role, like `Piano, Composed By [Uncredited]`, is a composer's."""
    roles = _ROLE_DETAIL.sub("", role).replace("-", " ").lower().split(",")
    return not COMPOSING_ROLES.isdisjoint(each.strip() for each in roles)


def _composers(read: ElementTree.Element) -> list[str]:
    credited = (
        artist.findtext("name") or ""
        for artist in read.findall("extraartists/artist")
        if composes(artist.findtext("role") or "")
    )
    return _each_once(_NAMESAKE_NUMBER.sub("", name) for name in credited)


def _formats(read: ElementTree.Element) -> list[str]:
    """Media and descriptions in the order of the dump: the first is the medium."""
    words: list[str] = []
    for medium in read.findall("formats/format"):
        words += [medium.get("name") or "", *_texts(medium, "descriptions/description")]
    return _each_once(words)


def _master_id(read: ElementTree.Element) -> tuple[int | None, str]:
    """The master of a release, 0 for none, and what is odd about it."""
    master_id = _whole(read.findtext("master_id") or "0")
    return master_id, "" if master_id is not None else "master_id: not a number, so null"


def _year(read: ElementTree.Element) -> tuple[str | None, str]:
    """The year of a date like 1999-07-00, None if it begins with no year, and what is odd."""
    date = (read.findtext("released") or read.findtext("year") or "").strip()
    if re.match(r"[0-9]{4}", date) and date[:4] != "0000":
        return date[:4], ""
    return None, "year: not a year, so unknown" if date.strip("0-/") else ""


def _names(elements: Iterable[ElementTree.Element]) -> list[str]:
    return [element.get("name") or "" for element in elements]


def _texts(read: ElementTree.Element, path: str) -> list[str]:
    return [element.text.strip() for element in read.findall(path) if element.text]


def _each_once(words: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]
