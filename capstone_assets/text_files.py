"""Read text files that people provide: CSV and JSON lines, saved by any program.

Belongs here: encodings, gzip, lines, quotes, separators, and the faults of all of them with their
line.
Not here: what a row has to hold (matching/overrides.py, quality/, emulator/catalogs/), responses of
the APIs (ingest/).

Reading never holds more than a line, or a quoted text of a few lines, and never raises for a file's
content: each fault becomes a sentence in the list that the caller passes, and reading continues
after it, so that one reading finds all faults.
"""

import codecs
import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import IO, Any, NoReturn

MOST_LINE_BYTES = 4 << 20
MOST_FIELD_CHARACTERS = 20_000
# Quoted text with more lines is an unclosed quote.
MOST_FIELD_LINES = 50
# With more faults than this a file is probably not of the expected kind.
MOST_FAULTS = 100
_NOT_READ_ON = f"reading stops here, after {MOST_FAULTS} faults"
_BLOCK_BYTES = 1 << 18
_SEPARATORS = {",": "','", ";": "';'", "\t": "tabs"}
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    # Before UTF-16, whose mark this one begins with.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_SAVE_AS_UTF_8 = "save the file as UTF-8 (in Excel: CSV UTF-8)"
_GZIP = b"\x1f\x8b"
# How files that are not text begin.
_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of before 2007",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"PAR1": "a Parquet file",
}
_BLANKS = " \t\r\n\v\f"
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
_LARGEST = 2**63 - 1

Numbered = tuple[int, str]


def cut_lines(blocks: Iterable[bytes], most: int = MOST_LINE_BYTES) -> Iterator[bytes | None]:
    r"""Yield the lines of a stream without their ends, in memory near `most` and a block.

    A line ends with `\n`, `\r\n` or `\r`, which Excel for Macintosh writes. None stands for a line
    with more than `most` bytes.
    """
    rest, is_too_long = b"", False
    for block in blocks:
        unread = rest + block
        # What follows shows whether a line ends here or with the next byte.
        held = unread[-1:] if unread.endswith(b"\r") else b""
        unread = unread[: len(unread) - len(held)]
        *lines, rest = unread.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            yield None if is_too_long or len(line) > most else line
            is_too_long = False
        if len(rest) > most:
            rest, is_too_long = b"", True
        rest += held
    if rest or is_too_long:
        yield None if is_too_long else rest.removesuffix(b"\r")


def numbered_lines(
    file: IO[bytes], faults: list[str], *, is_gzip: bool = False
) -> Iterator[Numbered]:
    """The lines of a file with their numbers, without their ends; faults are added to `faults`.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 are read. A line in another encoding
    is a fault, and so is one that is too long.
    """
    number, has_advice = 0, False
    try:
        for number, line in enumerate(cut_lines(_utf_8(_content(file, is_gzip))), start=1):
            if len(faults) > MOST_FAULTS:
                return
            if line is None:
                faults.append(f"line {number}: longer than {MOST_LINE_BYTES:,} bytes")
                continue
            try:
                # Joined files have a mark in the middle.
                yield number, line.decode().removeprefix("\ufeff")
            except UnicodeDecodeError as error:
                advice = "" if has_advice else f"; {_SAVE_AS_UTF_8}"
                has_advice = True
                byte = f"byte {error.start + 1} (0x{line[error.start]:02x})"
                faults.append(f"line {number}: {byte} is not UTF-8{advice}")
    except _UnreadableError as error:
        faults.append(f"line {number + 1}: {error}")


def read_objects(lines: Iterable[Numbered], faults: list[str]) -> Iterator[tuple[int, Any]]:
    """The JSON object of each line that is not blank, with its number; others are faults."""
    for number, line in lines:
        if len(faults) >= MOST_FAULTS:
            faults.append(f"line {number}: {_NOT_READ_ON}")
            return
        if not line.strip(_BLANKS):
            continue
        try:
            yield number, _parse_object(line)
        except ValueError as error:
            faults.append(f"line {number}: {error}")


