"""Dumps of a test's own records."""

import gzip
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from capstone_assets.ingest.discogs import GENRE, Kind
from capstone_assets.lake.years import UNKNOWN_YEAR

YEARS = [UNKNOWN_YEAR, *(str(year) for year in range(1900, 2030))]

NAME = "discogs_20240101_releases.xml.gz"


def record(
    release_id: int,
    released: str = "1999",
    genre: str = GENRE,
    style: str = "Soundtrack",
    title: str = "",
    kind: Kind = "release",
) -> str:
    year = "released" if kind == "release" else "year"
    return (
        f'<{kind} id="{release_id}" status="Accepted"><artists><artist><name>Composer</name><anv/>'
        f"<join/></artist></artists><title>{escape(title or f'Film {release_id}')}</title>"
        f"<genres><genre>{escape(genre)}</genre></genres><styles><style>{style}</style></styles>"
        f"<{year}>{released}</{year}></{kind}>"
    )


def studio_album(release_id: int) -> str:
    # The word of the gate in its title must not let it through.
    return record(release_id, "2001", "Rock", "Grunge", f"Theme Of Screen {release_id}")


def content(records: Iterable[str], kind: Kind = "release") -> bytes:
    return "\n".join([f"<{kind}s>", *records, f"</{kind}s>"]).encode()


def write(folder: Path, unpacked: bytes, name: str = NAME) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(gzip.compress(unpacked, 1))
    return str(path)


def mixed(count: int) -> list[str]:
    """Records of which every third is a soundtrack, of three years and none."""
    released = ["1966-12-00", "", "1999", "2016-01-01"]
    return [
        record(number, released[number // 3 % 4]) if number % 3 == 0 else studio_album(number)
        for number in range(1, count + 1)
    ]


FOUR = [record(number) for number in range(1, 5)]

SIGNED = f"http://127.0.0.1:9/{NAME}?sig=sesame-0123456789"


def write_dumps(folder: Path, date: str, releases: list[str], masters: list[str]) -> None:
    for kind, records in (("release", releases), ("master", masters)):
        unpacked = content(records, kind)  # type: ignore[arg-type]
        path = folder / f"discogs_{date}_{kind}s.xml.gz"
        path.write_bytes(gzip.compress(unpacked))