def read_table(
    lines: Iterable[Numbered], columns: Sequence[str], faults: list[str], optional: int = 0
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file, with the number of their first line, by the names in its header.

    The separator is a comma, a semicolon or a tab, whichever gives the header its `columns`, of
    which the last `optional` may be missing. Cells are stripped; blank rows are skipped.
    """
    source = _Lookahead(lines)
    header, separator = _read_header(source, columns)
    if not header and faults:
        return  # They say why there is none.
    required = columns[: len(columns) - optional]
    if missing := [name for name in required if name not in header]:
        found = f", read with {_SEPARATORS[separator]} between them" if header else ""
        faults.append(f"line {source.number or 1}: no column {', '.join(missing)}{found}")
        return
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        faults.append(f"line {source.number}: column {', '.join(twice)} is there twice")
        return
    for number, cells in _records(source, separator, len(header), faults):
        if not any(cells):
            continue
        if fault := _misshapen(cells, len(header)):
            faults.append(f"line {number}: {fault}")
            continue
        cells += [""] * (len(header) - len(cells))
        yield number, dict(zip(header, cells, strict=False))


def whole_number(written: Any) -> int | None:
    """The number, 12 of `12`, `12.0` or `"12.0"`; None if it is not whole or beyond 64 bits.

    pandas and Excel write whole numbers with a fraction where a column has gaps.
    """
    if isinstance(written, str):
        if len(written) > 40 or not _WHOLE.fullmatch(written):
            return None
        written = int(written.partition(".")[0])
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    if isinstance(written, float) and not written.is_integer():
        return None
    number = int(written)
    return number if -_LARGEST <= number <= _LARGEST else None


def quoted(value: Any) -> str:
    """Return a value for a fault: as JSON, cut to 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str) if value is not None else "missing"
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


def encoding_of(first: bytes) -> str:
    """The Unicode encoding that a file begins with: by its mark, or the zeros of UTF-16."""
    if mark := _byte_order_mark(first):
        return _BYTE_ORDER_MARKS[mark]
    low, high = first[:64:2], first[1:64:2]
    if len(first) >= 4 and not any(high) and all(low):
        return "utf-16-le"
    if len(first) >= 4 and not any(low) and all(high):
        return "utf-16-be"
    return "utf-8"


class _UnreadableError(Exception):
    """The file cannot be read from here on."""


def _content(file: IO[bytes], is_gzip: bool) -> Iterator[bytes]:
    """The file's bytes, unpacked."""
    try:
        start = file.read(8)
        file.seek(0)
        for signature, kind in _SIGNATURES.items():
            if start.startswith(signature):
                raise _UnreadableError(f"this is {kind}, not text")
        if start.startswith(_GZIP) and not is_gzip:
            raise _UnreadableError("this is gzip: give the file a name that ends in .gz")
        if is_gzip and not start.startswith(_GZIP):
            raise _UnreadableError("this is not gzip, although the file's name ends in .gz")
        with gzip.GzipFile(fileobj=file) if is_gzip else nullcontext(file) as content:
            while block := content.read(_BLOCK_BYTES):
                yield block
    except EOFError:
        raise _UnreadableError("the gzip file ends too early: it was cut short") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _UnreadableError(f"the gzip file is damaged ({error})") from None
    except OSError as error:
        raise _UnreadableError(f"the file cannot be read ({error.strerror or error})") from None


def _utf_8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark; bytes of another encoding stay."""
    first = next(blocks, b"")
    mark = _byte_order_mark(first)
    encoding, first = encoding_of(first), first[len(mark) :]
    if encoding == "utf-8":
        yield first
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).encode()
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise _UnreadableError(f"not {name} ({error.reason}); {_SAVE_AS_UTF_8}") from None


def _byte_order_mark(first: bytes) -> bytes:
    return next((mark for mark in _BYTE_ORDER_MARKS if first.startswith(mark)), b"")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _parse_object(line: str) -> dict[str, Any]:
    try:
        row, end = _DECODER.raw_decode(line, _first_character(line))
    except json.JSONDecodeError as error:
        if line.strip() == "[":
            raise ValueError("a JSON array begins here; write one object a line instead") from None
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("not JSON that can be read: nested too deeply") from None
    if rest := line[end:].strip(_BLANKS):
        what = "another value follows" if rest[0] in '{["' else "more text follows"
        raise ValueError(f"{what} at column {end + 1}; a line holds one JSON object")
    if not isinstance(row, dict):
        raise ValueError(f"not an object but {quoted(row)}")
    return row


def _first_character(line: str) -> int:
    return len(line) - len(line.lstrip(_BLANKS))


class _Lookahead:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterable[Numbered]) -> None:
        self._lines = iter(lines)
        self._next: list[Numbered] = []
        self.number = 0

    def peek(self, count: int) -> list[Numbered]:
        """The next lines, so many if there are."""
        self._next.extend(islice(self._lines, max(0, count - len(self._next))))
        return self._next[:count]

    def take(self, count: int) -> None:
        """Pass the next lines."""
        taken = self.peek(count)
        self.number = taken[-1][0] if taken else self.number
        del self._next[:count]


def _read_header(source: _Lookahead, columns: Sequence[str]) -> tuple[list[str], str]:
    """The names in the first line that has any, in lower case, and the separator."""
    while (ahead := source.peek(1)) and not ahead[0][1].strip(",;\t \"'"):
        source.take(1)
    if not ahead:
        return [], ","
    line = ahead[0][1]
    source.take(1)
    if (named := re.fullmatch(r"sep=(.)", line.strip("\"' "))) and named[1] in _SEPARATORS:
        # Excel's own hint, in a line before the header.
        line = source.peek(1)[0][1] if source.peek(1) else ""
        source.take(1)
    names = {
        separator: [cell.strip().lower() for cell in _cells(line, separator) or [line]]
        for separator in _SEPARATORS
    }
    best = max(names, key=lambda separator: len({*columns} & {*names[separator]}))
    return names[best], best


def _records(
    source: _Lookahead, separator: str, width: int, faults: list[str]
) -> Iterator[tuple[int, list[str]]]:
    """The rows' cells with the number of the first line; faults of quotes are at that line."""
    while ahead := source.peek(1):
        number, line = ahead[0]
        if len(faults) >= MOST_FAULTS:
            faults.append(f"line {number}: {_NOT_READ_ON}")
            return
        cells, taken = _cells(line, separator), 1
        if cells is None and line.count('"') % 2:
            cells, taken = _over_lines(source.peek(MOST_FIELD_LINES), separator)
        if cells is None:
            faults.append(
                f"line {number}: a quote is not closed, or stands inside a text: write it twice "
                'there ("")'
            )
            taken = 1
        elif taken > 1 and (swallowed := _swallowed(source.peek(taken), separator, width)):
            faults.append(f"line {number}: a quote is not closed, so it swallows line {swallowed}")
            cells, taken = None, 1
        source.take(taken)
        if cells is not None:
            yield number, [cell.strip() for cell in cells]


def _over_lines(ahead: Sequence[Numbered], separator: str) -> tuple[list[str] | None, int]:
    """The cells of a row whose quoted text has line breaks, and how many lines it takes."""
    text = ahead[0][1]
    for count, (_, line) in enumerate(ahead[1:], start=2):
        text += f"\n{line}"
        # Only a line with a quote can close one.
        if '"' in line and (cells := _cells(text, separator)) is not None:
            return cells, count
    return None, 1


def _swallowed(taken: Sequence[Numbered], separator: str, width: int) -> int | None:
    """The first line that is a row itself, although it stands in another row's quotes."""
    return next((n for n, line in taken[1:] if line.count(separator) == width - 1 > 0), None)


def _cells(text: str, separator: str) -> list[str] | None:
    """The cells of one row, whose quotes may hold line breaks; None if its quotes do not match."""
    if '"' not in text:
        return text.split(separator)
    try:
        lines = (f"{line}\n" for line in text.split("\n"))
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _misshapen(cells: Sequence[str], width: int) -> str | None:
    if any(cells[width:]):
        return (
            f"{len(cells)} cells, where the header has {width}: put a text that holds the "
            "separator in quotes"
        )
    if any("\0" in cell for cell in cells):
        return "a NUL character, so the file is damaged, or is not text"
    if longest := next((cell for cell in cells if len(cell) > MOST_FIELD_CHARACTERS), None):
        return f"a cell of {len(longest):,} characters; at most {MOST_FIELD_CHARACTERS:,} are read"
    return None
